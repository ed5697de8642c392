// One trial: what it was given, what it has reported, how it stands. The record that a study keeps and what is shown of it.

import { joinAnnotations, NO_ANNOTATION, type Annotation } from './annotations.js'
import type { Direction, FlatParameters, Objective, TrialRow, TrialState } from '../results/progress.js'
import { violationOf } from './violation.js'

/** How a trial has failed. `notFinite`: it reported a metric that isn't a finite number; `noMetric`: it never gave one. */
export type FailureKind = 'error' | 'lost' | 'timeout' | 'notFinite' | 'noMetric'

/** A point of a learning curve. */
export interface CurvePoint {
  readonly step: number
  readonly value: number
}

/** What is known of a trial in any state. */
export interface TrialBase<Parameters> {
  /** Counted from 1. */
  readonly number: number
  readonly parameters: Parameters
  /** From 1; more than 1 if it was tried again. */
  readonly attempt: number
  /** It went on from where that trial was, with other parameters (`pbt`). */
  readonly copyOf?: number
  /** Id of its (last) action in the run; left out for what an earlier session ran. */
  readonly action?: string
  /** The metric (of several, the first) at each step, in order of the steps; of long ones, evenly thinned out. */
  readonly curve: readonly CurvePoint[]
  /** The last step that it came to; 0 before the first. */
  readonly step: number
  /** What the sweep's constraints say of it, if it has any: above 0 is violated. */
  readonly constraints?: readonly number[]
  /** All numbers that came with its value of the metric, and those that it returned. */
  readonly metrics: Readonly<Record<string, number>>
  /** What it, or somebody else (`study.annotate`), has noted of it, in order. */
  readonly notes: readonly string[]
  /** What else is known of it, by name: from its reports, what it returned, and `study.annotate`. */
  readonly attributes: Readonly<Record<string, unknown>>
  /** When its (last) attempt began and ended: epoch milliseconds. */
  readonly startedAt: number
  readonly endedAt?: number
  /** How long it has held a thread, all attempts together. */
  readonly threadMs: number
}

/**
 * What a trial is judged by, as far as it has that: `value`, or `values` in a sweep of several metrics, by their names, of its
 * last report that has all of them, else of what it returned. `Several`: those names; `never`: there is one metric; `string`:
 * that isn't known beforehand, as of a study that is read from a file.
 */
export type TrialMeasures<Several extends string = never> = [Several] extends [never]
  ? { readonly value?: number; readonly values?: Readonly<Record<string, number>> }
  : string extends Several
    ? { readonly value?: number; readonly values?: Readonly<Record<string, number>> }
    : { readonly value?: never; readonly values?: Readonly<Record<Several, number>> }

/** The same of a trial that is `completed`: it has them. */
export type CompletedMeasures<Several extends string = never> = [Several] extends [never]
  ? { readonly value: number; readonly values?: Readonly<Record<string, number>> }
  : string extends Several
    ? { readonly value?: number; readonly values?: Readonly<Record<string, number>> }
    : { readonly value?: never; readonly values: Readonly<Record<Several, number>> }

/**
 * A trial: narrow it by `state`. `value` is the metric as the sweep's `objective` says: the best that it reported or returned,
 * the last, or what it returned. In a sweep of several metrics, whose names `Several` are, none has a `value`, but all `values`.
 */
export type Trial<Parameters = unknown, Several extends string = never> =
  | (TrialBase<Parameters> & { readonly state: 'running' | 'paused' } & TrialMeasures<Several>)
  | (TrialBase<Parameters> & { readonly state: 'completed' } & CompletedMeasures<Several>)
  | (TrialBase<Parameters> & {
      readonly state: 'pruned' | 'stopped' | 'aborted' | 'interrupted'
      /** Why it was stopped. */
      readonly reason: string
    } & TrialMeasures<Several>)
  | (TrialBase<Parameters> & {
      readonly state: 'failed'
      readonly failure: FailureKind
      readonly reason: string
    } & TrialMeasures<Several>)

/** The best trial, if there is one; of several metrics, there is none. `Several` as of `Trial`. */
export type BestTrial<Parameters = unknown, Several extends string = never> = [Several] extends [never]
  ? Trial<Parameters> | undefined
  : string extends Several
    ? Trial<Parameters, Several> | undefined
    : undefined

