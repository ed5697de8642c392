// What does an action hold in memory? Of the app's heap while it waits in the queue, beside what a pool keeps of a task; of
// the heap after a million have settled; and of the process for a thread.

import { createRuntime, type Run } from 'heddle'
import { computing, noOp } from '../actions.js'
import { collect, rowsOf, type Group, type Taken } from '../measure.js'
import { peerStarts } from '../peers/all.js'
import { THREADS } from '../peers/peer.js'
import { startRaw } from '../peers/raw.js'
import { runProgram } from '../processes/run-program.js'
import { unlessQuick } from '../quick.js'
import { median } from '../statistics.js'
import { atMost, rowOf, type Suite } from '../suite.js'

const QUEUED = unlessQuick(20_000, 2000)
const SETTLED = unlessQuick(1_000_000, 10_000)
/** About a second: as long as it takes to look. */
const BUSY_LOOPS = 3e7
const THREADS_COUNTED = unlessQuick(8, 2)

export const memory: Suite = {
  name: 'memory',
  question: 'What does an action hold in memory?',
  async run() {
    const queued = await heapOfQueued()
    const million = await heapOfMillion()
    const settled = await heapAfterMany()
    const threads = await memoryOfThreads()
    const [first = Number.NaN, ...later] = settled.tenths
    // The first tenth compiles code and grows tables: what matters is whether it goes on.
    const growth = (median(later.slice(-3)) - median(later.slice(0, 3))) * 1024
    return {
      groups: [queued, million, settled.group, threads],
      goals: [
        ...queued.rows
          .filter(({ kind }) => kind === 'heddle')
          .map(({ name, p50 }) => atMost(`${queued.title}, ${name}`, p50, 2, 'KB')),
        ...million.rows.map(({ name, p50 }) => atMost(`${million.title}, ${name}`, p50, 0.6, 'KB')),
        atMost(
          `heap after ${SETTLED.toLocaleString('en')} settled, growth after the first tenth (${first.toFixed(1)} MB)`,
          growth,
          100,
          'KB',
        ),
        atMost(
          'a thread, against a bare one',
          rowOf(threads, 'heddle').p50 - rowOf(threads, 'raw worker').p50,
          5,
          'MB',
        ),
      ],
    }
  },
}

