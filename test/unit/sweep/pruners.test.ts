import { describe, expect, it } from 'vitest'
import {
  allOf,
  anyOf,
  asha,
  hyperband,
  median,
  none,
  patience,
  percentile,
  threshold,
  type Direction,
  type Pruner,
  type PrunerSearch,
} from 'heddle/sweep'

/** Gives one pruner the reports `[trial, step, value]`, and lists whether each stopped its trial. */
function stops(
  pruner: Pruner,
  reports: readonly (readonly [number, number, number])[],
  direction: Direction,
): boolean[] {
  const search = pruner.start({ direction })
  return reports.map(([trial, step, value]) => search.decide({ trial, step, value }) !== undefined)
}

describe('pruner median', () => {
  const others = [1, 2, 3, 4].map((trial) => [trial, 1, trial / 10] as const)

  it('stops a trial that is worse than the median of the others', () => {
    expect(stops(median(), [...others, [5, 1, 0.2]], 'maximize').at(-1)).toBe(true)
    expect(stops(median(), [...others, [5, 1, 0.3]], 'maximize').at(-1)).toBe(false)
    expect(stops(median(), [...others, [5, 1, 0.2]], 'minimize').at(-1)).toBe(false)
    expect(stops(median(), [...others, [5, 1, 0.3]], 'minimize').at(-1)).toBe(true)
  })

  it('judges by the best so far', () => {
    const second = [1, 2, 3, 4].map((trial) => [trial, 2, 0.25] as const)
    const reports = [...others, [5, 1, 0.9], ...second, [5, 2, 0.1]] as const
    expect(stops(median(), reports, 'maximize').at(-1)).toBe(false)
  })

  it('waits for enough others, and for enough steps', () => {
    expect(stops(median({ minTrials: 5 }), [...others, [5, 1, 0]], 'maximize').at(-1)).toBe(false)
    expect(stops(median({ minSteps: 2 }), [...others, [5, 1, 0]], 'maximize').at(-1)).toBe(false)
  })

  it('compares at intervals, whichever step falls into one', () => {
    const reports = [
      ...others.map(([trial, , value]) => [trial, 10 + trial, value] as const),
      [5, 19, 0.1],
    ] as const
    expect(stops(median({ interval: 10 }), reports, 'maximize').at(-1)).toBe(true)
  })

  it('says in the reason what was compared', () => {
    const search = median().start({ direction: 'maximize' })
    for (const [trial, step, value] of others) search.decide({ trial, step, value })
    expect(search.decide({ trial: 5, step: 1, value: 0.1 })).toBe(
      'best 0.1 at step 1, worse than the median of 4 others (0.25)',
    )
  })
})

describe('pruner percentile', () => {
  it('lets only the best part go on', () => {
    const others = Array.from({ length: 10 }, (_, index) => [index, 1, index] as const)
    expect(stops(percentile(20), [...others, [99, 1, 7]], 'maximize').at(-1)).toBe(true)
    expect(stops(percentile(20), [...others, [99, 1, 8]], 'maximize').at(-1)).toBe(false)
    expect(stops(percentile(80), [...others, [99, 1, 2]], 'maximize').at(-1)).toBe(false)
  })

  it('refuses what is no percentage', () => {
    expect(() => percentile(101)).toThrow(/percent is 101/)
  })
})

