import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Space } from '../../../src/sweep/space/parameter.js'
import { choice, int, logUniform, uniform, variants } from '../../../src/sweep/space/space.js'
import { cellAt, Dimensions, valueAt, type NumberDimension } from '../../../src/sweep/space/dimensions.js'

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
    ['a function as a choice', () => choice([(() => 1) as never])],
    ['what holds a function as a choice', () => choice([{ run: () => 1 }])],
    ['an object twice', () => choice([{ a: [1] }, { a: [1] }])],
    ['no variants', () => variants('kind', {})],
    ['a variant with a parameter named as the key', () => variants('kind', { a: { kind: uniform(0, 1) } })],
    ['a variant that is no space', () => variants('kind', { a: 1 as never })],
  ])('refuses %s', (_what, make) => {
    expect(make).toThrow(expect.objectContaining({ name: 'ActionInputError' }))
  })

  it('refuses what leaves nothing to search, and what no trial can get', () => {
    expect(() => new Dimensions({ rate: { low: 0, high: 1 } })).toThrow(
      /no parameters, only constants \('rate' is .*made by uniform, logUniform/,
    )
    expect(() => new Dimensions({})).toThrow(/no parameters: they/)
    expect(() => new Dimensions({ x: uniform(0, 1), group: { run: () => 1 } })).toThrow(
      /group 'group': the constant 'run'.*can't be sent/,
    )
    expect(() => new Dimensions({ x: uniform(0, 1), y: undefined } as never)).toThrow(/'y' is undefined/)
  })

  it('has groups and constants, and choices of any value', () => {
    const layers = choice([[64], [64, 64], new Date(0), NaN, '[ 64 ]'])
    const dimensions = new Dimensions({
      model: { layers, deep: { rate: uniform(0, 1), epochs: 10 } },
      name: 'net',
      sizes: [1, 2],
    })
    expect(dimensions.list.map(({ name }) => name)).toEqual(['model.layers', 'model.deep.rate'])
    const labels = dimensions.choiceOf('model.layers')?.values ?? []
    expect(labels).toEqual([
      expect.stringMatching(/^\[ 64 \] #[0-9a-f]{8}$/),
      '[ 64, 64 ]',
      '1970-01-01T00:00:00.000Z',
      'NaN',
      '[ 64 ]',
    ])
    for (const [index, value] of [[64], [64, 64], new Date(0), NaN, '[ 64 ]'].entries()) {
      const parameters = {
        model: { layers: value, deep: { rate: 0.5, epochs: 10 } },
        name: 'net',
        sizes: [1, 2],
      }
      const flat = { 'model.layers': labels[index] as string, 'model.deep.rate': 0.5 }
      expect(dimensions.parametersOf(flat)).toEqual(parameters)
      expect(dimensions.flatOf(parameters as never)).toEqual(flat)
    }
  })

  it('labels a large value by its content, in every process', () => {
    const large = (last: number): unknown => ({ list: [...Array.from({ length: 400 }, (_, i) => i), last] })
    const labels = (): unknown => new Dimensions({ c: choice([large(1), large(2)]) }).choiceOf('c')?.values
    expect(labels()).toEqual(labels())
    expect(new Set(labels() as string[]).size).toBe(2)
    for (const label of labels() as string[]) expect(label.length).toBeLessThanOrEqual(80)
  })

  it('is one, too, when it was copied', () => {
    const copied = new Dimensions(structuredClone({ space }).space)
    expect(copied.describe()).toEqual(new Dimensions(space).describe())
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

describe('names of a space', () => {
  it('cannot be taken twice, by a path either', () => {
    const inner = variants('k', { a: { x: uniform(0, 1) } })
    expect(() => new Dimensions({ 'v.a.x': uniform(5, 6), v: inner })).toThrow(
      /two parameters of the space are named 'v\.a\.x'/,
    )
    expect(() => new Dimensions({ 'v.a.y': uniform(5, 6), v: inner })).not.toThrow()
  })

  it('cannot be __proto__', () => {
    const named = JSON.parse('{"__proto__": 1}') as Record<string, unknown>
    const own = Object.fromEntries([['__proto__', uniform(0, 1)]])
    expect(() => new Dimensions(own)).toThrow(/'__proto__'/)
    expect(() => variants('__proto__', { a: {} })).toThrow(/'__proto__'/)
    expect(() => variants('k', { a: own })).toThrow(/'__proto__'/)
    expect(() => variants('k', Object.fromEntries([['__proto__', {}]]))).toThrow(/'__proto__'/)
    expect(Object.keys(named)).toEqual(['__proto__'])
  })

  it('can be those that every object has', () => {
    const dimensions = new Dimensions({
      constructor: uniform(0, 1),
      v: variants('toString', { valueOf: { hasOwnProperty: uniform(0, 1) } }),
    } as never)
    const flat = { constructor: 0.5, v: 'valueOf', 'v.valueOf.hasOwnProperty': 0.25 }
    expect(dimensions.flatOf(dimensions.parametersOf(flat as never))).toEqual(flat)
  })
})

describe('bounds of a number', () => {
  it('have a distance', () => {
    expect(() => uniform(-1e308, 1e308)).toThrow(/so far apart/)
    expect(() => int(-1e308, 1e308)).toThrow(/so far apart/)
    expect(uniform(-8e307, 8e307)).toMatchObject({ low: -8e307 })
    expect(logUniform(1e-308, 1e308)).toMatchObject({ high: 1e308 })
  })
})
