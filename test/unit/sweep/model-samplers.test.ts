// The samplers that compute most: the evolution strategy, the Gaussian process, and what they are built on.

import { describe, expect, it } from 'vitest'
import {
  auto,
  choice,
  cmaes,
  gp,
  int,
  logUniform,
  random,
  uniform,
  variants,
  type Sampler,
  type Space,
} from 'heddle/sweep'
import { minimizeInBox } from '../../../src/sweep/samplers/box-minimizer.js'
import { logExpectedImprovement } from '../../../src/sweep/samplers/expected-improvement.js'
import { GaussianProcess } from '../../../src/sweep/samplers/gaussian-process.js'
import { cholesky, inverseOf, symmetricEigen } from '../../../src/sweep/samplers/linear-algebra.js'
import { standardScores } from '../../../src/sweep/samplers/scores.js'
import { RandomNumbers } from '../../../src/sweep/random-numbers.js'

type Loss = (parameters: never) => number

const numbers = {
  x: uniform(-5, 5),
  rate: logUniform(1e-4, 1),
  layers: int(1, 30),
  width: uniform(0, 10, { step: 0.5 }),
}
type Numbers = { x: number; rate: number; layers: number; width: number }
const distance: Loss = ({ x, rate, layers, width }: Numbers) =>
  (x - 2) ** 2 + (Math.log10(rate) + 3) ** 2 + ((layers - 20) / 10) ** 2 + ((width - 7) / 3) ** 2

const mixed = {
  x: uniform(0, 1),
  activation: choice(['relu', 'tanh', 'elu']),
  optimiser: variants('kind', { sgd: { momentum: uniform(0, 1) }, adam: {} }),
}
type Mixed = { x: number; activation: string; optimiser: { kind: string; momentum?: number } }
const mixedLoss: Loss = ({ x, activation, optimiser }: Mixed) =>
  (x - 0.7) ** 2 +
  (activation === 'tanh' ? 0 : 0.3) +
  (optimiser.kind === 'sgd' ? ((optimiser.momentum ?? 0) - 0.2) ** 2 : 0.2)

/** So many trials, `together` at a time; gives what was suggested, and the best value. */
function run(
  sampler: Sampler,
  space: Space,
  loss: Loss,
  trials: number,
  together = 1,
): { suggested: unknown[]; best: number } {
  const search = sampler.start(space, { direction: 'minimize', trials, concurrency: together })
  const suggested: unknown[] = []
  let best = Infinity
  for (let trial = 0; trial < trials; trial += together) {
    const begun = Array.from({ length: together }, () => search.suggest())
    for (const suggestion of begun) {
      if (suggestion === undefined) throw new Error('there are no more')
      suggested.push(suggestion.parameters)
      const value = loss(suggestion.parameters as never)
      best = Math.min(best, value)
      search.tell(suggestion.number, { value })
    }
  }
  return { suggested, best }
}

describe.each([
  ['cmaes', (seed: number) => cmaes({ seed }), numbers, distance, 60],
  ['gp', (seed: number) => gp({ seed }), mixed, mixedLoss, 24],
  ['auto', (seed: number) => auto({ seed }), mixed, mixedLoss, 16],
] as const)('sampler %s', (_name, create, space: Space, loss, trials) => {
  it('suggests the same for the same seed, and something else for another', () => {
    const [once, again, other] = [7, 7, 8].map((seed) => run(create(seed), space, loss, trials).suggested)
    expect(again).toEqual(once)
    expect(other).not.toEqual(once)
  })

  it('goes on from a restored search as if it had never stopped, failed and stopped trials among them', () => {
    const [whole, restored] = [1, 2].map(() => create(3).start(space, { direction: 'maximize', trials: 100 }))
    for (let trial = 1; trial <= trials; trial += 1) {
      const suggestion = whole!.suggest()
      if (suggestion === undefined) throw new Error('there are no more')
      // As it comes out of a file.
      restored!.restore(JSON.parse(JSON.stringify(suggestion)) as typeof suggestion)
      const value = trial % 7 === 0 ? undefined : -loss(suggestion.parameters as never)
      const end = { value, complete: trial % 3 !== 0, step: trial % 5 }
      for (const search of [whole, restored]) search!.tell(suggestion.number, end)
    }
    for (let trial = 0; trial < 4; trial += 1) expect(restored!.suggest()).toEqual(whole!.suggest())
  })

  it('finds better than random search, several at a time, too', () => {
    const bests = (make: (seed: number) => Sampler): number =>
      [1, 2, 3].reduce((sum, seed) => sum + run(make(seed), space, loss, trials, 4).best, 0)
    expect(bests(create)).toBeLessThan(0.8 * bests((seed) => random({ seed })))
  })

  it('goes on when all trials have failed, or are equal', () => {
    for (const value of [undefined, 1, Infinity]) {
      const search = create(1).start(space, { direction: 'minimize', trials: 100 })
      for (let trial = 0; trial < 30; trial += 1) {
        const { number } = search.suggest() as { number: number }
        search.tell(number, { value })
      }
      expect(search.suggest()).toBeDefined()
    }
  })

  it('chooses what a known point leaves open', () => {
    const search = create(1).start(space, { direction: 'minimize', trials: 100 })
    for (let trial = 0; trial < 14; trial += 1) {
      const { number, parameters } = search.complete!({ x: 0.125 }) as {
        number: number
        parameters: Mixed & Numbers
      }
      expect(parameters.x).toBe(0.125)
      search.tell(number, { value: loss(parameters as never) })
    }
  })
})

