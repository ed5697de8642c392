import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** The texts of all files below some places, by their path. */
async function textsBelow(places: readonly string[]): Promise<Map<string, string>> {
  const texts = new Map<string, string>()
  for (const place of places) {
    const names = place.endsWith('.md') ? [''] : await readdir(join(root, place), { recursive: true })
    for (const name of names) {
      const path = join(place, name)
      if (/\.(ts|tsx|cts|css|md)$/.test(path)) texts.set(path, await readFile(join(root, path), 'utf8'))
    }
  }
  return texts
}

/** The rules that a text cites, the ends of ranges among them. */
const citedIn = (text: string): string[] => text.match(/\b[DISX]\d{1,2}\b/g) ?? []

const defined = new Set(
  Array.from(
    (await readFile(join(root, 'docs/semantics.md'), 'utf8')).matchAll(/^- \*\*([DISX]\d{1,2})\b/gm),
    ([, rule]) => rule as string,
  ),
)

describe('the rules', () => {
  it('are all there: I1 to I13, S1 to S29, X1 to X6, and D1 to D30', () => {
    const numbered = (letter: string, count: number): string[] =>
      Array.from({ length: count }, (_, at) => `${letter}${at + 1}`)
    expect([...defined].toSorted()).toEqual(
      [...numbered('I', 13), ...numbered('S', 29), ...numbered('X', 6), ...numbered('D', 30)].toSorted(),
    )
  })

  it('stand in docs/semantics.md, whoever cites them', async () => {
    const texts = await textsBelow([
      'src',
      'actors',
      'bench',
      'examples',
      'test',
      'docs',
      'README.md',
      'ARCHITECTURE.md',
      'CONTRIBUTING.md',
    ])
    const unknown = [...texts].flatMap(([path, text]) =>
      citedIn(text)
        .filter((rule) => !defined.has(rule))
        .map((rule) => `${path}: ${rule}`),
    )
    expect(unknown).toEqual([])
  })

  it('are each cited by the name of a test', async () => {
    const files = [...(await textsBelow(['test']))].filter(([path]) => path.endsWith('.test.ts'))
    const names = files.flatMap(
      ([, text]) => text.match(/\b(?:it|describe)\b(?:\.\w+)?[^'"`]*(['"`]).*?\1/gs) ?? [],
    )
    const cited = new Set(names.flatMap(citedIn))
    expect([...defined].filter((rule) => !cited.has(rule))).toEqual([])
  })
})
