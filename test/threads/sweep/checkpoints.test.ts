import { readdir } from 'node:fs/promises'
import { createRuntime, type Runtime } from 'heddle'
import { command } from 'heddle/process'
import {
  anyOf,
  none,
  pbt,
  random,
  successiveHalving,
  sweep,
  uniform,
  type Pruner,
  type SweepResult,
} from 'heddle/sweep'
import { describe, expect, it } from 'vitest'
import { climb, keepsWrongly } from '#fixtures/sweep/trials.js'
import { createTemporaryFolder } from '../../support/temporary-folder.js'

/** Leaves a file at its first attempt, and fails; goes on from it at the next. */
const SCRIPT = `
if [ -n "$HEDDLE_RESUME_DIR" ]; then echo "{\\"step\\": 2, \\"score\\": $(cat "$HEDDLE_RESUME_DIR/at")}"; exit 0; fi
echo 7 > "$HEDDLE_CHECKPOINT_DIR/at"; exit 3`
const script = command<{ x: number }, { step: number; score: number }>(
  import.meta,
  'script',
  ['sh', '-c', SCRIPT],
  {
    graceMs: 1000,
  },
)

const space = { rate: uniform(0, 1) }

function search(
  runtime: Runtime,
  pruner: Pruner,
  options: { steps: number; storage?: string; trials?: number; concurrency?: number; failsAt?: number },
) {
  const { steps, failsAt, ...more } = options
  return sweep(runtime, climb, {
    space,
    input: ({ rate }) => ({ rate, steps, ...(failsAt !== undefined && { failsAt }) }),
    metric: 'score',
    direction: 'maximize',
    sampler: random({ seed: 3 }),
    concurrency: 1,
    pruner,
    ...more,
  })
}

/** What has to be the same in equal studies. */
function essence({ trials }: SweepResult): unknown {
  return trials.map(({ number, state, parameters, value, step, copyOf, curve }) => ({
    number,
    state,
    parameters,
    value,
    step,
    copyOf,
    curve,
  }))
}

describe('a trial with a checkpoint', () => {
  it('goes on from there when it is tried again', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const { trials } = await search(runtime, none(), {
      steps: 5,
      trials: 1,
      failsAt: 4,
      ...{ concurrency: 1 },
    })
    // Not the step whose report it didn't come to make.
    expect(trials).toMatchObject([{ state: 'failed', attempt: 1 }])
    const again = await sweep(runtime, climb, {
      space,
      input: ({ rate }) => ({ rate, steps: 5, failsAt: 4 }),
      metric: 'score',
      direction: 'maximize',
      trials: 1,
      failures: 'retry',
    })
    expect(again.trials).toMatchObject([{ state: 'completed', attempt: 2, metrics: { made: 2 } }])
    expect(again.trials[0]?.curve.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5])
  })

  it('is one of a sweep, and keeps what can be kept', async () => {
    await using runtime = createRuntime({ threads: 1 })
    await expect(runtime.run(keepsWrongly, { what: 'large' })).rejects.toThrow(
      /only a trial of a sweep has checkpoints/,
    )
    expect(await runtime.run(climb, { rate: 1, steps: 0 })).toEqual({ made: 0 })
    for (const [what, says] of [
      ['function', /can't be cloned/],
      ['large', /at most 1000 are kept: .*checkpoints\.mostBytes/],
      ['nothing', /was given undefined/],
    ] as const) {
      const { trials } = await sweep(runtime, keepsWrongly, {
        space: { x: uniform(0, 1) },
        input: () => ({ what }),
        metric: 'score',
        direction: 'maximize',
        trials: 1,
        checkpoints: { mostBytes: 1000 },
        failures: 'worst',
      }).then(
        (result) => result,
        (error: unknown) => ({ trials: [{ reason: (error as Error).message }] }),
      )
      expect(trials[0]).toMatchObject({ reason: expect.stringMatching(says) })
    }
    const wrong = sweep(runtime, climb, {
      space,
      input: ({ rate }) => ({ rate, steps: 1 }),
      metric: 'score',
      direction: 'maximize',
      trials: 1,
      checkpoints: { mostBytes: 0 },
    })
    await expect(wrong).rejects.toThrow(/checkpoints.*mostBytes/)
  })

  it('that is a program goes on from the files that it has left', async () => {
    await using folder = await createTemporaryFolder()
    await using runtime = createRuntime({ threads: 1 })
    const { trials } = await sweep(runtime, script, {
      space: { x: uniform(0, 1) },
      metric: 'score',
      direction: 'maximize',
      trials: 1,
      failures: 'retry',
      storage: folder.path('study.jsonl'),
    })
    expect(trials).toMatchObject([{ state: 'completed', attempt: 2, value: 7 }])
  })
})

