// The console and the report of a sweep have one scale of type: whoever needs another size changes the scale.

import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { declareTypeScale } from '../../../src/sweep/page/type-scale.js'
import { root } from '../../support/pages.js'

const sizes = Array.from(declareTypeScale().matchAll(/--type-\w+/g), ([name]) => name)
const sources = (
  await Promise.all(['src/console', 'src/sweep/page'].map((folder) => filesBelow(join(root, folder))))
).flat()

async function filesBelow(folder: string): Promise<{ name: string; text: string }[]> {
  const names = (await readdir(folder, { recursive: true })).filter((name) => /\.(css|tsx?)$/.test(name))
  return Promise.all(names.map(async (name) => ({ name, text: await readFile(join(folder, name), 'utf8') })))
}

/** What is said of type in a file, but for what is inherited: as far as the size, which is all of it or a part. */
function fontsIn(text: string): string[] {
  const said = Array.from(
    text.matchAll(/\bfont(?:-size|Size)?\b[:=] ?(?!inherit)['"`]?([^;}\n]*)/g),
    ([all]) => all,
  )
  return said.filter((font) => /^font(?:-s|S)ize/.test(font) || /\d(?:px|r?em|pt|%)|--type-/.test(font))
}

/** The name of the size in it, if that is one of the scale and there is no other. */
function sizeOf(font: string): string | undefined {
  const [name] = /--type-\w+/.exec(font) ?? []
  return /\d(?:px|r?em|pt|%)/.test(font) ? undefined : sizes.find((size) => size === name)
}

describe('the scale of type', () => {
  it('has a handful of sizes', () => {
    expect(sizes.length).toBeLessThanOrEqual(6)
    expect(new Set(sizes).size).toBe(sizes.length)
  })

  it('has the only sizes that are used, and each of them is', () => {
    const used = new Set<string>()
    for (const { name, text } of sources) {
      for (const font of fontsIn(text)) {
        const size = sizeOf(font)
        expect({ name, font, isOfScale: size !== undefined }).toMatchObject({ isOfScale: true })
        used.add(size!)
      }
    }
    expect([...used].toSorted()).toEqual(sizes.toSorted())
  })

  it.each([
    'a { font-size: 12.5px }',
    'a { font-size: larger; color: red }',
    'a { font: 13px/1.45 var(--font) }',
    'a { font: 600 calc(var(--type-body) + 1px) var(--font) }',
    '<p style={{ fontSize: "14px" }}>',
  ])('has not: %s', (text) => {
    expect(fontsIn(text).map(sizeOf)).toEqual([undefined])
  })
})
