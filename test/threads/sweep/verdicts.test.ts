import { createRuntime, isHeddleError, type LogEvent } from 'heddle'
import {
  asha,
  hyperband,
  median,
  random,
  sweep,
  target,
  threshold,
  tpe,
  uniform,
  type Sampler,
  type SweepResult,
} from 'heddle/sweep'
import { describe, expect, it } from 'vitest'
import {
  failsOnce,
  faulty,
  idle,
  learn,
  learnInTurns,
  learnThenTidy,
  neighbourly,
  once,
  worth,
  worthAfterSteps,
  scoreOf,
} from '#fixtures/sweep/trials.js'
import { EventRecorder } from '../../support/event-recorder.js'
import { createTemporaryFolder } from '../../support/temporary-folder.js'

const space = { x: uniform(0, 1), y: uniform(0, 1) }
const common = { space, metric: 'score', direction: 'maximize' } as const

/** What two equal sweeps have in common: all but times and threads. */
function found({ trials, counts, stoppedBy }: SweepResult): unknown {
  const told = trials.map(({ number, state, parameters, value, step, curve, metrics, ...rest }) => ({
    ...{ number, state, parameters, value, step, curve, metrics },
    reason: 'reason' in rest ? rest.reason : undefined,
  }))
  return { told, counts, stoppedBy }
}

describe('innocent trials', () => {
  it.each(['hangs', 'exits'] as const)(
    'are run again, uncounted, when a neighbour %s (S28)',
    { timeout: 60_000 },
    async (does) => {
      await using runtime = createRuntime({ threads: 2 })
      const result = await sweep(runtime, neighbourly, {
        space: { x: uniform(0, 1) },
        input: ({ x }) => ({ x, does }),
        metric: 'score',
        direction: 'maximize',
        sampler: random({ seed: 1 }),
        trials: 24,
        concurrency: 8,
        ...(does === 'hangs' && { pruner: threshold({ lower: 0.2 }), trialGraceMs: 100 }),
        // Were it counted, one loss would be too many.
        retries: 0,
      })
      const guilty = result.trials.filter(({ parameters }) => parameters.x < 0.2)
      expect(guilty.length).toBeGreaterThan(2)
      for (const trial of result.trials) {
        if (trial.parameters.x >= 0.2) expect(trial).toMatchObject({ state: 'completed', step: 6 })
        else if (does === 'hangs') expect(trial.state).toBe('pruned')
        else expect(trial).toMatchObject({ state: 'failed', failure: 'lost' })
      }
      const ended = does === 'hangs' ? 'pruned' : 'failed'
      expect(result.counts).toMatchObject({ completed: 24 - guilty.length, [ended]: guilty.length })
      // Some were lost, or the test shows nothing.
      const again = result.trials.filter(({ attempt }) => attempt > 1)
      expect(again.length).toBeGreaterThan(0)
    },
  )
})

describe('equal seeds one at a time', () => {
  const samplers: readonly (readonly [string, () => Sampler])[] = [
    ['random', () => random({ seed: 5 })],
    ['tpe', () => tpe({ seed: 5 })],
  ]

  it.each(samplers)(
    'by %s give equal studies, though trials go on after their verdict',
    async (_, sampler) => {
      await using runtime = createRuntime({ threads: 2 })
      const options = { ...common, pruner: asha(), trials: 40, concurrency: 1 }
      for (const run of [
        () => sweep(runtime, learnInTurns, { ...options, sampler: sampler() }),
        () => sweep(runtime, learn, { ...options, sampler: sampler() }),
      ]) {
        const [first, second] = [await run(), await run()]
        expect(found(second)).toEqual(found(first))
        expect(first.counts.pruned).toBeGreaterThan(10)
        // Nothing is told of them but what led to the verdict.
        for (const { state, step, curve } of first.trials) {
          if (state === 'pruned') expect([1, 3]).toContain(step)
          expect(curve.at(-1)?.step).toBe(step)
        }
      }
    },
  )

  it.each(samplers)('by %s give equal studies, resumed or not', { timeout: 60_000 }, async (_, sampler) => {
    await using folder = await createTemporaryFolder()
    await using runtime = createRuntime({ threads: 2 })
    const run = (trials: number, storage?: string): PromiseLike<SweepResult> =>
      sweep(runtime, learnInTurns, {
        ...common,
        ...{ sampler: sampler(), pruner: asha(), trials, concurrency: 1 },
        ...(storage !== undefined && { storage }),
      })
    const whole = await run(30)
    for (const trials of [7, 19, 30, 30]) await run(trials, folder.path('study.jsonl'))
    expect(found(await run(30, folder.path('study.jsonl')))).toEqual(found(whole))
  })

  it('give equal studies where a rule ends them', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const run = (): PromiseLike<SweepResult> =>
      sweep(runtime, learn, {
        ...common,
        sampler: random({ seed: 5 }),
        stop: target(-0.3),
        concurrency: 1,
      })
    const [first, second] = [await run(), await run()]
    expect(found(second)).toEqual(found(first))
    expect(first.counts.stopped).toBe(1)
    expect(first.best?.value).toBeGreaterThanOrEqual(-0.3)
  })
})