describe('pbt', () => {
  const population = (): Pruner => pbt({ ready: 2, maxSteps: 8, population: 4, seed: 5 })

  it('replaces the worst by copies of the best, which go on from their checkpoints', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const result = await search(runtime, population(), { steps: 8 })
    const copies = result.trials.filter(({ copyOf }) => copyOf !== undefined)
    expect(copies.length).toBeGreaterThan(0)
    expect(result.counts).toMatchObject({
      running: 0,
      paused: 0,
      completed: 4,
      pruned: copies.length,
      failed: 0,
    })
    for (const { copyOf, curve } of copies) {
      const source = result.trials.find(({ number }) => number === copyOf)
      expect(curve[0]?.step).toBeGreaterThan(2)
      expect(source?.curve.some(({ step }) => step === (curve[0]?.step ?? 0) - 1)).toBe(true)
    }
    expect(essence(await search(runtime, population(), { steps: 8 }))).toEqual(essence(result))
    const all = await search(runtime, population(), { steps: 8, concurrency: 4 })
    expect(all.counts).toMatchObject({ running: 0, paused: 0, completed: 4, failed: 0 })
  })

  it('goes on from a file as if nothing had happened', async () => {
    await using folder = await createTemporaryFolder()
    await using runtime = createRuntime({ threads: 1 })
    const storage = folder.path('study.jsonl')
    const whole = await search(runtime, population(), { steps: 8 })
    let sessions = 0
    for (let isOver = false; !isOver; sessions += 1) {
      const study = search(runtime, population(), { steps: 8, storage })
      const before = study.reports()
      void (async () => {
        for await (const { stepsSpent } of before)
          if (stepsSpent > 10 * (sessions + 1)) study.cancel('enough for now')
      })()
      const outcome = await study.settled()
      isOver = outcome.status === 'succeeded'
      if (outcome.status === 'succeeded') expect(essence(outcome.output)).toEqual(essence(whole))
    }
    expect(await readdir(folder.path('.'))).toEqual(['study.jsonl'])
  })
})

describe('successive halving', () => {
  it('has exactly one in so many of a cohort go on', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const pruner = successiveHalving({ maxSteps: 4, reduction: 2 })
    const result = await search(runtime, pruner, { steps: 4, trials: 8 })
    expect(result.trials.map(({ step }) => step).toSorted((a, b) => a - b)).toEqual([1, 1, 1, 1, 2, 2, 4, 4])
    expect(result.counts).toMatchObject({ completed: 2, pruned: 6, paused: 0 })
    // The best by their rates, in each cohort of four.
    for (const cohort of [result.trials.slice(0, 4), result.trials.slice(4)]) {
      const best = cohort.toSorted((a, b) => b.parameters.rate - a.parameters.rate)[0]
      expect(best).toMatchObject({ state: 'completed', step: 4 })
    }
    // Nobody is waited for who doesn't come: a cohort that isn't whole is decided, too.
    const few = await search(runtime, pruner, { steps: 4, trials: 3, concurrency: 3 })
    expect(few.counts).toMatchObject({ completed: 1, pruned: 2, paused: 0 })
  })

  it('is a pruner by itself', () => {
    expect(() => anyOf(successiveHalving({ maxSteps: 4 }), none())).toThrow(/give that alone/)
    expect(() => pbt({ ready: 0, maxSteps: 3 })).toThrow(/ready/)
  })
})
