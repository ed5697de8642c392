// Drives a sweep: keeps so many trials alive, listens to them, stops those that aren't worth their time, and all of them
// when a rule says so. Trials are children of one action, by nothing but its `ctx`: so stopping one is cancelling an action,
// and the end of that action ends them all.

import type { ActionDefinition } from '../action.js'
import type { ActionContext } from '../context.js'
import type { ActionHandle, ActionTypes } from '../handle.js'
import { LONGEST_TIMER_MS } from '../options.js'
import { isHeddleError } from '../protocol/errors.js'
import type { Outcome } from '../protocol/outcome.js'
import type { SweepDescription, SweepEntry, SweepProgress } from './progress.js'
import { classifyEnd, type Stopping } from './classify-end.js'
import type { Again, StoppedBy, StudyBook } from './study-book.js'
import type { StudyFile } from './study-file.js'
import type { StoredNumbers, StudyLine } from './study-lines.js'
import { numbersOf, type FailureKind, type TrialEnd, type TrialRecord } from './trial.js'

/** What a sweep needs of the action that its trials are children of. */
export type SweepContext = Pick<ActionContext, 'spawn' | 'sleep' | 'signal' | 'info' | 'log'>

/** Any definition that can be a trial; the types are checked by `sweep`. */
export type TrialDefinition = ActionDefinition<unknown, unknown, ActionTypes>

interface LiveTrial {
  readonly record: TrialRecord
  readonly handle: ActionHandle
  /** Set once it was asked to stop. */
  stopping?: Stopping
  /** An out-of-order report was told of. */
  warned?: boolean
}

/** What the study is told. */
export interface DriverEvents {
  progress(progress: SweepProgress): void
}

/** How often progress is told at most, in milliseconds. */
const PROGRESS_MS = 200
/** How long to wait where the runtime's queue is full. */
const QUEUE_FULL_MS = 20

/** Drives one sweep to its end. */
export class Driver {
  readonly #book: StudyBook
  readonly #definition: TrialDefinition
  readonly #ctx: SweepContext
  readonly #file: StudyFile | undefined
  readonly #events: DriverEvents
  readonly #description: SweepDescription
  readonly #live = new Map<number, LiveTrial>()
  #again: Again[]
  readonly #timers = new Set<NodeJS.Timeout>()
  #progressTimer: NodeJS.Timeout | undefined
  #progressAt = -Infinity
  #stoppedBy: StoppedBy | undefined
  #failure: { readonly error: unknown } | undefined
  #interrupted: string | undefined
  #exhausted = false
  /** How many wait for room in the runtime's queue. */
  #waiting = 0
  #finish: (() => void) | undefined

  constructor(
    book: StudyBook,
    definition: TrialDefinition,
    ctx: SweepContext,
    study: string,
    file: StudyFile | undefined,
    again: Again[],
    events: DriverEvents,
  ) {
    this.#book = book
    this.#definition = definition
    this.#ctx = ctx
    this.#file = file
    this.#again = again
    this.#events = events
    this.#description = book.describe(study)
  }

  /** By which rule the sweep was ended. */
  get stoppedBy(): StoppedBy | undefined {
    return this.#stoppedBy
  }

