import { createRuntime, isHeddleError, type LogEvent, type Runtime } from 'heddle'
import { choice, random, sweep, uniform, type FailureKind, type Study, type SweepOptions } from 'heddle/sweep'
import { describe, expect, it } from 'vitest'
import { faulty, flaky, type Fault, type Progress } from '#fixtures/sweep/trials.js'
import { EventRecorder } from '../../support/event-recorder.js'

type Options = Partial<SweepOptions<{ fault: ReturnType<typeof choice<Fault>> }, Progress>>

/** A sweep in which every other trial goes wrong. */
function start(runtime: Runtime, fault: Fault, options: Options = {}): Study<{ fault: Fault }> {
  let count = 0
  return sweep(runtime, faulty, {
    space: { fault: choice<Fault>([fault, 'none']) },
    sampler: {
      name: 'in turn',
      start: () => ({
        suggest: () => {
          count += 1
          return { number: count, parameters: { fault: count % 2 === 1 ? fault : 'none' } as never }
        },
        tell: () => {},
        restore: () => {},
      }),
    },
    metric: 'score',
    direction: 'maximize',
    trials: 6,
    concurrency: 3,
    ...options,
  })
}

const faults: readonly (readonly [Fault, FailureKind, RegExp, Options])[] = [
  ['hangs', 'timeout', /1000 ms/, { trialTimeoutMs: 1000, trials: 4 }],
  ['crashes', 'lost', /exit/, {}],
  ['reportsNaN', 'notFinite', /^score is NaN at step 1$/, {}],
  ['reportsInfinity', 'notFinite', /^score is Infinity at step 1$/, {}],
  ['reportsNothing', 'noMetric', /neither reported nor returned a number 'score'/, {}],
  ['reportsText', 'noMetric', /neither reported nor returned a number 'score'/, {}],
  ['throws', 'error', /the rate is out of range/, {}],
  ['throwsNull', 'error', /null/, {}],
  ['returnsNaN', 'notFinite', /returned score NaN/, {}],
]

describe.each([1, 2])('faults of trials on %i threads', (threads) => {
  it.each(faults)('%s: has failed by %s, and the sweep goes on', async (fault, failure, reason, options) => {
    await using runtime = createRuntime({ threads })
    const { trials, counts, best } = await start(runtime, fault, options)
    const half = trials.length / 2
    expect(counts).toMatchObject({ completed: half, failed: half, running: 0 })
    for (const trial of trials) {
      if (trial.number % 2 === 0) expect(trial).toMatchObject({ state: 'completed', value: 1 })
      else expect(trial).toMatchObject({ state: 'failed', failure, reason: expect.stringMatching(reason) })
    }
    expect(best?.value).toBe(1)
    expect(runtime.stats()).toMatchObject({ running: 0, queued: 0, aborting: 0, abandoned: 0 })
  })
})

describe('faults of trials', () => {
  it('steps that do not grow are told of once, and not judged', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const events = new EventRecorder(runtime)
    const { trials } = await start(runtime, 'outOfOrder', { trials: 1 })
    expect(trials[0]).toMatchObject({ state: 'completed', value: 0.4, step: 4 })
    await runtime.close()
    await events.ended
    const warnings = events.events.filter(
      (event): event is LogEvent => event.type === 'log' && event.message.includes('steps must grow'),
    )
    expect(warnings).toHaveLength(1)
    expect(warnings[0]?.message).toMatch(/^trial 1 reported step 1 after 3/)
  })

  it('a trial that ignores its signal is stopped by force, and its thread replaced (I7)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const events = new EventRecorder(runtime)
    const pruner = {
      name: 'below zero',
      start: () => ({
        decide: ({ value }: { value: number }) => (value < 0 ? 'below zero' : undefined),
        end: () => {},
      }),
    }
    const { trials, counts } = await start(runtime, 'ignoresSignal', { pruner, trialGraceMs: 20 })
    expect(counts).toMatchObject({ pruned: 3, completed: 3 })
    expect(events.phases(trials[0]?.action).at(-1)).toMatchObject({ phase: 'aborted', how: 'forced' })
  })

  it.each(faults)('%s: fails the sweep where the policy says so', async (fault, failure, reason, options) => {
    await using runtime = createRuntime({ threads: 2 })
    const study = start(runtime, fault, { ...options, failures: { [failure]: 'fail' }, trials: 1000 })
    const outcome = await study.settled()
    if (outcome.status !== 'failed' && outcome.status !== 'timedOut')
      throw new Error(`it is ${outcome.status}`)
    expect(outcome.error.message).toMatch(new RegExp(reason.source.replace(/^\^|\$$/g, '')))
    expect(study.result().counts.running).toBe(0)
    expect(runtime.stats()).toMatchObject({ running: 0, queued: 0 })
  })

  it('a trial is tried again as often as the policy says, with the same parameters', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const run = async (failures: number, retries: number): Promise<unknown> => {
      const words = new Int32Array(new SharedArrayBuffer(4)).fill(failures)
      const { trials, counts } = await sweep(runtime, flaky, {
        space: { x: uniform(0, 1) },
        input: ({ x }) => ({ x, failures: words }),
        metric: 'score',
        direction: 'maximize',
        sampler: random({ seed: 1 }),
        trials: 1,
        failures: 'retry',
        retries,
      })
      return { attempt: trials[0]?.attempt, counts: { completed: counts.completed, failed: counts.failed } }
    }
    expect(await run(2, 2)).toEqual({ attempt: 3, counts: { completed: 1, failed: 0 } })
    expect(await run(3, 2)).toEqual({ attempt: 3, counts: { completed: 0, failed: 1 } })
    expect(await run(1, 0)).toEqual({ attempt: 1, counts: { completed: 0, failed: 1 } })
  })

  it('an input that cannot be sent fails the sweep at once: no trial of it could ever run', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const study = sweep(runtime, flaky, {
      space: { x: uniform(0, 1) },
      input: ({ x }) => ({ x, failures: (() => 1) as never }),
      metric: 'score',
      direction: 'maximize',
      trials: 1000,
    })
    const outcome = await study.settled()
    expect(outcome.status === 'failed' && isHeddleError(outcome.error, 'NotCloneableError')).toBe(true)
    expect(study.trials().length).toBeLessThan(20)
  })
})
