/**
 * What the search chooses between. The ranges are wide on purpose: much of what they hold learns badly, as in any real
 * search, and is worth stopping early.
 */
import type { Initialisation } from './network.js'
import type { Random } from './random.js'

/** One point of the search space: everything that tells one trial from another. */
export interface Configuration {
  readonly hiddenUnits: number
  readonly initialisation: Initialisation
  readonly batchSize: number
  readonly learningRate: number
  readonly momentum: number
  readonly l2: number
}

/** Draws a configuration. */
export function randomConfiguration(random: Random): Configuration {
  return {
    hiddenUnits: random.pick([16, 24, 32, 48, 64, 96, 128]),
    initialisation: random.pick(['glorot', 'he', 'small']),
    batchSize: random.pick([16, 32, 64, 128]),
    learningRate: random.logUniform(1e-3, 1),
    momentum: random.pick([0, 0.5, 0.9, 0.95]),
    l2: random.logUniform(1e-6, 1e-2),
  }
}
