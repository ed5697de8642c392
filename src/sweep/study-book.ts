// The books of a study: every trial, the counts, the best, what it has cost, and what sampler, pruner and stop rules have
// been told. No action, no file, no clock: live events and the lines of a stored study go in by the same methods, so a
// continued sweep stands where it stood.

import { describeValue } from '../protocol/describe-value.js'
import { ActionInputError } from '../protocol/errors.js'
import { Dimensions } from './dimensions.js'
import type { ResolvedOptions } from './options.js'
import type { SweepDescription, SweepProgress, TrialRow, TrialState } from './progress.js'
import type { PrunerSearch } from './pruners/pruner.js'
import type { SamplerSearch, Suggestion } from './samplers/sampler.js'
import type { StopRule, SweepState } from './stop-rules.js'
import { STUDY_FORMAT, type StoredNumbers, type StudyHeader, type StudyLine } from './study-lines.js'
import { isBetter, TrialRecord, type TrialEnd } from './trial.js'

/** Why a sweep has ended before its trials had. */
export interface StoppedBy {
  /** Name of the rule, or `'stop'` for `study.stop()`. */
  readonly rule: string
  readonly reason: string
}

/** What a report leads to. */
export type Verdict =
  | { readonly kind: 'goOn' }
  | { readonly kind: 'prune'; readonly reason: string }
  | { readonly kind: 'fail'; readonly reason: string }

/** A trial to run again: it was interrupted. */
export interface Again {
  readonly record: TrialRecord
  readonly attempt: number
}

const GO_ON: Verdict = { kind: 'goOn' }
const SHOWN_RUNNING = 32
const SHOWN_ENDED = 16

/** The books of one study. */
export class StudyBook {
  readonly options: ResolvedOptions
  readonly dimensions: Dimensions
  readonly records: Map<number, TrialRecord> = new Map()
  readonly counts: Record<TrialState, number> = {
    running: 0,
    completed: 0,
    pruned: 0,
    stopped: 0,
    aborted: 0,
    failed: 0,
    interrupted: 0,
  }
  best: TrialRecord | undefined = undefined
  /** The ended ones that are shown, best first. */
  readonly #leaders: TrialRecord[] = []
  #bestCompleted: TrialRecord | undefined
  readonly #sampler: SamplerSearch
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
  constructor(options: ResolvedOptions) {
    this.options = options
    this.dimensions = new Dimensions(options.space)
    this.#sampler = options.sampler.start(options.space, { direction: options.direction })
    this.#pruner = options.pruner.start({ direction: options.direction })
    this.#rules = options.rules.map((rule) => ({ rule, check: rule.start() }))
  }

  /** How many trials have ended. */
  get ended(): number {
    return this.records.size - this.counts.running
  }

  /** The next parameters; `undefined` if the sampler has no more. */
  suggest(): Suggestion<unknown> | undefined {
    return this.#sampler.suggest()
  }

  /** A suggested trial begins. */
  begin(suggestion: Suggestion<unknown>, at: number): TrialRecord {
    const record = new TrialRecord(
      suggestion.number,
      this.dimensions.flatOf(suggestion.parameters as never),
      at,
    )
    this.records.set(record.number, record)
    this.counts.running += 1
    return record
  }

  /** A trial is tried again. */
  restart(record: TrialRecord, attempt: number, at: number): void {
    this.#pruner.end(record.number)
    record.restart(attempt, at)
    if (this.best === record) this.#findBest()
  }

  /** A trial has reported. `judged`: whether the pruner is asked. */
  report(record: TrialRecord, numbers: Readonly<Record<string, number>>, judged = true): Verdict {
    const { metric, stepKey, direction } = this.options
    const value = numbers[metric]
    // Anything else is no measurement: a trial may report what it likes besides.
    if (value === undefined) return GO_ON
    record.reports += 1
    const given = numbers[stepKey]
    const step = given !== undefined && Number.isFinite(given) ? given : record.reports
    this.#countSteps(record, step)
    if (!Number.isFinite(value)) {
      return { kind: 'fail', reason: `${metric} is ${value} at step ${step}` }
    }
    if (record.measure(step, value, numbers, direction) && isBetter(value, this.best?.value, direction)) {
      this.best = record
    }
    if (!judged) return GO_ON
    const reason = this.#pruner.decide({ trial: record.number, step, value })
    // At its last step a trial is about to end by itself.
    return reason === undefined || step >= (this.options.maxSteps ?? Infinity)
      ? GO_ON
      : { kind: 'prune', reason: `${metric} ${reason}` }
  }

