import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { choice, int, logUniform, uniform, variants, type Space } from '../../../src/sweep/space.js'
import { cellAt, Dimensions, valueAt, type NumberDimension } from '../../../src/sweep/dimensions.js'

const space = {
  rate: logUniform(1e-4, 1),
  momentum: uniform(0, 0.9, { step: 0.1 }),
  hidden: int(16, 256, { step: 16 }),
  batch: int(1, 64, { log: true }),
  act: choice(['relu', 'tanh', null, 3, true]),
  optimiser: variants('kind', {
    sgd: { nesterov: choice([true, false]), decay: uniform(0, 1) },
    adam: { beta: variants('order', { one: {}, two: { value: uniform(0.9, 0.999) } }) },
  }),
} satisfies Space

describe('search space', () => {
  it.each([
    ['bounds the wrong way round', () => uniform(1, 0)],
    ['an infinite bound', () => uniform(0, Infinity)],
    ['NaN', () => uniform(NaN, 1)],
    ['a step wider than the range', () => uniform(0, 1, { step: 2 })],
    ['a step of 0', () => uniform(0, 1, { step: 0 })],
    ['a logarithm of 0', () => logUniform(0, 1)],
    ['a part of a whole number', () => int(0, 2.5)],
    ['a logarithmic step', () => int(1, 9, { log: true, step: 2 })],
    ['nothing to choose from', () => choice([])],
    ['a value twice', () => choice(['a', 'a'])],
    ['an object as a choice', () => choice([{} as never])],
    ['no variants', () => variants('kind', {})],
    ['a variant with a parameter named as the key', () => variants('kind', { a: { kind: uniform(0, 1) } })],
    ['a variant that is no space', () => variants('kind', { a: { rate: 1 as never } })],
  ])('refuses %s', (_what, make) => {
    expect(make).toThrow(expect.objectContaining({ name: 'ActionInputError' }))
  })

  it('refuses a parameter that none of its functions has made, by its name', () => {
    expect(() => new Dimensions({ rate: { low: 0, high: 1 } as never })).toThrow(
      /'rate'.*uniform, logUniform/,
    )
  })

  it('gives every value of a number with a step the same share', () => {
    const [dimension] = new Dimensions({ x: uniform(0, 0.9, { step: 0.1 }) }).list
    const counts = new Map<unknown, number>()
    for (let index = 0; index < 1000; index += 1) {
      const value = valueAt(dimension as NumberDimension, (index + 0.5) / 1000)
      counts.set(value, (counts.get(value) ?? 0) + 1)
    }
    expect([...counts]).toEqual(Array.from({ length: 10 }, (_, index) => [index / 10, 100]))
  })

  it('divides the scale of a number with a step into cells without gaps', () => {
    for (const parameter of [
      int(1, 64, { log: true }),
      int(16, 250, { step: 16 }),
      uniform(-1, 1, { step: 0.3 }),
    ]) {
      const [dimension] = new Dimensions({ x: parameter }).list as [NumberDimension]
      let end = 0
      while (end < 1 - 1e-9) {
        const [low, high] = cellAt(dimension, end + 1e-9)
        expect(low).toBeCloseTo(end, 9)
        expect(high).toBeGreaterThan(low)
        end = high
      }
      expect(end).toBeCloseTo(1, 9)
    }
  })

  it('leads from any point to parameters and back', () => {
    const dimensions = new Dimensions<typeof space>(space)
    const coordinates = fc.array(fc.double({ min: 0, max: 0.999_999, noNaN: true }), {
      minLength: dimensions.list.length,
      maxLength: dimensions.list.length,
    })
    fc.assert(
      fc.property(coordinates, (shares) => {
        const point = dimensions.build((dimension, index) => {
          const share = shares[index] as number
          return dimension.kind === 'choice' ? Math.floor(share * dimension.size) : share
        })
        const parameters = dimensions.parameters(point)
        const flat = dimensions.flatOf(parameters)
        expect(flat).toEqual(dimensions.flatten(point))
        expect(dimensions.parameters(dimensions.pointOf(flat))).toEqual(parameters)
        // What JSON does to them, as a study's file does, changes nothing.
        expect(dimensions.parametersOf(JSON.parse(JSON.stringify(flat)))).toEqual(parameters)
        expect(parameters.rate).toBeGreaterThanOrEqual(1e-4)
        expect(parameters.rate).toBeLessThanOrEqual(1)
        expect(parameters.hidden % 16).toBe(0)
        expect('decay' in parameters.optimiser).toBe(parameters.optimiser.kind === 'sgd')
      }),
    )
  })

  it('refuses stored parameters that are no longer in the space', () => {
    const dimensions = new Dimensions({ act: choice(['relu']), x: uniform(0, 1) })
    expect(() => dimensions.pointOf({ act: 'tanh', x: 0.5 })).toThrow(/'act' is 'tanh'/)
    expect(() => dimensions.pointOf({ act: 'relu', x: 2 })).toThrow(/'x' is 2/)
    expect(() => dimensions.pointOf({ act: 'relu' })).toThrow(/'x' is undefined/)
  })
})