/** How a trial ends. */
export interface TrialEnd {
  readonly state: Exclude<TrialState, 'running' | 'paused'>
  readonly reason?: string | undefined
  readonly failure?: FailureKind | undefined
  /** What it returned, as far as it is numbers. */
  readonly numbers: Readonly<Record<string, number>>
  readonly annotation?: Annotation | undefined
  readonly threadMs: number
  readonly at: number
}

/** Longer learning curves are thinned out to half of this. */
const MAX_CURVE_POINTS = 512

/** The record of a trial. */
export class TrialRecord {
  readonly number: number
  readonly flat: FlatParameters
  attempt = 1
  /** How often it has failed; interruptions don't count. */
  failedAttempts = 0
  action: string | undefined
  state: TrialState = 'running'
  reason: string | undefined
  failure: FailureKind | undefined
  value: number | undefined
  values: Readonly<Record<string, number>> | undefined
  constraints: readonly number[] = []
  /** What they said of its last report. */
  lastConstraints: readonly number[] = []
  step = 0
  reports = 0
  metrics: Readonly<Record<string, number>> = {}
  startedAt: number
  endedAt: number | undefined
  threadMs = 0
  /** The trial that it was made of. */
  copyOf: number | undefined
  /** What it reports up to this step has been reported before. */
  #repeatsTo = -Infinity
  /** What the attempt has said itself, and what others have. */
  #own = NO_ANNOTATION
  #others = NO_ANNOTATION
  #curve: CurvePoint[] = []
  #stride = 1
  #skipped = 0

  constructor(number: number, flat: FlatParameters, at: number) {
    this.number = number
    this.flat = flat
    this.startedAt = at
  }

  /** Begins anew: what the last attempt has reported doesn't count. */
  restart(attempt: number, at: number): void {
    this.attempt = attempt
    this.state = 'running'
    this.reason = this.failure = this.value = this.values = this.endedAt = this.action = undefined
    this.step = this.reports = 0
    this.#repeatsTo = -Infinity
    this.metrics = {}
    this.constraints = this.lastConstraints = []
    this.#own = NO_ANNOTATION
    this.startedAt = at
    this.#curve = []
    this.#stride = 1
    this.#skipped = 0
  }

  /** Goes on from a checkpoint: what was reported stands, and isn't taken in once more. */
  goOn(attempt: number, at: number, from: number): void {
    this.attempt = attempt
    this.state = 'running'
    this.reason = this.endedAt = this.action = undefined
    this.startedAt = at
    // Reports that don't say how far it is are counted.
    this.reports = Math.max(0, Math.trunc(from))
    this.#repeatsTo = this.step
  }

  /** Begins where another one is. */
  beginAt(copyOf: number, step: number): void {
    this.copyOf = copyOf
    this.step = this.#repeatsTo = step
    this.reports = Math.max(0, Math.trunc(step))
  }

  /** Whether it has reported that step before it went on. */
  isRepeat(step: number): boolean {
    return step <= this.#repeatsTo
  }

  /** Takes in a finite value of the metric; with the objective `returned`, for the curve alone. */
  measure(
    step: number,
    value: number,
    numbers: Readonly<Record<string, number>>,
    direction: Direction,
    objective: Objective,
    constraints: readonly number[],
  ): void {
    this.#addToCurve({ step, value })
    if (objective === 'returned') return
    const before = this.value === undefined ? undefined : { value: this.value, violation: this.violation }
    const now = { value, violation: violationOf(constraints) }
    if (objective === 'best' && !isBetterMeasured(now, before, direction)) return
    this.value = value
    this.metrics = numbers
    this.constraints = constraints
  }

  /** Takes in finite values of several metrics; the first is the curve's. */
  measureSeveral(
    step: number,
    values: Readonly<Record<string, number>>,
    numbers: Readonly<Record<string, number>>,
    constraints: readonly number[],
  ): void {
    const [value] = Object.values(values)
    this.#addToCurve({ step, value: value as number })
    this.values = values
    this.metrics = numbers
    this.constraints = constraints
  }

  /** Whether it has what it is judged by. */
  get isMeasured(): boolean {
    return this.value !== undefined || this.values !== undefined
  }

  /** By how much its constraints are violated, in all; 0: by nothing. */
  get violation(): number {
    return violationOf(this.constraints)
  }

  /** Takes in what was said about it: by its attempt, or by others. */
  annotate(annotation: Annotation, from: 'trial' | 'others'): void {
    if (from === 'trial') this.#own = joinAnnotations(this.#own, annotation)
    else this.#others = joinAnnotations(this.#others, annotation)
  }

