// The reports that records don't keep, as curves and in full. Collected from the events while a runtime is served, and bounded:
// by action and in all.

import type { ReportEntry, Series } from '../../api.js'
import { showSized } from '../../shown/shown-value.js'

type HistoryLimit = 'reportsPerAction' | 'reportCharacters' | 'fieldsPerAction' | 'pointsPerField' | 'points'

/** How much of what has happened is kept. */
const historyLimits: Readonly<Record<HistoryLimit, number>> = {
  /** Reports in full, of one action: the newest. */
  reportsPerAction: 100,
  /** Characters of all reports in full. Beyond, the actions that have been silent for longest keep only their curves. */
  reportCharacters: 32 * 1024 * 1024,
  /** Fields of one action that are kept as curves. */
  fieldsPerAction: 20,
  /** Points of one curve. Beyond, every other one of those before is dropped, as often as needed. */
  pointsPerField: 512,
  /** Points of all curves. Beyond, the actions that have been silent for longest lose theirs. */
  points: 4_000_000,
}

const STEP_FIELDS = ['step', 'epoch', 'iteration'] as const
/** Levels of a report in which numbers are looked for. */
const FIELD_DEPTH = 3

interface Curve {
  readonly at: number[]
  readonly step: number[]
  readonly value: number[]
  /** Only every so many reports becomes a point; the newest one always stands at the end. */
  stride: number
  seen: number
}

/** The reports of one action. */
export class ReportHistory {
  count = 0
  recent: ReportEntry[] = []
  characters = 0
  points = 0
  readonly #curves = new Map<string, Curve>()

  /** Takes in a report. */
  add(at: number, seq: number, report: ReportEntry['report'], characters: number, value: unknown): void {
    this.recent.push({ at, seq, report })
    this.characters += characters
    if (this.recent.length > historyLimits.reportsPerAction) {
      this.recent.shift()
      // About: what is shifted out is as long as the others.
      this.characters -= this.characters / (this.recent.length + 1)
    }
    const step = stepOf(value) ?? this.count
    this.count += 1
    forEachNumber(value, (field, number) => this.#addPoint(field, at, step, number))
  }

  /** The curves, thinned to a number of points. */
  series(points: number, fields?: ReadonlySet<string>): Series[] {
    const series: Series[] = []
    for (const [field, curve] of this.#curves) {
      if (fields !== undefined && !fields.has(field)) continue
      series.push({
        field,
        at: thin(curve.at, points),
        step: thin(curve.step, points),
        value: thin(curve.value, points),
      })
    }
    return series
  }

  /** Forgets the reports in full. */
  forgetRecent(): void {
    this.recent = []
    this.characters = 0
  }

  /** Forgets the curves. */
  forgetCurves(): void {
    this.#curves.clear()
    this.points = 0
  }

  #addPoint(field: string, at: number, step: number, value: number): void {
    let curve = this.#curves.get(field)
    if (curve === undefined) {
      if (this.#curves.size >= historyLimits.fieldsPerAction) return
      curve = { at: [], step: [], value: [], stride: 1, seen: 0 }
      this.#curves.set(field, curve)
    }
    // The last point is provisional unless it is the stride's turn: the next one takes its place.
    const isProvisional = curve.seen > 0 && (curve.seen - 1) % curve.stride !== 0
    if (isProvisional) {
      curve.at.pop()
      curve.step.pop()
      curve.value.pop()
      this.points -= 1
    }
    curve.at.push(at)
    curve.step.push(step)
    curve.value.push(value)
    this.points += 1
    curve.seen += 1
    if (curve.at.length <= historyLimits.pointsPerField) return
    const before = curve.at.length
    for (const list of [curve.at, curve.step, curve.value]) {
      const kept = list.filter((_, index) => index % 2 === 0)
      list.length = 0
      for (const number of kept) list.push(number)
    }
    curve.stride *= 2
    this.points -= before - curve.at.length
  }
}

/** All report histories of a server, within its limits. */
export class ReportHistories {
  /** In the order of their last reports. */
  readonly #histories = new Set<ReportHistory>()
  #characters = 0
  #points = 0

  /** Takes in a report for a history. */
  add(history: ReportHistory, at: number, seq: number, value: unknown): void {
    const { shown, size } = showSized(value)
    const { characters, points } = history
    history.add(at, seq, shown, size, value)
    this.#characters += history.characters - characters
    this.#points += history.points - points
    this.#histories.delete(history)
    this.#histories.add(history)
    if (this.#characters > historyLimits.reportCharacters) this.#forget('characters')
    if (this.#points > historyLimits.points) this.#forget('points')
  }

  /** An action's record is gone. */
  remove(history: ReportHistory): void {
    if (!this.#histories.delete(history)) return
    this.#characters -= history.characters
    this.#points -= history.points
  }

  /** A tenth at once, so that it isn't looked for at every report. */
  #forget(what: 'characters' | 'points'): void {
    const limit = what === 'points' ? historyLimits.points : historyLimits.reportCharacters
    for (const history of this.#histories) {
      if ((what === 'points' ? this.#points : this.#characters) <= limit * 0.9) return
      if (what === 'points') {
        this.#points -= history.points
        history.forgetCurves()
      } else {
        this.#characters -= history.characters
        history.forgetRecent()
      }
    }
  }
}

function stepOf(value: unknown): number | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  for (const field of STEP_FIELDS) {
    const step = (value as Record<string, unknown>)[field]
    if (typeof step === 'number' && Number.isFinite(step)) return step
  }
  return undefined
}

/** The numbers of a report, with their paths. A report has crossed a port: it has no getters and no traps. */
function forEachNumber(value: unknown, take: (field: string, value: number) => void): void {
  let left = historyLimits.fieldsPerAction
  const visit = (part: unknown, path: string, depth: number): void => {
    if (typeof part === 'number') {
      if (Number.isFinite(part) && left > 0) {
        left -= 1
        take(path, part)
      }
      return
    }
    if (typeof part !== 'object' || part === null || depth >= FIELD_DEPTH) return
    const prototype: unknown = Object.getPrototypeOf(part)
    if (prototype !== Object.prototype && prototype !== null) return
    for (const key of Object.keys(part)) {
      if (left <= 0) return
      if (depth === 0 && STEP_FIELDS.includes(key as 'step')) continue
      visit((part as Record<string, unknown>)[key], path === '' ? key : `${path}.${key}`, depth + 1)
    }
  }
  visit(value, '', 0)
}

/** Evenly, with the first and the last. */
function thin(numbers: readonly number[], points: number): readonly number[] {
  if (numbers.length <= points) return [...numbers]
  const thinned: number[] = []
  const stride = points === 1 ? 0 : (numbers.length - 1) / (points - 1)
  for (let at = 0; at < points; at += 1) {
    const index = points === 1 ? numbers.length - 1 : Math.round(at * stride)
    thinned.push(numbers[index] as number)
  }
  return thinned
}
