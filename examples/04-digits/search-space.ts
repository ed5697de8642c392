/**
 * What the search chooses between. The ranges are wide on purpose: much of what they hold learns badly, as in any real
 * search, and is worth stopping early.
 */
import { choice, logUniform, type ParametersOf } from 'heddle/sweep'

/** The parameters of a trial. */
export const space = {
  hiddenUnits: choice([16, 24, 32, 48, 64, 96, 128]),
  initialisation: choice(['glorot', 'he', 'small']),
  batchSize: choice([16, 32, 64, 128]),
  learningRate: logUniform(1e-3, 1),
  momentum: choice([0, 0.5, 0.9, 0.95]),
  l2: logUniform(1e-6, 1e-2),
}

/** One point of the search space: everything that tells one trial from another. */
export type Configuration = ParametersOf<typeof space>
