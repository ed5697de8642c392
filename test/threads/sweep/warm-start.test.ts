import { readFile } from 'node:fs/promises'
import { createRuntime, type LogEvent } from 'heddle'
import { random, sweep, tpe, uniform } from 'heddle/sweep'
import { describe, expect, it } from 'vitest'
import { once } from '#fixtures/sweep/trials.js'
import { EventRecorder } from '../../support/event-recorder.js'
import { createTemporaryFolder } from '../../support/temporary-folder.js'
import { listening, refusal } from '../../support/sweeps.js'

const space = { x: uniform(0, 1), y: uniform(0, 1) }
const common = { space, metric: 'score', direction: 'maximize', concurrency: 1 } as const

describe('a warm start', () => {
  it('tells the sampler of what fits, names the rest, and counts nowhere', async () => {
    await using folder = await createTemporaryFolder()
    await using runtime = createRuntime({ threads: 1 })
    const events = new EventRecorder(runtime)
    const file = folder.path('earlier.jsonl')
    const earlier = await sweep(runtime, once, {
      ...common,
      sampler: random({ seed: 1 }),
      trials: 30,
      storage: file,
    })
    const narrow = { x: uniform(0, 0.5), y: uniform(0, 1) }
    const fitting = earlier.trials.filter(({ parameters }) => parameters.x <= 0.5)
    for (const warmStart of [file, earlier.trials]) {
      const told: (number | undefined)[] = []
      const { trials, counts } = await sweep(runtime, once, {
        ...common,
        space: narrow,
        trials: 2,
        warmStart,
        sampler: listening(tpe({ seed: 1 }), (_, { value }) => told.push(value)),
      })
      expect(told.slice(0, -2)).toEqual(fitting.map(({ value }) => value))
      expect(counts.completed).toBe(2)
      expect(trials.map(({ number }) => number)).toEqual([1, 2])
      // It has learnt: 0.3 and 0.7 are the best.
      expect(trials[0]?.parameters.x).toBeCloseTo(0.3, 0)
    }
    await runtime.close()
    await events.ended
    const warnings = events.events.filter(
      (event): event is LogEvent => event.type === 'log' && event.message.includes('warm start'),
    )
    const out = earlier.trials.find(({ parameters }) => parameters.x > 0.5)
    expect(warnings).toHaveLength(2)
    for (const { level, message } of warnings) {
      expect(level).toBe('warn')
      expect(message).toContain(`${30 - fitting.length} don't fit: trial ${out?.number} (`)
      expect(message).toContain(`begins with ${fitting.length} trials`)
    }
  })

  it('is kept in the file, and not told again by a study that goes on', async () => {
    await using folder = await createTemporaryFolder()
    await using runtime = createRuntime({ threads: 1 })
    const run = (trials: number): PromiseLike<unknown> =>
      sweep(runtime, once, {
        ...common,
        storage: folder.path('study.jsonl'),
        trials,
        warmStart: [
          { parameters: { x: 0.1, y: 0.1 }, value: 1 },
          { parameters: { x: 0.2, y: 0.2 }, state: 'failed' },
          { parameters: { x: 0.3, y: 0.3 }, state: 'running', value: 3 },
        ],
      })
    await run(1)
    await run(2)
    const lines = (await readFile(folder.path('study.jsonl'), 'utf8')).trim().split('\n')
    const earlier = lines
      .map((line) => JSON.parse(line) as { type: string })
      .filter(({ type }) => type === 'earlier')
    expect(earlier).toMatchObject([
      { parameters: { x: 0.1, y: 0.1 }, value: 1, complete: true },
      { parameters: { x: 0.2, y: 0.2 }, value: null, complete: false },
    ])
  })

  it('fails the sweep by a file that there is not, and is refused where it is none', async () => {
    await using folder = await createTemporaryFolder()
    await using runtime = createRuntime({ threads: 1 })
    const from = (warmStart: unknown): PromiseLike<unknown> =>
      sweep(runtime, once, { ...common, trials: 1, warmStart: warmStart as string })
    await expect(from(folder.path('none.jsonl'))).rejects.toMatchObject({
      code: 'SweepStorageError',
      path: folder.path('none.jsonl'),
    })
    expect(await refusal(from(7))).toMatch(/'warmStart' is 7/)
    expect(await refusal(from([{ value: 1 }]))).toMatch(/'warmStart\[0\]'/)
  })
})
