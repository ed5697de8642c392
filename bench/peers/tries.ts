// The set-ups of each peer that the suite `tuning` tries. What `tuned.ts` has is chosen from what it finds.

import { FixedQueue } from 'piscina'
import type { PoolifierSettings } from './poolifier.js'
import { startEffect } from './effect.js'
import { startNoroutine } from './noroutine.js'
import type { Peer } from './peer.js'
import { inTurn, startPiscina, type PiscinaSettings } from './piscina.js'
import { startPoolifier } from './poolifier.js'
import { startTinypool } from './tinypool.js'
import { startWorkerpool } from './workerpool.js'
import { FirstInFirstOut } from './workerpool-queue.js'

/** One set-up: as the table calls it, and how it is started. */
export interface Try {
  readonly name: string
  readonly start: () => Peer | Promise<Peer>
}

function piscina(name: string, settings: () => PiscinaSettings): Try {
  return { name, start: () => startPiscina({ name, settings: settings() }) }
}

function poolifier(name: string, settings: PoolifierSettings): Try {
  return { name, start: () => startPoolifier({ name, settings }) }
}

const queued = (concurrency: number, taskStealing: boolean): PoolifierSettings => ({
  enableTasksQueue: true,
  tasksQueueOptions: { concurrency, taskStealing, tasksStealingOnBackPressure: taskStealing },
})

/** By peer. */
export const tries: Readonly<Record<string, readonly Try[]>> = {
  piscina: [
    { name: 'default', start: () => startPiscina() },
    ...[1, 2, 4, 16, 64, 512].flatMap((concurrentTasksPerWorker) =>
      (['sync', 'async', 'disabled'] as const).map((atomics) =>
        piscina(`${concurrentTasksPerWorker} a thread, atomics ${atomics}, no timing`, () => ({
          concurrentTasksPerWorker,
          atomics,
          recordTiming: false,
        })),
      ),
    ),
    piscina('16 a thread, atomics disabled, timing', () => ({
      concurrentTasksPerWorker: 16,
      atomics: 'disabled',
    })),
    ...[1, 16, 512].map((concurrentTasksPerWorker) =>
      piscina(`${concurrentTasksPerWorker} a thread, atomics disabled, no timing, FixedQueue`, () => ({
        concurrentTasksPerWorker,
        atomics: 'disabled',
        recordTiming: false,
        taskQueue: new FixedQueue(),
      })),
    ),
    ...(['sync', 'disabled'] as const).map((atomics) =>
      piscina(`balancer: in turn, atomics ${atomics}, no timing`, () => ({
        concurrentTasksPerWorker: 1_000_000,
        atomics,
        recordTiming: false,
        loadBalancer: inTurn(),
      })),
    ),
  ],
  tinypool: [
    { name: 'default', start: () => startTinypool() },
    ...[1, 4, 16, 64, 512].flatMap((concurrentTasksPerWorker) =>
      [true, false].map((useAtomics): Try => {
        const name = `${concurrentTasksPerWorker} a thread, ${useAtomics ? 'atomics' : 'no atomics'}`
        return {
          name,
          start: () => startTinypool({ name, settings: { concurrentTasksPerWorker, useAtomics } }),
        }
      }),
    ),
  ],
  workerpool: [
    { name: 'default', start: () => startWorkerpool() },
    {
      name: 'lifo',
      start: () => startWorkerpool({ name: 'lifo', settings: { queueStrategy: 'lifo' } }),
    },
    {
      name: 'a queue of our own',
      start: () =>
        startWorkerpool({
          name: 'a queue of our own',
          settings: { queueStrategy: new FirstInFirstOut() },
        }),
    },
  ],
  poolifier: [
    { name: 'default', start: () => startPoolifier() },
    poolifier('no events', { enableEvents: false }),
    ...(['ROUND_ROBIN', 'LEAST_BUSY', 'LEAST_ELU', 'FAIR_SHARE', 'WEIGHTED_ROUND_ROBIN'] as const).map(
      (workerChoiceStrategy) =>
        poolifier(`${workerChoiceStrategy}, no events`, { workerChoiceStrategy, enableEvents: false }),
    ),
    ...[1, 16, 512].flatMap((concurrency) =>
      [true, false].map((stealing) =>
        poolifier(`queue, ${concurrency} a thread, ${stealing ? 'stealing' : 'no stealing'}, no events`, {
          ...queued(concurrency, stealing),
          enableEvents: false,
        }),
      ),
    ),
    poolifier('queue, 16 a thread, no stealing, ROUND_ROBIN, no events', {
      ...queued(16, false),
      workerChoiceStrategy: 'ROUND_ROBIN',
      enableEvents: false,
    }),
  ],
  effect: [
    { name: 'default', start: () => startEffect() },
    ...[4, 16, 64, 512].map((concurrency): Try => {
      const name = `${concurrency} a thread`
      return { name, start: () => startEffect({ name, settings: { concurrency } }) }
    }),
  ],
  noroutine: [
    { name: 'default', start: () => startNoroutine() },
    ...[1, 50].map((monitoring): Try => {
      const name = `the idlest thread every ${monitoring} ms`
      return { name, start: () => startNoroutine({ name, settings: { monitoring } }) }
    }),
  ],
}
