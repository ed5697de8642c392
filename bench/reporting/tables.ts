// Puts the results of several Nodes beside each other, as tables in Markdown: the headline ratios first, then every group,
// then the goals; and the table of tries of the suite `tuning`.

import type { Group, Row } from '../measure.js'
import { shown } from '../suite.js'
import type { Results } from './kept-results.js'

/** What everything is made of: the results of each Node, in the order of the columns. */
export type ByNode = readonly Results[]

/** What the suites of tries begin with. */
const TUNING = 'tuning-'

/** The page of figures. */
export function figuresPage(results: ByNode): string {
  const names = unique(results.flatMap(({ suites }) => Object.keys(suites))).filter(
    (name) => !name.startsWith(TUNING),
  )
  return [
    '# Figures, Node by Node',
    'Made by `npm run bench:tables` out of the JSON files beside this. Medians; in brackets p99. The method is in ' +
      '[the README](../README.md).',
    ...results.map(
      ({ machine: { node, cpu, cores, packages }, at }) =>
        `- Node ${node.slice(1)}, ${cores} cores of ${cpu}, ${at.slice(0, 10)}: ${Object.entries(packages)
          .map(([name, version]) => `${name} ${version}`)
          .join(', ')}`,
    ),
    '## Headlines',
    headlines(results),
    ...names.flatMap((suite) => [
      `## ${suite}`,
      ...titlesOf(results, suite).map((title) => groupTable(results, suite, title)),
      ...goalTable(results, suite),
    ]),
    '',
  ].join('\n\n')
}

/** The page of tries. */
export function triesPage(results: ByNode): string {
  const suites = unique(results.flatMap((one) => Object.keys(one.suites))).filter((name) =>
    name.startsWith(TUNING),
  )
  const tried = results.filter((one) => suites.some((name) => one.suites[name] !== undefined))
  return [
    '# The set-ups that were tried',
    'Made by `npm run bench -- tuning` and `npm run bench:tables`. Two threads, medians. What `bench/peers/tuned.ts` has is ' +
      'chosen from these.',
    ...suites.flatMap((suite) => titlesOf(tried, suite).map((title) => groupTable(tried, suite, title))),
    '',
  ].join('\n\n')
}

/** What is said of each group first: of a row, how many times as fast as each it is compared with. */
function headlines(results: ByNode): string {
  const lines = results.flatMap(({ suites }, column) =>
    Object.values(suites).flatMap(({ groups }) =>
      groups.flatMap((group) =>
        ratiosOf(group).map(([label, figure]) => ({ label: `${group.title}: ${label}`, column, figure })),
      ),
    ),
  )
  const labels = unique(lines.map(({ label }) => label))
  return table(
    results,
    labels.map((label) => [
      label,
      results.map((_, column) => lines.find((one) => one.label === label && one.column === column)?.figure),
    ]),
  )
}

/** Who is the fastest peer differs by Node: it has a row of its own, and its name in the cell. */
function ratiosOf({ headline, rows }: Group): [label: string, figure: string][] {
  if (headline === undefined) return []
  const { row, against, fastestPeer } = headline
  const times = rows.find(({ name }) => name === row)?.times
  // What isn't a number is kept as `null`.
  const ratio = (other: string): string =>
    typeof times?.[other] === 'number' ? `${times[other].toFixed(2)} ×` : ''
  const [first = '', ...others] = against
  return [
    [`${row} / ${first}`, ratio(first)],
    [`${row} / the fastest peer`, `${ratio(fastestPeer)} (${fastestPeer})`],
    ...others
      .filter((other) => other !== fastestPeer)
      .map((other): [string, string] => [`${row} / ${other}`, ratio(other)]),
  ]
}

function groupTable(results: ByNode, suite: string, title: string): string {
  const groups = results.map((one) => groupOf(one, suite, title))
  const first = groups.find((group) => group !== undefined)
  const unit = first?.rate ?? first?.unit ?? ''
  const rows = unique(groups.flatMap((group) => group?.rows.map(({ name }) => name) ?? []))
  return [
    `**${title}**, ${unit}`,
    table(
      results,
      rows.map((name) => [
        name,
        groups.map((group) =>
          figure(
            group,
            group?.rows.find((row) => row.name === name),
          ),
        ),
      ]),
    ),
  ].join('\n\n')
}

function figure(group: Group | undefined, row: Row | undefined): string | undefined {
  if (group === undefined || row === undefined) return undefined
  return group.rate === undefined ? `${shown(row.p50)} [${shown(row.p99)}]` : shown(1000 / row.p50)
}

function goalTable(results: ByNode, suite: string): string[] {
  const texts = unique(results.flatMap(({ suites }) => suites[suite]?.goals.map(({ text }) => text) ?? []))
  if (texts.length === 0) return []
  return [
    table(
      results,
      texts.map((text) => [
        `Goal: ${text}`,
        results.map(({ suites }) => {
          const goal = suites[suite]?.goals.find((one) => one.text === text)
          return goal && `${goal.holds ? 'holds' : '**missed**'}: ${goal.measured}`
        }),
      ]),
    ),
  ]
}

/** A table with a column for each Node. */
function table(
  results: ByNode,
  rows: readonly (readonly [label: string, cells: readonly (string | undefined)[]])[],
): string {
  return [
    `| | ${results.map(({ machine }) => `Node ${machine.node.slice(1)}`).join(' | ')} |`,
    `|---|${results.map(() => '---:|').join('')}`,
    ...rows.map(([label, cells]) => `| ${label} | ${cells.map((cell) => cell ?? '').join(' | ')} |`),
  ].join('\n')
}

function titlesOf(results: ByNode, suite: string): string[] {
  return unique(results.flatMap(({ suites }) => suites[suite]?.groups.map(({ title }) => title) ?? []))
}

function groupOf({ suites }: Results, suite: string, title: string): Group | undefined {
  return suites[suite]?.groups.find((group) => group.title === title)
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)]
}
