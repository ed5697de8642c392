import { describe, expect, it } from 'vitest'
import {
  choice,
  int,
  logUniform,
  random,
  tpe,
  uniform,
  variants,
  type Sampler,
  type Space,
} from 'heddle/sweep'
import { Dimensions } from '../../../src/sweep/space/dimensions.js'
import { comparableValues, importanceOf, type Evidence } from '../../../src/sweep/results/importance.js'
import type { Trial } from '../../../src/sweep/trials/trial.js'

/** What a sampler finds in so many trials. */
function search(
  space: Space,
  sampler: Sampler,
  count: number,
  loss: (parameters: never) => number,
): { dimensions: Dimensions; evidence: Evidence[] } {
  const dimensions = new Dimensions(space)
  const started = sampler.start(space, { direction: 'minimize' })
  const evidence = Array.from({ length: count }, () => {
    const suggestion = started.suggest()
    if (suggestion === undefined) throw new Error('there are no more')
    const value = loss(suggestion.parameters as never)
    started.tell(suggestion.number, { value })
    return { point: dimensions.pointOf(dimensions.flatOf(suggestion.parameters)), value }
  })
  return { dimensions, evidence }
}

const abc = { a: uniform(0, 1), b: uniform(0, 1), c: uniform(0, 1) }
const loss = ({ a, b }: { a: number; b: number }): number => 10 * (a - 0.5) ** 2 + (b - 0.5) ** 2

describe('importance', () => {
  it('is small for what changes nothing, however the sampler has concentrated', { timeout: 60_000 }, () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const { dimensions, evidence } = search(abc, tpe({ seed }), 150, loss)
      const { a, b, c } = importanceOf(dimensions, evidence, 'minimize') as {
        a: number
        b: number
        c: number
      }
      expect(c).toBeLessThan(0.05)
      expect(a).toBeGreaterThan(0.9)
      expect(a + b + c).toBeCloseTo(1)
    }
  })

  it('is the share of the variance, which is known here', () => {
    const space = {
      a: uniform(0, 1),
      b: int(0, 100),
      k: choice(['low', 'high', 'same']),
      r: logUniform(1e-3, 1),
    }
    const { dimensions, evidence } = search(
      space,
      random({ seed: 1 }),
      400,
      ({ a, b, k }: { a: number; b: number; k: string }) => 3 * a + b / 100 + (k === 'high' ? 1 : 0),
    )
    const importance = importanceOf(dimensions, evidence, 'minimize')
    // Variances: 9/12, 1/12, 2/9.
    const total = 9 / 12 + 1 / 12 + 2 / 9
    expect(importance['a']).toBeCloseTo(9 / 12 / total, 1)
    expect(importance['b']).toBeCloseTo(1 / 12 / total, 1)
    expect(importance['k']).toBeCloseTo(2 / 9 / total, 1)
    expect(importance['r']).toBeLessThan(0.03)
  })

  it(
    'is that over the whole space, also where values span much more there than among the trials',
    { timeout: 60_000 },
    () => {
      const space = { a: uniform(0, 1), b: uniform(0, 1) }
      let sum = 0
      for (let seed = 1; seed <= 5; seed += 1) {
        const { dimensions, evidence } = search(
          space,
          tpe({ seed }),
          150,
          ({ a, b }: { a: number; b: number }) => {
            return 100 * a ** 4 + 20 * b
          },
        )
        sum += importanceOf(dimensions, evidence, 'minimize')['a'] as number
      }
      // Variances: 10 000 × (1/9 - 1/25), and 400/12.
      expect(sum / 5).toBeCloseTo(0.955, 1)
    },
  )

  it('counts a conditional parameter where it exists', () => {
    const space = { v: variants('k', { one: { y: uniform(0, 1) }, two: {} }), z: uniform(0, 1) }
    type Parameters = { v: { k: 'one'; y: number } | { k: 'two' }; z: number }
    const { dimensions, evidence } = search(space, random({ seed: 2 }), 300, ({ v, z }: Parameters) =>
      v.k === 'one' ? v.y + z / 10 : 0.5 + z / 10,
    )
    const importance = importanceOf(dimensions, evidence, 'minimize')
    expect(importance['v.one.y']).toBeGreaterThan(0.7)
    expect(importance['v']).toBeLessThan(0.2)
  })

  it('is not that of one trial that has diverged, nor of none', () => {
    const { dimensions, evidence } = search(abc, random({ seed: 3 }), 100, loss)
    const diverged = evidence.map((one, at) => (at === 50 ? { ...one, value: 1e160 } : one))
    const one = importanceOf(dimensions, diverged, 'minimize')
    expect(one['a']).toBeGreaterThan(0.6)
    const widest = evidence.map((one, at) => ({ ...one, value: at % 2 === 0 ? 1.7e308 : -1.7e308 }))
    for (const share of Object.values(importanceOf(dimensions, widest, 'maximize')))
      expect(share).not.toBeNaN()
    const equal = evidence.map(({ point }) => ({ point, value: 1 }))
    expect(importanceOf(dimensions, equal, 'minimize')).toEqual({ a: 0, b: 0, c: 0 })
  })
})

describe('values that are compared', () => {
  const trial = (number: number, state: string, values: readonly number[]): Trial =>
    ({
      number,
      state,
      value: Math.min(...values),
      step: values.length,
      curve: values.map((value, at) => ({ step: at + 1, value })),
    }) as never

  it('are those at the furthest step that enough trials have come to', () => {
    const trials = [
      ...Array.from({ length: 10 }, (_, at) => trial(at, 'pruned', [5])),
      ...Array.from({ length: 12 }, (_, at) => trial(at + 10, 'pruned', [4, 3, 3])),
      trial(22, 'completed', [4, 3, 2, 1]),
      trial(23, 'completed', [9]),
      trial(24, 'failed', [0, 0, 0]),
    ]
    const compared = comparableValues(trials, { direction: 'minimize', objective: 'best' })
    expect(compared).toHaveLength(14)
    expect(compared.find(({ trial: { number } }) => number === 22)?.value).toBe(2)
    expect(compared.find(({ trial: { number } }) => number === 23)?.value).toBe(9)
  })
})