describe('sampler cmaes', () => {
  it('finds the valley that random search does not, in as many trials', () => {
    const ten = Object.fromEntries(Array.from({ length: 10 }, (_, at) => [`x${at}`, uniform(-5, 5)]))
    const ellipsoid: Loss = (x) =>
      Object.values(x as Record<string, number>).reduce(
        (sum, at, index) => sum + 10 ** (index / 3) * (at - 1) ** 2,
        0,
      )
    const { best } = run(cmaes({ seed: 1 }), ten, ellipsoid, 1500)
    expect(best).toBeLessThan(0.01)
    expect(run(random({ seed: 1 }), ten, ellipsoid, 1500).best).toBeGreaterThan(100)
  })

  it('keeps to bounds and steps, and still moves where a step is all that is left', () => {
    const steps = { a: int(1, 5), b: uniform(0, 1, { step: 0.25 }), c: int(1, 1000, { log: true }) }
    const { suggested } = run(cmaes({ seed: 2 }), steps, () => 0, 200)
    for (const { a, b, c } of suggested as { a: number; b: number; c: number }[]) {
      expect([1, 2, 3, 4, 5]).toContain(a)
      expect([0, 0.25, 0.5, 0.75, 1]).toContain(b)
      expect(Number.isInteger(c) && c >= 1 && c <= 1000).toBe(true)
    }
    const found = run(
      cmaes({ seed: 2 }),
      { a: int(1, 50), b: int(1, 50) },
      ({ a, b }: { a: number; b: number }) => (a - 37) ** 2 + (b - 12) ** 2,
      150,
    )
    expect(found.best).toBe(0)
  })

  it.each(['ipop', 'bipop'] as const)(
    'starts anew elsewhere once it has found all there is: %s',
    (restarts) => {
      // A narrow deep hole far from a wide shallow one.
      const holes: Loss = ({ x, y }: { x: number; y: number }) =>
        -Math.exp(-((x - 2) ** 2 + (y - 2) ** 2) / 8) - 2 * Math.exp(-((x + 3.5) ** 2 + (y + 3.5) ** 2) / 0.5)
      const plane = { x: uniform(-5, 5), y: uniform(-5, 5) }
      const bests = (how: 'none' | 'ipop' | 'bipop'): number[] =>
        [1, 2, 3, 4].map((seed) => run(cmaes({ seed, restarts: how }), plane, holes, 2500).best)
      const below = (values: number[]): number => values.filter((best) => best < -1.5).length
      expect(below(bests(restarts))).toBeGreaterThan(below(bests('none')))
    },
  )

  it('refuses choices and variants, but for those of one value', () => {
    const options = { direction: 'minimize' } as const
    expect(() => cmaes().start(mixed, options)).toThrow(/'activation' is a choice: use tpe\(\) or gp\(\)/)
    expect(() => cmaes().start({ kind: choice(['a']) }, options)).toThrow(/searches numbers only/)
    const one = cmaes({ seed: 1 }).start({ x: uniform(0, 1), kind: choice(['a']) }, options)
    expect(one.suggest()?.parameters).toMatchObject({ kind: 'a' })
  })

  it.each([
    ['sigma', { sigma: 0 }],
    ['population', { population: 2 }],
    ['restarts', { restarts: 'always' as never }],
  ])('refuses a wrong %s', (name, options) => {
    expect(() => cmaes(options)).toThrow(name)
  })
})

