// How long does it take to stop a great many, and does the app's own loop go on meanwhile? Children of one parent; from
// the abort of the run to its end, when each has its outcome; and the longest that the loop was held on the way.

import { createRuntime, type ActionDefinition, type Run, type Runtime } from 'heddle'
import { awaitingSpawner, computing, sleeper, spawner } from '../actions.js'
import { collect, rowsOf, type Group } from '../measure.js'
import { THREADS } from '../peers/peer.js'
import { atMost, rowOf, type Suite } from '../suite.js'

interface Load {
  readonly title: string
  readonly start: (runtime: Runtime) => Run
  /** How many must run or wait before it is aborted. */
  readonly count: number
  readonly rounds: number
}

const THOUSAND = '1000, half running, half queued'
const QUEUED = '100 000 queued, of a scope'
const QUEUED_INSIDE = '100 000 queued, of a parent in a thread'

const loads: readonly Load[] = [
  { title: THOUSAND, count: 1000, rounds: 15, start: (runtime) => scopeOf(runtime, 1000, sleeper) },
  {
    title: '10 000, half running, half queued',
    count: 10_000,
    rounds: 7,
    start: (runtime) => scopeOf(runtime, 10_000, sleeper),
  },
  { title: QUEUED, count: 100_000, rounds: 5, start: (runtime) => scopeOf(runtime, 100_000, computing) },
  { title: QUEUED_INSIDE, count: 100_000, rounds: 5, start: (runtime) => runtime.run(spawner, 100_000) },
  {
    title: '100 000 queued, of a parent in a thread that awaits them all',
    count: 100_000,
    rounds: 3,
    start: (runtime) => runtime.run(awaitingSpawner, 100_000),
  },
]

export const massAbort: Suite = {
  name: 'mass-abort',
  question: "How long does it take to stop a great many, and does the app's own loop go on meanwhile?",
  async run() {
    const groups: Group[] = []
    for (const load of loads) groups.push(await measureLoad(load))
    const [thousand, , queued, inside] = groups as [Group, Group, Group, Group]
    return {
      groups,
      goals: [
        atMost(thousand.title, rowOf(thousand, 'until all have settled').p50, 50, 'ms'),
        atMost(queued.title, rowOf(queued, 'until all have settled').p50, 400, 'ms'),
        atMost(`${queued.title}, loop held`, rowOf(queued, 'loop held at most').p50, 20, 'ms'),
        atMost(inside.title, rowOf(inside, 'until all have settled').p50, 400, 'ms'),
        atMost(`${inside.title}, loop held`, rowOf(inside, 'loop held at most').p50, 20, 'ms'),
      ],
    }
  },
}

/** Every other one computes: all but two of those wait in the queue. */
function scopeOf(runtime: Runtime, count: number, definition: ActionDefinition<void, void>): Run {
  return runtime.scope(async (ctx) => {
    for (let spawned = 0; spawned < count; spawned += 1) ctx.spawn(spawned % 2 === 0 ? definition : computing)
    await ctx.sleep(3_600_000)
  })
}

async function measureLoad({ title, start, count, rounds }: Load): Promise<Group> {
  const settled: number[][] = []
  const held: number[][] = []
  for (let round = 0; round <= rounds; round += 1) {
    const runtime = createRuntime({ threads: THREADS })
    const run = start(runtime)
    // Looked at from time to time: a reader of events would be one more thing that costs.
    for (;;) {
      const { queued, running } = runtime.stats()
      // The parent is one more.
      if (queued + running > count && running > 2) break
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
    collect()
    const loop = watchLoop()
    const startedAt = performance.now()
    runtime.abort(run.run, { reason: 'enough' })
    await run.settled()
    const ms = performance.now() - startedAt
    // A turn more, so that the last piece is in it.
    await new Promise((resolve) => setImmediate(resolve))
    const heldMs = loop.stop()
    if (round > 0) {
      settled.push([ms])
      held.push([heldMs])
    }
    await runtime.close()
  }
  return {
    title,
    unit: 'ms',
    rows: rowsOf([
      { name: 'until all have settled', kind: 'heddle', rounds: settled },
      { name: 'loop held at most', kind: 'heddle', rounds: held },
    ]),
  }
}

/** The longest between two turns of the loop, by turning it all the time. */
function watchLoop(): { stop(): number } {
  let last = performance.now()
  let longest = 0
  let on = true
  const turn = (): void => {
    const now = performance.now()
    longest = Math.max(longest, now - last)
    last = now
    if (on) setImmediate(turn)
  }
  setImmediate(turn)
  return {
    stop() {
      on = false
      return longest
    },
  }
}
