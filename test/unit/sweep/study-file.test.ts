import {
  appendFile,
  link,
  mkdir,
  readFile,
  readdir,
  rename,
  rm,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { dirname, relative } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { SweepStorageError } from '../../../src/protocol/errors/sweep-storage-error.js'
import { StudyFile } from '../../../src/sweep/storage/study-file.js'
import type { StudyHeader, StudyLine } from '../../../src/sweep/storage/study-lines.js'
import { createTemporaryFolder } from '../../support/temporary-folder.js'

const header: StudyHeader = {
  type: 'study',
  format: 1,
  metric: 'score',
  direction: 'maximize',
  stepKey: 'step',
  parameters: [],
  at: 1,
}

function start(trial: number): StudyLine {
  return { type: 'start', trial, attempt: 1, parameters: { name: 'ünï\ncode' }, at: trial }
}

function never(error: unknown): void {
  throw error
}

async function write(path: string, lines: readonly StudyLine[]): Promise<void> {
  const { file } = await StudyFile.open(path, never)
  for (const line of lines) file.append(line)
  await file.flush()
  await file.close()
}

async function read(path: string): Promise<readonly StudyLine[]> {
  const { file, lines } = await StudyFile.open(path, never)
  await file.close()
  return lines
}

describe('study file', () => {
  it('keeps lines in order, and goes on at its end', async () => {
    await using folder = await createTemporaryFolder()
    const path = folder.path('study.jsonl')
    await write(path, [header, ...Array.from({ length: 500 }, (_, index) => start(index + 1))])
    await write(path, [start(501)])
    const lines = await read(path)
    expect(lines[0]).toEqual(header)
    expect(lines.slice(1)).toEqual(Array.from({ length: 501 }, (_, index) => start(index + 1)))
    expect(await readdir(dirname(path))).toEqual(['study.jsonl'])
  })

  it('repairs a last line that was torn, wherever it was', { timeout: 60_000 }, async () => {
    await using folder = await createTemporaryFolder()
    const path = folder.path('study.jsonl')
    await write(path, [header, start(1), start(2)])
    const whole = await readFile(path)
    const first = whole.indexOf(0x0a) + 1
    const second = whole.indexOf(0x0a, first) + 1
    for (let length = 0; length < whole.length; length += 1) {
      await writeFile(path, whole.subarray(0, length))
      const lines = await read(path)
      expect(lines.length).toBe(length < first ? 0 : length < second ? 1 : 2)
      // What is appended next stands on a line of its own.
      await write(path, [lines.length === 0 ? header : start(9)])
      expect(await read(path)).toHaveLength(lines.length + 1)
    }
  })

  it('takes zeros at the end for a torn line', async () => {
    await using folder = await createTemporaryFolder()
    const path = folder.path('study.jsonl')
    await write(path, [header, start(1)])
    await appendFile(path, Buffer.alloc(4096))
    expect(await read(path)).toEqual([header, start(1)])
    await write(path, [start(2)])
    expect(await read(path)).toEqual([header, start(1), start(2)])
  })

  it('refuses a file that is damaged, or another kind, and leaves it as it is', async () => {
    await using folder = await createTemporaryFolder()
    const damaged = folder.path('damaged.jsonl')
    await write(damaged, [header, start(1), start(2)])
    const text = (await readFile(damaged, 'utf8')).replace('"trial":1', '"trial":"one"')
    await writeFile(damaged, text)
    await expect(read(damaged)).rejects.toThrow(/line 2 of .*damaged/)
    expect(await readFile(damaged, 'utf8')).toBe(text)
    const other = folder.path('notes.txt')
    for (const content of ['my notes', 'my notes\nin two lines\n', '{"type":"study"}\n', '\n']) {
      await writeFile(other, content)
      await expect(read(other)).rejects.toMatchObject({ name: 'SweepStorageError', path: other })
      expect(await readFile(other, 'utf8')).toBe(content)
    }
    expect(existsSync(`${other}.lock`)).toBe(false)
  })

  it('says what is wrong with a path that it cannot use', async () => {
    await using folder = await createTemporaryFolder()
    await expect(read(folder.path('no/such/folder/study.jsonl'))).rejects.toThrow(/folder does not exist/)
    await mkdir(folder.path('folder'))
    await expect(read(folder.path('folder'))).rejects.toThrow(/can't be opened/)
  })

  it.skipIf(!existsSync('/dev/full'))(
    'tells once when there is no space left, and stays quiet then',
    async () => {
      await using folder = await createTemporaryFolder()
      const path = folder.path('study.jsonl')
      await symlink('/dev/full', path)
      const errors: SweepStorageError[] = []
      const { file } = await StudyFile.open(path, (error) => errors.push(error))
      file.append(header)
      await expect(file.flush()).rejects.toThrow(/no space left/)
      file.append(start(1))
      await expect(file.flush()).rejects.toThrow(/no space left/)
      await file.close()
      expect(errors).toHaveLength(1)
      expect(errors[0]?.cause).toMatchObject({ code: 'ENOSPC' })
      expect(existsSync(`${path}.lock`)).toBe(false)
    },
  )

  it('is refused to a second user, who is told by whom it is used', async () => {
    await using folder = await createTemporaryFolder()
    const path = folder.path('study.jsonl')
    const { file } = await StudyFile.open(path, never)
    await expect(StudyFile.open(path, never)).rejects.toThrow(/in use by this process/)
    await file.close()
    expect(await read(path)).toEqual([])
  })
})

describe('study file, by whichever name', () => {
  it('is refused to a second user, also by a link, a path with .., and when its lock was removed', async () => {
    await using folder = await createTemporaryFolder()
    const path = folder.path('study.jsonl')
    const { file } = await StudyFile.open(path, never, { sweep: 'first' })
    file.append(header)
    await file.flush()
    await mkdir(folder.path('elsewhere'))
    await symlink(path, folder.path('elsewhere/symbolic.jsonl'))
    await symlink(dirname(path), folder.path('elsewhere/folder'))
    await link(path, folder.path('elsewhere/hard.jsonl'))
    const refused = async (name: string): Promise<void> => {
      await expect(StudyFile.open(name, never)).rejects.toThrow(/in use by this process \(sweep 'first'/)
    }
    await refused(relative(process.cwd(), path))
    await refused(folder.path('elsewhere/../study.jsonl'))
    await refused(folder.path('elsewhere/symbolic.jsonl'))
    await refused(folder.path('elsewhere/folder/study.jsonl'))
    await refused(folder.path('elsewhere/hard.jsonl'))
    await rm(`${path}.lock`)
    await refused(path)
    // What was refused has left no lock of its own, and the holder writes its own again.
    expect(existsSync(folder.path('elsewhere/hard.jsonl.lock'))).toBe(false)
    file.append(start(1))
    await file.flush()
    expect(existsSync(`${path}.lock`)).toBe(true)
    await file.close()
    expect(await read(folder.path('elsewhere/hard.jsonl'))).toEqual([header, start(1)])
    expect(existsSync(`${path}.lock`)).toBe(false)
  })

  it('begins where a link leads to that leads nowhere yet', async () => {
    await using folder = await createTemporaryFolder()
    await symlink(folder.path('study.jsonl'), folder.path('link.jsonl'))
    await write(folder.path('link.jsonl'), [header])
    expect(await read(folder.path('study.jsonl'))).toEqual([header])
  })
})

describe('study file that is changed meanwhile', () => {
  it('is written anew when it was removed, with all that it had', async () => {
    await using folder = await createTemporaryFolder()
    const path = folder.path('study.jsonl')
    await write(path, [header, start(1)])
    const warnings: string[] = []
    const { file } = await StudyFile.open(path, never, { warn: (message) => warnings.push(message) })
    await rm(path)
    file.append(start(2))
    await file.flush()
    await rm(path)
    // Also when nothing more is to be written.
    await file.flush()
    await expect(StudyFile.open(path, never)).rejects.toThrow(/in use/)
    file.append(start(3))
    await file.close()
    expect(await read(path)).toEqual([header, start(1), start(2), start(3)])
    expect(warnings).toHaveLength(2)
    expect(warnings[0]).toMatch(/removed while the sweep ran: it was written anew/)
  })

  it.each([
    ['cut', (path: string) => truncate(path, 110), /was cut to 110 bytes, in line 2:/],
    ['emptied', (path: string) => writeFile(path, ''), /was cut to 0 bytes, in line 1:/],
    ['appended to', (path: string) => appendFile(path, 'mine\n'), /that aren't this sweep's, from line 3 on/],
    [
      'replaced',
      async (path: string) => {
        await writeFile(`${path}.new`, 'mine\n')
        await rename(`${path}.new`, path)
      },
      /is another file now/,
    ],
  ])('is left as it is when it was %s, and what it had is beside it', async (_, change, message) => {
    await using folder = await createTemporaryFolder()
    const path = folder.path('study.jsonl')
    const errors: SweepStorageError[] = []
    const { file } = await StudyFile.open(path, (error) => errors.push(error))
    file.append(header)
    file.append(start(1))
    await file.flush()
    await writeFile(`${path}.kept`, 'of another time')
    await change(path)
    const changed = await readFile(path, 'utf8')
    file.append(start(2))
    await expect(file.flush()).rejects.toMatchObject({ name: 'SweepStorageError', path })
    file.append(start(3))
    await file.close()
    expect(errors).toHaveLength(1)
    expect(errors[0]?.message).toMatch(message)
    expect(errors[0]?.message).toContain(`'${path}.kept-2'`)
    expect(await readFile(path, 'utf8')).toBe(changed)
    expect(await readFile(`${path}.kept`, 'utf8')).toBe('of another time')
    expect(await read(`${path}.kept-2`)).toEqual([header, start(1), start(2)])
    expect(existsSync(`${path}.lock`)).toBe(false)
  })
})

describe('study file whose lines do not follow each other', () => {
  const report = (trial: number, attempt = 1): StudyLine => ({
    ...{ type: 'report', trial, attempt, step: 1, numbers: { score: 1 }, at: 9 },
  })
  const end = (trial: number, state: 'completed' | 'interrupted' = 'completed'): StudyLine => ({
    ...{ type: 'end', trial, attempt: 1, state, numbers: {}, threadMs: 1, at: 9 },
  })
  const again = { ...start(1), attempt: 2 } as StudyLine
  const retry: StudyLine = { type: 'retry', trial: 1, attempt: 1, reason: 'x', threadMs: 1, at: 9 }
  const session: StudyLine = { type: 'session', at: 9 }

  it.each<readonly [string, number, RegExp, StudyLine[]]>([
    ['it twice', 4, /begins a study once more/, [header, start(1), end(1), header, start(1), end(1)]],
    ['no header', 1, /not the beginning/, [start(1)]],
    ['a start after the end', 4, /starts trial 1, which had ended/, [header, start(1), end(1), again]],
    ['a start twice', 4, /attempt 1 of trial 1 after attempt 1/, [header, start(1), report(1), start(1)]],
    ['a report before its start', 2, /tells of trial 1, which hadn't/, [header, report(1)]],
    ['a report after its end', 4, /\('report'\), which was over/, [header, start(1), end(1), report(1)]],
    ['a report of a later attempt', 3, /wasn't under way/, [header, start(1), report(1, 2)]],
    ['an end after a retry', 4, /which was over/, [header, start(1), retry, end(1)]],
    ['two ends', 4, /which was over/, [header, start(1), end(1), end(1)]],
  ])('is told by its line: %s', async (_, line, message, lines) => {
    await using folder = await createTemporaryFolder()
    const path = folder.path('study.jsonl')
    const text = lines.map((one) => `${JSON.stringify(one)}\n`).join('')
    await writeFile(path, text)
    await expect(read(path)).rejects.toMatchObject({
      name: 'SweepStorageError',
      path,
      message: expect.stringMatching(message),
    })
    await expect(read(path)).rejects.toThrow(`line ${line} of '${path}'`)
    expect(await readFile(path, 'utf8')).toBe(text)
  })

  it('is none of interrupted, retried and doubly started trials', async () => {
    await using folder = await createTemporaryFolder()
    for (const lines of [
      [header, session, start(1), report(1), session, again],
      [header, start(1), end(1, 'interrupted'), session, again],
      [header, start(1), retry, again, report(1, 2)],
      // It had found no room in the queue.
      [header, start(1), start(1), report(1)],
    ]) {
      const path = folder.path('study.jsonl')
      await writeFile(path, lines.map((one) => `${JSON.stringify(one)}\n`).join(''))
      expect(await read(path)).toEqual(lines)
    }
  })

  it('keeps a last line that no crash has left', async () => {
    await using folder = await createTemporaryFolder()
    const path = folder.path('study.jsonl')
    for (const tail of ['mine', 'mine\n', '{"mine":1}\n', '{"type":"end","trial":"one"}\n']) {
      await writeFile(path, `${JSON.stringify(header)}\n${tail}`)
      await expect(read(path)).rejects.toThrow(`line 2 of '${path}' isn't one of a study`)
      expect(await readFile(path, 'utf8')).toContain(tail)
    }
  })
})
