// The pages that a reader of the package or of the repository gets: all Markdown but the generated reference.

import { readdir } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The root of the repository. */
export const root: string = fileURLToPath(new URL('../../', import.meta.url))

/** README and the guides, by their path from the root. */
export async function guides(): Promise<string[]> {
  const names = await readdir(join(root, 'docs'), { recursive: true })
  const pages = names
    .map((name) => ['docs', ...name.split(sep)].join('/'))
    .filter((page) => page.endsWith('.md') && !page.startsWith('docs/api/'))
  return ['README.md', ...pages.toSorted()]
}
