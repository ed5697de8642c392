// The ledger of a study: every trial, the counts, the best, what it has cost, and what sampler, pruner and stop rules
// know. No action, no file, no clock: live events and the lines of a stored study go in by the same methods, so a
// continued sweep stands where it stood.

import { Dimensions } from '../space/dimensions.js'
import { describeSweep } from '../results/describe-sweep.js'
import { evaluateConstraints, numbersAt } from '../results/metrics.js'
import type { ResolvedOptions } from '../resolve-options.js'
import type {
  FlatParameters,
  StoppedBy,
  SweepDescription,
  SweepProgress,
  TrialRow,
  TrialState,
} from '../results/progress.js'
import { Proposals, type Proposal } from '../proposals.js'
import type { Explore, NextStep, PrunerSearch } from '../pruners/pruner.js'
import type { Suggestion } from '../samplers/sampler.js'
import type { ParametersOf, Space } from '../space/parameter.js'
import type { StopRule, SweepState } from '../stop-rules.js'
import { Standings } from '../results/standings.js'
import { judgedOf, numberAt, TrialRecord, type TrialEnd } from './trial.js'

/** What a report leads to. `pruneUnlessOver`: others have ended by themselves at this step, so it may be about to. */
export type Verdict =
  | { readonly kind: 'goOn' }
  | { readonly kind: 'prune' | 'pruneUnlessOver'; readonly reason: string }
  | { readonly kind: 'pause' | 'fail'; readonly reason: string }

/** Where a trial begins that is made of another one. */
export interface Copied {
  readonly copyOf: number
  readonly step: number
}

/** A trial to run again: it was interrupted. */
export interface PendingTrial {
  readonly record: TrialRecord
  readonly attempt: number
}

const GO_ON: Verdict = { kind: 'goOn' }
const SHOWN_RUNNING = 32

/** The ledger of one study. */
export class TrialLedger {
  readonly options: ResolvedOptions
  readonly dimensions: Dimensions
  readonly records: Map<number, TrialRecord> = new Map()
  readonly counts: Record<TrialState, number> = {
    running: 0,
    paused: 0,
    completed: 0,
    pruned: 0,
    stopped: 0,
    aborted: 0,
    failed: 0,
    interrupted: 0,
  }
  /** Whether any trial has ever given the metric, be it finite or not. */
  isMeasured: boolean = false
  readonly #standings: Standings
  readonly proposals: Proposals
  readonly #pruner: PrunerSearch
  readonly #rules: readonly { readonly rule: StopRule; readonly check: ReturnType<StopRule['start']> }[]
  stepsSpent: number = 0
  threadMs: number = 0
  #mostSteps = 0
  /** Of the trials that were stopped early: how many there are, and how far they came. */
  readonly #cut = { trials: 0, steps: 0 }
  /** Time of earlier sessions. */
  #earlierMs = 0
  /** When this session began: epoch milliseconds. */
  sessionAt: number = 0
  #endedBefore = 0

  /** @throws `ActionInputError` for a space that isn't one, or that the sampler can't search. */
  constructor(options: ResolvedOptions, dimensions: Dimensions = new Dimensions(options.space)) {
    this.options = options
    this.dimensions = dimensions
    this.proposals = new Proposals(this.dimensions, options)
    this.#standings = new Standings(options, this.records)
    const { direction, concurrency } = options
    this.#pruner = options.pruner.start({ direction, concurrency })
    this.#rules = options.rules.map((rule) => ({ rule, check: rule.start() }))
  }

  /** The best trial. */
  get best(): TrialRecord | undefined {
    return this.#standings.best
  }

  /** How many trials have ended. */
  get ended(): number {
    return this.records.size - this.counts.running - this.counts.paused
  }

  /** The next parameters; `undefined` if there are no more. */
  suggest(): Proposal | undefined {
    return this.#pruner.wantsMore?.() === false ? undefined : this.proposals.suggest()
  }

  /** What a scheduler wants done, ahead of new trials. */
  next(state: { readonly isIdle: boolean; readonly mayCopy: boolean }): NextStep | undefined {
    return this.#pruner.next?.(state)
  }

  /** A trial begins where another one is, with other parameters. */
  beginCopy(of: TrialRecord, step: number, explore: Explore, at: number): TrialRecord {
    const proposal = this.proposals.propose((number) => explore(of.flat, this.dimensions, number))
    return this.begin(proposal, at, { copyOf: of.number, step })
  }

  /** A suggested trial begins. */
  begin(suggestion: Suggestion<ParametersOf<Space>>, at: number, copied?: Copied): TrialRecord {
    const record = new TrialRecord(suggestion.number, this.dimensions.flatOf(suggestion.parameters), at)
    if (copied !== undefined) record.beginAt(copied.copyOf, copied.step)
    this.records.set(record.number, record)
    this.counts.running += 1
    this.#pruner.begin?.(record.number, copied?.copyOf)
    return record
  }