  /** Takes in its end. */
  end({ state, reason, failure, numbers, annotation, threadMs, at }: TrialEnd): void {
    if (annotation !== undefined) this.annotate(annotation, 'trial')
    this.state = state
    this.reason = reason
    this.failure = failure
    this.endedAt = at
    this.threadMs += threadMs
    // What it reported with its best value comes first, in place and in order.
    this.metrics = { ...this.metrics, ...numbers, ...this.metrics }
  }

  get curve(): readonly CurvePoint[] {
    return this.#curve
  }

  /** What is shown of it in a table. */
  row(): TrialRow {
    const { number, action, state, flat, value, values, step, reason } = this
    return {
      number,
      ...(action !== undefined && { action }),
      state,
      parameters: flat,
      ...(value !== undefined && { value }),
      ...(values !== undefined && { values }),
      ...(step > 0 && { step }),
      ...(reason !== undefined && { reason }),
    }
  }

  /** What users get: a copy that doesn't change. */
  snapshot<Parameters>(parameters: Parameters): Trial<Parameters> {
    const { number, attempt, action, step, metrics, startedAt, endedAt, threadMs, state, value, reason } =
      this
    const { values, constraints } = this
    return {
      number,
      state,
      parameters,
      attempt,
      ...(value !== undefined && { value }),
      ...(values !== undefined && { values }),
      ...(constraints.length > 0 && { constraints }),
      step,
      ...(reason !== undefined && { reason }),
      ...(this.failure !== undefined && { failure: this.failure }),
      metrics,
      ...joinAnnotations(this.#own, this.#others),
      curve: [...this.#curve],
      startedAt,
      ...(endedAt !== undefined && { endedAt }),
      threadMs,
      ...(this.copyOf !== undefined && { copyOf: this.copyOf }),
      ...(action !== undefined && { action }),
    } as Trial<Parameters>
  }

  #addToCurve(point: CurvePoint): void {
    const curve = this.#curve
    const last = curve.at(-1)
    if (last !== undefined && point.step <= last.step) {
      // Out of order: into its place; the same step again: the later report counts.
      const place = curve.findIndex(({ step }) => step >= point.step)
      curve.splice(place, curve[place]?.step === point.step ? 1 : 0, point)
      return
    }
    this.#skipped += 1
    if (last !== undefined && this.#skipped < this.#stride) return
    this.#skipped = 0
    curve.push(point)
    if (curve.length <= MAX_CURVE_POINTS) return
    this.#curve = curve.filter((_, index) => index % 2 === 0)
    this.#stride *= 2
  }
}

/** A value, and by how much it violates the constraints. */
export interface JudgedValue {
  readonly value: number
  readonly violation: number
}

/** What a trial is judged by; `undefined` if it has no value. */
export function judgedOf(record: TrialRecord | undefined): JudgedValue | undefined {
  if (record?.value === undefined) return undefined
  return { value: record.value, violation: record.violation }
}

/** Whether one is better than another, or there is no other: by what it violates first. */
export function isBetterMeasured(
  one: JudgedValue,
  than: JudgedValue | undefined,
  direction: Direction,
): boolean {
  if (than === undefined) return true
  if (one.violation !== than.violation) return one.violation < than.violation
  return isBetter(one.value, than.value, direction)
}

/** Whether a value is better than another one, or there is no other. */
function isBetter(value: number, than: number | undefined, direction: Direction): boolean {
  return than === undefined || (direction === 'maximize' ? value > than : value < than)
}

/** One of some numbers; none of those that every object has (`constructor`). */
export function numberAt(numbers: Readonly<Record<string, number>>, key: string): number | undefined {
  return Object.hasOwn(numbers, key) ? numbers[key] : undefined
}

/** What a trial has returned: a plain number is the metric. */
export function returnedNumbers(output: unknown, metric: string): Record<string, number> {
  return typeof output === 'number' ? { [metric]: output } : numbersOf(output)
}

/** The properties of an object that are numbers. */
export function numbersOf(value: unknown): Record<string, number> {
  const numbers: Record<string, number> = {}
  if (typeof value !== 'object' || value === null) return numbers
  for (const [key, entry] of Object.entries(value)) if (typeof entry === 'number') numbers[key] = entry
  return numbers
}
