/**
 * A trial: trains one network with one configuration, in a thread of its own, and can be stopped between two batches.
 */
import { action } from 'heddle'
import type { ActionContext } from 'heddle'
import type { Dataset } from './dataset.js'
import { accuracyOn, createNetwork, trainBatch } from './network.js'
import { createRandom } from './random.js'
import type { Configuration } from './search-space.js'

/** What a trial is told. */
export interface TrialInput {
  readonly trial: number
  readonly configuration: Configuration
  /** Shared with all other trials: sending it to a thread copies nothing. */
  readonly digits: Dataset
  /** Seed of the whole search. */
  readonly seed: number
  readonly maxEpochs: number
  /** Validation accuracy at which training ends, 0…1. */
  readonly target: number
}

/** What a trial reports after each epoch. */
export interface Progress {
  readonly epoch: number
  /** Share of the validation digits that it reads right, 0…1. */
  readonly accuracy: number
  /** Mean training loss over the epoch: cross entropy in nats. */
  readonly loss: number
}

/** What a trial that ran to its end gives back. */
export interface TrialResult extends Progress {
  readonly trial: number
  /** Accuracy on digits that decided nothing, 0…1. */
  readonly testAccuracy: number
}

/** The weights have left the range of numbers: the learning rate was too high. */
export class DivergedError extends Error {
  override readonly name = 'DivergedError'
}

/**
 * Trains until the target is reached, or for `maxEpochs`.
 *
 * It never yields: no `await`, no timers, just arithmetic. It can be stopped all the same, as `ctx.signal` tells the
 * truth inside a synchronous loop too. The check before each batch takes tens of nanoseconds, the batch a millisecond.
 */
export const trial = action(
  import.meta,
  'trial',
  { cpu: 1, graceMs: 2000 },
  (input: TrialInput, ctx: ActionContext<{ reports: Progress }>): TrialResult => {
    const { configuration, digits, maxEpochs, target } = input
    const random = createRandom(input.seed, `trial ${input.trial}`)
    const network = createNetwork(configuration.hiddenUnits, configuration.initialisation, random)
    const { start, end } = digits.training
    const order = Uint16Array.from({ length: end - start }, (_, index) => start + index)

    for (let epoch = 1; ; epoch++) {
      random.shuffle(order)
      let loss = 0
      for (let from = 0; from < order.length; from += configuration.batchSize) {
        ctx.signal.throwIfAborted()
        const batch = order.subarray(from, from + configuration.batchSize)
        loss += trainBatch(network, digits, batch, configuration) * (batch.length / order.length)
      }
      if (!Number.isFinite(loss)) throw new DivergedError(`the loss is ${loss} in epoch ${epoch}`)

      const progress = { epoch, accuracy: accuracyOn(network, digits, digits.validation), loss }
      ctx.report(progress)
      if (progress.accuracy >= target || epoch === maxEpochs) {
        const testAccuracy = accuracyOn(network, digits, digits.test)
        return { trial: input.trial, ...progress, testAccuracy }
      }
    }
  },
)
