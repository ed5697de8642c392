import { appendFile } from 'node:fs/promises'
import { createRuntime } from 'heddle'
import { asha, choice, random, readStudy, sweep, uniform, variants } from 'heddle/sweep'
import { describe, expect, it } from 'vitest'
import { echoAny, idle, learnInTurns } from '#fixtures/sweep/trials.js'
import { createTemporaryFolder } from '../../support/temporary-folder.js'

describe('a stored study', () => {
  it('is read without the sweep that it is of', async () => {
    await using folder = await createTemporaryFolder()
    await using runtime = createRuntime({ threads: 1 })
    const storage = folder.path('study.jsonl')
    const study = sweep(runtime, echoAny, {
      space: {
        x: uniform(0, 1),
        model: { layers: choice([[8], [8, 8]]), opt: variants('kind', { a: { m: uniform(0, 1) }, b: {} }) },
        epochs: 3,
      },
      metric: 'score',
      direction: 'maximize',
      sampler: random({ seed: 4 }),
      trials: 12,
      storage,
    })
    const result = await study
    // A line that is just being written.
    await appendFile(storage, '{"type":"start","tri')
    const read = await readStudy(storage)
    expect(read.rows()).toEqual(result.rows())
    expect(read.toCSV()).toBe(result.toCSV())
    expect(read.best?.number).toBe(result.best?.number)
    expect(read.counts).toEqual(result.counts)
    expect(read.importance()).toEqual(result.importance())
    expect(read.description).toEqual(result.description)
    expect(read.trials[0]?.parameters).toEqual(result.rows()[0]?.parameters)
    expect(read.toHTML()).toContain('<h2>Trials</h2>')
  })

  it('is read while its sweep runs, which goes on', async () => {
    await using folder = await createTemporaryFolder()
    await using runtime = createRuntime({ threads: 1 })
    const storage = folder.path('study.jsonl')
    const study = sweep(runtime, idle, {
      space: { x: uniform(0, 1), y: uniform(0, 1) },
      metric: 'score',
      direction: 'maximize',
      trials: 1,
      storage,
    })
    for await (const { counts } of study.reports()) if (counts.running === 1) break
    // It is written a moment after it has begun.
    for (;;) {
      const { trials } = await readStudy(storage)
      if (trials.length === 0) continue
      expect(trials).toMatchObject([
        { number: 1, state: 'running', parameters: study.trials()[0]?.parameters },
      ])
      break
    }
    study.stop()
    expect((await study).counts.stopped).toBe(1)
    expect((await readStudy(storage)).counts.stopped).toBe(1)
  })

  it('has the values that its sweep has given, also of trials that were stopped early', async () => {
    await using folder = await createTemporaryFolder()
    await using runtime = createRuntime({ threads: 1 })
    const storage = folder.path('study.jsonl')
    const { trials } = await sweep(runtime, learnInTurns, {
      space: { x: uniform(0, 1), y: uniform(0, 1) },
      metric: 'score',
      objective: 'last',
      direction: 'maximize',
      pruner: asha(),
      trials: 20,
      storage,
    })
    const told = ({ number, state, value, step }: (typeof trials)[number]): unknown => ({
      number,
      state,
      value,
      step,
    })
    const read = await readStudy(storage)
    expect(read.trials.map(told as never)).toEqual(trials.map(told))
    expect(read.description).toMatchObject({ pruner: 'asha(reduction 3)', objective: 'last' })
  })

  it('is refused where it is none', async () => {
    await using folder = await createTemporaryFolder()
    await expect(readStudy(folder.path('none.jsonl'))).rejects.toMatchObject({ code: 'SweepStorageError' })
    await expect(readStudy('')).rejects.toMatchObject({ code: 'ActionInputError' })
    await appendFile(folder.path('empty.jsonl'), '')
    await expect(readStudy(folder.path('empty.jsonl'))).rejects.toThrow(/is empty/)
  })
})
