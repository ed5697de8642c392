// Draws results as bar charts: SVG without scripts or fonts of its own, once for light pages and once for dark ones.

import type { Group, Kind } from '../measure.js'
import { THREADS } from '../peers/peer.js'
import { shown } from '../suite.js'
import type { Results } from './kept-results.js'

/** A drawn chart. */
export interface Chart {
  readonly name: string
  readonly svg: string
}

interface Theme {
  readonly text: string
  readonly faint: string
  readonly bars: Readonly<Record<Kind, string>>
}

const themes: Readonly<Record<'light' | 'dark', Theme>> = {
  light: {
    text: '#1f2328',
    faint: '#59636e',
    bars: {
      heddle: '#0969da',
      tuned: '#afb8c1',
      peer: '#d8dee4',
      bare: '#6e7781',
      floor: '#6e7781',
      beside: '#d8dee4',
    },
  },
  dark: {
    text: '#f0f6fc',
    faint: '#9198a1',
    bars: {
      heddle: '#4493f8',
      tuned: '#545d68',
      peer: '#343b44',
      bare: '#8b949e',
      floor: '#8b949e',
      beside: '#343b44',
    },
  },
}

/** Which groups are drawn, and how: on how many threads it was, unless on two; `log` where they differ by orders of magnitude. */
const drawn: Readonly<Record<string, { suite: string; group: number; threads?: number; log?: boolean }>> = {
  throughput: { suite: 'throughput', group: 1 },
  nested: { suite: 'nested', group: 0 },
  'round-trip': { suite: 'round-trip', group: 0 },
  'capacity-back': { suite: 'abort', group: 3, threads: 1, log: true },
}

const WIDTH = 760
const LEFT = 250
const RIGHT = 90
const TOP = 46
/** What a line of text more takes. */
const LINE = 18
const BAR = 20
const GAP = 8

/** Draws the charts of those suites that were run. */
export function draw(results: Results): Chart[] {
  const charts: Chart[] = []
  for (const [name, { suite, group: index, threads = THREADS, log = false }] of Object.entries(drawn)) {
    const group = results.suites[suite]?.groups[index]
    if (group === undefined) continue
    const { node, cores } = results.machine
    for (const theme of ['light', 'dark'] as const)
      charts.push({
        name: `${name}-${theme}.svg`,
        svg: barChart(
          group,
          `Node ${node}, ${threads} thread${threads === 1 ? '' : 's'}, ${cores} cores`,
          log,
          themes[theme],
        ),
      })
  }
  return charts
}

/** The chart of several Nodes: of each what is said first, and what it is compared with. */
export function drawByNode(all: readonly Results[]): Chart[] {
  const groups = all.flatMap(({ machine, suites }) => {
    const group = suites['throughput']?.groups[1]
    return group?.headline === undefined ? [] : [{ node: machine.node, group, headline: group.headline }]
  })
  const [first] = groups
  if (first === undefined) return []
  const rows = groups.flatMap(({ node, group, headline }) =>
    group.rows
      .filter(({ name }) => name === headline.row || headline.against.includes(name))
      .toSorted((a, b) => a.p50 - b.p50)
      .map((row) => ({ ...row, name: `${node.split('.')[0]?.replace('v', 'Node ')}: ${row.name}` })),
  )
  const { headline: _, ...group } = first.group
  return (['light', 'dark'] as const).map((theme) => ({
    name: `by-node-${theme}.svg`,
    svg: barChart({ ...group, rows }, `${THREADS} threads`, false, themes[theme], false),
  }))
}

function barChart(group: Group, where: string, log: boolean, theme: Theme, isSorted: boolean = true): string {
  const isRate = group.rate !== undefined
  const bars = group.rows
    .filter(({ kind }) => kind !== 'beside')
    .map(({ name, kind, p50, low, high }) => {
      const figure = (value: number): number => (isRate ? 1000 / value : value)
      return {
        name,
        kind,
        value: figure(p50),
        from: figure(isRate ? high : low),
        to: figure(isRate ? low : high),
      }
    })
  if (isSorted) bars.sort((a, b) => (isRate ? b.value - a.value : a.value - b.value))
  const said = headlineOf(group)
  const unit = group.rate ?? group.unit
  const most = Math.max(...bars.map(({ to }) => to))
  const least = Math.min(...bars.map(({ from }) => from)) / 2
  const span = WIDTH - LEFT - RIGHT
  const place = (value: number): number =>
    log ? (Math.log(value / least) / Math.log(most / least)) * span : (value / most) * span
  const top = said === undefined ? TOP : TOP + LINE
  const height = top + bars.length * (BAR + GAP) + 6
  const better = isRate ? 'longer is better' : `shorter is better${log ? ', logarithmic' : ''}`
  const lines = bars.map(({ name, kind, value, from, to }, index) => {
    const y = top + index * (BAR + GAP)
    const weight = kind === 'heddle' ? ' font-weight="600"' : ''
    return (
      `<text x="${LEFT - 8}" y="${y + 15}" text-anchor="end" fill="${theme.text}"${weight}>${escaped(name)}</text>` +
      `<rect x="${LEFT}" y="${y}" width="${rounded(place(value))}" height="${BAR}" rx="3" fill="${theme.bars[kind]}"/>` +
      `<path d="M${rounded(LEFT + place(from))} ${y + BAR / 2}H${rounded(LEFT + place(to))}" stroke="${theme.text}" stroke-opacity=".6"/>` +
      `<text x="${rounded(LEFT + Math.max(place(value), place(to)) + 6)}" y="${y + 15}" fill="${theme.text}"${weight}>${shown(value)}</text>`
    )
  })
  const title = `${group.title}, ${unit}`
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" role="img" aria-label="${escaped(`${title}: ${bars.map(({ name, value }) => `${name} ${shown(value)}`).join(', ')}`)}" font-family="system-ui,sans-serif" font-size="13">\n` +
    `<text x="8" y="18" fill="${theme.text}" font-size="15" font-weight="600">${escaped(title)}</text>` +
    `<text x="8" y="35" fill="${theme.faint}" font-size="12">${escaped(`${where}; ${better}; the line is the spread between rounds`)}</text>\n` +
    (said === undefined
      ? ''
      : `<text x="8" y="${35 + LINE}" fill="${theme.text}" font-size="12">${escaped(said)}</text>\n`) +
    `${lines.join('\n')}\n</svg>\n`
  )
}

/** The ratios that are given first. */
function headlineOf({ headline, rows }: Group): string | undefined {
  if (headline === undefined) return undefined
  const times = rows.find(({ name }) => name === headline.row)?.times
  const ratios = headline.against.flatMap((name) =>
    times?.[name] === undefined ? [] : [`${times[name].toFixed(2)} × ${name}`],
  )
  return `${headline.row}: ${ratios.join(', ')}`
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