describe('sampler gp', () => {
  it('comes closer than a thousand random trials, in 40', () => {
    const { best } = run(gp({ seed: 1 }), numbers, distance, 40)
    expect(best).toBeLessThan(run(random({ seed: 1 }), numbers, distance, 1000).best)
  })

  it('does not suggest a point of a finite space twice while others wait', () => {
    const { suggested } = run(
      gp({ seed: 1 }),
      { a: int(1, 5), b: choice(['x', 'y', 'z', 'u']) },
      ({ a }: { a: number }) => a,
      20,
    )
    expect(new Set(suggested.map((point) => JSON.stringify(point))).size).toBe(20)
  })

  it('is fitted to so many trials at most', () => {
    const { best } = run(
      gp({ seed: 1, maxPoints: 15 }),
      { x: uniform(0, 1) },
      ({ x }: { x: number }) => (x - 0.3) ** 2,
      45,
    )
    expect(best).toBeLessThan(1e-6)
  })

  it.each([
    ['startupTrials', { startupTrials: 1 }],
    ['maxPoints', { maxPoints: 3 }],
  ])('refuses a wrong %s', (name, options) => {
    expect(() => gp(options)).toThrow(name)
  })
})

describe('sampler auto', () => {
  const chosen = (space: Space, options: object): unknown[] => {
    const search = auto({ seed: 5 }).start(space, { direction: 'minimize', ...options })
    return afterStart(search)
  }
  const afterStart = (search: ReturnType<Sampler['start']>): unknown[] =>
    Array.from({ length: 14 }, () => {
      const suggestion = search.suggest() as { number: number; parameters: { x: number } }
      search.tell(suggestion.number, { value: suggestion.parameters.x })
      return suggestion.parameters
    })
  const line = { x: uniform(0, 1) }
  const start = { direction: 'minimize' } as const

  it.each([
    ['gp', gp, { trials: 100, concurrency: 4 }],
    ['cmaes', cmaes, { trials: 2000, concurrency: 4 }],
  ] as const)('takes %s', (_name, create, options) => {
    expect(chosen(line, options)).toEqual(afterStart(create({ seed: 5 }).start(line, start)))
  })
})

describe('linear algebra', () => {
  const size = 6
  const random1 = new RandomNumbers(1)
  const root = Float64Array.from({ length: size * size }, () => random1.normal())
  const entry = (matrix: Float64Array, row: number, column: number): number =>
    matrix[row * size + column] as number
  const product = (a: Float64Array, b: Float64Array): Float64Array =>
    Float64Array.from({ length: size * size }, (_, at) => {
      let sum = 0
      for (let k = 0; k < size; k += 1) sum += entry(a, Math.floor(at / size), k) * entry(b, k, at % size)
      return sum
    })
  const transposed = (a: Float64Array): Float64Array =>
    a.map((_, at) => entry(a, at % size, Math.floor(at / size)))
  const matrix = product(root, transposed(root))
  const isIdentity = (a: Float64Array): void => {
    for (const [at, value] of a.entries())
      expect(value).toBeCloseTo(Math.floor(at / size) === at % size ? 1 : 0, 8)
  }

  it('inverts a positive definite matrix, and refuses another', () => {
    const lower = matrix.slice()
    expect(cholesky(lower, size)).toBe(true)
    isIdentity(product(matrix, inverseOf(lower, size)))
    expect(
      cholesky(
        matrix.map((value) => -value),
        size,
      ),
    ).toBe(false)
  })

  it('finds axes that are orthogonal, and give the matrix', () => {
    const { values, vectors } = symmetricEigen(matrix, size)
    isIdentity(product(transposed(vectors), vectors))
    const scaled = vectors.map((value, at) => value * (values[at % size] as number))
    for (const [at, value] of product(scaled, transposed(vectors)).entries())
      expect(value).toBeCloseTo(matrix[at] as number, 8)
  })

  it('finds the lowest point of a box', () => {
    const box = { low: new Float64Array(2), high: new Float64Array(2).fill(1) }
    const { x } = minimizeInBox(
      ([a = 0, b = 0], gradient) => {
        gradient.set([2 * (a - 0.3) + (b - 2), 8 * (b - 2) + (a - 0.3)])
        return (a - 0.3) ** 2 + 4 * (b - 2) ** 2 + (a - 0.3) * (b - 2)
      },
      Float64Array.of(0.9, 0.1),
      box,
      50,
    )
    expect(x[0]).toBeCloseTo(0.8, 4)
    expect(x[1]).toBe(1)
  })
})

