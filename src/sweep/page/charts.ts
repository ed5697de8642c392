// The drawings of the page: SVG texts, sized by their view box, coloured by classes of the page's style sheet. Pure: they
// know numbers and labels, and nothing of trials.

/** A scale: where a value lies, 0…1. */
export interface Scale {
  readonly low: number
  readonly high: number
  readonly log?: boolean
}

/** A line or a row of dots. */
export interface Series {
  readonly points: readonly (readonly [x: number, y: number])[]
  readonly className: string
  /** Shown when the pointer rests on it. */
  readonly title?: string
}

/** A chart with two axes. */
export interface Plot {
  readonly xLabel: string
  readonly yLabel: string
  readonly lines: readonly Series[]
  readonly dots: readonly Series[]
}

const WIDTH = 720
const HEIGHT = 300
const MARGIN = { left: 64, right: 12, top: 12, bottom: 40 }

/** Lines and dots over two axes. */
export function plot({ xLabel, yLabel, lines, dots }: Plot): string {
  const all = [...lines, ...dots].flatMap(({ points }) => points)
  const x = scaleOver(all.map(([value]) => value))
  const y = scaleOver(robust(all.map(([, value]) => value)))
  const inner = { width: WIDTH - MARGIN.left - MARGIN.right, height: HEIGHT - MARGIN.top - MARGIN.bottom }
  const px = (value: number): number => MARGIN.left + place(x, value) * inner.width
  const py = (value: number): number =>
    MARGIN.top + (1 - Math.min(1, Math.max(0, place(y, value)))) * inner.height
  const grid = ticks(y).map((tick) => {
    const at = fixed(py(tick))
    return `<line class="grid" x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${at}" y2="${at}"/><text class="tick" x="${MARGIN.left - 8}" y="${at}" dy="0.35em" text-anchor="end">${label(tick)}</text>`
  })
  const xTicks = ticks(x).map(
    (tick) =>
      `<text class="tick" x="${fixed(px(tick))}" y="${HEIGHT - MARGIN.bottom + 18}" text-anchor="middle">${label(tick)}</text>`,
  )
  const paths = lines.map(({ points, className, title }) => {
    const d = points
      .map(([a, b], index) => `${index === 0 ? 'M' : 'L'}${fixed(px(a))} ${fixed(py(b))}`)
      .join('')
    return `<path class="line ${className}" d="${d}">${titleOf(title)}</path>`
  })
  const circles = dots.flatMap(({ points, className, title }) =>
    points.map(
      ([a, b]) =>
        `<circle class="dot ${className}" cx="${fixed(px(a))}" cy="${fixed(py(b))}" r="2.6">${titleOf(title)}</circle>`,
    ),
  )
  return svg(WIDTH, HEIGHT, `${yLabel} over ${xLabel}`, [
    ...grid,
    ...xTicks,
    ...paths,
    ...circles,
    `<text class="axis" x="${WIDTH - MARGIN.right}" y="${HEIGHT - 4}" text-anchor="end">${escape(xLabel)}</text>`,
    `<text class="axis" x="${MARGIN.left}" y="10" text-anchor="start">${escape(yLabel)}</text>`,
  ])
}

/** An axis of parallel coordinates. */
export interface ParallelAxis {
  readonly label: string
  /** Labels by their place, 0 at the bottom and 1 at the top. */
  readonly ticks: readonly (readonly [place: number, label: string])[]
}

/** A line through all axes; where it has no place, it is interrupted. */
export interface ParallelLine {
  readonly places: readonly (number | undefined)[]
  /** 0 for the worst, 1 for the best. */
  readonly rank: number
  readonly title: string
}

/** Parallel coordinates; better lines are drawn last, and stronger. */
export function parallel(axes: readonly ParallelAxis[], lines: readonly ParallelLine[]): string {
  const width = Math.max(WIDTH, axes.length * 110)
  const top = 36
  const bottom = HEIGHT + 20
  const px = (axis: number): number =>
    axes.length === 1 ? width / 2 : 50 + (axis / (axes.length - 1)) * (width - 120)
  const py = (share: number): number => bottom - share * (bottom - top)
  const paths = lines
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ places, rank, title }) => {
      let pen = 'M'
      const d = places.map((share, axis) => {
        if (share === undefined) {
          pen = 'M'
          return ''
        }
        const step = `${pen}${fixed(px(axis))} ${fixed(py(share))}`
        pen = 'L'
        return step
      })
      return `<path class="parallel" style="--rank:${rank.toFixed(3)}" d="${d.join('')}">${titleOf(title)}</path>`
    })
  const marks = axes.map(({ label: name, ticks: axisTicks }, axis) => {
    const x = fixed(px(axis))
    const labels = axisTicks.map(
      ([share, text]) =>
        `<text class="tick halo" x="${fixed(px(axis) + 5)}" y="${fixed(py(share))}" dy="0.35em">${escape(shorten(text, 12))}</text>`,
    )
    return `<line class="rule" x1="${x}" x2="${x}" y1="${top}" y2="${bottom}"/>${labels.join('')}<text class="axis" x="${x}" y="${axis % 2 === 0 ? 26 : 12}" text-anchor="middle">${escape(shorten(name, 22))}</text>`
  })
  return svg(width, bottom + 14, 'Parallel coordinates of the parameters', [...paths, ...marks])
}

