// The tasks, and what else the suites run, as actions. In a module of its own, since threads import it.

import { action, type ActionContext } from 'heddle'
import * as tasks from './tasks.js'

export const noOp = action(import.meta, 'noOp', tasks.noOp)

export const compute = action(import.meta, 'compute', (loops: number) => tasks.compute(loops))

/** The same, and looks now and then whether it is still wanted. */
export const watchfulCompute = action(import.meta, 'watchfulCompute', (loops: number, ctx): number => {
  const piece = Math.ceil(loops / 20)
  let value = 0
  for (let done = 0; done < loops; done += piece) {
    ctx.signal.throwIfAborted()
    value = tasks.compute(Math.min(piece, loops - done))
  }
  return value
})

export const byteLength = action(import.meta, 'byteLength', (bytes: Uint8Array) => tasks.byteLength(bytes))

export const forever = action(
  import.meta,
  'forever',
  { graceMs: 0 },
  (begun: Int32Array<SharedArrayBuffer>): void => tasks.forever(begun),
)

export const busyUntil = action(import.meta, 'busyUntil', (words: Int32Array<SharedArrayBuffer>): void =>
  tasks.busyUntil(words),
)

export const meet = action(import.meta, 'meet', (words: Int32Array<SharedArrayBuffer>): void =>
  tasks.meet(words),
)

/** A parent in a thread that spawns no-ops and awaits them. */
export const parent = action(import.meta, 'parent', { cpu: 0 }, async (children: number, ctx) => {
  await ctx.all(Array.from({ length: children }, () => ctx.spawn(noOp)))
})

/** A chain of that many more, each the parent of the next. */
export const chain = action(
  import.meta,
  'chain',
  { cpu: 0 },
  async (more: number, ctx: ActionContext): Promise<number> =>
    more === 0 ? 1 : 1 + (await ctx.spawn(chain, more - 1)),
)

/** A tree whose nodes have ten children each; gives how many actions it was. */
export const bush = action(
  import.meta,
  'bush',
  { cpu: 0 },
  async (levels: number, ctx: ActionContext): Promise<number> => {
    if (levels === 0) return 1
    const below = await ctx.all(Array.from({ length: 10 }, () => ctx.spawn(bush, levels - 1)))
    return below.reduce((sum, count) => sum + count, 1)
  },
)

export const sleeper = action(import.meta, 'sleeper', { cpu: 0 }, (_: void, ctx) => ctx.sleep(3_600_000))

/** Computes until it is stopped: on two threads, all but two of these are queued. */
export const computing = action(import.meta, 'computing', (_: void, ctx): void => {
  for (;;) ctx.signal.throwIfAborted()
})

/** What an action that is to be aborted writes down: when it was ready, and when it saw the abort. */
export interface Stopwatch {
  /** [0]: 1 when it is ready. */
  readonly state: Int32Array<SharedArrayBuffer>
  /** [0]: milliseconds of the shared clock at which the abort was seen. */
  readonly seenAt: Float64Array<SharedArrayBuffer>
}

/** The clock that all threads share, in milliseconds. */
export function sharedClock(): number {
  const [seconds, nanoseconds] = process.hrtime()
  return seconds * 1000 + nanoseconds / 1e6
}

/** Awaits, and sees the abort by its event. */
export const seesByEvent = action(import.meta, 'seesByEvent', async (watch: Stopwatch, ctx) => {
  ctx.signal.addEventListener('abort', () => (watch.seenAt[0] = sharedClock()))
  Atomics.store(watch.state, 0, 1)
  await ctx.sleep(3_600_000)
})

/** Computes, and sees the abort by polling. */
export const seesByPoll = action(import.meta, 'seesByPoll', (watch: Stopwatch, ctx) => {
  const { signal } = ctx
  Atomics.store(watch.state, 0, 1)
  while (!signal.aborted);
  watch.seenAt[0] = sharedClock()
})

/** Polls its signal; gives nanoseconds a poll, and the same for what it can be compared with. */
export const polls = action(import.meta, 'polls', (times: number, ctx) => {
  const { signal } = ctx
  const native = new AbortController().signal
  const word = new Int32Array(new SharedArrayBuffer(4))
  return {
    heddle: nanosecondsEach(times, () => signal.aborted),
    native: nanosecondsEach(times, () => native.aborted),
    atomic: nanosecondsEach(times, () => Atomics.load(word, 0) !== 0),
    empty: nanosecondsEach(times, () => false),
  }
})

function nanosecondsEach(times: number, look: () => boolean): number {
  const start = process.hrtime.bigint()
  for (let done = 0; done < times; done += 1) if (look()) throw new Error('was aborted')
  return Number(process.hrtime.bigint() - start) / times
}

/** Reports in a flood. */
export const flood = action(import.meta, 'flood', async (reports: number, ctx) => {
  for (let step = 0; step < reports; step += 1) {
    ctx.report({ step, loss: 1 / (step + 1) })
    if (step % 1000 === 999) await new Promise((resolve) => setImmediate(resolve))
  }
})

/** Spawns what computes until it is stopped, and waits for something else. */
export const spawner = action(import.meta, 'spawner', { cpu: 0 }, async (children: number, ctx) => {
  for (let spawned = 0; spawned < children; spawned += 1) ctx.spawn(computing)
  await ctx.sleep(3_600_000)
})

/** The same, but awaits its children: then each of them is an error to it, too. */
export const awaitingSpawner = action(
  import.meta,
  'awaitingSpawner',
  { cpu: 0 },
  async (children: number, ctx) => {
    await ctx.all(Array.from({ length: children }, () => ctx.spawn(computing)))
  },
)
