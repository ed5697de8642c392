import { createRuntime, isHeddleError } from 'heddle'
import { random, sweep, target, threshold, uniform, type SweepResult } from 'heddle/sweep'
import { describe, expect, it } from 'vitest'
import { worsens } from '#fixtures/sweep/trials.js'
import { createTemporaryFolder } from '../../support/temporary-folder.js'

type Returns = 'score' | 'number' | 'text' | 'nothing'

const common = {
  space: { x: uniform(0, 0.1) },
  direction: 'maximize',
  sampler: random({ seed: 1 }),
  concurrency: 1,
  trials: 4,
} as const

/** What the trials are worth beyond their x. */
function worthOf({ trials }: SweepResult<{ readonly x: number }>): number[] {
  return trials.map(({ value = NaN, parameters }) => Math.round(100 * (value - parameters.x)) / 100)
}

describe('the objective', () => {
  it.each([
    ['best', 'nothing', 0.9],
    ['best', 'score', 0.9],
    ['last', 'nothing', 0.5],
    ['last', 'score', 0.25],
    ['last', 'number', 0.25],
  ] as const)('%s, of a trial that returns %s, is worth %f', async (objective, returns, worth) => {
    await using runtime = createRuntime({ threads: 1 })
    const result = await sweep(runtime, worsens, {
      ...common,
      metric: 'score',
      objective,
      input: ({ x }) => ({ x, returns }),
    })
    expect(worthOf(result)).toEqual([worth, worth, worth, worth])
    const best = Math.max(...result.trials.map(({ parameters }) => parameters.x))
    expect(result.best?.parameters.x).toBe(best)
    expect(result.best?.metrics['score']).toBe(result.best?.value)
  })

  it.each([
    ['number', undefined],
    ['number', 'any text'],
    ['score', 'score'],
  ] as const)('returned, is the %s by the metric %s', async (returns, metric) => {
    await using runtime = createRuntime({ threads: 1 })
    const result = await sweep(runtime, worsens, {
      ...common,
      objective: 'returned',
      ...(metric !== undefined && { metric }),
      input: ({ x }) => ({ x, returns: returns as Returns }),
      // What is reported reaches no rule.
      stop: target(0.5),
    })
    expect(worthOf(result)).toEqual([0.25, 0.25, 0.25, 0.25])
    expect(result.description).toMatchObject({ objective: 'returned', metric: metric ?? 'value' })
    expect(result.stoppedBy).toBeUndefined()
  })

  it.each([
    ['nothing', 'score', /none has returned a number, or one as 'score'/],
    ['text', 'score', /They have returned 'score' \(a text\): 'score' must be a number/],
    ['score', undefined, /returned 'score'/],
  ] as const)('returned, is missing where a trial returns %s', async (returns, metric, message) => {
    await using runtime = createRuntime({ threads: 1 })
    const study = sweep(runtime, worsens, {
      ...common,
      objective: 'returned',
      ...(metric !== undefined && { metric }),
      input: ({ x }) => ({ x, returns }),
      trials: 50,
    })
    const outcome = await study.settled()
    if (outcome.status !== 'failed') throw new Error(outcome.status)
    expect(isHeddleError(outcome.error, 'ActionInputError')).toBe(true)
    expect(outcome.error.message).toMatch(message)
    for (const trial of study.trials()) expect(trial).toMatchObject({ failure: 'noMetric' })
  })

  it('returned, is none of a trial that was stopped early', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const told: unknown[] = []
    const { trials, counts, best } = await sweep(runtime, worsens, {
      ...common,
      trials: 8,
      objective: 'returned',
      metric: 'score',
      input: ({ x }) => ({ x, returns: 'score' as const }),
      pruner: threshold({ lower: 0.95 }),
      sampler: {
        name: 'listening',
        start: (space, options) => {
          const search = random({ seed: 1 }).start(space, options)
          return {
            suggest: () => search.suggest() as never,
            restore: (suggestion) => search.restore(suggestion as never),
            tell: (number, observation) => {
              told[number] = observation
              search.tell(number, observation)
            },
          }
        },
      },
    })
    expect(counts.pruned).toBeGreaterThan(0)
    for (const { number, state, value } of trials) {
      if (state !== 'pruned') continue
      expect(value).toBeUndefined()
      expect(told[number]).toMatchObject({ value: undefined, complete: false })
    }
    if (counts.completed > 0) expect(best?.state).toBe('completed')
  })

  it('is that of the stored study, and refused where it is another one', async () => {
    await using folder = await createTemporaryFolder()
    await using runtime = createRuntime({ threads: 1 })
    const run = (objective: 'last' | 'best', trials: number) =>
      sweep(runtime, worsens, {
        ...common,
        metric: 'score',
        objective,
        trials,
        input: ({ x }) => ({ x, returns: 'nothing' as const }),
        storage: folder.path('study.jsonl'),
      })
    await run('last', 2)
    expect(worthOf(await run('last', 3))).toEqual([0.5, 0.5, 0.5])
    await expect(run('best', 4)).rejects.toThrow(/its objective is 'last', this sweep's is 'best'/)
  })

  it('is one of three', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const study = sweep(runtime, worsens, {
      ...common,
      metric: 'score',
      objective: 'mean' as 'best',
      input: ({ x }) => ({ x, returns: 'nothing' as const }),
    })
    await expect(study).rejects.toThrow(/'objective' is 'mean'/)
  })
})