  /** Runs until no trial lives and none is left. Rejects with the abort of the action, or with what made the sweep fail. */
  async run(): Promise<void> {
    const { signal } = this.#ctx
    const onAbort = (): void => this.interrupt((signal.reason as Error | undefined)?.message ?? 'aborted')
    const finished = new Promise<void>((resolve) => (this.#finish = resolve))
    const now = Date.now()
    this.#book.beginSession(now)
    this.#append({ type: 'session', at: now })
    this.#log('info', `sweep '${this.#description.study}' started`, {
      sweep: 'started',
      ...this.#description,
    })
    for (const ms of this.#book.dueMs(now)) this.#checkLater(ms)
    signal.addEventListener('abort', onAbort, { once: true })
    if (signal.aborted) onAbort()
    try {
      this.#checkRules()
      this.#fill()
      await finished
    } finally {
      signal.removeEventListener('abort', onAbort)
      for (const timer of this.#timers) clearTimeout(timer)
      clearTimeout(this.#progressTimer)
      this.#dropWaiting()
      this.#tellProgress()
    }
    if (this.#failure !== undefined) throw this.#failure.error
    if (signal.aborted) throw signal.reason
  }

  /** Ends the sweep as a stop rule does. */
  stop(stoppedBy: StoppedBy): void {
    if (this.#isEnding) return
    this.#stoppedBy = stoppedBy
    const { rule, reason } = stoppedBy
    this.#log('info', `sweep ended by ${rule}: ${reason}`, { sweep: 'stopped', ...stoppedBy })
    this.#stopAll(`${rule}: ${reason}`)
  }

  /** Makes the sweep fail. */
  fail(error: unknown): void {
    if (this.#failure !== undefined) return
    this.#failure = { error }
    this.#stopAll(`the sweep has failed: ${error instanceof Error ? error.message : String(error)}`)
  }

  /** The sweep itself is cancelled: nothing more is begun. What lives is stopped by who cancels, or here. */
  interrupt(reason: string, cancel?: (handle: ActionHandle) => void): void {
    this.#interrupted ??= reason
    if (cancel !== undefined) for (const { handle } of this.#live.values()) cancel(handle)
    this.#finishIfDone()
  }

  get #isEnding(): boolean {
    return this.#stoppedBy !== undefined || this.#failure !== undefined || this.#interrupted !== undefined
  }

  /** Keeps as many trials alive as there should be. */
  #fill(): void {
    try {
      while (!this.#isEnding && this.#waiting === 0 && this.#live.size < this.#book.options.concurrency) {
        const again = this.#again.shift()
        if (again !== undefined) {
          this.#book.restart(again.record, again.attempt, Date.now())
          this.#launch(again.record)
          continue
        }
        if (this.#exhausted || this.#book.records.size >= this.#book.options.trials) break
        const suggestion = this.#book.suggest()
        if (suggestion === undefined) {
          this.#exhausted = true
          break
        }
        this.#launch(this.#book.begin(suggestion, Date.now()))
      }
    } catch (error) {
      // A sampler, or the app's `input`, has thrown.
      this.fail(error)
    }
    this.#finishIfDone()
    this.#tellSoon()
  }

  #finishIfDone(): void {
    if (this.#live.size === 0 && (this.#isEnding || this.#waiting === 0)) this.#finish?.()
  }

  #launch(record: TrialRecord): void {
    // The file says when it started as the books do: a study that is read again is the same.
    const { number, attempt, flat, startedAt: at } = record
    const { input, trialTimeoutMs, trialGraceMs } = this.#book.options
    const parameters = this.#book.dimensions.parametersOf(flat)
    const trialInput = input(parameters as never, { number, attempt })
    this.#append({ type: 'start', trial: number, attempt, parameters: flat, at })
    const handle = this.#ctx.spawn(this.#definition, trialInput, {
      name: `trial-${number}`,
      ...(trialTimeoutMs !== undefined && { timeout: { runMs: trialTimeoutMs } }),
      ...(trialGraceMs !== undefined && { graceMs: trialGraceMs }),
    })
    record.action = handle.id
    const live: LiveTrial = { record, handle }
    this.#live.set(number, live)
    this.#log('debug', `trial ${number} started`, {
      sweep: 'trialStarted',
      trial: number,
      action: handle.id,
      attempt,
      parameters: flat,
    })
    this.#follow(live).catch((error: unknown) => this.fail(error))
  }

  async #follow(live: LiveTrial): Promise<void> {
    for await (const report of live.handle.reports()) this.#onReport(live, report)
    const outcome = await live.handle.settled()
    this.#live.delete(live.record.number)
    try {
      await this.#onEnd(live, outcome)
    } finally {
      this.#checkRules()
      this.#fill()
    }
  }

