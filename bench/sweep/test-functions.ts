// Published functions that samplers are judged by, with their spaces and their minima.

import { choice, int, logUniform, uniform, variants, type ParametersOf, type Space } from 'heddle/sweep'

/** A function to minimize. */
export interface TestFunction {
  readonly name: string
  readonly space: Space
  readonly minimum: number
  /** Its value; all are to be minimized. */
  evaluate(parameters: never): number
}

function testFunction<S extends Space>(
  name: string,
  space: S,
  minimum: number,
  evaluate: (parameters: ParametersOf<S>) => number,
): TestFunction {
  return { name, space, minimum, evaluate }
}

const plane = { x: uniform(-5, 10), y: uniform(0, 15) }

/** Branin (Dixon & Szegö 1978): three minima of the same depth. */
export const branin = testFunction('Branin', plane, 0.397887, ({ x, y }) => {
  const b = 5.1 / (4 * Math.PI ** 2)
  const term = y - b * x ** 2 + (5 / Math.PI) * x - 6
  return term ** 2 + 10 * (1 - 1 / (8 * Math.PI)) * Math.cos(x) + 10
})

const HARTMANN_ALPHA = [1, 1.2, 3, 3.2]
const HARTMANN_A = [
  [10, 3, 17, 3.5, 1.7, 8],
  [0.05, 10, 17, 0.1, 8, 14],
  [3, 3.5, 1.7, 10, 17, 8],
  [17, 8, 0.05, 10, 0.1, 14],
]
const HARTMANN_P = [
  [1312, 1696, 5569, 124, 8283, 5886],
  [2329, 4135, 8307, 3736, 1004, 9991],
  [2348, 1451, 3522, 2883, 3047, 6650],
  [4047, 8828, 8732, 5743, 1091, 381],
]
const unit = uniform(0, 1)

/** Hartmann 6 (Dixon & Szegö 1978): six dimensions, six minima. */
export const hartmann6 = testFunction(
  'Hartmann 6',
  { x1: unit, x2: unit, x3: unit, x4: unit, x5: unit, x6: unit },
  -3.32237,
  ({ x1, x2, x3, x4, x5, x6 }) => {
    const x = [x1, x2, x3, x4, x5, x6]
    let sum = 0
    for (const [row, alpha] of HARTMANN_ALPHA.entries()) {
      let exponent = 0
      for (const [column, value] of x.entries()) {
        exponent += HARTMANN_A[row]![column]! * (value - HARTMANN_P[row]![column]! * 1e-4) ** 2
      }
      sum -= alpha * Math.exp(-exponent)
    }
    return sum
  },
)

const wide = uniform(-5, 10)

/** Rosenbrock 1960, in two dimensions: one curved valley. */
export const rosenbrock = testFunction(
  'Rosenbrock',
  { x: wide, y: wide },
  0,
  ({ x, y }) => 100 * (y - x ** 2) ** 2 + (1 - x) ** 2,
)

/**
 * Mixed and conditional, as the search of a small network's settings is: the space of Bergstra et al. 2011 in miniature.
 * Each part has its optimum at a known place.
 */
export const conditional = testFunction(
  'conditional',
  {
    rate: logUniform(1e-5, 1),
    hidden: int(8, 512, { log: true }),
    activation: choice(['relu', 'tanh', 'sigmoid']),
    optimiser: variants('kind', {
      sgd: { momentum: uniform(0, 1), nesterov: choice([true, false]) },
      adam: { beta1: uniform(0.5, 1), beta2: uniform(0.9, 1) },
      rmsprop: { decay: uniform(0.5, 1) },
    }),
  },
  0,
  ({ rate, hidden, activation, optimiser }) => {
    const loss =
      (Math.log10(rate) + 2.5) ** 2 / 4 +
      (Math.log2(hidden) - 7) ** 2 / 16 +
      { relu: 0, tanh: 0.1, sigmoid: 0.4 }[activation]
    switch (optimiser.kind) {
      case 'sgd':
        return loss + 0.05 + 2 * (optimiser.momentum - 0.9) ** 2 + (optimiser.nesterov ? 0 : 0.05)
      case 'adam':
        return loss + 4 * (optimiser.beta1 - 0.85) ** 2 + 20 * (optimiser.beta2 - 0.98) ** 2
      case 'rmsprop':
        return loss + 0.2 + (optimiser.decay - 0.9) ** 2
    }
  },
)

const ten = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`x${index}`, uniform(-5, 5)]))

/** Rosenbrock in ten dimensions, and the sphere: those for which Optuna's figures are known. */
export const rosenbrock10 = testFunction('Rosenbrock 10', ten, 0, (parameters) => {
  const x = Object.values(parameters)
  let sum = 0
  for (let index = 0; index < x.length - 1; index += 1) {
    sum += 100 * (x[index + 1]! - x[index]! ** 2) ** 2 + (1 - x[index]!) ** 2
  }
  return sum
})

export const sphere10 = testFunction('Sphere 10', ten, 0, (parameters) =>
  Object.values(parameters).reduce((sum, value) => sum + value ** 2, 0),
)

/** All of them. */
export const testFunctions: readonly TestFunction[] = [
  branin,
  hartmann6,
  rosenbrock,
  conditional,
  rosenbrock10,
  sphere10,
]