  /** A trial has ended. */
  end(record: TrialRecord, end: TrialEnd): void {
    const { metric, direction } = this.options
    const value = end.numbers[metric]
    if (end.state === 'completed' && value !== undefined && Number.isFinite(value)) {
      const step = end.numbers[this.options.stepKey] ?? Math.max(1, record.step)
      this.#countSteps(record, step)
      if (
        record.measure(step, value, end.numbers, direction) &&
        isBetter(value, this.best?.value, direction)
      ) {
        this.best = record
      }
    }
    record.end(end)
    this.counts.running -= 1
    this.counts[end.state] += 1
    this.threadMs += end.threadMs
    if (end.state === 'pruned' || end.state === 'stopped' || end.state === 'aborted') {
      this.#cut.trials += 1
      this.#cut.steps += record.step
    }
    if (end.state === 'completed') {
      this.#mostSteps = Math.max(this.#mostSteps, record.step)
      if (isBetter(record.value as number, this.#bestCompleted?.value, direction))
        this.#bestCompleted = record
    }
    if (end.state === 'failed') {
      if (this.best === record) this.#findBest()
    } else {
      this.#addLeader(record)
    }
    this.#pruner.end(record.number)
    this.#sampler.tell(record.number, {
      value: end.state === 'failed' ? undefined : record.value,
      complete: end.state === 'completed',
      step: record.step,
    })
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
    const { metric, direction, stepKey, trials, concurrency, sampler, pruner } = this.options
    return {
      study,
      metric,
      direction,
      stepKey,
      parameters: this.dimensions.describe(),
      ...(trials !== Infinity && { trials }),
      concurrency,
      sampler: sampler.name,
      pruner: pruner.name,
    }
  }

  /** How it stands. */
  progress(description: SweepDescription, now: number, stoppedBy: StoppedBy | undefined): SweepProgress {
    const seconds = Math.max(1e-3, (now - this.sessionAt) / 1000)
    const ended = this.ended - this.#endedBefore
    const trialsPerSecond = ended / seconds
    const left = (description.trials ?? Infinity) - this.ended
    const running: TrialRow[] = []
    if (this.counts.running > 0) {
      for (const record of this.#running()) if (running.push(record.row()) === SHOWN_RUNNING) break
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
      rows: [...running, ...this.#leaders.map((record) => record.row())],
    }
  }

  /** The first line of its file. */
  header(at: number): StudyHeader {
    const { metric, direction, stepKey } = this.options
    return {
      type: 'study',
      format: STUDY_FORMAT,
      metric,
      direction,
      stepKey,
      parameters: this.dimensions.describe(),
      at,
    }
  }

  /**
   * Takes in what earlier sessions have stored. Gives the trials to run again.
   *
   * @throws `ActionInputError` if the study is another one.
   */
  replay(lines: readonly StudyLine[], path: string): Again[] {
    this.#checkHeader(lines[0], path)
    const settled = settledAttempts(lines)
    let sessionAt = 0
    let lastAt = 0
    for (const line of lines) {
      lastAt = Math.max(lastAt, line.at)
      switch (line.type) {
        case 'study':
          break
        case 'session':
          this.#earlierMs += sessionAt === 0 ? 0 : Math.max(0, lastAt - sessionAt)
          sessionAt = lastAt = line.at
          break
        case 'start':
          this.#replayStart(line)
          break
        case 'report': {
          const record = this.#known(line.trial, path)
          // What an interrupted attempt reported would count twice once it is run again.
          this.report(record, restoreNumbers(line.numbers), settled.has(keyOf(line)))
          break
        }
        case 'retry':
          this.endAttempt(this.#known(line.trial, path), line.threadMs, true)
          break
        case 'end': {
          const { state, reason, failure, numbers, threadMs, at } = line
          if (state === 'interrupted') this.endAttempt(this.#known(line.trial, path), threadMs, false)
          else {
            this.end(this.#known(line.trial, path), {
              state,
              reason,
              failure: failure as TrialEnd['failure'],
              numbers: restoreNumbers(numbers),
              threadMs,
              at,
            })
          }
        }
      }
      // Rules that count must see the sweep grow; what they say matters at the end only.
      if (line.type === 'report' || line.type === 'end') this.checkRules(lastAt)
    }
    if (sessionAt !== 0) this.#earlierMs += Math.max(0, lastAt - sessionAt)
    return this.#settleInterrupted(lastAt)
  }

  /** A session begins. */
  beginSession(at: number): void {
    this.sessionAt = at
    this.#endedBefore = this.ended
  }

  #replayStart(line: Extract<StudyLine, { readonly type: 'start' }>): void {
    const known = this.records.get(line.trial)
    if (known !== undefined) {
      this.restart(known, line.attempt, line.at)
      return
    }
    const suggestion = {
      number: line.trial,
      parameters: this.dimensions.parametersOf(line.parameters),
    }
    this.#sampler.restore(suggestion)
    this.begin(suggestion, line.at).attempt = line.attempt
  }

  /** What was running when the last session ended. */
  #settleInterrupted(at: number): Again[] {
    const again: Again[] = []
    for (const record of [...this.#running()]) {
      if (this.options.interrupted === 'rerun') {
        again.push({ record, attempt: record.attempt + 1 })
      } else {
        const reason = 'it ran when an earlier session ended'
        this.end(record, { state: 'interrupted', reason, numbers: {}, threadMs: 0, at })
      }
    }
    return again
  }

  #known(number: number, path: string): TrialRecord {
    const record = this.records.get(number)
    if (record !== undefined) return record
    throw new ActionInputError(
      `the study '${path}' tells of trial ${number} without its start: the file is damaged`,
    )
  }

  #checkHeader(header: StudyLine | undefined, path: string): void {
    if (header?.type !== 'study' || header.format !== STUDY_FORMAT) {
      throw new ActionInputError(
        `the study '${path}' has another format than ${STUDY_FORMAT}: it was written by another version`,
      )
    }
    const wanted = this.header(0)
    for (const key of ['metric', 'direction', 'stepKey', 'parameters'] as const) {
      const [stored, given] = [JSON.stringify(header[key]), JSON.stringify(wanted[key])]
      if (stored === given) continue
      throw new ActionInputError(
        `the study '${path}' is another one: its ${key} is ${describeValue(stored)}, this sweep's is ${describeValue(given)}. ` +
          'Give this sweep another file, or the same options',
      )
    }
  }