describe('pruner asha', () => {
  it('lets the best 1/η of those at a rung go on, counting those that have come so far', () => {
    const reports = [
      [1, 1, 0.5], // the first goes on
      [2, 1, 0.4], // 2 of 2: one goes on
      [3, 1, 0.6], // 1 of 3
      [4, 1, 0.55], // 2 of 4: one goes on
      [5, 1, 0.7], // 1 of 5
      [6, 1, 0.65], // 2 of 6: two go on
    ] as const
    expect(stops(asha({ reduction: 3 }), reports, 'maximize')).toEqual([
      false,
      true,
      false,
      true,
      false,
      false,
    ])
  })

  it('judges at rungs only', () => {
    const rungs = asha({ minSteps: 2, reduction: 2 })
    const first = Array.from({ length: 9 }, (_, index) => [1, index + 1, 1] as const)
    const second = Array.from({ length: 9 }, (_, index) => [2, index + 1, 0] as const)
    const stopped = stops(rungs, [...first, ...second], 'maximize').slice(9)
    expect(stopped.flatMap((stop, index) => (stop ? [index + 1] : []))).toEqual([2, 4, 8])
  })

  it('decides a rung that no report falls on by the next one', () => {
    expect(
      stops(
        asha({ minSteps: 3 }),
        [
          [1, 5, 1],
          [2, 4, 0],
        ],
        'maximize',
      ),
    ).toEqual([false, true])
  })

  it('passes all rungs up to a step that is far ahead, however far', () => {
    expect(
      stops(
        asha(),
        [
          [1, 1e300, 1],
          [2, 1e300, 2],
        ],
        'maximize',
      ),
    ).toEqual([false, false])
  })

  it('ignores steps that do not grow, and takes NaN for the worst', () => {
    expect(
      stops(
        asha(),
        [
          [1, 3, 1],
          [2, 1, 2],
          [2, 1, 0],
          [2, 0, 0],
          [3, 1, NaN],
        ],
        'maximize',
      ),
    ).toEqual([false, false, false, false, true])
  })

  it('leaves out the first rungs when told to', () => {
    expect(
      stops(
        asha({ skipRungs: 1 }),
        [
          [1, 1, 1],
          [2, 1, 0],
          [1, 3, 1],
          [2, 3, 0],
        ],
        'maximize',
      ),
    ).toEqual([false, false, false, true])
  })

  it('refuses rungs that do not grow', () => {
    expect(() => asha({ reduction: 1 })).toThrow(/'reduction' is 1/)
    expect(() => asha({ minSteps: 0 })).toThrow(/'minSteps' is 0/)
  })
})

describe('pruner hyperband', () => {
  it('has brackets that stop early, and one that never does', () => {
    const search = hyperband({ minSteps: 1, maxSteps: 27, reduction: 3 }).start({ direction: 'maximize' })
    const firstStops = new Map<number | undefined, number>()
    // Each trial is worse than all before it: it is stopped at its bracket's first rung.
    for (let trial = 1; trial <= 400; trial += 1) {
      let stoppedAt: number | undefined
      for (let step = 1; step < 27 && stoppedAt === undefined; step += 1) {
        if (search.decide({ trial, step, value: -trial }) !== undefined) stoppedAt = step
      }
      firstStops.set(stoppedAt, (firstStops.get(stoppedAt) ?? 0) + 1)
    }
    // s_max = 3: n = 27, 12, 6, 4 of 49; all but the first of each bracket are stopped.
    expect(new Set(firstStops.keys())).toEqual(new Set([1, 3, 9, undefined]))
    for (const [step, share] of [
      [1, 27],
      [3, 12],
      [9, 6],
      [undefined, 4],
    ] as const) {
      expect(Math.abs((firstStops.get(step) ?? 0) - (400 * share) / 49)).toBeLessThan(6)
    }
  })

  it('stops nothing in bracket 0, nor at its last step, where R is no power of η either', () => {
    const search = hyperband({ minSteps: 1, maxSteps: 100, reduction: 3 }).start({ direction: 'maximize' })
    const stoppedAt = new Set<number | undefined>()
    for (let trial = 1; trial <= 400; trial += 1) {
      let stopped: number | undefined
      for (let step = 1; step <= 100 && stopped === undefined; step += 1) {
        if (search.decide({ trial, step, value: -trial }) !== undefined) stopped = step
      }
      stoppedAt.add(stopped)
    }
    expect(stoppedAt).toEqual(new Set([1, 3, 9, 27, undefined]))
  })

  it('says how long a trial is, through those that combine it', () => {
    const pruner = hyperband({ maxSteps: 27 })
    expect(pruner.maxSteps).toBe(27)
    expect(anyOf(threshold({ lower: 0 }), pruner).maxSteps).toBe(27)
    expect(allOf(pruner, hyperband({ maxSteps: 81 })).maxSteps).toBe(81)
    expect(median().maxSteps).toBeUndefined()
  })

  it('needs to know how long a trial is', () => {
    expect(() => hyperband({} as never)).toThrow(/'maxSteps' is undefined/)
  })
})

