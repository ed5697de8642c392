import { readFile, writeFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { StudyFile } from '../../../src/sweep/storage/study-file.js'
import type { StudyLine } from '../../../src/sweep/storage/study-lines.js'
import { createCommandLine, parseLines } from '../../support/command-line.js'
import { createTemporaryFolder } from '../../support/temporary-folder.js'

const BEGINNING: readonly StudyLine[] = [
  {
    type: 'study',
    format: 2,
    metric: 'loss',
    direction: 'minimize',
    stepKey: 'step',
    parameters: [
      { name: 'rate', kind: 'number', low: 0, high: 1 },
      { name: 'opt', kind: 'choice', values: ['adam', 'sgd'] },
    ],
    at: 1000,
  },
  { type: 'session', format: 2, at: 1000, toVerdict: true, study: 'night', trials: 3, concurrency: 1 },
]

function trial(number: number, loss: number): readonly StudyLine[] {
  const of = { trial: number, attempt: 1, at: 1000 + number * 1000 }
  return [
    { type: 'start', ...of, parameters: { rate: number / 10, opt: 'adam' } },
    { type: 'report', ...of, step: 1, numbers: { step: 1, loss } },
    { type: 'end', ...of, state: 'completed', numbers: {}, threadMs: 5 },
  ]
}

function fail(error: Error): void {
  throw error
}

async function openStudy(path: string, lines: readonly StudyLine[]): Promise<StudyFile> {
  const { file } = await StudyFile.open(path, fail, { sweep: 'night' })
  for (const line of lines) file.append(line)
  await file.flush()
  return file
}

describe('heddle sweep', () => {
  it('shows what a study holds, while its sweep holds the file', async () => {
    await using terminal = await createCommandLine()
    await using folder = await createTemporaryFolder()
    const path = folder.path('study.jsonl')
    const study = await openStudy(path, [...BEGINNING, ...trial(1, 0.5), ...trial(2, 0.25)])
    const page = folder.path('study.html')
    const table = folder.path('trials.json')

    const best = await terminal.run('sweep', 'best', path)
    expect(best.stdout).toMatch(/^loss 0.25 {2}trial 2 of 2, completed at step 1\n {2}rate {2}0.2\n/)
    expect(await terminal.json('sweep', 'best', path)).toMatchObject([
      { number: 2, parameters: { rate: 0.2 } },
    ])
    const csv = await terminal.run('sweep', 'export', path)
    expect(csv.stdout).toMatch(/^number,state,value,.*\r\n1,completed,0.5,.*\r\n2,completed,0.25,.*\r\n$/)
    expect(await terminal.run('sweep', 'export', path, '-o', table)).toMatchObject({ code: 0, stdout: '' })
    expect(JSON.parse(await readFile(table, 'utf8'))).toMatchObject({ study: 'night', best: 2 })
    const written = await terminal.run('sweep', 'report', path)
    expect(written).toMatchObject({ code: 0, stdout: '', stderr: `wrote ${page}\n` })
    expect(await readFile(page, 'utf8')).toContain('<h1>Sweep night</h1>')
    const piped = await terminal.run('sweep', 'report', path, '--output', '-')
    expect(piped.stdout).toBe(await readFile(page, 'utf8'))
    await study.close()
  })

  it('watches a study until nobody writes to it', async () => {
    await using terminal = await createCommandLine()
    await using folder = await createTemporaryFolder()
    const path = folder.path('study.jsonl')
    const study = await openStudy(path, [...BEGINNING, ...trial(1, 0.5)])
    const watching = terminal.start('sweep', 'watch', path, '--json')
    await watching.says('"value":0.5')
    for (const line of trial(2, 0.25)) study.append(line)
    await study.flush()
    await watching.says('"value":0.25')
    await study.close()
    const { code, stdout } = await watching.ended
    expect(code).toBe(0)
    expect(parseLines(stdout).at(-1)).toMatchObject({
      type: 'sweep',
      study: 'night',
      counts: { completed: 2, running: 0 },
      trialsPerSecond: 1,
      secondsLeft: 1,
    })
    const after = await terminal.run('sweep', 'watch', path)
    expect(after).toMatchObject({ code: 0, stderr: `no sweep writes to '${path}' now\n` })
    expect(after.stdout).toContain('best loss 0.25 (trial 2)')
  })

  it('says what is wrong with a file', async () => {
    await using terminal = await createCommandLine()
    await using folder = await createTemporaryFolder()
    const path = folder.path('study.jsonl')
    const study = await openStudy(path, BEGINNING)
    await study.close()
    const note = folder.path('note.txt')
    await writeFile(note, 'hello\n')

    expect(await terminal.run('sweep', 'best', path)).toMatchObject({
      code: 1,
      stderr: `none of the 0 trials of '${path}' is known to be the best\n`,
    })
    expect(await terminal.run('sweep', 'report', path, '-o', path)).toMatchObject({
      code: 2,
      stderr: `error: '${path}' is the study itself: give --output another path\n`,
    })
    const none = await terminal.run('sweep', 'watch', folder.path('none.jsonl'))
    expect(none).toMatchObject({ code: 1, stdout: '' })
    expect(none.stderr).toContain("none.jsonl' can't be read")
    const other = await terminal.run('sweep', 'export', note)
    expect(other.code).toBe(1)
    expect(other.stderr).toContain("isn't one of a study")
  })
})
