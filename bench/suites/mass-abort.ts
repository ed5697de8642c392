// How long does it take to stop a great many, and does the app's own loop go on meanwhile? Children of one parent; from
// the abort of the run to its end, when each has its outcome; and the longest that the loop was held on the way. And what each
// costs the main thread, where they are aborted one by one.

import { createRuntime, type ActionDefinition, type Run, type Runtime } from 'heddle'
import { createClient } from 'heddle/client'
import { awaitingSpawner, computing, sleeper, spawner } from '../actions.js'
import { collect, rowsOf, type Group } from '../measure.js'
import { THREADS } from '../peers/peer.js'
import { runProgram } from '../processes/run-program.js'
import { unlessQuick } from '../quick.js'
import { openStream } from '../open-stream.js'
import { atMost, rowOf, type Suite } from '../suite.js'

interface Load {
  readonly title: string
  readonly start: (runtime: Runtime) => Run
  /** How many must run or wait before it is aborted. */
  readonly count: number
  readonly rounds: number
  /** The runtime is served meanwhile, and one event stream is open. */
  readonly isServed?: boolean
  /** The abort comes through the server. */
  readonly isAskedFor?: boolean
}

const THOUSAND = '1000, half running, half queued'
const QUEUED = '100 000 queued, of a scope'
const QUEUED_SERVED = '100 000 queued, of a scope, served, with one event stream'
const QUEUED_ASKED_FOR =
  '100 000 queued, of a scope, served, with one event stream, aborted through the server'
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
  {
    title: QUEUED_SERVED,
    count: 100_000,
    rounds: 5,
    start: (runtime) => scopeOf(runtime, 100_000, computing),
    isServed: true,
  },
  {
    title: QUEUED_ASKED_FOR,
    count: 100_000,
    rounds: 5,
    start: (runtime) => scopeOf(runtime, 100_000, computing),
    isServed: true,
    isAskedFor: true,
  },
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
    const [thousand, , queued, served, askedFor, inside] = groups as [
      Group,
      Group,
      Group,
      Group,
      Group,
      Group,
    ]
    const single = await oneByOne()
    return {
      groups: [...groups, single],
      goals: [
        ...[COLD, WARM].map((name) => atMost(`${single.title}, ${name}`, rowOf(single, name).p50, 20, 'µs')),
        atMost(thousand.title, rowOf(thousand, 'until all have settled').p50, 50, 'ms'),
        atMost(queued.title, rowOf(queued, 'until all have settled').p50, 400, 'ms'),
        atMost(`${queued.title}, loop held`, rowOf(queued, 'loop held at most').p50, 20, 'ms'),
        atMost(`${served.title}, loop held`, rowOf(served, 'loop held at most').p50, 20, 'ms'),
        atMost(`${askedFor.title}, loop held`, rowOf(askedFor, 'loop held at most').p50, 20, 'ms'),
        atMost(inside.title, rowOf(inside, 'until all have settled').p50, 400, 'ms'),
        atMost(`${inside.title}, loop held`, rowOf(inside, 'loop held at most').p50, 20, 'ms'),
      ],
    }
  },
}

const COLD = 'the main thread, cold'
const WARM = 'the main thread, warm'

/** Each by a call of its own, in processes of their own. */
async function oneByOne(): Promise<Group> {
  type Taken = { readonly mainUs: number; readonly clockUs: number }
  const rounds: Taken[][] = []
  for (let round = 0; round < unlessQuick(3); round += 1)
    rounds.push((await runProgram('abort-one-by-one')) as Taken[])
  const pick = (isCold: boolean, which: keyof Taken): number[][] =>
    rounds.map((all) => (isCold ? all.slice(0, 1) : all.slice(1)).map((one) => one[which]))
  return {
    title: '12 000 running and waiting, aborted one by one, each awaited',
    unit: 'µs each',
    rows: rowsOf([
      { name: COLD, kind: 'heddle', rounds: pick(true, 'mainUs') },
      { name: WARM, kind: 'heddle', rounds: pick(false, 'mainUs') },
      { name: 'until all have settled, cold', kind: 'heddle', rounds: pick(true, 'clockUs') },
      { name: 'until all have settled, warm', kind: 'heddle', rounds: pick(false, 'clockUs') },
    ]),
  }
}

/** Every other one computes: all but two of those wait in the queue. */
function scopeOf(runtime: Runtime, count: number, definition: ActionDefinition<void, void>): Run {
  return runtime.scope(async (ctx) => {
    for (let spawned = 0; spawned < count; spawned += 1) ctx.spawn(spawned % 2 === 0 ? definition : computing)
    await ctx.sleep(3_600_000)
  })
}

async function measureLoad({ title, start, count, rounds, isServed, isAskedFor }: Load): Promise<Group> {
  const settled: number[][] = []
  const held: number[][] = []
  for (let round = 0; round <= unlessQuick(rounds); round += 1) {
    const runtime = createRuntime({ threads: THREADS })
    const stream = isServed === true ? await openStream(runtime) : undefined
    const client = stream && createClient(stream)
    const run = start(runtime)
    // Looked at from time to time: a reader of its own would be one more thing that costs.
    for (;;) {
      const { queued, running } = runtime.stats()
      // The parent is one more.
      if (queued + running > count && running > 2) break
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    // Those who are shown all have read what has come until now.
    await new Promise((resolve) => setTimeout(resolve, isServed === true ? 2000 : 50))
    collect()
    const loop = watchLoop()
    const startedAt = performance.now()
    if (isAskedFor === true) await client?.abort(run.run, { reason: 'enough' })
    else runtime.abort(run.run, { reason: 'enough' })
    await run.settled()
    const ms = performance.now() - startedAt
    // A turn more, so that the last piece is in it.
    await new Promise((resolve) => setImmediate(resolve))
    const heldMs = loop.stop()
    if (round > 0) {
      settled.push([ms])
      held.push([heldMs])
    }
    stream?.close()
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
