import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { ActionInputError, actionRef, createRuntime, type Runtime } from 'heddle'
import { none, pbt, random, successiveHalving, sweep, uniform, type Pruner, type Trial } from 'heddle/sweep'
import { describe, expect, it, vi } from 'vitest'
import { climbing, type Flags } from '#fixtures/sweep/climbing.js'
import { createTemporaryFolder } from '../../support/temporary-folder.js'

/** The same by name: that it is a program, nobody knows before it has been loaded. */
const named = actionRef<typeof climbing>(climbing.url, climbing.name)

type Options = Omit<Flags, 'rate'> & {
  readonly storage?: string
  readonly trials?: number
  readonly concurrency?: number
  readonly failures?: 'retry'
}

function search(runtime: Runtime, pruner: Pruner, options: Options, trial = climbing) {
  const { storage, trials, concurrency = 1, failures, ...flags } = options
  return sweep(runtime, trial, {
    space: { rate: uniform(0, 1) },
    input: ({ rate }) => ({ rate, ...flags }),
    metric: 'score',
    direction: 'maximize',
    sampler: random({ seed: 3 }),
    concurrency,
    pruner,
    ...(storage !== undefined && { storage }),
    ...(trials !== undefined && { trials }),
    ...(failures !== undefined && { failures }),
  })
}

const population = (): Pruner => pbt({ ready: 2, maxSteps: 6, population: 4, seed: 5 })

function ratesOf({ attributes }: Trial): readonly number[] {
  return attributes['rates'] as readonly number[]
}

describe.skipIf(process.platform === 'win32')('a trial that is a program', () => {
  it.each([
    { concurrency: 1, how: 'itself', trial: climbing },
    { concurrency: 4, how: 'itself', trial: climbing },
    { concurrency: 1, how: 'by name', trial: named },
  ])('is a member of a population, $how, $concurrency at a time', async ({ concurrency, trial }) => {
    await using folder = await createTemporaryFolder()
    await using runtime = createRuntime({ threads: 1 })
    const options = { steps: 6, stepMs: 20, concurrency, storage: folder.path('study.jsonl') }
    const { trials, counts } = await search(runtime, population(), options, trial)
    const copies = trials.filter(({ copyOf }) => copyOf !== undefined)
    expect(counts).toMatchObject({ running: 0, paused: 0, failed: 0 })
    expect(counts.completed + counts.pruned).toBe(trials.length)
    // Several at a time, it is a race who has come to an interval when another one does, and whether anyone is left to copy.
    if (concurrency === 1) {
      expect(copies.length).toBeGreaterThan(0)
      expect(counts).toMatchObject({ completed: 4, pruned: copies.length })
    }
    for (const trial of trials) {
      // Whoever ran to the end has made each step once, whatever process made it.
      if (trial.state === 'completed') expect(trial.step).toBe(6)
      const steps = trial.curve.map(({ step }) => step)
      expect(steps).toEqual(steps.map((_, at) => (steps[0] as number) + at))
    }
    for (const copy of copies) {
      const source = trials.find(({ number }) => number === copy.copyOf) as Trial<{ rate: number }>
      // It has climbed by the other one's rate first, then by its own.
      expect(ratesOf(copy)).toContain(source.parameters.rate)
      expect(ratesOf(copy).at(-1)).toBe(copy.parameters.rate)
      expect(copy.metrics['begun']).toBeGreaterThan(0)
    }
  })

  it.each([
    { how: 'itself', trial: climbing },
    { how: 'by name', trial: named },
  ])('can be in a population, $how, only if it leaves files, beside a study that has one', async (given) => {
    await using folder = await createTemporaryFolder()
    await using runtime = createRuntime({ threads: 1 })
    const lost = search(runtime, population(), { steps: 6 }, given.trial)
    await expect(lost).rejects.toThrow(/^sweep: by pbt.*give it 'storage'/)
    await expect(lost).rejects.toBeInstanceOf(ActionInputError)
    const options = { steps: 6, forgets: true, storage: folder.path('study.jsonl') }
    await expect(search(runtime, population(), options, given.trial)).rejects.toThrow(
      /no file that another one could go on from.*HEDDLE_CHECKPOINT_DIR/,
    )
  })

  it('keeps what it has reported when it is tried again and goes on, and only then', async () => {
    await using folder = await createTemporaryFolder()
    await using runtime = createRuntime({ threads: 1 })
    const options = { steps: 4, failsAt: 2, trials: 1, failures: 'retry' } as const
    const on = await search(runtime, none(), { ...options, storage: folder.path('on.jsonl') })
    expect(on.trials).toMatchObject([{ state: 'completed', attempt: 2, step: 4, metrics: { begun: 2 } }])
    expect(on.trials[0]?.curve.map(({ step }) => step)).toEqual([1, 2, 3, 4])
    expect(on.cost.steps).toBe(4)
    const storage = folder.path('anew.jsonl')
    const anew = await search(runtime, none(), { ...options, forgets: true, failsAt: 0, storage })
    expect(anew.trials).toMatchObject([{ state: 'completed', attempt: 1, metrics: { begun: 0 } }])
    expect(await readdir(`${storage}.checkpoints/trial-1`)).toEqual([])
    // What another study has left there is nothing to go on from.
    const other = folder.path('other.jsonl')
    const left = `${other}.checkpoints/trial-1`
    await mkdir(left, { recursive: true })
    await writeFile(`${left}/state.json`, '{"step":3,"score":9,"rates":[]}')
    const fresh = await search(runtime, none(), { steps: 1, trials: 1, forgets: true, storage: other })
    expect(fresh.trials).toMatchObject([{ state: 'completed', metrics: { begun: 0 } }])
    expect(await readdir(left)).toEqual([])
  })

  it('knows nothing of the sweep that its app is a trial of', async () => {
    await using folder = await createTemporaryFolder()
    await using runtime = createRuntime({ threads: 1 })
    vi.stubEnv('HEDDLE_RESUME_DIR', folder.path('nowhere'))
    vi.stubEnv('HEDDLE_CHECKPOINT_DIR', folder.path('nowhere'))
    try {
      for (const storage of [{ storage: folder.path('study.jsonl') }, {}]) {
        const { trials } = await search(runtime, none(), { steps: 1, trials: 1, ...storage })
        expect(trials).toMatchObject([{ state: 'completed', metrics: { begun: 0 } }])
      }
    } finally {
      vi.unstubAllEnvs()
    }
  })

  it('goes on when it was promoted, and a study that is read again is the same', async () => {
    await using folder = await createTemporaryFolder()
    await using runtime = createRuntime({ threads: 1 })
    const storage = folder.path('study.jsonl')
    const pruner = successiveHalving({ maxSteps: 4, reduction: 2 })
    const first = await search(runtime, pruner, { steps: 4, stepMs: 20, trials: 4, storage })
    expect(first.counts).toMatchObject({ completed: 1, pruned: 3 })
    const best = first.trials.find(({ state }) => state === 'completed')
    expect(best?.curve.map(({ step }) => step)).toEqual([1, 2, 3, 4])
    expect(best?.attempt).toBeGreaterThan(1)
    const again = await search(runtime, pruner, { steps: 4, trials: 4, storage })
    const essence = (trials: readonly Trial[]): unknown =>
      trials.map(({ number, state, value, step, curve }) => ({ number, state, value, step, curve }))
    expect(essence(again.trials)).toEqual(essence(first.trials))
  })
})
