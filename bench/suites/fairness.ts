// Does the app's own event loop go on, however much comes from the threads? A parent in a thread spawns 100 000 children
// and awaits them, while another floods with reports; the app looks at its loop, and does nothing else. And with 100 000 in
// flight of the app's own: whenever one has settled, another is started.

import { monitorEventLoopDelay } from 'node:perf_hooks'
import { createRuntime } from 'heddle'
import { flood, noOp, parent } from '../actions.js'
import { RUNS, SCOPE } from '../candidates.js'
import { collect, rowsOf, type Group, type Kind, type Taken } from '../measure.js'
import { THREADS } from '../peers/peer.js'
import { startRaw } from '../peers/raw.js'
import { startTuned } from '../peers/tuned.js'
import { unlessQuick } from '../quick.js'
import { atMost, rowOf, type Suite } from '../suite.js'
import { openScope } from './round-trip.js'

const CHILDREN = unlessQuick(100_000, 5000)
const IN_FLIGHT = unlessQuick(100_000, 5000)
const IN_FLIGHT_MS = unlessQuick(2500, 300)
const REPORTS = unlessQuick(200_000, 10_000)
const RESOLUTION_MS = 1

export const fairness: Suite = {
  name: 'fairness',
  question: "Does the app's own event loop go on, however much comes from the threads?",
  async run() {
    const idle: number[][] = []
    const loaded: number[][] = []
    const longest: number[][] = []
    for (let round = 0; round <= unlessQuick(5); round += 1) {
      const runtime = createRuntime({ threads: THREADS, retain: 0 })
      try {
        const still = await loopDelay(() => new Promise((resolve) => setTimeout(resolve, 1000)))
        const busy = await loopDelay(() =>
          Promise.all([runtime.run(parent, CHILDREN), runtime.run(flood, REPORTS)]),
        )
        if (round === 0) continue
        idle.push([still.p99Ms])
        loaded.push([busy.p99Ms])
        longest.push([busy.maxMs])
      } finally {
        await runtime.close()
      }
    }
    const taken: Taken[] = [
      { name: 'p99, nothing to do', kind: 'floor', rounds: idle },
      { name: 'p99, 100 000 actions and a flood of reports', kind: 'heddle', rounds: loaded },
      { name: 'longest, the same', kind: 'beside', rounds: longest },
    ]
    const group = { title: "delay of the app's event loop", unit: 'ms', rows: rowsOf(taken) }
    const { p50 } = rowOf(group, 'p99, 100 000 actions and a flood of reports')
    const flight = await measureInFlight()
    return {
      groups: [group, flight],
      goals: [atMost('p99 delay', p50, 20, 'ms'), atMost(flight.title, rowOf(flight, SCOPE).p50, 20, 'ms')],
    }
  },
}

/** The loop while so many are in flight, in each of them in turn. */
async function measureInFlight(): Promise<Group> {
  const raw = await startRaw('noOp')
  const pools = [await startTuned('piscina'), await startTuned('poolifier')]
  const runtime = createRuntime({ threads: THREADS, retain: 0 })
  const scope = await openScope(runtime)
  const calls: readonly (readonly [name: string, kind: Kind, call: () => PromiseLike<unknown>])[] = [
    [raw.name, 'floor', () => raw.run('noOp')],
    ...pools.map((pool): [string, Kind, () => PromiseLike<unknown>] => [
      pool.name,
      pool.kind,
      () => pool.run('noOp'),
    ]),
    [SCOPE, 'heddle', () => scope.ctx.spawn(noOp)],
    [RUNS, 'heddle', () => runtime.run(noOp)],
  ]
  const taken = calls.map(([name, kind]) => ({ name, kind, rounds: [] as number[][] }))
  try {
    for (let round = 0; round <= unlessQuick(4); round += 1) {
      for (const [index, [, , call]] of calls.entries()) {
        collect()
        const p99Ms = await delayInFlight(call)
        if (round > 0) taken[index]?.rounds.push([p99Ms])
      }
    }
  } finally {
    await scope.close()
    await runtime.close()
    for (const pool of [raw, ...pools]) await pool.close()
  }
  return {
    title: `delay of the app's event loop, p99, ${IN_FLIGHT.toLocaleString('en')} in flight`,
    unit: 'ms',
    rows: rowsOf(taken),
  }
}

/** Fills up in pieces, as an app does whose work comes in from outside; then looks at the loop for some seconds. */
async function delayInFlight(call: () => PromiseLike<unknown>): Promise<number> {
  let isFlying = true
  let inFlight = 0
  const landed = new Promise<void>((resolve, reject) => {
    const startOne = (): void => {
      inFlight += 1
      call().then(() => {
        inFlight -= 1
        if (isFlying) startOne()
        else if (inFlight === 0) resolve()
      }, reject)
    }
    void (async () => {
      while (inFlight < IN_FLIGHT) {
        for (let count = 0; count < 500; count += 1) startOne()
        await new Promise((next) => setImmediate(next))
      }
    })()
  })
  while (inFlight < IN_FLIGHT) await new Promise((resolve) => setTimeout(resolve, 10))
  const { p99Ms } = await loopDelay(() => new Promise((resolve) => setTimeout(resolve, IN_FLIGHT_MS)))
  isFlying = false
  await landed
  return p99Ms
}

/** How late the loop is while something goes on. */
async function loopDelay(during: () => PromiseLike<unknown>): Promise<{ p99Ms: number; maxMs: number }> {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  delay.enable()
  await during()
  // Whoever holds the loop all the time is late by all of it: that is counted in the next turn only.
  await new Promise((resolve) => setTimeout(resolve, 2 * RESOLUTION_MS))
  delay.disable()
  return { p99Ms: delay.percentile(99) / 1e6 - RESOLUTION_MS, maxMs: delay.max / 1e6 - RESOLUTION_MS }
}
