import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { copyFolder } from '../../../src/process/copy-folder.js'
import { createTemporaryFolder } from '../../support/temporary-folder.js'

it('copies a folder in place of another one, what has just gone left out', async () => {
  await using folder = await createTemporaryFolder()
  const [from, to] = [folder.path('from'), folder.path('to')]
  await mkdir(`${from}/deep/er`, { recursive: true })
  await writeFile(`${from}/state`, 'one')
  await writeFile(`${from}/deep/er/state`, 'two')
  // As a file is that was renamed since the folder was read.
  await symlink(`${from}/gone`, `${from}/unfinished`)
  await mkdir(to)
  await writeFile(`${to}/old`, 'old')
  await copyFolder(from, to, new AbortController().signal)
  expect((await readdir(to)).toSorted()).toEqual(['deep', 'state'])
  expect(await readFile(`${to}/deep/er/state`, 'utf8')).toBe('two')
  // A copy of its own: neither is changed with the other.
  await writeFile(`${from}/state`, 'three')
  expect(await readFile(`${to}/state`, 'utf8')).toBe('one')
  expect((await readdir(folder.path('.'))).toSorted()).toEqual(['from', 'to'])
})

it('leaves what was there if it is aborted', async () => {
  await using folder = await createTemporaryFolder()
  const [from, to] = [folder.path('from'), folder.path('to')]
  await mkdir(from)
  await writeFile(`${from}/state`, 'one')
  const reason = new Error('no more')
  await expect(copyFolder(from, to, AbortSignal.abort(reason))).rejects.toBe(reason)
  await expect(readdir(to)).rejects.toMatchObject({ code: 'ENOENT' })
})
