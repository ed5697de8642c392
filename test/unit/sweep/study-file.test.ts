import { appendFile, mkdir, readFile, readdir, symlink, utimes, writeFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { hostname } from 'node:os'
import { dirname } from 'node:path'
import { describe, expect, it } from 'vitest'
import { lockFile, type FileLock } from '../../../src/sweep/file-lock.js'
import { StudyFile, type SweepStorageError } from '../../../src/sweep/study-file.js'
import type { StudyHeader, StudyLine } from '../../../src/sweep/study-lines.js'
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

  it('repairs a last line that was torn, wherever it was', async () => {
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

describe('file lock', () => {
  const held = (taken: Awaited<ReturnType<typeof lockFile>>): FileLock => {
    if ('heldBy' in taken) throw new Error(`held by ${taken.heldBy}`)
    return taken
  }

  it('is taken over from a process that is dead, or whose number another one has now', async () => {
    await using folder = await createTemporaryFolder()
    const path = folder.path('lock')
    // No process has a number that high.
    await writeFile(path, JSON.stringify({ pid: 2 ** 30, host: hostname(), token: 'a' }))
    await held(await lockFile(path)).release()
    await writeFile(path, JSON.stringify({ pid: process.pid, host: hostname(), started: '1', token: 'b' }))
    if (existsSync('/proc/self/stat')) await held(await lockFile(path)).release()
    expect(existsSync(`${path}.break`)).toBe(false)
  })

  it('is not taken over from a process on another machine', async () => {
    await using folder = await createTemporaryFolder()
    const path = folder.path('lock')
    await writeFile(path, JSON.stringify({ pid: 2 ** 30, host: 'elsewhere', token: 'a' }))
    expect(await lockFile(path)).toEqual({ heldBy: `process ${2 ** 30} on the machine 'elsewhere'` })
  })

  it('without content is being taken, and after a while was given up', async () => {
    await using folder = await createTemporaryFolder()
    const path = folder.path('lock')
    await writeFile(path, '')
    expect(await lockFile(path)).toEqual({ heldBy: 'a process that is just taking it' })
    const longAgo = new Date(Date.now() - 60_000)
    await utimes(path, longAgo, longAgo)
    await held(await lockFile(path)).release()
  })

  it('goes to one of many who find it given up at the same time', async () => {
    await using folder = await createTemporaryFolder()
    for (let round = 0; round < 20; round += 1) {
      const path = folder.path(`lock-${round}`)
      await writeFile(path, JSON.stringify({ pid: 2 ** 30, host: hostname(), token: 'a' }))
      const taken = await Promise.all(Array.from({ length: 8 }, () => lockFile(path)))
      const winners = taken.filter((one) => !('heldBy' in one))
      expect(winners).toHaveLength(1)
      await held(winners[0] as FileLock).release()
    }
  })

  it('lets go of its own only', async () => {
    await using folder = await createTemporaryFolder()
    const path = folder.path('lock')
    const lock = held(await lockFile(path))
    const other = JSON.stringify({ pid: process.pid, host: hostname(), token: 'other' })
    await writeFile(path, other)
    await lock.release()
    expect(await readFile(path, 'utf8')).toBe(other)
  })
})
