// Drives a sweep: keeps so many trials alive, listens to them, stops those that aren't worth their time, and all of them
// when a rule says so. Trials are children of one action, by nothing but its `ctx`: so stopping one is cancelling an action,
// and the end of that action ends them all.

import type { ActionHandle } from '../handle.js'
import { ActionInputError } from '../protocol/errors/errors.js'
import { isHeddleError } from '../protocol/errors/is-heddle-error.js'
import type { Outcome } from '../protocol/outcome.js'
import type { FlatParameters, StoppedBy, SweepDescription, SweepProgress } from './results/progress.js'
import { isProgram, takeCheckpoints, trialOptions } from './trials/trial-options.js'
import { Agenda, type Coming } from './agenda.js'
import type { Checkpoints } from './trials/checkpoints.js'
import { Alarms } from './alarms.js'
import { annotationIn, type Annotation } from './trials/annotations.js'
import { annotateTrial, enqueuePoint, warnOfUntried } from './app-requests.js'
import { classifyEnd, type Stopping } from './trials/classify-end.js'
import { describeStop, joinStops } from './trials/stopped-by.js'
import { failureOf, measureFor } from './failure-policy.js'
import { FruitlessCheck } from './trials/fruitless.js'
import { numbersAt } from './results/metrics.js'
import type { PendingTrial, TrialLedger } from './trials/trial-ledger.js'
import type { StudyFile } from './storage/study-file.js'
import type { StudyControl } from './study-control.js'
import { stopTrial, warnOfOrder, type LiveTrial } from './trials/live-trial.js'
import { StudyJournal } from './study-journal.js'
import type { SweepContext, TrialDefinition } from './sweep-host.js'
import { TrialListeners } from './trials/trial-listeners.js'
import { Throttle } from './throttle.js'
import { numbersOf, type TrialEnd, type TrialRecord } from './trials/trial.js'

/** The shortest time between two reports of progress, in milliseconds. */
const PROGRESS_MS = 200
/** How long a trial may take to end by itself at what may be its last step, where `trialGraceMs` isn't given. */
const LAST_STEP_MS = 5000
/** How a trial stands after a verdict. */
const STOPPED = { pause: 'paused', prune: 'pruned', fail: 'failed' } as const
/** How long to wait where the runtime's queue is full. */
const QUEUE_FULL_MS = 20

/** Drives one sweep to its end. */
export class Driver {
  readonly #ledger: TrialLedger
  readonly #definition: TrialDefinition
  readonly #ctx: SweepContext
  readonly #journal: StudyJournal
  readonly #progress: Throttle
  readonly #description: SweepDescription
  readonly #fruitless: FruitlessCheck
  readonly #live = new Map<number, LiveTrial>()
  readonly #agenda: Agenda
  readonly #checkpoints: Checkpoints
  readonly #alarms = new Alarms()
  #stoppedBy: StoppedBy | undefined
  #failure: { readonly error: unknown } | undefined
  #interrupted: string | undefined
  readonly #listeners: TrialListeners
  /** Nothing lives, and nothing is begun any more. */
  #isOver = false
  /** How many wait for room in the runtime's queue. */
  #waiting = 0
  #finish: (() => void) | undefined

