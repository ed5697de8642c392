// What a run prints: each group as a table, then the goals.

import type { Group, Row } from '../measure.js'
import type { Machine } from '../machine.js'
import { shown, type Findings, type Suite } from '../suite.js'

/** Writes a line. */
export function write(line: string): void {
  process.stdout.write(`${line}\n`)
}

/** Prints what is measured on. */
export function printMachine({ node, platform, cpu, cores, memoryGB, packages }: Machine): void {
  write(`Node ${node}, ${platform}, ${cores} cores of ${cpu}, ${memoryGB} GB`)
  write(
    Object.entries(packages)
      .map(([name, version]) => `${name} ${version}`)
      .join(', '),
  )
}

/** Prints what a suite asks. */
export function printQuestion({ name, question }: Suite): void {
  write(`\n── ${name} ── ${question}`)
}

/** Prints what a suite has found. */
export function printFindings({ groups, goals }: Findings): void {
  for (const group of groups) printGroup(group)
  write('')
  for (const { text, measured, holds } of goals)
    write(`  ${holds ? 'holds ' : 'MISSED'}  ${text}: ${measured}`)
}

function printGroup(group: Group): void {
  const compared = group.rows
    .filter(({ kind }) => kind !== 'heddle' && kind !== 'beside')
    .map(({ name }) => name)
    // Who is tuned is compared in that set-up alone.
    .filter((name, _, all) => !all.includes(`${name}, tuned`))
  const widest = Math.max(...group.rows.map(({ name }) => name.length))
  write(`\n  ${group.title} (${group.unit}: median [p99], spread of the rounds' medians; times as fast as …)`)
  const { headline } = group
  if (headline !== undefined) {
    const row = group.rows.find(({ name }) => name === headline.row)
    if (row !== undefined) write(`  ${row.name}: ${ratios(row, headline.against)}`)
  }
  for (const row of group.rows) {
    const rate = group.rate === undefined ? '' : `${shown(1000 / row.p50)} ${group.rate}`.padStart(11)
    const figures = `${shown(row.p50).padStart(8)} [${shown(row.p99)}]`.padEnd(19)
    const spread = `${shown(row.low)}–${shown(row.high)}`.padEnd(16)
    write(
      `  ${row.name.padEnd(widest)} ${rate} ${figures} ${spread} ${row.kind === 'heddle' ? ratios(row, compared) : ''}`,
    )
  }
}

function ratios({ times }: Row, compared: readonly string[]): string {
  return compared
    .filter((name) => times[name] !== undefined)
    .map((name) => `${(times[name] as number).toFixed(2)}× ${name}`)
    .join('  ')
}
