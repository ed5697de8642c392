import { readdir, readFile } from 'node:fs/promises'
import { createRuntime } from 'heddle'
import { asha, jsonLines, openMetrics, random, sweep, uniform, type SweepLogger } from 'heddle/sweep'
import { describe, expect, it } from 'vitest'
import { learnSlowly } from '#fixtures/sweep/trials.js'
import { parseLines } from '../../support/command-line.js'
import { createTemporaryFolder } from '../../support/temporary-folder.js'

const options = {
  space: { x: uniform(0, 1), y: uniform(0, 1) },
  metric: 'score',
  direction: 'maximize',
  sampler: random({ seed: 2 }),
  pruner: asha({ reduction: 3 }),
  trials: 6,
  name: 'a "quoted" study',
} as const

describe('loggers of a sweep', () => {
  it('write what it takes in, as it comes', async () => {
    await using folder = await createTemporaryFolder()
    await using runtime = createRuntime({ threads: 1 })
    const told: string[] = []
    const own: SweepLogger = { trial: ({ trial, state }) => told.push(`${trial} ${state}`) }
    const result = await sweep(runtime, learnSlowly, {
      ...options,
      loggers: [jsonLines(folder.path('log.jsonl')), openMetrics(folder.path('sweep.prom')), own],
    })

    const lines = parseLines<{ type: string; trial: number; step: number; numbers?: { score: number } }>(
      await readFile(folder.path('log.jsonl'), 'utf8'),
    )
    for (const { number, curve, state, value, parameters } of result.trials) {
      const reports = lines.filter(({ type, trial }) => type === 'report' && trial === number)
      expect(reports.map(({ step, numbers }) => ({ step, value: numbers?.score }))).toEqual(curve)
      expect(lines.filter(({ type, trial }) => type === 'trial' && trial === number)).toMatchObject([
        { study: options.name, state, value, parameters },
      ])
    }
    expect(told.toSorted()).toEqual(result.trials.map(({ number, state }) => `${number} ${state}`))

    const metrics = await readFile(folder.path('sweep.prom'), 'utf8')
    expect(metrics).toContain(
      `heddle_sweep_trials{study="a \\"quoted\\" study",state="pruned"} ${result.counts.pruned}\n`,
    )
    expect(metrics).toContain(
      `heddle_sweep_best{study="a \\"quoted\\" study",metric="score"} ${result.best?.value}\n`,
    )
    expect(metrics.endsWith('# EOF\n')).toBe(true)
    expect((await readdir(folder.path('.'))).toSorted()).toEqual(['log.jsonl', 'sweep.prom'])
  })

  it('make it fail where they do', async () => {
    await using folder = await createTemporaryFolder()
    await using runtime = createRuntime({ threads: 1 })
    const study = sweep(runtime, learnSlowly, {
      ...options,
      loggers: jsonLines(folder.path('none/log.jsonl')),
    })
    await expect(study).rejects.toThrow(/ENOENT/)
    const wrong = sweep(runtime, learnSlowly, { ...options, loggers: [{}] })
    await expect(wrong).rejects.toThrow(/'loggers' is \{\}, but must be made by jsonLines/)
  })
})
