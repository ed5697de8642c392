import { appendFile, readFile, writeFile } from 'node:fs/promises'
import { createRuntime, type Runtime } from 'heddle'
import { choice, int, random, sweep, uniform, variants, type Space, type SweepResult } from 'heddle/sweep'
import { describe, expect, it } from 'vitest'
import { echoAny } from '#fixtures/sweep/trials.js'
import { createTemporaryFolder } from '../../support/temporary-folder.js'

function run(runtime: Runtime, storage: string, space: Space, trials: number): PromiseLike<SweepResult> {
  return sweep(runtime, echoAny, {
    space,
    metric: 'score',
    direction: 'maximize',
    sampler: random({ seed: 1 }),
    concurrency: 1,
    trials,
    storage,
  })
}

const stored = {
  x: uniform(0, 1),
  n: int(2, 8, { step: 2 }),
  act: choice(['relu', [1, 2]]),
  opt: variants('kind', { sgd: { momentum: uniform(0, 1) } }),
}

describe('a stored study', () => {
  it.each<[string, Space]>([
    ['bounds', { ...stored, x: uniform(-1, 2) }],
    ['a finer step', { ...stored, n: int(0, 9) }],
    ['no step', { ...stored, n: uniform(0, 9) }],
    ['more values of a choice, in another order', { ...stored, act: choice(['tanh', [1, 2], 'relu']) }],
    [
      'another variant',
      {
        ...stored,
        opt: variants('kind', { adam: { beta: uniform(0, 1) }, sgd: { momentum: uniform(0, 1) } }),
      },
    ],
    ['constants', { ...stored, epochs: 10 }],
    ['the same in another order', { opt: stored.opt, act: stored.act, n: stored.n, x: stored.x }],
  ])('goes on with a space that is wider by %s', async (_, space) => {
    await using folder = await createTemporaryFolder()
    await using runtime = createRuntime({ threads: 1 })
    const file = folder.path('study.jsonl')
    const before = await run(runtime, file, stored, 3)
    const after = await run(runtime, file, space, 6)
    expect(after.counts.completed).toBe(6)
    expect(after.trials.slice(0, 3).map(({ value }) => value)).toEqual(
      before.trials.map(({ value }) => value),
    )
    const again = await run(runtime, file, space, 7)
    expect(again.trials.slice(0, 6).map(({ parameters }) => parameters)).toEqual(
      after.trials.map(({ parameters }) => parameters),
    )
  })

  it('names what differs, field by field, where it does not go on', async () => {
    await using folder = await createTemporaryFolder()
    await using runtime = createRuntime({ threads: 1 })
    const file = folder.path('study.jsonl')
    await run(runtime, file, stored, 2)
    const kept = await readFile(file, 'utf8')
    const messageOf = async (space: Space): Promise<string> => {
      const outcome = await Promise.resolve(run(runtime, file, space, 9)).catch((error: unknown) => error)
      expect(outcome).toMatchObject({ code: 'ActionInputError' })
      return (outcome as Error).message
    }
    const narrow = await messageOf({
      ...stored,
      x: uniform(0.5, 0.75),
      act: choice(['relu']),
      other: uniform(0, 1),
    })
    expect(narrow).toContain("of its parameter 'x' the low is 0, this sweep's is 0.5; ")
    expect(narrow).toContain("of its parameter 'x' the high is 1, this sweep's is 0.75; ")
    expect(narrow).toContain(
      "of its parameter 'act' the values [ '[ 1, 2 ]' ] aren't among this sweep's [ 'relu' ]; ",
    )
    expect(narrow).toContain("this sweep's parameter 'other' isn't in its space")
    expect(narrow).toContain('warmStart')
    expect(await messageOf({ x: stored.x, n: stored.n, act: stored.act })).toContain(
      "its parameter 'opt' isn't in this sweep's space; its parameter 'opt.sgd.momentum' isn't",
    )
    expect(await messageOf({ ...stored, n: int(1, 9, { step: 2 }) })).toContain(
      "of its parameter 'n' the values 2, 4 … aren't among this sweep's 1, 3 …",
    )
    expect(await messageOf({ ...stored, x: choice([0, 1]) })).toContain(
      "of its parameter 'x' the kind is 'number', this sweep's is 'choice'",
    )
    // What was wider once can't become as narrow as it was.
    await writeFile(file, kept)
    await run(runtime, file, { ...stored, x: uniform(0, 2) }, 3)
    expect(await messageOf(stored)).toContain("of its parameter 'x' the high is 2, this sweep's is 1")
    const other = sweep(runtime, echoAny, {
      space: { ...stored, x: uniform(0, 2) },
      metric: 'loss',
      direction: 'minimize',
      trials: 9,
      storage: file,
    })
    await expect(other).rejects.toThrow(
      "its metric is 'score', this sweep's is 'loss'; its direction is 'maximize', this sweep's is 'minimize'",
    )
  })

  it('of an earlier format is read and gone on with', async () => {
    await using folder = await createTemporaryFolder()
    await using runtime = createRuntime({ threads: 1 })
    const file = folder.path('study.jsonl')
    const at = 1_700_000_000_000
    const lines = [
      {
        type: 'study',
        format: 1,
        metric: 'score',
        direction: 'maximize',
        stepKey: 'step',
        parameters: [{ name: 'x', kind: 'number', low: 0, high: 1, log: false }],
        at,
      },
      { type: 'session', at, toVerdict: true },
      { type: 'start', trial: 1, attempt: 1, parameters: { x: 0.25 }, at },
      { type: 'end', trial: 1, attempt: 1, state: 'completed', numbers: { score: 0.25 }, threadMs: 1, at },
    ]
    await writeFile(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
    const { trials } = await run(runtime, file, { x: uniform(0, 2) }, 2)
    expect(trials).toMatchObject([{ parameters: { x: 0.25 }, value: 0.25, notes: [] }, { number: 2 }])
    await appendFile(file, `${JSON.stringify({ type: 'session', format: 5, at })}\n{"type":"unheard-of"}\n`)
    await expect(run(runtime, file, { x: uniform(0, 2) }, 3)).rejects.toMatchObject({
      code: 'SweepStorageError',
      message: expect.stringMatching(/has format 5.*reads formats up to 4.*later version/),
    })
  })
})
