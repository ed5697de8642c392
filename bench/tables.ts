// `npm run bench:tables [-- <label> …]`: puts the results of those labels, else of all `node-*`, beside each other, and draws the
// chart that has all of them: bench/results/figures.md, tries.md, by-node-light.svg and by-node-dark.svg.

import { readdir, writeFile } from 'node:fs/promises'
import { drawByNode } from './reporting/charts.js'
import { readResults } from './reporting/compare.js'
import { write } from './reporting/print.js'
import { figuresPage, triesPage } from './reporting/tables.js'

const folder = new URL('../../bench/results/', import.meta.url)

const asked = process.argv.slice(2)
const labels = asked.length > 0 ? asked : await keptLabels()
const results = await Promise.all(labels.map((label) => readResults(new URL(`${label}.json`, folder))))
const files: [name: string, text: string][] = [
  ['figures.md', figuresPage(results)],
  ['tries.md', triesPage(results)],
  ...drawByNode(results).map(({ name, svg }): [string, string] => [name, svg]),
]
for (const [name, text] of files) {
  await writeFile(new URL(name, folder), text)
  write(`written: bench/results/${name}`)
}

async function keptLabels(): Promise<string[]> {
  const names = await readdir(folder)
  return names
    .filter((name) => /^node-\d+\.json$/.test(name))
    .map((name) => name.slice(0, -'.json'.length))
    .toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }))
}