/** Horizontal bars of shares, with their labels. */
export function bars(entries: readonly (readonly [label: string, share: number])[]): string {
  const row = 26
  const left = 210
  const content = entries.map(([name, share], index) => {
    const y = index * row
    const length = Math.max(1, share * (WIDTH - left - 70))
    return `<text class="axis" x="${left - 10}" y="${y + 17}" text-anchor="end">${escape(shorten(name, 30))}</text><rect class="bar" x="${left}" y="${y + 5}" width="${fixed(length)}" height="${row - 10}" rx="3"/><text class="tick" x="${fixed(left + length + 8)}" y="${y + 17}">${(share * 100).toFixed(1)} %</text>`
  })
  return svg(WIDTH, Math.max(1, entries.length) * row + 4, 'Importance of the parameters', content)
}

/** A stretch of time. */
export interface Span {
  readonly from: number
  readonly to: number
  readonly className: string
  readonly title: string
}

/** Spans over time, in as few rows as don't overlap: as the threads were shared, if there were no more trials than them. */
export function timeline(spans: readonly Span[]): string {
  const sorted = spans.toSorted((a, b) => a.from - b.from)
  const start = sorted[0]?.from ?? 0
  const end = Math.max(start + 1, ...sorted.map(({ to }) => to))
  const rowEnds: number[] = []
  const placed = sorted.map((span) => {
    let row = rowEnds.findIndex((busyUntil) => busyUntil <= span.from)
    if (row === -1) row = rowEnds.length
    rowEnds[row] = span.to
    return { ...span, row }
  })
  const height = Math.max(4, Math.min(18, 420 / Math.max(1, rowEnds.length)))
  const px = (time: number): number => 12 + ((time - start) / (end - start)) * (WIDTH - 24)
  const content = placed.map(
    ({ from, to, row, className, title }) =>
      `<rect class="span ${className}" x="${fixed(px(from))}" y="${fixed(row * height)}" width="${fixed(Math.max(0.6, px(to) - px(from) - 0.4))}" height="${fixed(height - 1)}" rx="1.5">${titleOf(title)}</rect>`,
  )
  const bottom = rowEnds.length * height
  const times = ticks({ low: 0, high: (end - start) / 1000 }).map(
    (seconds) =>
      `<text class="tick" x="${fixed(px(start + seconds * 1000))}" y="${fixed(bottom + 18)}" text-anchor="middle">${label(seconds)} s</text>`,
  )
  return svg(WIDTH, bottom + 26, 'Trials over time', [...content, ...times])
}

/** Makes a text safe in markup and in attributes. */
export function escape(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  }
  return text.replace(/[&<>"']/g, (character) => entities[character] as string)
}

/** A number as it is written at an axis. */
export function label(value: number): string {
  const size = Math.abs(value)
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) return value.toExponential(1).replace('e+', 'e')
  return String(Number(value.toPrecision(4)))
}

/** Round values over a scale: some seven of them at most. */
export function ticks({ low, high, log = false }: Scale): number[] {
  if (log) {
    const first = Math.ceil(Math.log10(low) - 1e-9)
    const last = Math.floor(Math.log10(high) + 1e-9)
    const every = Math.max(1, Math.ceil((last - first + 1) / 6))
    const powers: number[] = []
    for (let power = first; power <= last; power += every) powers.push(10 ** power)
    return powers.length >= 2 ? powers : [low, high]
  }
  const span = high - low
  if (!(span > 0)) return [low]
  const rough = span / 7
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10)
  const marks: number[] = []
  for (let at = Math.ceil(low / step - 1e-9); at * step <= high + step * 1e-6; at += 1) {
    // What rounding has put beyond an end belongs to that end: of large numbers that lie close, it is a visible part.
    marks.push(Math.min(high, Math.max(low, at * step)))
  }
  return marks
}

/** Where a value lies on a scale. */
export function place({ low, high, log = false }: Scale, value: number): number {
  if (high === low) return 0.5
  return log ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low)
}

/** Without the worst outliers: one trial that diverged must not press all others onto a line. */
function robust(values: readonly number[]): readonly number[] {
  if (values.length < 20) return values
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))] as number
  const [low, high] = [at(0.05), at(0.95)]
  const reach = 1.5 * (high - low)
  return values.filter((value) => value >= low - reach && value <= high + reach)
}

function scaleOver(values: readonly number[]): Scale {
  let low = Infinity
  let high = -Infinity
  for (const value of values) {
    low = Math.min(low, value)
    high = Math.max(high, value)
  }
  if (low > high) return { low: 0, high: 1 }
  return low === high ? { low: low - 0.5, high: high + 0.5 } : { low, high }
}

function svg(width: number, height: number, title: string, content: readonly string[]): string {
  return `<svg viewBox="0 0 ${fixed(width)} ${fixed(height)}" role="img" aria-label="${escape(title)}">${content.join('')}</svg>`
}

function titleOf(title: string | undefined): string {
  return title === undefined ? '' : `<title>${escape(title)}</title>`
}

function shorten(text: string, length: number): string {
  return text.length > length ? `…${text.slice(1 - length)}` : text
}

function fixed(value: number): string {
  return String(Math.round(value * 10) / 10)
}
