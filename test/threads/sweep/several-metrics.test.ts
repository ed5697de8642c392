// Sweeps of several metrics, and with constraints, from trial to file and page.

import { createRuntime } from 'heddle'
import { describe, expect, it } from 'vitest'
import { choice, random, readStudy, renderSweep, sweep, tpe, uniform } from 'heddle/sweep'
import { costly, once } from '#fixtures/sweep/trials.js'
import { createTemporaryFolder } from '../../support/temporary-folder.js'

const common = {
  space: { x: uniform(0, 1), y: uniform(0, 1) },
  metric: { loss: 'minimize', ms: 'minimize' },
  concurrency: 1,
} as const

describe('a sweep of several metrics', () => {
  it('takes the last report that has all, finds a front, keeps it and goes on from it', async () => {
    await using folder = await createTemporaryFolder()
    await using runtime = createRuntime({ threads: 1 })
    const storage = folder.path('study.jsonl')
    const options = {
      ...common,
      sampler: tpe({ seed: 3, startupTrials: 5 }),
      constraints: ({ mb = 0 }) => [mb - 80],
    }
    await sweep(runtime, costly, { ...options, storage, trials: 12 })
    const result = await sweep(runtime, costly, { ...options, storage, trials: 24 })
    const whole = await sweep(runtime, costly, { ...options, trials: 24 })
    expect(result.trials.map(({ values }) => values)).toEqual(whole.trials.map(({ values }) => values))
    expect(result.best).toBeUndefined()
    for (const { values, value, parameters, constraints, curve, state } of result.trials) {
      const { x, y } = parameters
      expect([state, value]).toEqual(['completed', undefined])
      expect(values).toEqual({ loss: (1 - x) ** 2 + (y - 0.5) ** 2, ms: x + (y - 0.5) ** 2 })
      expect(constraints).toEqual([100 * x - 80])
      expect(curve).toHaveLength(2)
    }
    const front = result.pareto()
    expect(front.length).toBeGreaterThan(1)
    expect(Math.max(...front.map(({ parameters }) => parameters.x))).toBeLessThanOrEqual(0.8)
    expect(front.map(({ number }) => number)).toEqual(
      result.pareto(common.metric).map(({ number }) => number),
    )
    expect(() => result.importance()).toThrow(/needs a metric of the sweep: 'loss', 'ms'/)
    const shares = result.importance('ms')
    expect(Object.values(shares).reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9)
    expect(shares['x']).toBeGreaterThan(0.5)

    const read = await readStudy(storage)
    expect(read.pareto().map(({ number }) => number)).toEqual(front.map(({ number }) => number))
    expect(read.trials.map(({ constraints }) => constraints)).toEqual(
      result.trials.map((one) => one.constraints),
    )
    expect(read.toCSV().split('\r\n')[0]).toContain('x,y,loss,ms,metric.step,mb,constraint.1,reason')
    const page = read.toHTML()
    for (const text of ['Pareto front', 'Minimizes loss, minimizes ms', 'Importance for ms', '>ms<'])
      expect(page).toContain(text)
    const other = { ...common, metric: { loss: 'minimize', ms: 'maximize' } } as const
    await expect(sweep(runtime, costly, { ...other, storage, trials: 30 })).rejects.toThrow(/metrics is/)

    // What the study has found is told to another one, of its values by name or from its file.
    for (const warmStart of [storage, result.trials]) {
      const told: (readonly number[] | undefined)[] = []
      const sampler = random({ seed: 1 })
      const listening = {
        ...sampler,
        start: (...given: Parameters<typeof sampler.start>) => {
          const search = sampler.start(...given)
          return {
            ...search,
            suggest: () => search.suggest(),
            restore: search.restore.bind(search),
            tell: (_: number, { values }: { values?: readonly number[] }) => void told.push(values),
          }
        },
      }
      await sweep(runtime, costly, { ...common, sampler: listening as never, warmStart, trials: 1 })
      expect(told.slice(0, 24)).toEqual(result.trials.map(({ values }) => Object.values(values ?? {})))
    }
  })

  it('shows all metrics in its table', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const study = sweep(runtime, costly, { ...common, sampler: random({ seed: 1 }), trials: 5 })
    let last: string[] = []
    for await (const progress of study.reports())
      last = renderSweep(progress, { columns: 120, rows: 30 }).map(({ text }) => text)
    const [head, ...rows] = last.slice(4)
    expect(head).toMatch(/trial +state +loss +step +ms +x +y/)
    expect(rows).toHaveLength(5)
    for (const row of rows)
      expect(row).toMatch(/^ *\d+ +completed +[\d.e-]+ +2 +[\d.e-]+ +[\d.e-]+ +[\d.e-]+$/)
    await study
  })

  it('takes what a trial returned where no report has all, and tells what is wrong', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const result = await sweep(runtime, costly, {
      ...common,
      space: { x: uniform(0, 1), how: choice(['returns', 'diverges']) },
      input: ({ x, how }) => ({ x, y: 0.5, how }),
      sampler: random({ seed: 1 }),
      trials: 8,
    })
    for (const { parameters, ...trial } of result.trials) {
      if (parameters.how === 'returns') expect(trial.values?.['ms']).toBe(parameters.x)
      else
        expect(trial).toMatchObject({ state: 'failed', failure: 'notFinite', reason: 'ms is NaN at step 2' })
    }
    expect(new Set(result.trials.map(({ state }) => state)).size).toBe(2)
    const lacking = sweep(runtime, costly, {
      ...common,
      metric: { loss: 'minimize', tokens: 'maximize' } as never,
      trials: 8,
    })
    await expect(lacking).rejects.toThrow(/'loss' and 'tokens' together, the metrics.*"tokens"/)
  })
})

describe('constraints of a sweep of one metric', () => {
  it('decide before the metric does, and are kept in the file', async () => {
    await using folder = await createTemporaryFolder()
    await using runtime = createRuntime({ threads: 1 })
    const storage = folder.path('study.jsonl')
    const bests: number[] = []
    const result = await sweep(runtime, costly, {
      ...common,
      input: (place) => ({ ...place, how: 'returns' as const }),
      metric: 'loss',
      direction: 'minimize',
      sampler: random({ seed: 2 }),
      constraints: ({ mb = NaN }) => [mb - 50],
      onBest: ({ constraints = [] }) => void bests.push(...constraints),
      storage,
      trials: 20,
    })
    const kept = result.trials.filter(({ parameters }) => parameters.x <= 0.5)
    const least = Math.min(...kept.map(({ value = NaN }) => value))
    expect(result.best?.value).toBe(least)
    expect(result.trials.some(({ value = NaN }) => value < least)).toBe(true)
    // Those that keep them come after those that don't, never before.
    expect(bests.map((one) => one <= 0)).toEqual(
      bests.map((one) => one <= 0).toSorted((a, b) => Number(a) - Number(b)),
    )
    expect((await readStudy(storage)).best?.number).toBe(result.best?.number)
  })

  it('fail the sweep by what they throw or return', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const run = (constraints: () => number[]): PromiseLike<unknown> =>
      sweep(runtime, once, { ...common, metric: 'score', direction: 'maximize', constraints, trials: 4 })
    await expect(run(() => 3 as never)).rejects.toThrow(/'constraints' returned 3/)
    await expect(
      run(() => {
        throw new Error('no such number')
      }),
    ).rejects.toThrow(/no such number/)
  })
})
