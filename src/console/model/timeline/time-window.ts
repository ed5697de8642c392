// The stretch of time that the timeline shows. It either follows what happens, its right edge at now, or stands where
// somebody has put it. Pure arithmetic: what draws and what drags both use it.

/** A stretch of time, in epoch milliseconds. */
export interface TimeWindow {
  readonly from: number
  readonly to: number
}

/** No less than this many milliseconds are shown. */
const SHORTEST_MS = 0.05

/** Where a moment is, in pixels from the left. */
export function pixelOf(window: TimeWindow, width: number, at: number): number {
  return ((at - window.from) / (window.to - window.from)) * width
}

/** Which moment is at so many pixels from the left. */
export function momentAt(window: TimeWindow, width: number, pixel: number): number {
  return window.from + (pixel / width) * (window.to - window.from)
}

/** Zooms by a factor below 1 (closer) or above, so that one moment stays where it is. Never beyond the whole. */
export function zoom(window: TimeWindow, whole: TimeWindow, around: number, factor: number): TimeWindow {
  const length = window.to - window.from
  const share = length === 0 ? 0.5 : (around - window.from) / length
  const wanted = Math.max(SHORTEST_MS, length * factor)
  return within({ from: around - share * wanted, to: around + (1 - share) * wanted }, whole)
}

/** Moves by so many milliseconds, and no further than the whole goes. */
export function pan(window: TimeWindow, whole: TimeWindow, byMs: number): TimeWindow {
  return within({ from: window.from + byMs, to: window.to + byMs }, whole)
}

/** The part of the whole that is as long as wanted and nearest to where it is wanted. */
export function within(wanted: TimeWindow, whole: TimeWindow): TimeWindow {
  const length = Math.min(wanted.to - wanted.from, whole.to - whole.from)
  const from = Math.min(Math.max(wanted.from, whole.from), whole.to - length)
  return { from, to: from + length }
}

/** Moments for the marks of an axis, at round distances of at least so many pixels, and what they are apart. */
export function ticks(
  window: TimeWindow,
  width: number,
  origin: number,
  minimumPixels: number,
): { readonly stepMs: number; readonly moments: readonly number[] } {
  const stepMs = roundStep(((window.to - window.from) / Math.max(1, width)) * minimumPixels)
  const moments: number[] = []
  const first = Math.ceil((window.from - origin) / stepMs)
  for (let index = first; ; index += 1) {
    const moment = origin + index * stepMs
    if (moment > window.to || moments.length > 500) break
    moments.push(moment)
  }
  return { stepMs, moments }
}

const ROUND_STEPS_MS: readonly number[] = [
  ...[-3, -2, -1, 0, 1, 2, 3].flatMap((power) => [1, 2, 5].map((digit) => digit * 10 ** power)),
  10_000,
  15_000,
  30_000,
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * 60_000),
  ...[1, 2, 3, 6, 12, 24, 48, 168].map((hours) => hours * 3_600_000),
]

function roundStep(atLeastMs: number): number {
  for (const step of ROUND_STEPS_MS) if (step >= atLeastMs) return step
  return Math.ceil(atLeastMs / 604_800_000) * 604_800_000
}

/** What a mark of the axis says, as the time since the start of the run. */
export function tickLabel(sinceStartMs: number, stepMs: number): string {
  const sign = sinceStartMs < 0 ? '−' : ''
  const ms = Math.abs(sinceStartMs)
  if (ms < stepMs / 2) return '0'
  if (stepMs < 1) return `${sign}${trim(ms, 3)} ms`
  if (stepMs < 1000 && ms < 1000) return `${sign}${trim(ms, 0)} ms`
  if (stepMs < 60_000 && ms < 60_000) return `${sign}${trim(ms / 1000, stepMs < 1000 ? 3 : 0)} s`
  const seconds = Math.round(ms / 10) / 100
  const hours = Math.floor(seconds / 3600)
  const minutes = Math.floor((seconds % 3600) / 60)
  const rest = seconds % 60
  const tail = stepMs < 1000 ? rest.toFixed(2).padStart(5, '0') : String(Math.round(rest)).padStart(2, '0')
  return hours > 0
    ? `${sign}${hours}:${String(minutes).padStart(2, '0')}:${tail}`
    : `${sign}${minutes}:${tail}`
}

function trim(value: number, digits: number): string {
  return String(Number(value.toFixed(digits)))
}
