// Searches for several metrics, and for what keeps constraints: fronts, volumes, samplers, and what is refused.

import { describe, expect, it } from 'vitest'
import {
  choice,
  cmaes,
  gp,
  grid,
  halton,
  int,
  median,
  nsga2,
  plateau,
  random,
  target,
  tpe,
  uniform,
  variants,
  type Sampler,
} from 'heddle/sweep'
import { resolveSweepOptions } from '../../../src/sweep/resolve-options.js'
import { byContribution, exclusiveTo, hypervolume } from '../../../src/sweep/samplers/hypervolume.js'
import { crowdingDistances, frontsOf } from '../../../src/sweep/samplers/non-domination.js'
import { RandomNumbers } from '../../../src/sweep/random-numbers.js'

const numbers = new RandomNumbers(3)
const pointsOf = (count: number, metrics: number): number[][] =>
  Array.from({ length: count }, () => Array.from({ length: metrics }, () => numbers.uniform()))
const endOf = (losses: readonly number[], more: object = {}) => ({
  loss: losses[0] as number,
  losses,
  complete: true,
  step: 0,
  violation: 0,
  ...more,
})

describe('fronts', () => {
  it('are what is left when those before are taken away', () => {
    const all = pointsOf(40, 3)
    const fronts = frontsOf(all.map((losses) => endOf(losses)))
    const dominates = (a: readonly number[], b: readonly number[]): boolean =>
      a.every((loss, at) => loss <= (b[at] as number)) && a.some((loss, at) => loss < (b[at] as number))
    for (const [at, front] of fronts.entries()) {
      const before = all.filter((other) => dominates(other, all[at] as number[]))
      const latest = Math.max(-1, ...before.map((other) => fronts[all.indexOf(other)] as number))
      expect(front).toBe(latest + 1)
    }
  })

  it('have what violates constraints behind all that does not, and what failed last', () => {
    expect(
      frontsOf([
        endOf([9, 9]),
        endOf([0, 0], { violation: 2 }),
        endOf([1, 1], { violation: 1 }),
        endOf([1, 1], { complete: false }),
        endOf([Infinity, Infinity]),
      ]),
    ).toEqual([0, 3, 2, 1, 4])
  })

  it('are crowded where neighbours are near', () => {
    expect(
      crowdingDistances([
        [0, 3],
        [1, 1],
        [3, 0],
      ]),
    ).toEqual([Infinity, 2, Infinity])
    expect(
      crowdingDistances([
        [0, 4],
        [1, 3],
        [1.5, 2.5],
        [4, 0],
      ])[2],
    ).toBe(1.5)
  })
})

describe('the volume that is dominated', () => {
  it('is that of boxes', () => {
    expect(
      hypervolume(
        [
          [1, 2],
          [2, 1],
          [3, 3],
        ],
        [4, 4],
      ),
    ).toBe(8)
    expect(hypervolume([[0, 0, 0]], [1, 2, 3])).toBe(6)
    expect(
      hypervolume(
        [
          [0, 1, 1],
          [1, 0, 1],
          [1, 1, 0],
        ],
        [2, 2, 2],
      ),
    ).toBe(4)
    expect(exclusiveTo([1, 2], [[2, 1]], [4, 4])).toBe(2)
  })

  it('is that of points that are counted', () => {
    for (const metrics of [2, 3, 4]) {
      const points = pointsOf(12, metrics)
      const probes = pointsOf(20_000, metrics)
      const dominated = probes.filter((probe) =>
        points.some((point) => point.every((loss, at) => loss <= (probe[at] as number))),
      )
      const volume = hypervolume(
        points,
        Array.from({ length: metrics }, () => 1),
      )
      expect(Math.abs(volume - dominated.length / probes.length)).toBeLessThan(0.02)
    }
  })

  it('orders by what each adds', () => {
    const [first, , , last] = byContribution([
      [0, 1],
      [0.45, 0.45],
      [0.46, 0.44],
      [1, 0],
    ])
    expect([first, last]).toEqual([1, 2])
  })
})

const space = {
  x: uniform(0, 1),
  layers: int(1, 9),
  kind: choice(['a', 'b', 'c']),
  head: variants('of', { wide: { width: uniform(0, 1) }, none: {} }),
}
interface Parameters {
  readonly x: number
  readonly layers: number
  readonly kind: string
  readonly head: { readonly of: string; readonly width?: number }
}
/** Both are the lower the nearer the rest is to its best; x decides between them. */
function valuesOf({ x, layers, kind, head }: Parameters): [number, number] {
  const rest =
    Math.abs(layers - 7) / 10 + (kind === 'b' ? 0 : 0.3) + (head.of === 'wide' ? (head.width ?? 0) / 3 : 0.2)
  return [x ** 2 + rest, 1 - (1 - x) ** 2 - rest]
}

/** The dominated volume of so many trials. */
function search(sampler: Sampler, trials: number, violated?: (parameters: Parameters) => number): number {
  const started = sampler.start(space, { direction: 'minimize', directions: ['minimize', 'maximize'] })
  const found: number[][] = []
  for (let trial = 0; trial < trials; trial += 1) {
    const { number, parameters } = started.suggest() as { number: number; parameters: Parameters }
    const values = valuesOf(parameters)
    const constraints = violated === undefined ? [] : [violated(parameters)]
    if (constraints.every((one) => one <= 0)) found.push([values[0], -values[1]])
    started.tell(number, { value: values[0], values, constraints, complete: trial % 10 !== 9 })
  }
  return hypervolume(found, [2, 1])
}

