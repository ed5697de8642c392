import { readFile } from 'node:fs/promises'
import { createRuntime, isHeddleError, type LogEvent, type ReportEvent } from 'heddle'
import {
  asha,
  budget,
  choice,
  grid,
  halton,
  isSweepEntry,
  isSweepProgress,
  median,
  random,
  sweep,
  target,
  timeLimit,
  tpe,
  uniform,
  type Sampler,
  type SweepEntry,
} from 'heddle/sweep'
import { describe, expect, it, vi } from 'vitest'
import {
  endless,
  idle,
  learn,
  learnSlowly,
  once,
  onceOrEndless,
  returning,
  scoreOf,
} from '#fixtures/sweep/trials.js'
import { EventRecorder } from '../../support/event-recorder.js'
import { createTemporaryFolder } from '../../support/temporary-folder.js'

const space = { x: uniform(0, 1), y: uniform(0, 1) }
const common = { space, metric: 'score', direction: 'maximize' } as const

describe('sweep', () => {
  it('runs so many trials, and resolves with the best of them', async () => {
    await using runtime = createRuntime({ threads: 2 })
    const study = sweep(runtime, once, { ...common, sampler: random({ seed: 1 }), trials: 40 })
    const result = await study
    expect(result.trials.map(({ number }) => number)).toEqual(
      Array.from({ length: 40 }, (_, index) => index + 1),
    )
    expect(result.counts).toMatchObject({ completed: 40, running: 0 })
    const scores = result.trials.map(({ parameters }) => scoreOf(parameters))
    expect(result.best?.value).toBe(Math.max(...scores))
    expect(result.best?.parameters).toEqual(result.trials[scores.indexOf(Math.max(...scores))]?.parameters)
    expect(study.best).toEqual(result.best)
    expect(study.phase).toBe('succeeded')
  })

  it('keeps no more trials alive than it should', async () => {
    await using runtime = createRuntime({ threads: 2 })
    const events = new EventRecorder(runtime)
    await sweep(runtime, learnSlowly, { ...common, sampler: halton({ seed: 1 }), trials: 20, concurrency: 3 })
    let live = 0
    let most = 0
    for (const { id, phase } of events.phases()) {
      if (id === 'a0') continue
      if (phase === 'queued') live += 1
      if (phase === 'succeeded') live -= 1
      most = Math.max(most, live)
    }
    expect(most).toBe(3)
  })

  it.each<readonly [string, () => Sampler]>([
    ['random', () => random({ seed: 3 })],
    ['halton', () => halton({ seed: 3 })],
    ['grid', () => grid({ levels: 5 })],
  ])('by %s tries the same at any concurrency', async (_name, sampler) => {
    await using runtime = createRuntime({ threads: 2 })
    const [narrow, wide] = await Promise.all(
      [1, 8].map((concurrency) =>
        sweep(runtime, once, { ...common, sampler: sampler(), trials: 25, concurrency }),
      ),
    )
    expect(wide?.trials.map(({ parameters }) => parameters)).toEqual(
      narrow?.trials.map(({ parameters }) => parameters),
    )
  })

  it('by TPE tries the same one at a time', async () => {
    await using runtime = createRuntime({ threads: 2 })
    const [first, second] = await Promise.all(
      [1, 2].map(() =>
        sweep(runtime, once, { ...common, sampler: tpe({ seed: 3 }), trials: 30, concurrency: 1 }),
      ),
    )
    expect(second?.trials.map(({ parameters }) => parameters)).toEqual(
      first?.trials.map(({ parameters }) => parameters),
    )
  })

  it('ends with a grid', async () => {
    await using runtime = createRuntime({ threads: 2 })
    const result = await sweep(runtime, once, {
      space: { x: choice([0.1, 0.3]), y: choice([0.7, 0.9, 1]) },
      metric: 'score',
      direction: 'maximize',
      sampler: grid(),
    })
    expect(result.trials).toHaveLength(6)
    expect(result.best?.parameters).toEqual({ x: 0.3, y: 0.7 })
  })

  it('takes a metric that is only returned, and makes inputs of parameters', async () => {
    await using runtime = createRuntime({ threads: 2 })
    const result = await sweep(runtime, returning, {
      space: { angle: uniform(0, 1) },
      input: ({ angle }, { number, attempt }) => ({ x: angle, y: number / 10 + (attempt - 1) }),
      metric: 'score',
      direction: 'maximize',
      sampler: random({ seed: 2 }),
      trials: 10,
    })
    for (const { number, parameters, value } of result.trials) {
      expect(value).toBe(scoreOf({ x: parameters.angle, y: number / 10 }))
    }
  })

  it('stops trials by cancelling their actions, with the reason everywhere (I3)', async () => {
    await using runtime = createRuntime({ threads: 2 })
    const events = new EventRecorder(runtime)
    const study = sweep(runtime, learnSlowly, {
      ...common,
      sampler: random({ seed: 5 }),
      pruner: asha({ minSteps: 1, reduction: 3 }),
      trials: 30,
      concurrency: 6,
    })
    const { trials, counts, cost } = await study
    expect(counts.pruned).toBeGreaterThan(5)
    expect(counts.pruned + counts.completed).toBe(30)
    expect(cost.steps).toBeLessThan(30 * 27)
    expect(cost.stepsSaved).toBeGreaterThan(0)
    let stopped = 0
    for (const trial of trials) {
      if (trial.state !== 'pruned') continue
      expect(trial.reason).toMatch(/^score .* at step \d+ is .* at rung/)
      const end = events.phases(trial.action).at(-1)
      // Its end may come first, and stands then, as the verdict does (S4).
      if (end?.phase === 'succeeded') continue
      stopped += 1
      expect(end).toMatchObject({
        phase: 'aborted',
        how: 'cooperative',
        reason: { source: 'cancel', message: trial.reason },
      })
    }
    expect(stopped).toBeGreaterThan(0)
  })

  it('raises the signal of a computing trial in the middle of its work', async () => {
    await using runtime = createRuntime({ threads: 2 })
    const { trials } = await sweep(runtime, endless, {
      ...common,
      sampler: random({ seed: 1 }),
      pruner: { name: 'all', start: () => ({ decide: () => 'enough', end: () => {} }) },
      trials: 12,
    })
    expect(trials.map(({ state }) => state)).toEqual(Array(12).fill('pruned'))
  })

  it('ends at once when a rule says so, and frees all threads', async () => {
    await using runtime = createRuntime({ threads: 2 })
    const study = sweep(runtime, endless, {
      ...common,
      sampler: random({ seed: 1 }),
      stop: target(-2),
      concurrency: 8,
    })
    const { stoppedBy, counts, trials } = await study
    expect(stoppedBy).toMatchObject({
      rule: 'target(-2)',
      reason: expect.stringMatching(/^trial \d reached/),
    })
    expect(counts).toMatchObject({ stopped: 8, running: 0 })
    expect(trials[0]).toMatchObject({ reason: expect.stringMatching(/^target\(-2\): trial/) })
    expect(runtime.stats()).toMatchObject({ running: 0, queued: 0, aborting: 0, abandoned: 0 })
  })

  it('ends when the time is up although nothing happens, and when the budget is used up', async () => {
    await using runtime = createRuntime({ threads: 2 })
    const [slow, costly] = await Promise.all([
      sweep(runtime, idle, { ...common, stop: timeLimit(30), concurrency: 3 }),
      sweep(runtime, learn, {
        ...common,
        sampler: random({ seed: 1 }),
        stop: [budget({ epochs: 90 })],
        concurrency: 2,
      }),
    ])
    expect(slow.stoppedBy?.reason).toBe('30 ms have passed')
    expect(slow.counts.stopped).toBe(3)
    expect(slow.best).toBeUndefined()
    expect(costly.stoppedBy?.rule).toBe('budget')
    expect(costly.cost.steps).toBeGreaterThanOrEqual(90)
    expect(costly.cost.steps).toBeLessThan(90 + 2 * 9)
  })

  it('ends when the time is up by a clock that goes slower than its timers', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const now = Date.now.bind(Date)
    const began = now()
    const clock = vi.spyOn(Date, 'now').mockImplementation(() => Math.floor(began + (now() - began) / 4))
    try {
      const { stoppedBy } = await sweep(runtime, idle, { ...common, stop: timeLimit(30), concurrency: 1 })
      expect(stoppedBy?.reason).toBe('30 ms have passed')
    } finally {
      clock.mockRestore()
    }
  })

  it('can be stopped by hand, with a result', async () => {
    await using runtime = createRuntime({ threads: 2 })
    const study = sweep(runtime, endless, { ...common, trials: 100, concurrency: 4 })
    for await (const { best } of study.reports()) if (best !== undefined) study.stop('we have seen enough')
    const { stoppedBy, best } = await study
    expect(stoppedBy).toEqual({ rule: 'stop', reason: 'we have seen enough' })
    expect(best?.state).toBe('stopped')
  })

  it('is cancelled as any handle, and keeps what it has found', async () => {
    await using runtime = createRuntime({ threads: 2 })
    const study = sweep(runtime, endless, { ...common, trials: 100, concurrency: 4 })
    for await (const { best } of study.reports()) if (best !== undefined) study.cancel('not needed any more')
    const outcome = await study.settled()
    expect(outcome).toMatchObject({
      status: 'aborted',
      reason: { source: 'cancel', message: 'not needed any more' },
    })
    await expect(study).rejects.toMatchObject({ name: 'ActionAbortedError' })
    const { counts, trials } = study.result()
    expect(counts).toMatchObject({ interrupted: 4, running: 0 })
    expect(trials[0]).toMatchObject({ state: 'interrupted', reason: 'not needed any more' })
    expect(study.best?.value).toBeDefined()
  })

  it('ends with its signal, and with its runtime', async () => {
    const runtime = createRuntime({ threads: 1 })
    const gone = new AbortController()
    const study = sweep(runtime, idle, { ...common, trials: 9, signal: gone.signal })
    gone.abort(new Error('the client went away'))
    expect(await study.settled()).toMatchObject({ status: 'aborted', reason: { source: 'signal' } })
    const other = sweep(runtime, idle, { ...common, trials: 9 })
    await runtime.close()
    expect(await other.settled()).toMatchObject({ status: 'aborted', reason: { source: 'shutdown' } })
  })

  it('goes on when somebody aborts one of its trials', async () => {
    await using runtime = createRuntime({ threads: 2 })
    const events = new EventRecorder(runtime)
    const study = sweep(runtime, onceOrEndless, {
      ...common,
      space: { x: choice([0.1, 1, 0.3, 0.4, 0.5, 0.6]) },
      sampler: grid({ order: 'lexical' }),
      concurrency: 2,
    })
    await events.report('a0.2')
    runtime.abort(study.run, 'a0.2', { reason: 'looks bad', by: 'operator' })
    const { trials, counts } = await study
    expect(trials[1]).toMatchObject({ state: 'aborted', reason: 'looks bad' })
    expect(counts).toMatchObject({ completed: 5, aborted: 1 })
  })

  it('shows itself in the events of the run', async () => {
    await using runtime = createRuntime({ threads: 2 })
    const events = new EventRecorder(runtime)
    const study = sweep(runtime, learn, {
      ...common,
      name: 'shown',
      pruner: median(),
      trials: 12,
      concurrency: 3,
    })
    await study
    await runtime.close()
    await events.ended
    const logs = events.events.filter((event): event is LogEvent => event.type === 'log')
    const entries = logs.map(({ fields }) => fields as unknown).filter(isSweepEntry)
    const kind = (of: SweepEntry['sweep']): SweepEntry[] => entries.filter(({ sweep: type }) => type === of)
    expect(kind('started')).toMatchObject([{ study: 'shown', metric: 'score', stepKey: 'step', trials: 12 }])
    expect(kind('trialStarted')).toHaveLength(12)
    expect(kind('trialStarted')[0]).toEqual({
      sweep: 'trialStarted',
      trial: 1,
      action: 'a0.1',
      attempt: 1,
      parameters: { x: expect.any(Number), y: expect.any(Number) },
    })
    expect(kind('trialEnded')).toHaveLength(12)
    expect(events.phases('a0.1')[0]).toMatchObject({ name: 'trial-1' })
    const reports = events.events.filter(
      (event): event is ReportEvent => event.type === 'report' && event.id === 'a0',
    )
    const last: unknown = reports.at(-1)?.value
    if (!isSweepProgress(last)) throw new Error('the study has reported something else')
    expect(last.counts).toEqual(study.result().counts)
    expect(last.best?.value).toBe(study.best?.value)
    expect(last.parameters.map(({ name }) => name)).toEqual(['x', 'y'])
  })

  it('writes a page', async () => {
    await using folder = await createTemporaryFolder()
    await using runtime = createRuntime({ threads: 2 })
    const study = sweep(runtime, learn, { ...common, trials: 10 })
    await study
    await study.report(folder.path('report.html'))
    expect(await readFile(folder.path('report.html'), 'utf8')).toContain('Parallel coordinates')
  })

  it('waits where the queue of the runtime is full', async () => {
    await using runtime = createRuntime({ threads: 1, maxQueued: 2 })
    const { counts } = await sweep(runtime, once, { ...common, trials: 40, concurrency: 12 })
    expect(counts).toMatchObject({ completed: 40, failed: 0 })
  })

  it('rejects with what is wrong with its options, and throws nothing', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const wrong: readonly (readonly [Record<string, unknown>, RegExp])[] = [
      [{ space: {} }, /space has no parameters/],
      [{ space: { x: 1 } }, /'x' is 1/],
      [{ direction: 'up' }, /direction is 'up'/],
      [{ metric: '' }, /'metric'/],
      [{ trials: 0 }, /'trials'/],
      [{ concurrency: 0.5 }, /'concurrency'/],
      [{ trials: undefined }, /would never end/],
      [{ sampler: {} }, /'sampler'/],
      [{ pruner: {} }, /made by asha/],
      [{ stop: [{}] }, /'stop'/],
      [{ storage: 7 }, /'storage'/],
      [{ trialTimeoutMs: -1 }, /'trialTimeoutMs'/],
      [{ failures: 'ignore' }, /'failures' is 'ignore'/],
      [{ failures: { crash: 'worst' } }, /names 'crash'/],
      [{ interrupted: 'maybe' }, /'interrupted'/],
      [{ retries: -1 }, /'retries'/],
      [{ input: 5 }, /'input'/],
    ]
    for (const [options, message] of wrong) {
      const study = sweep(runtime, once, { ...common, trials: 3, ...options } as never)
      const outcome = await study.settled()
      if (outcome.status !== 'failed') throw new Error(`${JSON.stringify(options)} was accepted`)
      expect(isHeddleError(outcome.error, 'ActionInputError')).toBe(true)
      expect(outcome.error.message).toMatch(message)
      expect(study.trials()).toEqual([])
      expect(study.best).toBeUndefined()
    }
    const none = sweep(runtime, undefined as never, { ...common, trials: 3 })
    await expect(none).rejects.toThrow(/no trial/)
  })

  it("fails with what the app's own parts throw", async () => {
    await using runtime = createRuntime({ threads: 1 })
    const study = sweep(runtime, once, {
      ...common,
      input: () => {
        throw new RangeError('no such input')
      },
      trials: 3,
    })
    await expect(study).rejects.toMatchObject({ code: 'RangeError' })
    expect(runtime.stats()).toMatchObject({ running: 0, queued: 0 })
  })
})
