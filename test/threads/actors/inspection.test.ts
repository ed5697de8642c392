import { channel, tracingChannel } from 'node:diagnostics_channel'
import { createInspector, type StatelyInspectionEvent } from '@statelyai/inspect'
import { describe, expect, it } from 'vitest'
import { createRuntime, isHeddleError, type Outcome } from 'heddle'
import { countingMachine } from '#fixtures/actors/counters.js'
import { justDoubles, parentMachine, promising, working } from '#fixtures/actors/logics.js'
import { waitsForMail } from '#fixtures/actors/correspondents.js'
import { reports } from '../../support/events.js'
import { word } from '../../support/shared-words.js'

/** Stately's own inspector, with an adapter that keeps what it would send. */
function keepingInspector() {
  const sent: StatelyInspectionEvent[] = []
  const inspector = createInspector({ send: (event) => void sent.push(event) })
  return { inspect: inspector.inspect, sent }
}

interface Node {
  readonly name: string
  readonly sessionId: string
  readonly parent: string | undefined
  readonly definition: unknown
}

function actorsOf(sent: readonly StatelyInspectionEvent[]): Node[] {
  return sent.flatMap((event) =>
    event.type === '@xstate.actor'
      ? [
          {
            name: event.name,
            sessionId: event.sessionId,
            parent: event.parentId,
            definition:
              event.definition === undefined ? undefined : (JSON.parse(event.definition) as unknown),
          },
        ]
      : [],
  )
}

describe.each([
  { place: 'in a thread', threads: 1 },
  { place: "in the app's own thread", threads: 0 },
])("Stately's inspector is shown a machine $place", ({ threads }) => {
  it('with its definition, events and snapshots, below the action that it is the body of', async () => {
    const { inspect, sent } = keepingInspector()
    await using runtime = createRuntime({ threads, inspect })
    const run = runtime.run(working)
    run.send({ type: 'go' })
    await run
    const ended = (event: StatelyInspectionEvent): boolean =>
      event.type === '@xstate.snapshot' && event.snapshot.status === 'done' && event.sessionId.includes('#1/')
    await expect.poll(() => sent.filter(ended).length).toBeGreaterThanOrEqual(2)
    const actors = actorsOf(sent)
    const action = actors.find(({ parent }) => parent === undefined)
    const machine = actors.find(({ parent }) => parent === action?.sessionId)
    expect(machine?.definition).toMatchObject({
      initial: 'idle',
      states: { loading: { invoke: { src: 'load' } } },
    })
    // Its own promise, that it invokes, is below it.
    const load = actors.find(({ parent }) => parent === machine?.sessionId)
    expect(load?.sessionId).not.toBe(machine?.sessionId)
    const events = sent.flatMap((event) =>
      event.type === '@xstate.event' && event.sessionId === machine?.sessionId ? [event.event.type] : [],
    )
    expect(events).toEqual([
      'xstate.init',
      'go',
      'xstate.done.actor.0.(machine).loading',
      expect.stringMatching(/^xstate\.after/),
    ])
    const values = sent.flatMap((event) =>
      event.type === '@xstate.snapshot' && event.sessionId === machine?.sessionId
        ? [(event.snapshot as { value?: unknown }).value]
        : [],
    )
    expect(values).toEqual(['idle', 'loading', 'resting', 'finished'])
    expect(new Set(sent.map(({ rootId }) => rootId))).toEqual(new Set([action?.sessionId]))
  })

  it('with the actions that it invokes, in it and as actions of the tree', async () => {
    const { inspect, sent } = keepingInspector()
    await using runtime = createRuntime({ threads, inspect })
    await runtime.run(parentMachine, word())
    await expect
      .poll(() => actorsOf(sent).filter(({ parent }) => parent !== undefined).length)
      .toBeGreaterThanOrEqual(7)
    const actors = actorsOf(sent)
    const root = actors.find(({ parent }) => parent === undefined)
    const below = actors.filter(({ parent }) => parent === root?.sessionId).map(({ name }) => name)
    expect(below).toEqual(expect.arrayContaining(['a0', 'a0.1', 'a0.2', 'a0.3']))
  })

  it('with the error that it fails with', async () => {
    const { inspect, sent } = keepingInspector()
    await using runtime = createRuntime({ threads, inspect })
    await runtime.run(promising, { n: 1, fail: true }).settled()
    const inside = (event: StatelyInspectionEvent): boolean =>
      event.type === '@xstate.snapshot' &&
      event.sessionId.includes('#1/') &&
      event.snapshot.status === 'error'
    await expect.poll(() => sent.some(inside)).toBe(true)
  })
})

describe('a runtime without an inspector', () => {
  it('sends nothing of what its machines do', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const run = runtime.run(countingMachine, 1)
    run.send({ type: 'finish' })
    expect(await run).toBe(1)
  })
})

describe('diagnostics channels', () => {
  it('trace each action from its spawn to its end, by one object', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const steps: [string, object][] = []
    const trace = (step: string) => (message: unknown) => void steps.push([step, message as object])
    const subscribers = {
      start: trace('start'),
      end: trace('end'),
      asyncStart: trace('asyncStart'),
      asyncEnd: trace('asyncEnd'),
      error: trace('error'),
    }
    tracingChannel('heddle:action').subscribe(subscribers)
    try {
      const run = runtime.run(justDoubles, 21)
      expect(steps.map(([step]) => step)).toEqual(['start', 'end'])
      await run
      expect(steps.map(([step]) => step)).toEqual(['start', 'end', 'asyncStart', 'asyncEnd'])
      expect(new Set(steps.map(([, message]) => message)).size).toBe(1)
      expect(steps[0]?.[1]).toMatchObject({
        run: run.run,
        id: 'a0',
        name: 'justDoubles',
        parent: undefined,
        result: 42,
        outcome: { status: 'succeeded', output: 42 } satisfies Partial<Outcome<number>>,
      })
      steps.length = 0
      await runtime.run(promising, { n: 1, fail: true }).settled()
      expect(steps.map(([step]) => step)).toEqual(['start', 'end', 'error', 'asyncStart', 'asyncEnd'])
      const [, { error }] = steps[0] as [string, { error: unknown }]
      expect(isHeddleError(error, 'RangeError')).toBe(true)
    } finally {
      tracingChannel('heddle:action').unsubscribe(subscribers)
    }
    steps.length = 0
    await runtime.run(justDoubles, 1)
    expect(steps).toEqual([])
  })

  it('tell of aborts, those that only escalate too', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const aborts: unknown[] = []
    const listen = (message: unknown): void => void aborts.push(message)
    channel('heddle:abort').subscribe(listen)
    try {
      const run = runtime.run(waitsForMail)
      await reports(run, 'ready')
      runtime.abort(run.run, { reason: 'too hot', by: 'operator' })
      run.cancel('again')
      await run.settled()
      expect(aborts).toEqual([
        {
          run: run.run,
          id: 'a0',
          name: 'waitsForMail',
          reason: expect.objectContaining({ source: 'external', message: 'too hot', by: 'operator' }),
          escalation: false,
        },
        expect.objectContaining({ reason: expect.objectContaining({ message: 'again' }), escalation: true }),
      ])
    } finally {
      channel('heddle:abort').unsubscribe(listen)
    }
  })
})