  *#running(): Generator<TrialRecord> {
    for (const record of this.records.values()) if (record.state === 'running') yield record
  }

  #countSteps(record: TrialRecord, step: number): void {
    if (!(step > record.step)) return
    this.stepsSpent += step - record.step
    record.step = step
  }

  #addLeader(record: TrialRecord): void {
    if (record.value === undefined) return
    const { direction } = this.options
    const place = this.#leaders.findIndex((other) => isBetter(record.value as number, other.value, direction))
    this.#leaders.splice(place === -1 ? this.#leaders.length : place, 0, record)
    if (this.#leaders.length > SHOWN_ENDED) this.#leaders.pop()
  }

  #findBest(): void {
    this.best = undefined
    for (const record of this.records.values()) {
      if (record.state === 'failed' || record.value === undefined) continue
      if (isBetter(record.value, this.best?.value, this.options.direction)) this.best = record
    }
  }

  #elapsedMs(now: number): number {
    return this.#earlierMs + (this.sessionAt === 0 ? 0 : Math.max(0, now - this.sessionAt))
  }

  #state(now: number): SweepState {
    return {
      direction: this.options.direction,
      best: bestOf(this.best),
      bestCompleted: bestOf(this.#bestCompleted),
      ended: this.ended,
      steps: this.stepsSpent,
      threadMs: this.threadMs,
      elapsedMs: this.#elapsedMs(now),
    }
  }
}

function bestOf(record: TrialRecord | undefined): SweepState['best'] {
  return record?.value === undefined ? undefined : { value: record.value, trial: record.number }
}

function keyOf({ trial, attempt }: { readonly trial: number; readonly attempt: number }): string {
  return `${trial}/${attempt}`
}

/** The attempts that ended by themselves or by the sweep, rather than with the process. */
function settledAttempts(lines: readonly StudyLine[]): Set<string> {
  const settled = new Set<string>()
  for (const line of lines) {
    if (line.type === 'retry' || (line.type === 'end' && line.state !== 'interrupted'))
      settled.add(keyOf(line))
  }
  return settled
}

function restoreNumbers(numbers: StoredNumbers): Record<string, number> {
  return Object.fromEntries(Object.entries(numbers).map(([key, value]) => [key, value ?? NaN]))
}
