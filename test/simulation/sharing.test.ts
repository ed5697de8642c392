// A machine's threads are shared by what waits in several queues, also where it is one app that waits (D18).

import { beforeAll, expect, it } from 'vitest'
import { loadComlink } from '../../src/channels/comlink.js'
import { play } from './play.js'
import type { Plan, Story } from './plan.js'
import { PLAIN_CALL } from './themes.js'

const PLAIN: Omit<Plan, 'on' | 'steps'> = { end: 'return', onAbort: 'end', failures: 0, cleanUpMs: 0 }

/** For so long one run has work for the only thread of the only other machine, in milliseconds. */
const CROWD_MS = 40_000
const EACH_MS = 400
const CLOSED_MS = 30_000

function story(): Story {
  const short: Plan = { ...PLAIN, on: 'whole', steps: [{ do: 'await', ms: EACH_MS }] }
  const crowd: Plan = {
    ...PLAIN,
    on: 'shared',
    steps: [
      {
        do: 'map',
        call: { ...PLAIN_CALL, plan: short },
        count: CROWD_MS / EACH_MS,
        concurrency: 2,
        outcomes: true,
      },
    ],
  }
  const held: Plan = { ...PLAIN, on: 'held', steps: [] }
  return {
    isCalm: true,
    threads: 1,
    minThreads: 0,
    idleTimeoutMs: undefined,
    graceMs: 100,
    maxQueued: undefined,
    retain: undefined,
    isInspected: false,
    failToStart: 0,
    dieLater: 0,
    isMeasured: true,
    costMs: 0.0005,
    stallChance: 0,
    stallMs: 0,
    network: {
      hosts: [{ threads: 1, clock: { skewMs: 0, rate: 1 } }],
      leaseMs: 2000,
      on: 'cluster',
      lossChance: 0,
      repeatChance: 0,
      reorderChance: 0,
      leastMs: 0.1,
      mostMs: 2,
    },
    ops: [
      { do: 'run', at: 0, run: 0, call: { ...PLAIN_CALL, plan: crowd }, isScope: false },
      { do: 'run', at: 500, run: 1, call: { ...PLAIN_CALL, plan: held }, isScope: false },
      { do: 'close', at: CLOSED_MS, drainMs: 0, graceMs: undefined },
    ],
  }
}

beforeAll(async () => void (await loadComlink()))

it('lends a thread for what needs a resource of a machine, though its app has other work for that without end (D18)', async () => {
  const { broken, coverage } = await play(1, story())
  expect(broken).toEqual([])
  expect(coverage.get('I10 far')).toBe(1)
})