describe('the Gaussian process', () => {
  const points = [0.1, 0.4, 0.55, 0.9].map((x, at) => Float64Array.of(x, at % 2, at < 2 ? NaN : 0.2 * at))
  const process = new GaussianProcess(
    points,
    Float64Array.of(1, -1, 0.5, 0.2),
    [false, true, false],
    Float64Array.of(-1, 0, -0.5, 0.2, -12),
  )

  it('says what was observed, and knows little far from it', () => {
    expect(process.predict(points[1] as Float64Array).mean).toBeCloseTo(-1, 3)
    expect(process.predict(points[1] as Float64Array).deviation).toBeLessThan(0.01)
    expect(process.predict(Float64Array.of(0, 2, 0.9)).deviation).toBeGreaterThan(0.5)
  })

  it('knows its slopes', () => {
    const at = Float64Array.of(0.47, 1, 0.3)
    const { mean, deviation, meanSlopes, deviationSlopes } = process.differentiate(at, [0, 2])
    expect(process.predict(at)).toEqual({ mean, deviation: expect.closeTo(deviation, 9) as number })
    for (const [index, place] of [0, 2].entries()) {
      const [above, below] = [1e-6, -1e-6].map((by) => {
        const moved = at.slice()
        moved[place]! += by
        return process.predict(moved)
      })
      expect(meanSlopes[index]).toBeCloseTo((above!.mean - below!.mean) / 2e-6, 5)
      expect(deviationSlopes[index]).toBeCloseTo((above!.deviation - below!.deviation) / 2e-6, 5)
    }
  })

  it('knows the logarithm of the expected improvement, however small that is', () => {
    // Mean 0 and deviation 1: φ(z) + z Φ(z), of tables; far below, φ(z) / z².
    for (const [z, improvement] of [
      [0, 0.3989422804],
      [1, 1.0833154706],
      [3, 3.0003821543],
      [-1, 0.0833154706],
      [-3, 0.000382154295],
    ] as const) {
      expect(Math.exp(logExpectedImprovement(0, 1, z).value)).toBeCloseTo(improvement, 9)
    }
    expect(logExpectedImprovement(0, 1, -1e6).value).toBeCloseTo(
      -5e11 - Math.log(Math.sqrt(2 * Math.PI)) - 2 * Math.log(1e6),
      3,
    )
    for (const z of [-1e5, -30, -2.1, -1.9, 0.3, 4, 30]) {
      const best = 1 + 2 * z
      const { byMean, byDeviation } = logExpectedImprovement(1, 2, best)
      const slope = (by: (step: number) => number): number => (by(1e-5) - by(-1e-5)) / 2e-5
      const slopes = [
        byMean / slope((step) => logExpectedImprovement(1 + step, 2, best).value),
        byDeviation / slope((step) => logExpectedImprovement(1, 2 + step, best).value),
      ]
      // Far above the mean, the deviation changes nothing that can be seen.
      for (const ratio of z < 10 ? slopes : slopes.slice(0, 1)) expect(ratio).toBeCloseTo(1, 3)
    }
  })

  it('goes by ranks where losses cannot be compared', () => {
    const end = { losses: [], complete: true, step: 1, violation: 0 }
    const ends = [3, 1, Infinity, 2].map((loss) => ({ ...end, loss, losses: [loss] }))
    const scores = standardScores([
      ...ends,
      { ...end, loss: 0, complete: false },
      { ...end, loss: -9, violation: 1 },
    ])
    const order = [...scores.keys()].toSorted((a, b) => (scores[a] as number) - (scores[b] as number))
    expect(order).toEqual([1, 3, 0, 4, 5, 2])
  })
})
