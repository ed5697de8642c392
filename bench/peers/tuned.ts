// The peers as their best users run them: for each load the fastest set-up that `npm run bench -- tuning` finds. The table of
// tries is then bench/results/tries.md.

import { startEffect } from './effect.js'
import type { Peer } from './peer.js'
import { inTurn, startPiscina, type PiscinaSettings } from './piscina.js'
import { startPoolifier, type PoolifierSettings } from './poolifier.js'
import { startTinypool, type TinypoolSettings } from './tinypool.js'

/** What a set-up is chosen for: very many at once, one at a time, or tasks that compute. */
export type Load = 'bulk' | 'one at a time' | 'work'

/** The settings of each that has some. */
export interface Tuned {
  /** Made anew for each pool: a queue and a balancer aren't shared. */
  readonly piscina: () => PiscinaSettings
  readonly tinypool: TinypoolSettings
  readonly poolifier: PoolifierSettings
  /** Requests that Effect sends to a thread at a time. */
  readonly effect: number
}

const settings: Readonly<Record<Load, Tuned>> = {
  bulk: {
    piscina: () => ({
      concurrentTasksPerWorker: 1_000_000,
      loadBalancer: inTurn(),
      atomics: 'disabled',
      recordTiming: false,
    }),
    tinypool: { concurrentTasksPerWorker: 512, useAtomics: false },
    poolifier: { workerChoiceStrategy: 'ROUND_ROBIN', enableEvents: false },
    effect: 64,
  },
  'one at a time': {
    piscina: () => ({ concurrentTasksPerWorker: 16, atomics: 'disabled', recordTiming: false }),
    tinypool: { concurrentTasksPerWorker: 16, useAtomics: false },
    poolifier: { workerChoiceStrategy: 'ROUND_ROBIN', enableEvents: false },
    effect: 64,
  },
  // One more than computes is on its way; more would wait behind a long one.
  work: {
    piscina: () => ({ concurrentTasksPerWorker: 2, atomics: 'disabled', recordTiming: false }),
    tinypool: { concurrentTasksPerWorker: 2, useAtomics: false },
    poolifier: { workerChoiceStrategy: 'ROUND_ROBIN', enableEvents: false },
    effect: 2,
  },
}

/** The settings for a load. */
export function tunedSettings(load: Load): Tuned {
  return settings[load]
}

type Start = () => Peer | Promise<Peer>

/** How each of them is started for a load. workerpool, Comlink and noroutine have nothing that makes them faster. */
export function tunedStarts(load: Load): Readonly<Record<keyof Tuned, Start>> {
  const { piscina, tinypool, poolifier, effect } = settings[load]
  return {
    piscina: () => startPiscina({ name: 'piscina, tuned', settings: piscina() }),
    tinypool: () => startTinypool({ name: 'tinypool, tuned', settings: tinypool }),
    poolifier: () => startPoolifier({ name: 'poolifier, tuned', settings: poolifier }),
    effect: () => startEffect({ name: 'effect, tuned', settings: { concurrency: effect } }),
  }
}

/** Starts one that is tuned for bulk. */
export async function startTuned(name: keyof Tuned): Promise<Peer> {
  return tunedStarts('bulk')[name]()
}
