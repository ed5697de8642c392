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

/** Where the minimum of a shifted function lies along an axis, as a share of half the range. */
function shiftOf(index: number): number {
  return 0.8 * Math.cos(1.7 * index + 0.4)
}

/** The sphere with its minimum away from the middle. */
export const sphere10Shifted = testFunction('Sphere 10, shifted', ten, 0, (parameters) =>
  Object.values(parameters).reduce((sum, value, index) => sum + (value - 5 * shiftOf(index)) ** 2, 0),
)

/** Ackley 1987, with its minimum away from the middle: many small minima in a funnel. */
export const ackley5Shifted = testFunction('Ackley 5, shifted', cube(5, -32, 32), 0, (parameters) => {
  const x = Object.values(parameters).map((value, index) => value - 32 * shiftOf(index))
  const squares = x.reduce((sum, value) => sum + value ** 2, 0) / x.length
  const waves = x.reduce((sum, value) => sum + Math.cos(2 * Math.PI * value), 0) / x.length
  return -20 * Math.exp(-0.2 * Math.sqrt(squares)) - Math.exp(waves) + 20 + Math.E
})

/** Levy & Montalvo 1985: waves across a valley. */
export const levy8 = testFunction('Levy 8', cube(8, -10, 10), 0, (parameters) => {
  const w = Object.values(parameters).map((value) => 1 + (value - 1) / 4)
  const last = w.at(-1)!
  let sum = Math.sin(Math.PI * w[0]!) ** 2
  for (const value of w.slice(0, -1)) sum += (value - 1) ** 2 * (1 + 10 * Math.sin(Math.PI * value + 1) ** 2)
  return sum + (last - 1) ** 2 * (1 + Math.sin(2 * Math.PI * last) ** 2)
})

/** Styblinski & Tang 1990: 2⁶ minima, of which one is the lowest. */
export const styblinski6 = testFunction(
  'Styblinski 6',
  cube(6, -5, 5),
  -39.16616570377142 * 6,
  (parameters) => Object.values(parameters).reduce((sum, x) => sum + (x ** 4 - 16 * x ** 2 + 5 * x) / 2, 0),
)

/** Michalewicz 1992: narrow valleys in a plain. */
export const michalewicz10 = testFunction(
  'Michalewicz 10',
  cube(10, 0, Math.PI),
  -9.66015,
  (parameters) =>
    -Object.values(parameters).reduce(
      (sum, x, index) => sum + Math.sin(x) * Math.sin(((index + 1) * x ** 2) / Math.PI) ** 20,
      0,
    ),
)

/** A slope, with its minimum in a corner. */
export const edge8 = testFunction('Edge 8', cube(8, 0, 1), 0, (parameters) =>
  Object.values(parameters).reduce((sum, x) => sum + x, 0),
)

const OPERATIONS = ['conv1', 'conv3', 'conv5', 'pool', 'skip'] as const
const operation = choice(OPERATIONS)

/** Seven choices, of which neighbours should differ in a certain way, and four numbers: as a search for an architecture is. */
export const architecture = testFunction(
  'NAS-like',
  {
    op0: operation,
    op1: operation,
    op2: operation,
    op3: operation,
    op4: operation,
    op5: operation,
    op6: operation,
    rate: logUniform(1e-5, 1),
    decay: logUniform(1e-6, 1e-1),
    width: int(8, 256, { log: true }),
    dropout: uniform(0, 0.8),
  },
  0,
  ({ op0, op1, op2, op3, op4, op5, op6, rate, decay, width, dropout }) => {
    const ops = [op0, op1, op2, op3, op4, op5, op6].map((name) => OPERATIONS.indexOf(name))
    // Each layer has a best operation, and each two neighbours fit less well if the second isn't the one after that of the first.
    let loss = 0
    for (const [layer, op] of ops.entries()) {
      const away = (op - ((2 * layer + 1) % 5) + 5) % 5
      loss += [0, 0.15, 0.3, 0.2, 0.1][away]!
      if (layer > 0 && (op - ops[layer - 1]! + 5) % 5 !== 2) loss += 0.05
    }
    return (
      loss +
      0.15 * (Math.log10(rate) + 2.5) ** 2 +
      0.03 * (Math.log10(decay) + 4) ** 2 +
      0.02 * (Math.log2(width) - 6) ** 2 +
      (dropout - 0.25) ** 2
    )
  },
)

/** Two logarithmic scales that must fit together: a narrow ridge across both. */
export const ridge = testFunction(
  'ridge, 2 log scales',
  { a: logUniform(1e-6, 1), b: logUniform(1e-6, 1) },
  0,
  ({ a, b }) => 4 * (Math.log10(a) + Math.log10(b) + 5) ** 2 + 0.1 * (Math.log10(a) + 2) ** 2,
)

function cube(size: number, low: number, high: number): Record<string, ReturnType<typeof uniform>> {
  return Object.fromEntries(Array.from({ length: size }, (_, index) => [`x${index}`, uniform(low, high)]))
}

/** All of them. */
export const testFunctions: readonly TestFunction[] = [
  branin,
  hartmann6,
  rosenbrock,
  rosenbrock10,
  sphere10,
  sphere10Shifted,
  ackley5Shifted,
  levy8,
  styblinski6,
  michalewicz10,
  edge8,
  architecture,
  ridge,
  conditional,
]
