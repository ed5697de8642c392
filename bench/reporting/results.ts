// What a run is kept as: one JSON file, and the charts drawn from it.

import { mkdir, writeFile } from 'node:fs/promises'
import type { Machine } from '../machine.js'
import type { Findings } from '../suite.js'
import { draw } from './charts.js'

/** The results of one run. */
export interface Results {
  readonly at: string
  readonly machine: Machine
  /** By suite. */
  readonly suites: Readonly<Record<string, Findings>>
}

const folder = new URL('../../../bench/results/', import.meta.url)

/** Writes a run under a label; says where. */
export async function keep(results: Results, label: string): Promise<string> {
  const charts = new URL(`${label}/`, folder)
  await mkdir(charts, { recursive: true })
  // Three digits are more than the noise leaves.
  const rounded = JSON.stringify(
    results,
    (_, value: unknown) =>
      typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value,
    1,
  )
  await writeFile(new URL(`${label}.json`, folder), `${rounded}\n`)
  for (const { name, svg } of draw(results)) await writeFile(new URL(name, charts), svg)
  return `bench/results/${label}.json`
}