describe('pruner patience', () => {
  it('stops what has not become better for so many reports', () => {
    const values = [0.5, 0.6, 0.6, 0.59, 0.7, 0.7, 0.7, 0.7]
    const reports = values.map((value, index) => [1, index, value] as const)
    expect(stops(patience({ reports: 3 }), reports, 'maximize').indexOf(true)).toBe(7)
    expect(stops(patience({ reports: 3, minDelta: 0.2 }), reports, 'maximize').indexOf(true)).toBe(3)
  })
})

describe('pruner threshold', () => {
  it('stops what is beyond a bound, or no number, from a step on', () => {
    const reports = [
      [1, 1, 0.1],
      [1, 2, 0.5],
      [1, 3, 0.9],
      [1, 4, NaN],
    ] as const
    expect(stops(threshold({ lower: 0.2, upper: 0.8 }), reports, 'maximize')).toEqual([
      true,
      false,
      true,
      true,
    ])
    expect(stops(threshold({ lower: 0.2, minSteps: 2 }), reports, 'minimize')).toEqual([
      false,
      false,
      false,
      true,
    ])
  })

  it('needs a bound', () => {
    expect(() => threshold({})).toThrow(/lower, upper or both/)
  })
})

describe('combined pruners', () => {
  const low = threshold({ lower: 0.5 })
  const high = threshold({ upper: 0.6 })
  const reports = [
    [1, 1, 0.55],
    [1, 2, 0.7],
    [1, 3, 0.55],
    [1, 4, 0.4],
  ] as const

  it('stop as soon as any does, or once all have', () => {
    expect(stops(anyOf(low, high), reports, 'maximize')).toEqual([false, true, false, true])
    expect(stops(allOf(low, high), reports, 'maximize')).toEqual([false, false, false, true])
    expect(stops(none(), reports, 'maximize')).toEqual([false, false, false, false])
  })

  it('show each one every report', () => {
    const both = anyOf(threshold({ lower: 0.2 }), median())
    const others = [1, 2, 3, 4].map((trial) => [trial, 1, 0.1] as const)
    // All four were stopped by the threshold, and are compared with all the same.
    expect(stops(both, [...others, [5, 1, 0.3]], 'minimize').at(-1)).toBe(true)
  })

  it('refuse what is no pruner', () => {
    expect(() => anyOf()).toThrow(/at least one/)
    expect(() => allOf({} as never)).toThrow(/made by asha/)
  })
})

it('forgets a trial that ends, but not what it has reached', () => {
  const search = asha().start({ direction: 'maximize' })
  expect(search.decide({ trial: 1, step: 1, value: 1 })).toBeUndefined()
  search.end(1)
  // The same number anew: its first step is judged again, against its own last life.
  expect(search.decide({ trial: 1, step: 1, value: 0 })).toMatch(/2 of 2 at rung 1/)
})

describe('a trial that starts anew', () => {
  it.each([
    ['asha', () => asha()],
    ['hyperband', () => hyperband({ maxSteps: 81 })],
    ['median', () => median({ minTrials: 1 })],
    ['percentile', () => percentile(20, { minTrials: 2, interval: 2 })],
    ['patience', () => patience({ reports: 2 })],
    ['anyOf', () => anyOf(asha(), median())],
    ['allOf', () => allOf(asha(), median({ minTrials: 1 }), patience({ reports: 1 }))],
  ])('leaves nothing behind in %s', (_, pruner) => {
    const [plain, restarted] = [0, 1].map(() => pruner().start({ direction: 'minimize' }))
    if (plain === undefined || restarted === undefined) throw new Error('two were made')
    // Numbers that look random and are the same each time.
    const value = (trial: number, step: number): number => ((trial * 7919 + step * 104_729) % 997) / 997
    const judge = (search: PrunerSearch, trial: number, upTo: number): unknown[] => {
      const reasons: unknown[] = []
      for (let step = 1; step <= upTo; step += 1) {
        reasons.push(search.decide({ trial, step, value: value(trial, step) }))
      }
      return reasons
    }
    for (let trial = 1; trial <= 60; trial += 1) {
      // Every third one fails a few times on its way, with other values.
      for (let attempt = 0; trial % 3 === 0 && attempt < 3; attempt += 1) {
        judge(restarted, trial, 10 * attempt)
        restarted.restart?.(trial)
      }
      expect(judge(restarted, trial, 30)).toEqual(judge(plain, trial, 30))
      plain.end(trial)
      restarted.end(trial)
    }
  })
})
