import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { loadConsole, type PageFile } from '../../src/control/server/console-files.js'

const textOf = (files: ReadonlyMap<string, PageFile>): string =>
  Buffer.from(files.get('/index.html')?.bytes ?? []).toString()

describe('the files of the console', () => {
  it('are found with their folders, without what is none of the page', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'heddle-console-'))
    try {
      await mkdir(join(folder, 'assets', 'deeper'), { recursive: true })
      await writeFile(join(folder, 'index.html'), '<p>here</p>')
      await writeFile(join(folder, 'assets', 'index-abcdefgh.js'), 'run()')
      await writeFile(join(folder, 'assets', 'index-abcdefgh.js.map'), '{}')
      await writeFile(join(folder, 'assets', 'deeper', 'one.css'), 'p {}')
      const files = await loadConsole(pathToFileURL(`${folder}/`))
      expect([...files.keys()].toSorted()).toEqual([
        '/assets/deeper/one.css',
        '/assets/index-abcdefgh.js',
        '/index.html',
      ])
      expect(files.get('/assets/index-abcdefgh.js')?.isImmutable).toBe(true)
      expect(textOf(files)).toBe('<p>here</p>')
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })

  it('that cannot be read keep nobody from the API: the page says so', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'heddle-console-'))
    try {
      // Where a folder should be, there is something else; none at all; what is no file's address.
      const file = join(folder, 'file')
      await writeFile(file, '')
      const notAFolder = await loadConsole(pathToFileURL(file))
      expect(textOf(notAFolder)).toContain("its files can't be read (ENOTDIR)")
      expect(textOf(await loadConsole(pathToFileURL(join(folder, 'none'))))).toContain(
        "its files aren't part of this build",
      )
      const elsewhere = await loadConsole(new URL('https://example.com/console/'))
      expect([...elsewhere.keys()]).toEqual(['/index.html'])
      expect(textOf(elsewhere)).toContain("can't be read")
      expect(textOf(elsewhere)).toContain('/api/v1')
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
})
