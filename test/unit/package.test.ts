import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { guides } from '../support/pages.js'

const root = new URL('../../', import.meta.url)
const read = (name: string): string => readFileSync(new URL(name, root), 'utf8')
const manifest = JSON.parse(read('package.json')) as {
  readonly files: readonly string[]
  readonly scripts: Readonly<Record<string, string>>
  readonly homepage: string
  readonly repository: { readonly url: string }
}
const pages = await guides()
/** npm adds the first two by itself. */
const shipped = ['README.md', 'LICENSE', ...manifest.files.filter((one) => !one.startsWith('!'))]
/** Where pages show pictures from, on npm, too: they are in the repository only. */
const REPOSITORY = `${manifest.homepage.replace('github.com', 'raw.githubusercontent.com').replace(/#.*/, '')}/main/`

describe('the package', () => {
  it.each([...pages, 'ARCHITECTURE.md', 'CHANGELOG.md'])(
    'has only links to what ships with it, or to whole addresses: %s',
    (page) => {
      for (const link of linksOf(read(page)).filter((one) => !/^https?:/.test(one))) {
        const target = new URL(link, new URL(page, root))
        const path = target.href.slice(root.href.length).replace(/#.*/, '')
        expect({ link, exists: existsSync(new URL(path, root)) }).toEqual({ link, exists: true })
        const ships =
          shipped.some((one) => path === one || path.startsWith(`${one}/`)) &&
          !manifest.files.some((one) => one.startsWith('!') && path.startsWith(one.slice(1)))
        expect({ link, ships }).toEqual({ link, ships: true })
        if (target.hash !== '') expect(anchorsOf(read(path))).toContain(target.hash.slice(1))
      }
    },
  )

  it('leaves pictures in the repository: each is shown by a page, by its whole address, and there is no other', () => {
    const shown = pages.flatMap((page) =>
      linksOf(read(page)).filter((link) => /\.(?:png|svg|gif|jpe?g)$/.test(link)),
    )
    expect(shown.filter((link) => !link.startsWith(REPOSITORY))).toEqual([])
    const paths = shown.map((link) => link.slice(REPOSITORY.length))
    expect(paths.filter((path) => !existsSync(new URL(path, root)))).toEqual([])
    const there = readdirSync(new URL('docs/images', root)).map((name) => `docs/images/${name}`)
    expect(there.filter((path) => !paths.includes(path))).toEqual([])
    expect(manifest.files).toContain('!docs/images')
    // One at the top of what is read first.
    expect(read('README.md').split('\n').slice(0, 12).join('\n')).toContain(`${REPOSITORY}docs/images/`)
  })

  it('has no source maps: its code is readable, and what they lead to is not in it', () => {
    const files = readdirSync(new URL('dist', root), { recursive: true }).map(String)
    expect(files.length).toBeGreaterThan(100)
    expect(files.filter((name) => name.endsWith('.map'))).toEqual([])
  })

  it('has an index of all guides', () => {
    const linked = new Set(linksOf(read('docs/README.md')).map((link) => `docs/${link}`))
    const others = pages.filter((page) => page.startsWith('docs/') && page !== 'docs/README.md')
    expect(others.filter((page) => !linked.has(page))).toEqual([])
  })

  it('has a README that is soon read', () => {
    expect(read('README.md').split('\n').length).toBeLessThanOrEqual(151)
  })

  it('runs nothing when it is installed', () => {
    expect(Object.keys(manifest.scripts)).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/^(pre|post)?install$|^prepare$/)]),
    )
    expect(manifest.repository.url).toMatch(/^git\+https:/)
  })
})

/** Where the links and pictures of a page lead. */
function linksOf(markdown: string): string[] {
  return Array.from(
    markdown.matchAll(/\]\(([^)\s]+)[^)]*\)|(?:src|srcset)="([^"]+)"/g),
    ([, link, picture]) => link ?? picture ?? '',
  )
}

/** The fragments that lead to the headings of a page, as GitHub makes them. */
function anchorsOf(markdown: string): string[] {
  return Array.from(markdown.matchAll(/^#+ (.+)$/gm), ([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}
