import { describe, expect, it } from 'vitest'
import {
  choice,
  grid,
  halton,
  int,
  logUniform,
  random,
  tpe,
  uniform,
  variants,
  type Sampler,
  type SamplerSearch,
} from 'heddle/sweep'

const space = {
  x: uniform(0, 1),
  rate: logUniform(1e-3, 1),
  layers: int(1, 4),
  optimiser: variants('kind', { sgd: { momentum: uniform(0, 1) }, adam: {} }),
}
type Parameters = ReturnType<typeof start> extends SamplerSearch<infer P> ? P : never

function start(sampler: Sampler) {
  return sampler.start(space, { direction: 'minimize' })
}

/** Runs a search to `count` trials, one at a time, and gives what it suggested. */
function run(sampler: Sampler, count: number, loss: (parameters: Parameters) => number): Parameters[] {
  const search = start(sampler)
  const suggested: Parameters[] = []
  for (let trial = 0; trial < count; trial += 1) {
    const suggestion = search.suggest()
    if (suggestion === undefined) break
    suggested.push(suggestion.parameters)
    search.tell(suggestion.number, { value: loss(suggestion.parameters) })
  }
  return suggested
}

const distance = ({ x, rate }: Parameters): number => (x - 0.3) ** 2 + (Math.log10(rate) + 1.5) ** 2
const seeded = [
  ['random', random],
  ['halton', halton],
  ['tpe', tpe],
] as const

