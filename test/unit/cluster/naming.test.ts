import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { buildOf, ModuleHashes, queueOf } from '../../../src/cluster/build.js'
import { ModuleNames, type NamedModule } from '../../../src/cluster/naming.js'
import { createTemporaryFolder, type TemporaryFolder } from '../../support/temporary-folder.js'

/** Writes files, and gives the URL of each by its path. */
async function filesIn(
  folder: TemporaryFolder,
  files: Readonly<Record<string, string>>,
): Promise<(path: string) => string> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(folder.path(path)), { recursive: true })
    await writeFile(folder.path(path), text)
  }
  return (path) => pathToFileURL(folder.path(path)).href
}

const PACKAGE = JSON.stringify({ name: '@app/train', version: '1.2.3' })

describe('the name of a module (D1)', () => {
  it('is its package, and its path there without the extension', async () => {
    await using folder = await createTemporaryFolder()
    const url = await filesIn(folder, { 'package.json': PACKAGE, 'dist/a b.js': '' })
    expect(new ModuleNames().nameOf(url('dist/a b.js'))).toEqual({
      text: '@app/train/dist/a b',
      package: '@app/train',
      version: '1.2.3',
    })
  })

  it('is the same of what was compiled and what was not', async () => {
    await using folder = await createTemporaryFolder()
    const url = await filesIn(folder, { 'package.json': PACKAGE, 'a.ts': '', 'a.mjs': '' })
    const names = new ModuleNames()
    expect(names.nameOf(url('a.ts'))).toEqual(names.nameOf(url('a.mjs')))
  })

  it('is by the next package.json above that has a name', async () => {
    await using folder = await createTemporaryFolder()
    const url = await filesIn(folder, {
      'package.json': PACKAGE,
      'dist/package.json': JSON.stringify({ type: 'module' }),
      'dist/a.js': '',
      'node_modules/inner/package.json': JSON.stringify({ name: 'inner' }),
      'node_modules/inner/b.js': '',
    })
    const names = new ModuleNames()
    expect(names.nameOf(url('dist/a.js'))).toMatchObject({ text: '@app/train/dist/a' })
    expect(names.nameOf(url('node_modules/inner/b.js'))).toEqual({
      text: 'inner/b',
      package: 'inner',
      version: '',
    })
  })

  it('is refused, with the reason, for what is no file, in no package, or below one that is broken', async () => {
    await using folder = await createTemporaryFolder()
    const url = await filesIn(folder, { 'package.json': '{', 'a.js': '' })
    const names = new ModuleNames()
    expect(names.nameOf('data:text/javascript,1')).toEqual({
      refused: expect.stringContaining("isn't a file that other machines could have") as string,
    })
    expect(names.nameOf('file:///nowhere-at-all/a.js')).toEqual({
      refused: expect.stringContaining('no package.json with a name above') as string,
    })
    expect(names.nameOf(url('a.js'))).toEqual({ refused: expect.stringContaining("can't be read") as string })
  })

  it('leads back to the file, also one that was not named before, but to none outside of a package', async () => {
    await using folder = await createTemporaryFolder()
    const url = await filesIn(folder, {
      'app/package.json': PACKAGE,
      'app/a.js': '',
      'app/b.ts': '',
      'secret.js': '',
    })
    const names = new ModuleNames()
    expect(names.urlOf('@app/train/b')).toBe(undefined)
    names.nameOf(url('app/a.js'))
    expect(names.urlOf('@app/train/a')).toBe(url('app/a.js'))
    expect(names.urlOf('@app/train/b')).toBe(url('app/b.ts'))
    expect(names.urlOf('@app/train/c')).toBe(undefined)
    expect(names.urlOf('@app/train/../secret')).toBe(undefined)
    expect(names.urlOf('@app/train/../app/a')).toBe(url('app/a.js'))
    expect(names.urlOf('other/a')).toBe(undefined)
  })
})

describe('the build (D5, D6)', () => {
  const module: NamedModule = { text: 'p/a', package: 'p', version: '1.0.0' }

  it('is the package with its version, or what was given', () => {
    expect(buildOf(module, undefined)).toBe('p@1.0.0')
    expect(buildOf(module, 'mine')).toBe('mine')
  })

  it('makes queues that no other build, and no other label, has', () => {
    const queues = [
      queueOf('p@1', undefined),
      queueOf('p@2', undefined),
      queueOf('p@1', 'gpu'),
      queueOf('p@1', 'big'),
    ]
    expect(new Set(queues).size).toBe(4)
    expect(queueOf('p@1', undefined)).toMatch(/^lanes\.[0-9a-f]{8}\.any$/)
    expect(queueOf('p@1', 'gpu')).toMatch(/^lanes\.[0-9a-f]{8}\.gpu$/)
  })

  it('has the hash of each module as it was when it was first asked for', async () => {
    await using folder = await createTemporaryFolder()
    const url = await filesIn(folder, { 'a.js': 'one', 'b.js': 'one', 'c.js': 'two' })
    const hashes = new ModuleHashes()
    expect(hashes.of(url('a.js'))).toBe(hashes.of(url('b.js')))
    expect(hashes.of(url('c.js'))).not.toBe(hashes.of(url('a.js')))
    const before = hashes.of(url('a.js'))
    await filesIn(folder, { 'a.js': 'three' })
    expect(hashes.of(url('a.js'))).toBe(before)
    expect(() => hashes.of(url('d.js'))).toThrow(/can't be read/)
  })
})