  constructor(
    ledger: TrialLedger,
    definition: TrialDefinition,
    ctx: SweepContext,
    study: string,
    file: StudyFile | undefined,
    checkpoints: Checkpoints,
    pending: PendingTrial[],
    control: StudyControl,
    onProgress: (progress: SweepProgress) => void,
  ) {
    this.#ledger = ledger
    this.#definition = definition
    this.#ctx = ctx
    this.#journal = new StudyJournal(file, ctx.log)
    this.#checkpoints = checkpoints
    this.#agenda = new Agenda(ledger, checkpoints, pending, isProgram(definition), (record, reason) =>
      this.#end(record, { state: 'pruned', reason, numbers: {}, threadMs: 0, at: Date.now() }, undefined),
    )
    this.#progress = new Throttle(() => onProgress(this.#listeners.progressed(this.progress())), PROGRESS_MS)
    this.#description = ledger.describe(study)
    this.#fruitless = new FruitlessCheck(ledger)
    this.#listeners = new TrialListeners(ledger, control, study, (error) => this.fail(error))
  }

  /** By which rule the sweep was ended. */
  get stoppedBy(): StoppedBy | undefined {
    return this.#stoppedBy
  }

  /**
   * Runs until no trial lives and none is left. `early`: what was asked for before, and is done once the session has begun. Rejects with
   * the abort of the action, or with what made the sweep fail.
   */
  async run(early: readonly ((driver: Driver) => void)[] = []): Promise<void> {
    const { signal } = this.#ctx
    const onAbort = (): void => this.interrupt((signal.reason as Error | undefined)?.message ?? 'aborted')
    const finished = new Promise<void>((resolve) => (this.#finish = resolve))
    const now = Date.now()
    this.#ledger.beginSession(now)
    this.#journal.sessionBegan(this.#description, now)
    for (const queued of this.#ledger.proposals.enqueueStarts()) this.#journal.queued(queued)
    for (const due of this.#ledger.dueMs(now).keys()) {
      this.#alarms.whenDue(
        () => this.#ledger.dueMs(Date.now())[due] ?? 0,
        () => this.#checkRules(),
      )
    }
    signal.addEventListener('abort', onAbort, { once: true })
    if (signal.aborted) onAbort()
    try {
      this.#checkRules()
      for (const call of early) call(this)
      this.#fill()
      await finished
    } finally {
      signal.removeEventListener('abort', onAbort)
      this.#alarms.clear()
      this.#agenda.drop()
      this.#progress.flush()
      await this.#listeners.close()
    }
    if (this.#failure !== undefined) throw this.#failure.error
    if (signal.aborted) throw signal.reason
    warnOfUntried(this.#ledger, this.#ctx.log, this.#description.study)
    const nothing = this.#fruitless.describeFailure(this.#description.study)
    if (nothing !== undefined) this.#ctx.log.warn(nothing)
  }

  /**
   * Puts a point into the queue, to be tried before anything that the sampler suggests.
   *
   * @throws `ActionInputError` when the sweep is ending, or has no trials left for it.
   */
  enqueue(known: FlatParameters): void {
    this.#refuseOver('enqueue', this.#isEnding || this.#isOver)
    enqueuePoint(this.#ledger, this.#journal, known, this.#description.study)
    this.#fill()
  }

  /** Adds what the app says of a trial. @throws `ActionInputError` for an unknown trial, and after the end. */
  annotate(trial: number, annotation: Annotation): void {
    this.#refuseOver('annotate', this.#isOver)
    annotateTrial(this.#ledger, this.#journal, trial, annotation, this.#description.study)
  }

  #refuseOver(call: string, isOver: boolean): void {
    if (isOver) throw new ActionInputError(`${call} of sweep '${this.#description.study}': it has ended`)
  }

  /** How many trials are queued or run. */
  get running(): number {
    return this.#live.size
  }

  /**
   * Ends the sweep; whether that changes anything. What was to finish can still be stopped by a later one: who ended the sweep,
   * and why, stays as the first has said.
   */
  stop(stoppedBy: StoppedBy): boolean {
    if (this.#isOver || this.#failure !== undefined || this.#interrupted !== undefined) return false
    const joined = joinStops(this.#stoppedBy, stoppedBy)
    if (joined === undefined) return false
    this.#stoppedBy = joined
    this.#journal.stopped(stoppedBy)
    this.#stopAll(describeStop(stoppedBy), stoppedBy.running === 'finish')
    this.#progress.request()
    return true
  }

  /** Makes the sweep fail. */
  fail(error: unknown): void {
    if (this.#failure !== undefined) return
    this.#failure = { error }
    this.#stopAll(`the sweep has failed: ${error instanceof Error ? error.message : String(error)}`)
  }

  /** The sweep itself is cancelled: nothing more is begun. Live trials are stopped by the canceller, or here. */
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
      while (!this.#isEnding && this.#waiting === 0 && this.#live.size < this.#ledger.options.concurrency) {
        const coming = this.#agenda.next(this.#live.size === 0)
        if (coming === undefined) break
        this.#launch(coming)
      }
    } catch (error) {
      // A sampler, or the app's `input`, has thrown.
      this.fail(error)
    }
    this.#finishIfDone()
    this.#progress.request()
  }

  #finishIfDone(): void {
    if (this.#live.size > 0 || (!this.#isEnding && this.#waiting > 0)) return
    if (this.#interrupted === undefined) this.#stopPaused()
    this.#checkFruitless(true)
    this.#isOver = true
    this.#finish?.()
  }

  #checkFruitless(isOver: boolean): void {
    if (this.#isEnding) return
    const error = this.#fruitless.findError(this.#description.study, isOver)
    if (error !== undefined) this.fail(error)
  }

  #launch(coming: Coming): void {
    const { record, queued, after } = coming
    const { number, attempt, flat } = record
    const { dimensions } = this.#ledger
    const trialInput = this.#ledger.options.input(dimensions.parametersOf(flat), { number, attempt })
    this.#journal.trialBegan(record, queued, after)
    const options = trialOptions(coming, this.#checkpoints, this.#ledger.options)
    const handle = this.#ctx.spawn(this.#definition, trialInput, options)
    takeCheckpoints(handle, number, this.#checkpoints)
    record.action = handle.id
    const live: LiveTrial = { record, handle }
    this.#live.set(number, live)
    this.#journal.trialSpawned(record, handle.id)
    for (const report of coming.held ?? []) this.#attempt(() => this.#onReport(live, report))
    this.#follow(live).catch((error: unknown) => this.fail(error))
  }

  async #follow(live: LiveTrial): Promise<void> {
    for await (const report of live.handle.reports()) this.#attempt(() => this.#onReport(live, report))
    const outcome = await live.handle.settled()
    this.#live.delete(live.record.number)
    await this.#onEnd(live, outcome).catch((error: unknown) => this.fail(error))
    this.#checkFruitless(false)
    this.#attempt(() => this.#checkRules())
    this.#fill()
  }

  /** What the app's functions throw fails the sweep; its trials are followed to their ends all the same. */
  #attempt(call: () => void): void {
    try {
      call()
    } catch (error) {
      this.fail(error)
    }
  }

  #onReport(live: LiveTrial, report: unknown): void {
    // How much comes after the verdict is a race: it counts for nothing.
    if (live.stopping !== undefined) {
      if (live.stopping.state === 'paused') this.#agenda.hold(live.record, report)
      return
    }
    if (live.doomed !== undefined) {
      // It isn't over, so it hadn't come to its last step.
      stopTrial(live, live.doomed)
      return
    }
    const { record } = live
    this.#journal.takeAnnotation(record, report)
    const numbers = numbersOf(report)
    if (numbersAt(numbers, this.#ledger.options.metrics) === undefined) {
      this.#fruitless.reported(report)
      return
    }
    warnOfOrder(live, numbers, this.#ledger.options.stepKey, this.#ctx.log)
    const verdict = this.#ledger.report(record, numbers)
    this.#journal.reported(record, numbers)
    this.#checkpoints.reached(record.number, record.step)
    this.#listeners.reported(record, numbers)
    switch (verdict.kind) {
      case 'goOn':
        break
      case 'pruneUnlessOver':
        this.#stopUnlessOver(live, { state: 'pruned', reason: verdict.reason })
        break
      default:
        stopTrial(live, { state: STOPPED[verdict.kind], reason: verdict.reason })
    }
    this.#checkRules()
    this.#progress.request()
  }

  async #onEnd(live: LiveTrial, outcome: Outcome<unknown>): Promise<void> {
    const { record } = live
    const threadMs = outcome.startedAt === undefined ? 0 : outcome.settledAt - outcome.startedAt
    const output = outcome.status === 'succeeded' ? outcome.output : undefined
    const returned = this.#fruitless.returned(output)
    if (outcome.status === 'failed' && isHeddleError(outcome.error, 'QueueFullError') && !this.#isEnding) {
      await this.#waitForRoom(record)
      return
    }
    const { metrics, objective } = this.#ledger.options
    const classified = classifyEnd(outcome, {
      metrics,
      returned,
      measured: objective !== 'returned' && record.isMeasured,
      isWhole: this.#ledger.isWhole(record),
      stopping: live.stopping,
      action: { run: this.#ctx.info.run, id: live.handle.id },
      interrupted: this.#interrupted !== undefined,
    })
    const { state, reason, failure } = classified
    // Its abort may be known here before that of the action above it is.
    if (state === 'interrupted') this.interrupt(reason ?? 'interrupted')
    // What it returned after its verdict counts no more than what it reported then.
    if (state === 'paused') {
      this.#checkpoints.settle(record.number)
      this.#ledger.pause(record, threadMs, outcome.settledAt)
      this.#journal.paused(record, reason ?? '', threadMs, outcome.settledAt)
      return
    }
    const isTaken = state === 'completed' || state === 'failed'
    const numbers = isTaken ? returned : {}
    const annotation = isTaken ? annotationIn(output) : undefined
    const end: TrialEnd = { state, reason, failure, numbers, annotation, threadMs, at: outcome.settledAt }
    if (state !== 'failed') {
      this.#end(record, end, output)
      return
    }
    const measure = measureFor(classified, outcome, record.failedAttempts, this.#ledger.options)
    if (this.#isEnding) {
      this.#end(record, measure === 'uncounted' ? { ...end, state: 'interrupted' } : end, output)
      return
    }
    if (measure === 'uncounted' || measure === 'again') {
      this.#tryAgain(record, end, measure === 'again')
      return
    }
    this.#end(record, end, output)
    if (measure === 'fail') this.fail(failureOf(outcome, record.number, end))
  }

  #tryAgain(record: TrialRecord, end: TrialEnd, isCounted: boolean): void {
    this.#ledger.endAttempt(record, end.threadMs, isCounted)
    this.#journal.attemptEnded(record, end, isCounted)
    this.#agenda.again(record)
  }

  /** Nothing goes on any more. */
  #stopPaused(): void {
    const reason = this.#stoppedBy === undefined ? 'the sweep has ended' : this.#stoppedBy.reason
    const end = { state: 'stopped' as const, reason, numbers: {}, threadMs: 0, at: Date.now() }
    for (const record of [...this.#ledger.paused()]) this.#end(record, end, undefined)
  }

  #end(record: TrialRecord, end: TrialEnd, output: unknown): void {
    this.#ledger.end(record, end)
    if (end.state !== 'interrupted') this.#checkpoints.drop(record.number)
    this.#fruitless.ended(end, output)
    this.#journal.trialEnded(record, end)
    this.#listeners.checkBest()
    if (end.state !== 'interrupted') this.#listeners.trialEnded(record)
  }

  /** The runtime's queue is full: the trial is begun again a little later. */
  async #waitForRoom(record: TrialRecord): Promise<void> {
    this.#agenda.retryFirst(record)
    this.#waiting += 1
    // Rejects once the sweep is cancelled: then nothing is waited for.
    await this.#ctx.sleep(QUEUE_FULL_MS).catch(() => {})
    this.#waiting -= 1
  }

  /** At the step at which others have ended by themselves: it has its grace to do so, too, unless it reports once more. */
  #stopUnlessOver(live: LiveTrial, stopping: Stopping): void {
    live.doomed = stopping
    const ms = this.#ledger.options.trialGraceMs ?? LAST_STEP_MS
    const cancel = this.#alarms.after(ms, () => stopTrial(live, stopping))
    void live.handle.settled().then(cancel)
  }

  /** `isFinishing`: those that run go on. */
  #stopAll(reason: string, isFinishing = false): void {
    for (const live of this.#live.values()) {
      if (!isFinishing || live.handle.phase === 'queued') stopTrial(live, { state: 'stopped', reason })
    }
    this.#finishIfDone()
  }

  #checkRules(): void {
    if (this.#isEnding) return
    const stopped = this.#ledger.checkRules(Date.now())
    if (stopped !== undefined) this.stop(stopped)
  }

  /** How it stands. */
  progress(): SweepProgress {
    return this.#ledger.progress(this.#description, Date.now(), this.#stoppedBy)
  }
}