describe.each(seeded)('sampler %s', (_name, create) => {
  it('suggests the same for the same seed, and something else for another', () => {
    const [once, again, other] = [7, 7, 8].map((seed) => run(create({ seed }), 40, distance))
    expect(again).toEqual(once)
    expect(other).not.toEqual(once)
  })

  it('goes on from a restored search as if it had never stopped', () => {
    const whole = start(create({ seed: 3 }))
    const restored = start(create({ seed: 3 }))
    for (let trial = 1; trial <= 60; trial += 1) {
      const suggestion = whole.suggest()
      if (suggestion === undefined) throw new Error('there are no more')
      restored.restore(suggestion)
      // One in three was stopped early, one in seven has failed.
      const value = trial % 7 === 0 ? undefined : distance(suggestion.parameters)
      for (const search of [whole, restored]) {
        search.tell(suggestion.number, { value, complete: trial % 3 !== 0, step: trial % 5 })
      }
    }
    for (let trial = 0; trial < 10; trial += 1) expect(restored.suggest()).toEqual(whole.suggest())
  })

  it('keeps to the space', () => {
    for (const { x, rate, layers, optimiser } of run(create({ seed: 1 }), 300, distance)) {
      expect(x).toBeGreaterThanOrEqual(0)
      expect(x).toBeLessThanOrEqual(1)
      expect(rate).toBeGreaterThanOrEqual(1e-3)
      expect(rate).toBeLessThanOrEqual(1)
      expect([1, 2, 3, 4]).toContain(layers)
      expect(Object.keys(optimiser)).toEqual(optimiser.kind === 'sgd' ? ['kind', 'momentum'] : ['kind'])
    }
  })

  it('refuses to be told of what is not under way', () => {
    const search = start(create({ seed: 1 }))
    const { number } = search.suggest() as { number: number }
    search.tell(number, { value: 1 })
    expect(() => search.tell(number, { value: 1 })).toThrow(/isn't under way/)
    const next = search.suggest()!.number
    expect(() => search.tell(next, { value: '1' as never })).toThrow(
      /was told the value '1', which must be a number/,
    )
    expect(() => search.tell(99, { value: 1 })).toThrow(/99/)
  })

  it('refuses a seed that is not whole', () => {
    expect(() => create({ seed: 0.5 })).toThrow(/seed is 0.5/)
  })
})

describe.each([
  ['random', random],
  ['halton', halton],
] as const)('sampler %s at any concurrency', (_name, create) => {
  it('gives a trial the same whatever ends before it', () => {
    const oneByOne = run(create({ seed: 5 }), 20, distance)
    const search = start(create({ seed: 5 }))
    const together = Array.from({ length: 20 }, () => search.suggest()?.parameters)
    expect(together).toEqual(oneByOne)
  })
})

describe('sampler random', () => {
  it('chooses every value, about as often', () => {
    const counts = new Map<number, number>()
    for (const { layers } of run(random({ seed: 11 }), 4000, distance)) {
      counts.set(layers, (counts.get(layers) ?? 0) + 1)
    }
    for (const layers of [1, 2, 3, 4]) expect(Math.abs((counts.get(layers) ?? 0) - 1000)).toBeLessThan(120)
  })
})

describe('sampler halton', () => {
  it('fills every interval of each coordinate once, in blocks of its base', () => {
    const search = halton({ seed: 9 }).start(
      { x: uniform(0, 1), y: uniform(0, 1) },
      { direction: 'minimize' },
    )
    const points = Array.from({ length: 64 }, () => search.suggest()?.parameters as { x: number; y: number })
    expect(new Set(points.map(({ x }) => Math.floor(x * 64))).size).toBe(64)
    expect(new Set(points.slice(0, 27).map(({ y }) => Math.floor(y * 27))).size).toBe(27)
  })
})

describe('sampler grid', () => {
  const small = {
    rate: logUniform(1e-2, 1),
    optimiser: variants('kind', {
      sgd: { momentum: choice([0, 0.9]), nesterov: choice([true, false]) },
      adam: {},
    }),
    layers: int(1, 2),
  }
  const all = (sampler: Sampler): string[] => {
    const search = sampler.start(small, { direction: 'minimize' })
    const suggested: string[] = []
    for (let next = search.suggest(); next !== undefined; next = search.suggest()) {
      suggested.push(JSON.stringify(next.parameters))
    }
    return suggested
  }

  it('gives each combination once, conditional ones only where they exist, and then no more', () => {
    const combinations = all(grid({ levels: 3 }))
    // 3 rates × (2 × 2 of sgd + 1 of adam) × 2 layers
    expect(combinations).toHaveLength(30)
    expect(new Set(combinations).size).toBe(30)
    expect(combinations.some((text) => text.includes('"rate":0.1'))).toBe(true)
  })

  it('gives the same combinations in either order', () => {
    expect(all(grid({ levels: 3, order: 'lexical' })).toSorted()).toEqual(all(grid({ levels: 3 })).toSorted())
  })

  it('changes the last parameter fastest in lexical order', () => {
    const [first, second] = all(grid({ levels: 3, order: 'lexical' }))
    expect(JSON.parse(first as string)).toMatchObject({ layers: 1 })
    expect(JSON.parse(second as string)).toEqual({ ...JSON.parse(first as string), layers: 2 })
  })

  it('covers the whole range with the first few of many', () => {
    const search = grid({ levels: 1000 }).start({ x: uniform(0, 1) }, { direction: 'minimize' })
    const first = Array.from({ length: 10 }, () => search.suggest()?.parameters.x as number)
    expect(new Set(first.map((x) => Math.floor(x * 5))).size).toBe(5)
  })

  it('refuses more combinations than can be counted', () => {
    const wide = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`x${index}`, uniform(0, 1)]))
    expect(() => grid({ levels: 1000 }).start(wide, { direction: 'minimize' })).toThrow(/combinations/)
  })
})