  /** A trial of an earlier session. @throws `ActionInputError` for parameters that aren't in the space. */
  restore(
    number: number,
    attempt: number,
    parameters: FlatParameters,
    at: number,
    queued?: number,
    copied?: Copied,
  ): void {
    this.proposals.restore(number, parameters, queued)
    const suggestion = { number, parameters: this.dimensions.parametersOf(parameters) }
    this.begin(suggestion, at, copied).attempt = attempt
  }

  /** A trial waits. */
  pause(record: TrialRecord, threadMs: number, at: number): void {
    record.state = 'paused'
    record.endedAt = at
    record.threadMs += threadMs
    this.threadMs += threadMs
    this.counts.running -= 1
    this.counts.paused += 1
    this.#pruner.paused?.(record.number)
  }

  /** A trial that waited, or whose attempt was lost, goes on from its checkpoint. */
  goOn(record: TrialRecord, attempt: number, at: number, from: number): void {
    this.#leavePause(record)
    record.goOn(attempt, at, from)
    this.#pruner.begin?.(record.number)
  }

  #leavePause(record: TrialRecord): void {
    if (record.state !== 'paused') return
    this.counts.paused -= 1
    this.counts.running += 1
  }

  /** A trial is tried again: what it has reported is taken back. */
  restart(record: TrialRecord, attempt: number, at: number): void {
    this.#leavePause(record)
    if (this.#pruner.restart === undefined) this.#pruner.end(record.number)
    else this.#pruner.restart(record.number)
    record.restart(attempt, at)
    this.#standings.takenBack(record)
  }

  /**
   * A trial has reported. After its verdict, none of its reports comes here.
   *
   * @param constraints - What they said of it, where that was stored and can't be asked.
   */
  report(
    record: TrialRecord,
    numbers: Readonly<Record<string, number>>,
    constraints: readonly number[] = [],
  ): Verdict {
    const { metrics, metric, stepKey, maxSteps, objective } = this.options
    const values = numbersAt(numbers, metrics)
    // Anything else is no measurement: a trial may report what it likes besides.
    if (values === undefined) return GO_ON
    const value = values[metric] as number
    record.lastConstraints = this.#constraintsOf(numbers, constraints)
    if (objective !== 'returned') this.isMeasured = true
    record.reports += 1
    const given = numberAt(numbers, stepKey)
    const step = given !== undefined && Number.isFinite(given) ? given : record.reports
    if (record.isRepeat(step)) return GO_ON
    this.#countSteps(record, step)
    const wrong = Object.entries(values).find(([, one]) => !Number.isFinite(one))
    if (wrong === undefined) this.#measure(record, step, values, numbers)
    else if (objective !== 'returned') {
      return { kind: 'fail', reason: `${wrong[0]} is ${wrong[1]} at step ${step}` }
    }
    const verdict = this.#pruner.decide({ trial: record.number, step, value })
    // At its last step a trial is about to end by itself.
    if (verdict === undefined || step >= (maxSteps ?? Infinity)) return GO_ON
    if (typeof verdict === 'object') return { kind: 'pause', reason: verdict.pause }
    const reason = `${metric} ${verdict}`
    const mayBeOver = maxSteps === undefined && this.counts.completed > 0 && step === this.#mostSteps
    return { kind: mayBeOver ? 'pruneUnlessOver' : 'prune', reason }
  }

  /** Whether a trial has come to its last step, as far as that is known. */
  isWhole(record: TrialRecord): boolean {
    return record.reports > 0 && record.step >= (this.options.maxSteps ?? Infinity)
  }

  /** A trial has ended. `constraints`: as in `report`. */
  end(record: TrialRecord, end: TrialEnd, constraints: readonly number[] = []): void {
    const { metrics, objective } = this.options
    this.#leavePause(record)
    const values = numbersAt(end.numbers, metrics)
    if (values !== undefined) this.isMeasured = true
    // Of several metrics, the last report counts, and what was returned where there is none.
    const counts = values !== undefined && (metrics.length === 1 || !record.isMeasured)
    if (end.state === 'completed' && counts && Object.values(values).every(Number.isFinite)) {
      const step = numberAt(end.numbers, this.options.stepKey) ?? Math.max(1, record.step)
      this.#countSteps(record, step)
      record.lastConstraints = this.#constraintsOf(end.numbers, constraints)
      this.#measure(record, step, values, end.numbers, objective === 'returned')
    }
    record.end(end)
    this.#judgeAgain(record, constraints)
    this.counts.running -= 1
    this.counts[end.state] += 1
    this.threadMs += end.threadMs
    if (end.state === 'pruned' || end.state === 'stopped' || end.state === 'aborted') {
      this.#cut.trials += 1
      this.#cut.steps += record.step
    }
    if (end.state === 'completed') this.#mostSteps = Math.max(this.#mostSteps, record.step)
    this.#standings.ended(record)
    this.#pruner.end(record.number)
    const isFailed = end.state === 'failed'
    this.proposals.tell(record.number, {
      value: isFailed ? undefined : record.value,
      ...(metrics.length > 1 && !isFailed && { values: record.values && Object.values(record.values) }),
      ...(record.constraints.length > 0 && { constraints: record.constraints }),
      complete: end.state === 'completed',
      step: record.step,
    })
  }

  /** With all numbers of a trial that has ended, constraints may say something else. */
  #judgeAgain(record: TrialRecord, stored: readonly number[]): void {
    if (!record.isMeasured) return
    const before = judgedOf(record)
    record.constraints = this.#constraintsOf(record.metrics, stored)
    this.#standings.measured(record, before)
  }

  #constraintsOf(numbers: Readonly<Record<string, number>>, stored: readonly number[]): readonly number[] {
    const { constraints } = this.options
    return constraints === undefined ? stored : evaluateConstraints(constraints, numbers)
  }

  /** An attempt has ended without an end of the trial: another one follows. */
  endAttempt(record: TrialRecord, threadMs: number, failed: boolean): void {
    this.threadMs += threadMs
    record.threadMs += threadMs
    if (failed) record.failedAttempts += 1
  }

  /** The first rule that says that the sweep should end. */
  checkRules(now: number): StoppedBy | undefined {
    const state = this.#state(now)
    let stopped: StoppedBy | undefined
    for (const { rule, check } of this.#rules) {
      // Each one is asked: it may count.
      const reason = check.check(state)
      if (reason !== undefined) stopped ??= { rule: rule.name, reason }
    }
    return stopped
  }

  /** When rules want to be asked again, in milliseconds from now on. */
  dueMs(now: number): number[] {
    const elapsed = this.#elapsedMs(now)
    return this.#rules.flatMap(({ check: { dueMs } }) =>
      dueMs === undefined ? [] : [Math.max(0, dueMs - elapsed)],
    )
  }

  /** How many steps were saved by stopping trials early; `undefined` if nothing says how many a whole trial takes. */
  get stepsSaved(): number | undefined {
    const whole = this.options.maxSteps ?? this.#mostSteps
    if (whole === 0 || whole === Infinity) return undefined
    return Math.max(0, this.#cut.trials * whole - this.#cut.steps)
  }

  /** What doesn't change. */
  describe(study: string): SweepDescription {
    return describeSweep(study, this.options, this.dimensions)
  }

  /** How it stands. */
  progress(description: SweepDescription, now: number, stoppedBy: StoppedBy | undefined): SweepProgress {
    const seconds = Math.max(1e-3, (now - this.sessionAt) / 1000)
    const ended = this.ended - this.#endedBefore
    const trialsPerSecond = ended / seconds
    const left = (description.trials ?? Infinity) - this.ended
    const running: TrialRow[] = []
    if (this.counts.running > 0) {
      for (const record of this.running()) if (running.push(record.row()) === SHOWN_RUNNING) break
    }
    return {
      type: 'sweep',
      ...description,
      at: now,
      startedAt: this.sessionAt,
      counts: { ...this.counts },
      stepsSpent: this.stepsSpent,
      ...(this.stepsSaved !== undefined && { stepsSaved: this.stepsSaved }),
      trialsPerSecond,
      ...(ended > 0 && Number.isFinite(left) && { secondsLeft: Math.max(0, left) / trialsPerSecond }),
      ...(this.best && { best: this.best.row() }),
      ...(stoppedBy && { stoppedBy }),
      // The last: where it is shown cut to a size, the rest is whole.
      rows: [...running, ...this.#standings.rows()],
    }
  }

  /** An earlier session took so long. */
  addEarlierSession(ms: number): void {
    this.#earlierMs += ms
  }

  /** A session begins. */
  beginSession(at: number): void {
    this.sessionAt = at
    this.#endedBefore = this.ended
  }

  /** Those that wait. */
  *paused(): Generator<TrialRecord> {
    for (const record of this.records.values()) if (record.state === 'paused') yield record
  }

  /** Those that have begun, and neither wait nor have ended. */
  *running(): Generator<TrialRecord> {
    for (const record of this.records.values()) if (record.state === 'running') yield record
  }

  /** Takes in finite values; `isReturned`: with the objective `returned`, those that are reported are the curve's alone. */
  #measure(
    record: TrialRecord,
    step: number,
    values: Readonly<Record<string, number>>,
    numbers: Readonly<Record<string, number>>,
    isReturned = false,
  ): void {
    const { metrics, metric, direction, objective } = this.options
    const constraints = record.lastConstraints
    if (metrics.length > 1) {
      record.measureSeveral(step, values, numbers, constraints)
      return
    }
    const before = judgedOf(record)
    record.measure(
      step,
      values[metric] as number,
      numbers,
      direction,
      isReturned ? 'last' : objective,
      constraints,
    )
    this.#standings.measured(record, before)
  }

  #countSteps(record: TrialRecord, step: number): void {
    if (!(step > record.step)) return
    this.stepsSpent += step - record.step
    record.step = step
  }

  #elapsedMs(now: number): number {
    return this.#earlierMs + (this.sessionAt === 0 ? 0 : Math.max(0, now - this.sessionAt))
  }

  #state(now: number): SweepState {
    return {
      direction: this.options.direction,
      ...this.#standings.forRules(),
      ended: this.ended,
      steps: this.stepsSpent,
      threadMs: this.threadMs,
      elapsedMs: this.#elapsedMs(now),
    }
  }
}
