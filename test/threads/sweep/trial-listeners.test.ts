import { createRuntime } from 'heddle'
import { random, sweep, uniform, type Trial } from 'heddle/sweep'
import { describe, expect, it } from 'vitest'
import { once } from '#fixtures/sweep/trials.js'
import { createTemporaryFolder } from '../../support/temporary-folder.js'

const space = { x: uniform(0, 1), y: uniform(0, 1) }
const common = { space, metric: 'score', direction: 'maximize', concurrency: 1 } as const

describe('the app is told of trials', () => {
  it('when they have ended, and when one is the best so far', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const ended: Trial[] = []
    const bests: number[] = []
    const options = {
      ...common,
      sampler: random({ seed: 6 }),
      onTrial: (trial: Trial) => void ended.push(trial),
      onBest: ({ value }: Trial) => void bests.push(value as number),
    }
    const result = await sweep(runtime, once, { ...options, trials: 12 })
    expect(ended).toEqual(result.trials)
    let best = -Infinity
    const expected = result.trials.flatMap(({ value = NaN }) => (value > best ? [(best = value)] : []))
    expect(bests).toEqual(expected)
    expect(bests.length).toBeGreaterThan(1)
  })

  it('is not told of what earlier sessions had found', async () => {
    await using folder = await createTemporaryFolder()
    await using runtime = createRuntime({ threads: 1 })
    const numbers: number[] = []
    const run = async (x: number, trials: number): Promise<void> => {
      await sweep(runtime, once, {
        ...common,
        start: [{ x, y: 0.7 }],
        storage: folder.path('study.jsonl'),
        trials,
        onTrial: ({ number }) => void numbers.push(number),
        onBest: ({ number }) => void numbers.push(-number),
      })
    }
    await run(0.3, 1)
    await run(0.9, 2)
    expect(numbers).toEqual([-1, 1, 2])
  })

  it.each([
    [
      'throws',
      () => {
        throw new RangeError('not that one')
      },
    ],
    ['rejects', () => Promise.reject(new RangeError('not that one'))],
  ])('and fails the sweep when it %s', async (_, listener) => {
    await using runtime = createRuntime({ threads: 1 })
    for (const option of ['onTrial', 'onBest'] as const) {
      const study = sweep(runtime, once, { ...common, trials: 500, [option]: listener })
      await expect(study).rejects.toMatchObject({ code: 'RangeError', message: /not that one/ })
      expect(study.trials().length).toBeLessThan(50)
    }
  })
})
