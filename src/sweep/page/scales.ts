// Scales of the drawings, of the page's and of the console's: where a value lies, and which values are written at an axis. Values of a metric may span
// decades, and one trial that diverged must not press all others onto a line: so a scale may be logarithmic, and ends where the
// bulk of the worse values does.

import type { Direction } from '../results/progress.js'

/** A scale: where a value lies, 0…1. */
export interface Scale {
  readonly low: number
  readonly high: number
  readonly log?: boolean
}

/** How much wider the larger part of the values is than the smallest before the scale is logarithmic. */
const LOGARITHMIC_FROM = 50
/** How much room there is beyond the outermost values, as a share of a scale. */
const PADDING = 0.04
/** Below so few values, all are shown. */
const FEWEST = 5
/** How many interquartile ranges beyond its quartile a value on the worse side may lie. */
const FURTHEST_OUT = 1.5

/** The scale of a metric. What is worse than its end is drawn at the edge. */
export function scaleOfValues(values: readonly number[], direction: Direction): Scale {
  const finite = values.filter(Number.isFinite).toSorted((a, b) => a - b)
  if (finite.length === 0) return { low: 0, high: 1 }
  const [low, high] = [finite[0] as number, finite.at(-1) as number]
  const at = (share: number): number => finite[Math.round(share * (finite.length - 1))] as number
  const log = low > 0 && at(0.9) / at(0.1) >= LOGARITHMIC_FROM
  if (finite.length < FEWEST)
    return padded(widened({ low, high, log: log && high / low >= LOGARITHMIC_FROM }))
  // Halves, for the distance of the furthest two to be finite.
  const inner = (value: number): number => (log ? Math.log(value) : value / 2)
  const outer = (value: number): number => (log ? Math.exp(value) : 2 * value)
  const [first, third] = [inner(at(0.25)), inner(at(0.75))]
  const reach = FURTHEST_OUT * (third - first || Math.abs(inner(at(0.9)) - inner(at(0.1))))
  if (reach === 0) return padded(widened({ low: at(0.1), high: at(0.9), log }))
  return padded(
    direction === 'minimize'
      ? widened({ low, high: Math.min(high, outer(third + reach)), log })
      : widened({ low: Math.max(low, outer(first - reach)), high, log }),
  )
}

/** With a little room, so that marks at the ends aren't cut. */
function padded({ low, high, log = false }: Scale): Scale {
  if (log) {
    const factor = (high / low) ** PADDING
    const [below, above] = [low / factor, high * factor]
    return below > 0 && above < Infinity ? { low: below, high: above, log } : { low, high, log }
  }
  const room = (high / 2 - low / 2) * 2 * PADDING
  const [below, above] = [low - room, high + room]
  return Number.isFinite(below) && Number.isFinite(above)
    ? { low: below, high: above, log }
    : { low, high, log }
}

/** The scale over some values, all of them. */
export function scaleOver(values: readonly number[], log = false): Scale {
  let low = Infinity
  let high = -Infinity
  for (const value of values) {
    low = Math.min(low, value)
    high = Math.max(high, value)
  }
  return low > high ? { low: 0, high: 1 } : widened({ low, high, log: log && low > 0 })
}

function widened({ low, high, log = false }: Scale): Scale {
  if (low < high) return { low, high, log }
  if (log) return { low: low / 2, high: high * 2, log }
  const room = Math.abs(low) / 2 || 0.5
  return { low: low - room, high: high + room }
}

/** Where a value lies on a scale. */
export function place({ low, high, log = false }: Scale, value: number): number {
  if (high === low) return 0.5
  if (log) return value > 0 ? Math.log(value / low) / Math.log(high / low) : -Infinity
  // Halves, for the distance of the furthest two to be finite.
  return (value / 2 - low / 2) / (high / 2 - low / 2)
}

/** Where the values of a choice lie: each in the middle of its share. */
export function choicePlace(index: number, count: number): number {
  return (index + 0.5) / count
}

/** Round values over a scale: some `most` of them. */
export function ticks({ low, high, log = false }: Scale, most = 6): number[] {
  if (log) {
    const powers = powersOfTen(low, high, most)
    if (powers.length >= 3) return powers
    const marks = [1, 2, 5].flatMap((digit) =>
      powersOfTen(low / 10, high, Infinity).map((power) => digit * power),
    )
    const between = marks.filter((mark) => mark >= low * (1 - 1e-9) && mark <= high * (1 + 1e-9))
    return between.length >= 2 && between.length <= most + 2 ? between.toSorted((a, b) => a - b) : [low, high]
  }
  const span = high / 2 - low / 2
  if (!(span > 0)) return [low]
  const rough = (span / most) * 2
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10)
  const marks: number[] = []
  for (let at = Math.ceil(low / step - 1e-9); at * step <= high + step * 1e-6; at += 1) {
    // What rounding has put beyond an end belongs to that end: of large numbers that lie close, it is a visible part.
    marks.push(Math.min(high, Math.max(low, at * step)))
  }
  return marks
}

function powersOfTen(low: number, high: number, most: number): number[] {
  const first = Math.ceil(Math.log10(low) - 1e-9)
  const last = Math.floor(Math.log10(high) + 1e-9)
  const every = Math.max(1, Math.ceil((last - first + 1) / most))
  const powers: number[] = []
  for (let power = first; power <= last; power += every) powers.push(10 ** power)
  return powers
}

/** A number as it is written at an axis. */
export function label(value: number): string {
  const size = Math.abs(value)
  if (size !== 0 && (size < 1e-3 || size >= 1e6))
    return value.toExponential(1).replace('e+', 'e').replace('.0e', 'e')
  return String(Number(value.toPrecision(4)))
}