describe('sampler tpe', () => {
  /** The mean loss of the last trials is far below that of random ones; the seed is fixed, so this can't be luck. */
  it.each(['minimize', 'maximize'] as const)('looks where it was good, to %s', (direction) => {
    const search = tpe({ seed: 2 }).start(space, { direction })
    const losses: number[] = []
    for (let trial = 0; trial < 120; trial += 1) {
      const { number, parameters } = search.suggest() as { number: number; parameters: Parameters }
      const loss = distance(parameters)
      losses.push(loss)
      search.tell(number, { value: direction === 'minimize' ? loss : -loss })
    }
    const mean = (values: readonly number[]): number =>
      values.reduce((sum, value) => sum + value, 0) / values.length
    expect(mean(losses.slice(-40))).toBeLessThan(mean(losses.slice(0, 10)) / 2)
  })

  it('learns which variant is better, and what only exists in it', () => {
    const search = tpe({ seed: 4 }).start(space, { direction: 'minimize' })
    const last: Parameters[] = []
    for (let trial = 0; trial < 150; trial += 1) {
      const { number, parameters } = search.suggest() as { number: number; parameters: Parameters }
      const { optimiser } = parameters
      search.tell(number, { value: optimiser.kind === 'sgd' ? (optimiser.momentum - 0.8) ** 2 : 1 })
      if (trial >= 110) last.push(parameters)
    }
    const momenta = last.flatMap(({ optimiser }) => (optimiser.kind === 'sgd' ? [optimiser.momentum] : []))
    expect(momenta.length).toBeGreaterThan(30)
    const near = momenta.filter((momentum) => Math.abs(momentum - 0.8) < 0.2)
    expect(near.length / momenta.length).toBeGreaterThan(0.7)
  })

  it('keeps parallel trials apart', () => {
    const spreadOf = (constantLiar: boolean): number => {
      const search = tpe({ seed: 6, constantLiar }).start({ x: uniform(0, 1) }, { direction: 'minimize' })
      for (let trial = 0; trial < 60; trial += 1) {
        const { number, parameters } = search.suggest() as { number: number; parameters: { x: number } }
        search.tell(number, { value: (parameters.x - 0.5) ** 2 })
      }
      const together = Array.from({ length: 16 }, () => search.suggest()?.parameters.x as number)
      return Math.max(...together) - Math.min(...together)
    }
    expect(spreadOf(true)).toBeGreaterThan(spreadOf(false))
  })

  it('tries each point of a small space once before any twice, unless it is to', () => {
    const small = {
      a: choice([1, 2, 3, 4]),
      b: int(1, 3),
      c: variants('k', { x: {}, y: { d: choice([0, 1]) } }),
    }
    const distinct = (avoidRepeats: boolean): number => {
      const search = tpe({ seed: 9, avoidRepeats }).start(small, { direction: 'minimize' })
      const seen = new Set<string>()
      for (let trial = 0; trial < 36; trial += 1) {
        const { number, parameters } = search.suggest() as { number: number; parameters: { a: number } }
        seen.add(JSON.stringify(parameters))
        search.tell(number, { value: parameters.a })
      }
      // There are more suggestions than points.
      expect(search.suggest()).toBeDefined()
      return seen.size
    }
    expect(distinct(true)).toBe(36)
    expect(distinct(false)).toBeLessThan(25)
  })

  it('takes trials without a value for the worst', () => {
    const search = tpe({ seed: 8 }).start({ x: uniform(0, 1) }, { direction: 'maximize' })
    let failed = 0
    for (let trial = 0; trial < 120; trial += 1) {
      const { number, parameters } = search.suggest() as { number: number; parameters: { x: number } }
      const fails = parameters.x > 0.5
      if (trial >= 60 && fails) failed += 1
      search.tell(number, { value: fails ? undefined : -((parameters.x - 0.25) ** 2) })
    }
    // Half of them would at random.
    expect(failed).toBeLessThan(10)
  })

  it.each([
    ['gamma', { gamma: 1 }],
    ['startupTrials', { startupTrials: 0 }],
    ['candidates', { candidates: 1.5 }],
  ])('refuses a wrong %s', (name, options) => {
    expect(() => tpe(options)).toThrow(name)
  })
})

describe('a trial that is restored', () => {
  it('is restored once, and not if it was suggested', () => {
    const search = random({ seed: 1 }).start({ x: uniform(0, 1) }, { direction: 'minimize' })
    search.restore({ number: 3, parameters: { x: 0.5 } })
    expect(() => search.restore({ number: 3, parameters: { x: 0.5 } })).toThrow(
      /trial 3 to restore, which it knows/,
    )
    search.tell(3, { value: 1 })
    expect(() => search.restore({ number: 3, parameters: { x: 0.5 } })).toThrow(/which it knows/)
    expect(search.suggest()?.number).toBe(4)
    expect(() => search.restore({ number: 4, parameters: { x: 0.5 } })).toThrow(/which it knows/)
    search.restore({ number: 1, parameters: { x: 0.5 } })
    expect(search.suggest()?.number).toBe(5)
  })
})
