// A machine of the app that invokes actions.

import type { Runtime } from 'heddle'
import { fromAction } from 'heddle/actors'
import { assign, sendTo, setup } from 'xstate'
import { countingFunction } from '#fixtures/actors/counters.js'
import { sleeps, type Words } from '#fixtures/actors/logics.js'

/** Counts in a thread until it is told to finish; then sleeps in one until it is told to leave. */
export const machine = setup({
  types: {
    context: {} as { sums: number[]; heard: number[]; output?: number; error?: unknown; words: Words },
    input: {} as Words,
    events: {} as
      | { type: 'add'; n: number }
      | { type: 'finish' }
      | { type: 'fail' }
      | { type: 'leave' }
      | { type: 'throw' }
      | { type: 'added'; total: number },
  },
  actors: { count: fromAction(countingFunction), sleep: fromAction(sleeps) },
}).createMachine({
  context: ({ input }) => ({ sums: [], heard: [], words: input }),
  initial: 'counting',
  on: {
    throw: {
      actions: () => {
        throw new Error('in an action of the machine')
      },
    },
  },
  states: {
    counting: {
      invoke: {
        id: 'counter',
        src: 'count',
        input: 100,
        onSnapshot: {
          actions: assign({
            sums: ({ context, event: { snapshot } }) =>
              snapshot.report === undefined ? context.sums : [...context.sums, snapshot.report.context.total],
          }),
        },
        onDone: { target: 'sleeping', actions: assign({ output: ({ event }) => event.output }) },
        onError: { target: 'failed', actions: assign({ error: ({ event }) => event.error }) },
      },
      on: {
        add: { actions: sendTo('counter', ({ event }) => event) },
        finish: { actions: sendTo('counter', { type: 'finish' }) },
        fail: { actions: sendTo('counter', { type: 'fail', message: 'as told' }) },
        added: { actions: assign({ heard: ({ context, event }) => [...context.heard, event.total] }) },
      },
    },
    sleeping: {
      invoke: {
        id: 'sleeper',
        src: 'sleep',
        input: ({ context }) => context.words,
        onError: { target: 'failed', actions: assign({ error: ({ event }) => event.error }) },
      },
      on: { leave: 'left' },
    },
    failed: { type: 'final' },
    left: { type: 'final' },
  },
})

/** It, with the actions of a runtime. */
export function provided(runtime: Runtime): typeof machine {
  return machine.provide({
    actors: { count: fromAction(countingFunction, { runtime }), sleep: fromAction(sleeps, { runtime }) },
  })
}

/** Waits for the phase of the first run of an action. */
export async function sleeperUp(runtime: Runtime): Promise<string> {
  const sleeper = runtime.runs().find(({ name }) => name === 'sleeps')
  if (sleeper === undefined) throw new Error('nobody sleeps')
  if (sleeper.lastReport !== 'up') await sleeper.reports().next()
  return sleeper.run
}
