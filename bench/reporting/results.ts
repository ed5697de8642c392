// What is kept under a label: one JSON file, and the charts drawn from it. Suites can be run one by one: those that were
// run earlier, on the same machine with the same versions, stay.

import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { draw } from './charts.js'
import type { Results } from './kept-results.js'

const folder = new URL('../../../bench/results/', import.meta.url)

/** Puts what suites have found beside what is kept under a label; says where. */
export async function keep(results: Results, label: string): Promise<string> {
  const charts = new URL(`${label}/`, folder)
  const file = new URL(`${label}.json`, folder)
  await mkdir(charts, { recursive: true })
  const earlier = await read(file)
  const isSame = JSON.stringify(earlier?.machine) === JSON.stringify(results.machine)
  const all = isSame ? { ...results, suites: { ...earlier?.suites, ...results.suites } } : results
  // Three digits are more than the noise leaves.
  const rounded = JSON.stringify(
    all,
    (_, value: unknown) =>
      typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value,
    1,
  )
  await writeFile(file, `${rounded}\n`)
  for (const { name, svg } of draw(all)) await writeFile(new URL(name, charts), svg)
  return `bench/results/${label}.json`
}

async function read(file: URL): Promise<Results | undefined> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  return JSON.parse(text) as Results
}
