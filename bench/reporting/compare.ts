// What has moved against an earlier result: a regression guard for people, since a machine's noise must not fail a test.
// A figure has moved where neither median lies within the other's spread.

import { readFile } from 'node:fs/promises'
import type { Row } from '../measure.js'
import { shown } from '../suite.js'
import { write } from './print.js'
import type { Results } from './kept-results.js'

/** Reads an earlier result. */
export async function readResults(file: string | URL): Promise<Results> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    throw new Error(`${String(file)} can't be read: give a JSON file that a run has written`, {
      cause: error,
    })
  }
  const results = JSON.parse(text) as Partial<Results> | null
  if (typeof results !== 'object' || results?.suites === undefined || results.machine === undefined)
    throw new Error(`${String(file)} isn't a result of this suite: give a JSON file that a run has written`)
  return results as Results
}

/** Prints what has moved. */
export function printComparison(then: Results, now: Results): void {
  write(`\n── compared with ${then.at}, Node ${then.machine.node}, ${then.machine.cpu} ──`)
  if (then.machine.node !== now.machine.node || then.machine.cpu !== now.machine.cpu)
    write('  not the same Node or machine: absolute figures mean little, compare the ratios')
  let compared = 0
  let moved = 0
  for (const [name, { groups }] of Object.entries(now.suites)) {
    for (const group of groups) {
      const earlier = then.suites[name]?.groups.find(
        ({ title, unit }) => title === group.title && unit === group.unit,
      )
      for (const row of group.rows) {
        const before = earlier?.rows.find((one) => one.name === row.name)
        if (before === undefined) continue
        compared += 1
        if (!hasMoved(before, row)) continue
        moved += 1
        const percent = (row.p50 / before.p50 - 1) * 100
        const change = `${percent > 0 ? '+' : ''}${percent.toFixed(0)} %`
        write(
          `  ${(percent > 0 ? 'slower' : 'faster').padEnd(7)} ${change.padStart(7)}  ${name}: ${group.title}: ${row.name}: ` +
            `${shown(before.p50)} (${shown(before.low)}–${shown(before.high)}) → ${shown(row.p50)} (${shown(row.low)}–${shown(row.high)}) ${group.unit}`,
        )
      }
    }
  }
  write(`  ${moved} of ${compared} figures have moved beyond their spread`)
}

function hasMoved(before: Row, now: Row): boolean {
  return !isWithin(now.p50, before) && !isWithin(before.p50, now)
}

function isWithin(value: number, { low, high }: Row): boolean {
  return value >= low && value <= high
}
