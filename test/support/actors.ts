// The actors of actions, as tests look at them.

import type { ActionActorRef } from 'heddle/actors'
import type { Run, Runtime } from 'heddle'
import { shared } from '#fixtures/stopping.js'
import { expect } from 'vitest'

/** The actor of a run's root. */
export function actorOf(run: Run<never, never> | Run): ActionActorRef {
  const { actor } = run as Run
  if (actor === undefined) throw new Error(`run ${(run as Run).run} has no actor`)
  return actor
}

/** The actor of a live action of a run, by its id: waits until there is one. */
export async function actorAt(run: Run<never, never> | Run, id: string): Promise<ActionActorRef> {
  for (;;) {
    const found = actorOf(run).system.get(id) as ActionActorRef | undefined
    if (found !== undefined) return found
    await new Promise(setImmediate)
  }
}

/** What must come to be, however busy the machine is. */
export function eventually<Value>(read: () => Value): ReturnType<typeof expect.poll<Value>> {
  return expect.poll(read, { timeout: 15_000 })
}

/** A parent on the shared thread with two children in threads, all of which sleep for ever. */
export function family(runtime: Runtime): Run {
  return runtime.run(shared, {
    ending: 'sleep',
    report: 'up',
    children: [
      { on: 'half', ending: 'sleep', report: 'up' },
      { on: 'half', ending: 'sleep', report: 'up', children: [{ on: 'shared', ending: 'sleep' }] },
    ],
  })
}

/** All of them run. */
export async function isUp(run: Run, count = 4): Promise<void> {
  const running = (): number => run.actions().filter(({ phase }) => phase === 'running').length
  await eventually(running).toBe(count)
}