  #onReport(live: LiveTrial, report: unknown): void {
    const { record } = live
    const numbers = numbersOf(report)
    const { metric, stepKey } = this.#book.options
    if (numbers[metric] === undefined) return
    const given = numbers[stepKey]
    if (given !== undefined && given <= record.step && record.reports > 0 && live.warned !== true) {
      live.warned = true
      this.#ctx.log.warn(
        `trial ${record.number} reported ${stepKey} ${given} after ${record.step}: steps must grow; it isn't judged by this one`,
      )
    }
    const verdict = this.#book.report(record, numbers)
    this.#append({
      type: 'report',
      trial: record.number,
      attempt: record.attempt,
      step: record.step,
      numbers: storable(numbers),
      at: Date.now(),
    })
    if (verdict.kind !== 'goOn' && live.stopping === undefined) {
      const { kind, reason } = verdict
      this.#stopTrial(live, { state: kind === 'prune' ? 'pruned' : 'failed', reason })
    }
    this.#checkRules()
    this.#tellSoon()
  }

  async #onEnd(live: LiveTrial, outcome: Outcome<unknown>): Promise<void> {
    const { record } = live
    const threadMs = outcome.startedAt === undefined ? 0 : outcome.settledAt - outcome.startedAt
    const returned = outcome.status === 'succeeded' ? numbersOf(outcome.output) : {}
    if (outcome.status === 'failed' && isHeddleError(outcome.error, 'QueueFullError') && !this.#isEnding) {
      await this.#waitForRoom(record)
      return
    }
    const { metric, failures, retries } = this.#book.options
    const classified = classifyEnd(outcome, {
      metric,
      returned,
      measured: record.value !== undefined,
      stopping: live.stopping,
      action: live.handle.id,
      interrupted: this.#interrupted !== undefined,
    })
    // Its abort may be known here before that of the action above it is.
    if (classified.state === 'interrupted') this.interrupt(classified.reason ?? 'interrupted')
    const end: TrialEnd = { ...classified, numbers: returned, threadMs, at: outcome.settledAt }
    if (end.state !== 'failed' || this.#isEnding) {
      this.#end(record, end)
      return
    }
    const policy = isMadeWrongly(outcome) ? 'fail' : failures[end.failure as FailureKind]
    if (policy === 'retry' && record.failedAttempts < retries) {
      const { number, attempt } = record
      const reason = end.reason as string
      this.#book.endAttempt(record, threadMs, true)
      this.#append({ type: 'retry', trial: number, attempt, reason, threadMs, at: end.at })
      this.#ctx.log.warn(`trial ${number} failed (${reason}) and is tried again`)
      this.#again.push({ record, attempt: attempt + 1 })
      return
    }
    this.#end(record, end)
    if (policy !== 'fail') return
    const isItsOwn = outcome.status === 'failed' || outcome.status === 'timedOut'
    this.fail(isItsOwn ? outcome.error : new TrialFailedError(record.number, end))
  }

  #end(record: TrialRecord, end: TrialEnd): void {
    const { number, attempt } = record
    this.#book.end(record, end)
    const { state, reason, failure, threadMs, at } = end
    this.#append({
      type: 'end',
      trial: number,
      attempt,
      state,
      numbers: storable(end.numbers),
      ...(reason !== undefined && { reason }),
      ...(failure !== undefined && { failure }),
      threadMs,
      at,
    })
    const { value, step, action } = record
    this.#log(
      state === 'failed' ? 'warn' : 'debug',
      `trial ${number} ${state}${reason === undefined ? '' : `: ${reason}`}`,
      {
        sweep: 'trialEnded',
        trial: number,
        action: action as string,
        state,
        ...(value !== undefined && { value }),
        ...(step > 0 && { step }),
        ...(reason !== undefined && { reason }),
      },
    )
  }

  /** The runtime's queue is full: the trial is begun again a little later. */
  async #waitForRoom(record: TrialRecord): Promise<void> {
    this.#again.unshift({ record, attempt: record.attempt })
    this.#waiting += 1
    // Rejects once the sweep is cancelled: then nothing is waited for.
    await this.#ctx.sleep(QUEUE_FULL_MS).catch(() => {})
    this.#waiting -= 1
  }

  /** What waited for another attempt doesn't get one in this session; in the file, it stays unfinished. */
  #dropWaiting(): void {
    const at = Date.now()
    for (const { record } of this.#again) {
      const reason = 'the sweep ended before it was tried again'
      this.#book.end(record, { state: 'interrupted', reason, numbers: {}, threadMs: 0, at })
    }
    this.#again = []
  }

  #stopTrial(live: LiveTrial, stopping: Stopping): void {
    live.stopping ??= stopping
    live.handle.cancel(stopping.reason)
  }

  #stopAll(reason: string): void {
    for (const live of this.#live.values()) this.#stopTrial(live, { state: 'stopped', reason })
    this.#finishIfDone()
  }

  #checkRules(): void {
    if (this.#isEnding) return
    const stopped = this.#book.checkRules(Date.now())
    if (stopped !== undefined) this.stop(stopped)
  }

  #checkLater(ms: number): void {
    const timer = setTimeout(
      () => {
        this.#timers.delete(timer)
        if (ms > LONGEST_TIMER_MS) this.#checkLater(ms - LONGEST_TIMER_MS)
        else this.#checkRules()
      },
      Math.min(ms, LONGEST_TIMER_MS),
    )
    this.#timers.add(timer)
  }

  /** Tells how it stands, now or when enough time has passed since the last time. */
  #tellSoon(): void {
    if (this.#progressTimer !== undefined) return
    const wait = this.#progressAt + PROGRESS_MS - performance.now()
    if (wait <= 0) {
      this.#tellProgress()
      return
    }
    this.#progressTimer = setTimeout(() => this.#tellProgress(), wait)
  }

  #tellProgress(): void {
    this.#progressTimer = undefined
    this.#progressAt = performance.now()
    this.#events.progress(this.progress())
  }

  /** How it stands. */
  progress(): SweepProgress {
    return this.#book.progress(this.#description, Date.now(), this.#stoppedBy)
  }

  #append(line: StudyLine): void {
    this.#file?.append(line)
  }

  #log(level: 'debug' | 'info' | 'warn', message: string, entry: SweepEntry): void {
    this.#ctx.log[level](message, entry as unknown as Readonly<Record<string, unknown>>)
  }
}

/** No trial of such a sweep can ever run: going on would only hide the mistake. */
function isMadeWrongly(outcome: Outcome<unknown>): boolean {
  if (outcome.status !== 'failed' || outcome.startedAt !== undefined) return false
  return (
    isHeddleError(outcome.error, 'ActionNotFoundError') || isHeddleError(outcome.error, 'NotCloneableError')
  )
}

/** What a sweep fails with where a trial gave no usable metric, and the policy is `fail`. */
class TrialFailedError extends Error {
  override readonly name = 'TrialFailedError'

  constructor(trial: number, { reason, failure }: TrialEnd) {
    super(`trial ${trial} has failed: ${reason}. The policy for '${failure}' is 'fail'`)
  }
}

/** JSON has no NaN and no infinity. */
function storable(numbers: Readonly<Record<string, number>>): StoredNumbers {
  return Object.fromEntries(
    Object.entries(numbers).map(([key, value]) => [key, Number.isFinite(value) ? value : null]),
  )
}
