// Draws results as bar charts: SVG without scripts or fonts of its own, once for light pages and once for dark ones.

import type { Group, Kind } from '../measure.js'
import { THREADS } from '../peers/peer.js'
import { shown } from '../suite.js'
import type { Results } from './results.js'

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
    bars: { heddle: '#0969da', peer: '#afb8c1', floor: '#6e7781', beside: '#d8dee4' },
  },
  dark: {
    text: '#f0f6fc',
    faint: '#9198a1',
    bars: { heddle: '#4493f8', peer: '#545d68', floor: '#8b949e', beside: '#343b44' },
  },
}

/** Which groups are drawn, and how: on how many threads it was, unless on two; `log` where they differ by orders of magnitude. */
const drawn: Readonly<Record<string, { suite: string; group: number; threads?: number; log?: boolean }>> = {
  throughput: { suite: 'throughput', group: 1 },
  nested: { suite: 'nested', group: 0 },
  'round-trip': { suite: 'round-trip', group: 0 },
  'capacity-back': { suite: 'abort', group: 2, threads: 1, log: true },
}

const WIDTH = 760
const LEFT = 226
const RIGHT = 90
const TOP = 46
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

function barChart(group: Group, where: string, log: boolean, theme: Theme): string {
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
    .toSorted((a, b) => (isRate ? b.value - a.value : a.value - b.value))
  const unit = group.rate ?? group.unit
  const most = Math.max(...bars.map(({ to }) => to))
  const least = Math.min(...bars.map(({ from }) => from)) / 2
  const span = WIDTH - LEFT - RIGHT
  const place = (value: number): number =>
    log ? (Math.log(value / least) / Math.log(most / least)) * span : (value / most) * span
  const height = TOP + bars.length * (BAR + GAP) + 6
  const better = isRate ? 'longer is better' : `shorter is better${log ? ', logarithmic' : ''}`
  const lines = bars.map(({ name, kind, value, from, to }, index) => {
    const y = TOP + index * (BAR + GAP)
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
    `${lines.join('\n')}\n</svg>\n`
  )
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