/** Collects until nothing more goes: finalizers and weak tables need another turn. */
async function heapMB(): Promise<number> {
  let least = Infinity
  for (let times = 0; times < 4; times += 1) {
    collect()
    least = Math.min(least, process.memoryUsage().heapUsed / 2 ** 20)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  return least
}

async function heapOfQueued(): Promise<Group> {
  const taken: Taken[] = []
  const take = async (
    name: string,
    kind: Taken['kind'],
    start: () => Promise<() => Promise<unknown>>,
  ): Promise<void> => {
    await round(start)
    taken.push({ name, kind, rounds: [[await round(start)], [await round(start)], [await round(start)]] })
  }
  await take('a promise, held', 'beside', async () => {
    const held = Array.from({ length: QUEUED }, () => new Promise(() => {}))
    return () => Promise.resolve(held.length)
  })
  await take('heddle: runs', 'heddle', async () => {
    const runtime = createRuntime({ threads: THREADS, retain: 0 })
    const held: Run[] = Array.from({ length: QUEUED }, () => runtime.run(computing))
    await new Promise((resolve) => setTimeout(resolve, 500))
    return () => {
      void held
      return runtime.close()
    }
  })
  await take('heddle: children of a scope, with their handles', 'heddle', async () => {
    const runtime = createRuntime({ threads: THREADS, retain: 0 })
    void runtime
      .scope(async (ctx) => {
        const held = Array.from({ length: QUEUED }, () => ctx.spawn(computing))
        await ctx.sleep(3_600_000)
        return held.length
      })
      .settled()
    while (runtime.stats().queued < QUEUED - 2) await new Promise((resolve) => setTimeout(resolve, 50))
    return () => runtime.close()
  })
  for (const [name, startPeer] of Object.entries(peerStarts)) {
    // These send what they are given at once, to threads of their own: what waits isn't all in this heap.
    const isSentAtOnce = ['comlink', 'poolifier', 'noroutine'].includes(name)
    await take(isSentAtOnce ? `${name} (sent at once)` : name, 'peer', async () => {
      const peer = await startPeer()
      await peer.run('noOp')
      const busy = Array.from({ length: THREADS }, () => peer.run('compute', BUSY_LOOPS))
      const held = Array.from({ length: QUEUED }, () => peer.run('noOp'))
      return async () => {
        await Promise.all(busy)
        await Promise.all(held)
        await peer.close()
      }
    })
  }
  return { title: 'heap for what waits in the queue', unit: 'KB each', rows: rowsOf(taken) }
}

/** In a process of its own: such a heap isn't to be the next one's. */
async function heapOfMillion(): Promise<Group> {
  const { withHandles, without } = (await runProgram('queued-million')) as Record<string, number>
  return {
    title: 'heap for a million in the queue, children of a scope',
    unit: 'KB each',
    rows: rowsOf([
      { name: 'with their handles', kind: 'heddle', rounds: [[withHandles ?? Number.NaN]] },
      { name: 'whose handles nobody holds', kind: 'heddle', rounds: [[without ?? Number.NaN]] },
    ]),
  }
}

async function heapAfterMany(): Promise<{ group: Group; tenths: number[] }> {
  const runtime = createRuntime({ threads: THREADS, retain: 0 })
  const tenths: number[] = []
  try {
    for (let tenth = 0; tenth < 10; tenth += 1) {
      for (let batch = 0; batch < 10; batch += 1) {
        await Promise.all(Array.from({ length: SETTLED / 100 }, () => runtime.run(noOp)))
      }
      tenths.push(await heapMB())
    }
  } finally {
    await runtime.close()
  }
  return {
    tenths,
    group: {
      title: `heap after each tenth of ${SETTLED.toLocaleString('en')} settled actions, retain: 0`,
      unit: 'MB',
      rows: rowsOf([{ name: 'heddle: runs', kind: 'heddle', rounds: tenths.map((mb) => [mb]) }]),
    },
  }
}

async function memoryOfThreads(): Promise<Group> {
  const bare: number[][] = []
  const ours: number[][] = []
  for (let round = 0; round < 4; round += 1) {
    const rawMB = await resident(async () => {
      const raw = await startRaw('noOp', THREADS_COUNTED)
      return () => Promise.resolve(raw.close())
    })
    const heddleMB = await resident(async () => {
      const runtime = createRuntime({ threads: THREADS_COUNTED, retain: 0 })
      for (let count = 0; count < THREADS_COUNTED; count += 1) void runtime.run(computing).settled()
      while (runtime.stats().running < THREADS_COUNTED)
        await new Promise((resolve) => setTimeout(resolve, 20))
      return () => runtime.close()
    })
    if (round === 0) continue
    bare.push([rawMB])
    ours.push([heddleMB])
  }
  return {
    title: 'memory of the process for a thread',
    unit: 'MB',
    rows: rowsOf([
      { name: 'raw worker', kind: 'floor', rounds: bare },
      { name: 'heddle', kind: 'heddle', rounds: ours },
    ]),
  }
}

/** What starting threads adds to the process, for each of them. */
async function resident(start: () => Promise<() => Promise<unknown>>): Promise<number> {
  await heapMB()
  const before = process.memoryUsage().rss
  const stop = await start()
  await new Promise((resolve) => setTimeout(resolve, 300))
  const megabytes = (process.memoryUsage().rss - before) / 2 ** 20 / THREADS_COUNTED
  await stop()
  return megabytes
}

/** A call of its own: what it holds goes with its frame, before the next one looks. */
async function round(start: () => Promise<() => Promise<unknown>>): Promise<number> {
  const before = await heapMB()
  const stop = await start()
  const kilobytes = ((await heapMB()) - before) * (1024 / QUEUED)
  await stop()
  return kilobytes
}