describe.each([
  ['tpe', (seed: number) => tpe({ seed }), 120],
  ['nsga2', (seed: number) => nsga2({ seed, population: 20 }), 240],
] as const)('sampler %s with several metrics', (_name, create, trials) => {
  it('dominates more than random search', () => {
    const volume = (make: (seed: number) => Sampler): number =>
      [1, 2, 3].reduce((sum, seed) => sum + search(make(seed), trials), 0)
    expect(volume(create)).toBeGreaterThan(volume((seed) => random({ seed })) * 1.02)
  })

  it('looks where constraints are kept', () => {
    const violated = ({ x, layers }: Parameters): number => 0.9 - x + (layers > 3 ? 1 : 0)
    const volume = (make: (seed: number) => Sampler): number =>
      [1, 2, 3].reduce((sum, seed) => sum + search(make(seed), trials, violated), 0)
    expect(volume(create)).toBeGreaterThan(volume((seed) => random({ seed })) * 1.02)
  })

  it('goes on from a restored search as if it had never stopped', () => {
    const options = { direction: 'minimize', directions: ['minimize', 'maximize'] } as const
    const [whole, restored] = [1, 2].map(() => create(3).start(space, options))
    for (let trial = 1; trial <= 60; trial += 1) {
      const suggestion = whole!.suggest() as { number: number; parameters: never }
      restored!.restore(JSON.parse(JSON.stringify(suggestion)) as typeof suggestion)
      const values = trial % 7 === 0 ? undefined : valuesOf(suggestion.parameters)
      for (const one of [whole, restored]) one!.tell(suggestion.number, { value: undefined, values })
    }
    for (let trial = 0; trial < 8; trial += 1) expect(restored!.suggest()).toEqual(whole!.suggest())
  })

  it('refuses values of another number than metrics', () => {
    const started = create(1).start(space, { direction: 'minimize', directions: ['minimize', 'maximize'] })
    const { number } = started.suggest() as { number: number }
    expect(() => started.tell(number, { value: 1, values: [1, 2, 3] })).toThrow(/searches for 2 metrics/)
  })
})

describe('constraints with one metric', () => {
  it.each([
    ['tpe', (seed: number) => tpe({ seed })],
    ['gp', (seed: number) => gp({ seed })],
    ['cmaes', (seed: number) => cmaes({ seed })],
  ] as const)('are kept by %s', (_name, create) => {
    const started = create(1).start({ x: uniform(0, 1), y: uniform(0, 1) }, { direction: 'minimize' })
    let best = Infinity
    for (let trial = 0; trial < 50; trial += 1) {
      const { number, parameters } = started.suggest() as {
        number: number
        parameters: { x: number; y: number }
      }
      const value = parameters.x + parameters.y
      const constraints = [0.6 - parameters.x, parameters.y - 0.4]
      if (constraints.every((one) => one <= 0)) best = Math.min(best, value)
      started.tell(number, { value, constraints })
    }
    expect(best).toBeGreaterThanOrEqual(0.6)
    expect(best).toBeLessThan(0.72)
  })
})

describe('a sweep of several metrics', () => {
  const several = { space, metric: { loss: 'minimize', ms: 'maximize' }, trials: 10 } as const

  it.each([
    ['a direction', { direction: 'minimize' }, /'direction' is 'minimize', but 'metric' gives/],
    ['an objective', { objective: 'best' }, /last report that has all of them/],
    ['a pruner', { pruner: median() }, /the pruner median.* judges by one metric/],
    ['a target', { stop: target(1) }, /the rule target\(1\) judges by one metric/],
    ['a plateau', { stop: [plateau()] }, /the rule plateau/],
    ['onBest', { onBest: () => {} }, /no best trial for 'onBest'/],
    ['gp', { sampler: gp({ seed: 1 }) }, /sampler gp\(seed 1\) searches for one metric only/],
    ['cmaes', { sampler: cmaes({ seed: 1 }) }, /searches for one metric only/],
    [
      'a sampler of the user’s',
      { sampler: { name: 'mine', start: () => undefined } },
      /sampler mine searches for one/,
    ],
    ['a wrong direction', { metric: { loss: 'up' } }, /metric 'loss'.*'up'/],
    ['no metric', { metric: {} }, /'metric'/],
    ['wrong constraints', { constraints: 3 }, /'constraints' is 3/],
  ])('refuses %s', (_what, options, message) => {
    expect(() => resolveSweepOptions({ ...several, ...options })).toThrow(message)
  })

  it.each([tpe(), nsga2(), random(), halton(), grid()])('takes $name', (sampler) => {
    const { metrics, metric, direction } = resolveSweepOptions({ ...several, sampler })
    expect(metrics).toEqual([
      { name: 'loss', direction: 'minimize' },
      { name: 'ms', direction: 'maximize' },
    ])
    expect([metric, direction]).toEqual(['loss', 'minimize'])
  })

  it('is one of one metric, if there is only one', () => {
    expect(
      resolveSweepOptions({ ...several, metric: { loss: 'minimize' }, pruner: median() }).metrics,
    ).toHaveLength(1)
  })
})
