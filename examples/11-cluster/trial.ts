/**
 * A trial for several machines: it reads the digits where it runs, since shared memory doesn't leave a machine, and may run
 * twice, since its machine may be lost.
 */
import { action, type ActionContext } from 'heddle'
import { loadDigits, type Dataset } from '../04-digits/dataset.js'
import { accuracyOn, createNetwork, trainBatch } from '../04-digits/network.js'
import { createRandom } from '../04-digits/random.js'
import type { Configuration } from '../04-digits/search-space.js'

/** What a trial is told: little, as it travels. */
export interface TrialInput {
  readonly trial: number
  readonly configuration: Configuration
  readonly maxEpochs: number
}

/** What it reports after each epoch. */
export interface Progress {
  readonly epoch: number
  /** Share of the validation digits that it reads right, 0…1. */
  readonly accuracy: number
  /** Machine that has trained it. */
  readonly host: string
}

/** Read once in each thread. */
let digits: Promise<Dataset> | undefined

export const trial = action(
  import.meta,
  'trial',
  // What is lost with its machine is tried again on another one: that it may run twice is said here, and nowhere else.
  { on: 'cluster', retries: 2, graceMs: 2000 },
  async (input: TrialInput, ctx: ActionContext<{ reports: Progress }>): Promise<Progress> => {
    digits ??= loadDigits()
    const data = await digits
    const { configuration, maxEpochs } = input
    const random = createRandom(1, `trial ${input.trial}`)
    const network = createNetwork(configuration.hiddenUnits, configuration.initialisation, random)
    const { start, end } = data.training
    const order = Uint16Array.from({ length: end - start }, (_, index) => start + index)
    for (let epoch = 1; ; epoch++) {
      random.shuffle(order)
      for (let from = 0; from < order.length; from += configuration.batchSize) {
        ctx.signal.throwIfAborted()
        trainBatch(network, data, order.subarray(from, from + configuration.batchSize), configuration)
      }
      const accuracy = accuracyOn(network, data, data.validation)
      const progress = { epoch, accuracy, host: ctx.info.host ?? 'this machine' }
      ctx.report(progress)
      if (epoch === maxEpochs) return progress
    }
  },
)