describe('a trial that has used its whole budget', () => {
  it.each([
    ['hyperband knows it', { pruner: hyperband({ maxSteps: 9 }) }],
    ['the sweep knows it', { pruner: asha(), maxSteps: 9 }],
    ['nobody knows it', { pruner: asha() }],
    ['nobody knows it, and all are judged', { pruner: median({ minTrials: 2 }) }],
  ])('is completed, where %s', async (_, options) => {
    await using runtime = createRuntime({ threads: 2 })
    const { trials, counts } = await sweep(runtime, learnThenTidy, {
      ...common,
      sampler: random({ seed: 2 }),
      trials: 40,
      concurrency: 1,
      ...options,
    })
    expect(counts.pruned).toBeGreaterThan(5)
    for (const { state, step } of trials) expect(state).toBe(step === 9 ? 'completed' : 'pruned')
  })

  it('is completed, too, when a rule ends the sweep at its last step', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const { trials, stoppedBy } = await sweep(runtime, learnThenTidy, {
      ...common,
      sampler: random({ seed: 2 }),
      // Its steps are worth −1, −1/2, … −1/9.
      input: () => ({ x: 0.3, y: 0.7 }),
      maxSteps: 9,
      stop: target(-0.12),
      concurrency: 1,
    })
    expect(stoppedBy?.rule).toBe('target(-0.12)')
    expect(trials).toMatchObject([{ state: 'completed', step: 9 }])
  })
})

describe('a trial that is tried again', () => {
  it('counts once in what others are compared with, also in a continued study', async () => {
    await using folder = await createTemporaryFolder()
    await using runtime = createRuntime({ threads: 1 })
    const run = (trials: number): PromiseLike<SweepResult> =>
      sweep(runtime, failsOnce, {
        space: { x: uniform(0, 1) },
        input: ({ x }, { attempt }) => ({ x, attempt }),
        metric: 'score',
        direction: 'maximize',
        sampler: random({ seed: 1 }),
        pruner: asha({ minSteps: 1, reduction: 3 }),
        concurrency: 1,
        failures: 'retry',
        storage: folder.path('study.jsonl'),
        trials,
      })
    await run(6)
    const { trials } = await run(12)
    expect(trials.some(({ attempt }) => attempt === 2)).toBe(true)
    for (const trial of trials) {
      if (trial.state !== 'pruned' || trial.step !== 1) continue
      expect(trial.reason).toContain(` of ${trial.number} at rung 1`)
    }
  })
})

describe('a metric that nobody gives', () => {
  async function refusal(study: PromiseLike<unknown>): Promise<string> {
    try {
      await study
    } catch (error) {
      if (isHeddleError(error, 'ActionInputError')) return error.message
      throw error
    }
    throw new Error('it was accepted')
  }

  it('ends the sweep early, and names what was given instead', async () => {
    await using runtime = createRuntime({ threads: 2 })
    const study = sweep(runtime, once, { ...common, metric: 'scor' as 'score', trials: 500, concurrency: 4 })
    const message = await refusal(study)
    expect(message).toMatch(/none has given a number 'scor'/)
    expect(message).toMatch(/reported 'step', 'score': did you mean 'score'\?/)
    const { failed } = study.result().counts
    expect(failed).toBeGreaterThanOrEqual(4)
    expect(failed).toBeLessThan(20)
    expect(runtime.stats()).toMatchObject({ running: 0, queued: 0 })
  })

  it('ends it at the end of all its trials, where they are few', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const message = await refusal(
      sweep(runtime, once, { ...common, metric: 'accuracy' as 'score', trials: 2, concurrency: 4 }),
    )
    expect(message).toMatch(/2 trials have ended/)
    expect(message).toContain(`ctx.report({ "accuracy": … })`)
  })

  it('says what is no number', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const message = await refusal(
      sweep(runtime, faulty, {
        space: { x: uniform(0, 1) },
        input: () => ({ fault: 'reportsText' }),
        metric: 'score',
        direction: 'maximize',
        trials: 50,
        concurrency: 1,
      }),
    )
    expect(message).toMatch(/reported 'step', 'score' \(a text\).*: 'score' must be a number/)
  })

  it('is none where one trial gives it', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const { counts } = await sweep(runtime, faulty, {
      space: { x: uniform(0, 1) },
      input: (_, { number }) => ({ fault: number === 1 ? 'none' : 'reportsNothing' }),
      metric: 'score',
      direction: 'maximize',
      trials: 12,
      concurrency: 1,
    })
    expect(counts).toMatchObject({ completed: 1, failed: 11 })
  })

  it('is taken from a plain number that a trial returns', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const options = { ...common, sampler: random({ seed: 1 }), trials: 5 }
    for (const { trials, counts } of [
      await sweep(runtime, worth, { ...options, metric: 'called as one likes' }),
      await sweep(runtime, worthAfterSteps, { ...options, metric: 'score' }),
    ]) {
      expect(counts.completed).toBe(5)
      for (const { value, parameters } of trials) expect(value).toBe(scoreOf(parameters))
    }
  })
})

describe('a sweep all of whose trials have failed', () => {
  it('says so once, with how and why', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const events = new EventRecorder(runtime)
    const { best } = await sweep(runtime, faulty, {
      space: { x: uniform(0, 1) },
      input: () => ({ fault: 'throws' }),
      metric: 'score',
      direction: 'maximize',
      trials: 4,
    })
    expect(best).toBeUndefined()
    // One that was stopped hasn't failed.
    await sweep(runtime, idle, {
      ...common,
      stop: { name: 'at once', start: () => ({ check: () => 'now' }) },
    })
    await runtime.close()
    await events.ended
    const told = events.events.filter(
      (event): event is LogEvent => event.type === 'log' && event.message.includes('has found nothing'),
    )
    expect(told).toHaveLength(1)
    expect(told[0]).toMatchObject({ level: 'warn' })
    expect(told[0]?.message).toMatch(/all its trials have failed \(4 by 'error'\)\. Trial 1: .*out of range/)
  })
})
