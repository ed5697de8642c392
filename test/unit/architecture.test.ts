// Checks ARCHITECTURE.md against the code: the files and folders that it names exist, every folder has its row, and the layers
// are those that dependency-cruiser enforces.

import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root } from '../support/pages.js'

const page = await readFile(join(root, 'ARCHITECTURE.md'), 'utf8')

/** The folders below one that hold code. */
async function foldersBelow(place: string): Promise<string[]> {
  const entries = await readdir(join(root, place), { withFileTypes: true })
  const inside = await Promise.all(
    entries.filter((entry) => entry.isDirectory()).map(({ name }) => foldersBelow(`${place}/${name}`)),
  )
  const hasCode = entries.some(({ name }) => /\.tsx?$/.test(name))
  return [...(hasCode ? [place] : []), ...inside.flat()]
}

/** The code below a folder, file by file. */
async function textsBelow(place: string): Promise<string[]> {
  const names = await readdir(join(root, place), { recursive: true })
  return Promise.all(
    names.filter((name) => /\.tsx?$/.test(name)).map((name) => readFile(join(root, place, name), 'utf8')),
  )
}

/** The files of a walk: the first cells of the table below its heading. */
function filesOfWalk(heading: string): string[] {
  const [, section = ''] = page.split(`### ${heading}\n`)
  const [table = ''] = section.split('\n#')
  return Array.from(table.matchAll(/^\| \d+ \| `([^`]+)` \|/gm), ([, file = '']) => file)
}

describe('ARCHITECTURE.md', () => {
  it('names files that exist', async () => {
    const named = page.match(/\b(?:src|actors|test|bench)\/[\w./-]+\.(?:tsx?|js)\b/g) ?? []
    expect(named.length).toBeGreaterThan(20)
    expect(named.filter((file) => !existsSync(join(root, file)))).toEqual([])
    const places = await Promise.all(
      ['src', 'actors', 'test'].map((place) => readdir(join(root, place), { recursive: true })),
    )
    const names = new Set(places.flat().map((path) => basename(path)))
    const bare = Array.from(page.matchAll(/`([\w-]+\.tsx?)`/g), ([, name = '']) => name)
    expect(bare.filter((name) => !names.has(name))).toEqual([])
  })

  it('names classes and methods that exist', async () => {
    const code = await Promise.all(['src', 'actors', 'test'].map(textsBelow))
    const missing = []
    for (const [, name = '', member] of page.matchAll(/`([A-Z][a-z]+\w*)(?:\.(#?\w+))?(?:\(.*?\))?`/g)) {
      const declared = new RegExp(`(?:class|interface|type|const) ${name}\\b`)
      const texts = code.flat().filter((text) => declared.test(text))
      const isBuiltIn = name in globalThis
      if (texts.length === 0 && !isBuiltIn) missing.push(name)
      if (member !== undefined && !isBuiltIn && !texts.some((text) => text.includes(member)))
        missing.push(`${name}.${member}`)
    }
    expect(missing).toEqual([])
  })

  it('has a row for every folder', async () => {
    const folders = [...(await foldersBelow('src')), ...(await foldersBelow('actors'))]
    const parts = folders.filter((folder) => !/^src\/(?:console|cli)\//.test(folder))
    const rows = new Set(Array.from(page.matchAll(/^\| `([^`*]+)` \|/gm), ([, folder = '']) => folder))
    expect(parts.filter((folder) => !rows.has(folder))).toEqual([])
    expect([...rows].filter((row) => row.includes('/') && !existsSync(join(root, row)))).toEqual([])
  })

  it('states the layers that are enforced', async () => {
    const rules = await readFile(join(root, '.dependency-cruiser.js'), 'utf8')
    const enforced = Array.from(
      rules.matchAll(/\{ name: '([\w-]+)', path:/g),
      ([, name = '']) => name,
    ).toReversed()
    const [, line = ''] = /^`(cli, console → .*)`$/m.exec(page) ?? []
    const stated = line.split(' → ').map((group) => group.split(', '))
    // Layers that stand side by side may be named in any order.
    const levels = stated.map((group, at) => {
      const before = stated.slice(0, at).flat().length
      return enforced.slice(before, before + group.length)
    })
    expect(stated.map((group) => group.toSorted())).toEqual(levels.map((level) => level.toSorted()))
    expect(stated.flat()).toHaveLength(enforced.length)
  })

  it.each([
    ['From `run.cancel()` to the `AbortController` in the thread', 9],
    ['The input of a spawn', 20],
    ['Its output', 9],
  ])('leads through few files: %s', (heading, most) => {
    const files = filesOfWalk(heading)
    expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([])
    // Forward only: none is come back to.
    expect(new Set(files).size).toBe(files.length)
    expect(files.length).toBeGreaterThan(4)
    expect(files.length).toBeLessThanOrEqual(most)
  })
})
