// The handle of a study, which `sweep` returns. It joins options, ledger, file and driver to a scope of the runtime,
// or to the action whose `ctx` it was given.

import { randomBytes } from 'node:crypto'
import { resolve } from 'node:path'
import { listenToAbort } from '../protocol/abort-listener.js'
import type { ActionContext } from '../context.js'
import type { ActionAddress, ActionHandle } from '../handle.js'
import { BaseHandle } from '../handles/base-handle.js'
import { checkCancelOptions, type CancelOptions } from '../options.js'
import { messageOf } from '../protocol/values/describe-value.js'
import { ActionAbortedError, ActionInputError, HeddleError } from '../protocol/errors/errors.js'
import type { Outcome } from '../protocol/outcome.js'
import { makeStoppable, type StopReply, type StopRequest } from '../stoppable.js'
import { wrapThrown } from '../protocol/errors/wrap-thrown.js'
import type { Remote } from '../remote.js'
import type { Run } from '../run.js'
import { readAnnotation, type AnnotateOptions } from './trials/annotations.js'
import { tellEarlierTrials } from './trials/earlier-trials.js'
import { Checkpoints } from './trials/checkpoints.js'
import { Driver } from './driver.js'
import { resolveSweepOptions } from './resolve-options.js'
import { renderPage } from './page/render-page.js'
import type { SweepProgress } from './results/progress.js'
import { TrialLedger, type PendingTrial } from './trials/trial-ledger.js'
import { compareStudy } from './storage/compare-study.js'
import { headerOf, replayStudy } from './storage/replay-study.js'
import { StudyFile } from './storage/study-file.js'
import { readStopOptions, type StopOptions, type StudyControl } from './study-control.js'
import {
  checkHost,
  isContext,
  type SweepContext,
  type SweepHost,
  type TrialDefinition,
} from './sweep-host.js'
import { SweepResult } from './results/sweep-result.js'
import { checkProgram } from './trials/trial-options.js'
import type { Trial } from './trials/trial.js'

/** How often progress is logged at most, in milliseconds: entries are kept, where reports replace each other. */
const LOGGED_PROGRESS_MS = 1000

/**
 * A sweep that was started: a handle, awaitable and cancellable as any. It resolves to a `SweepResult`; it rejects when it
 * is cancelled, when a trial has failed whose policy is `fail`, or when its file can't be written. Whatever happens, what
 * was found so far stays readable.
 */
export interface Study<Parameters = unknown, Metric extends string = string, Several extends string = never>
  extends
    ActionHandle<SweepResult<Parameters, Metric, Several>, { reports: SweepProgress }>,
    StudyControl<Parameters, Several> {
  /** Name of the run that it belongs to. */
  readonly run: string
  /** What was found so far. */
  result(): SweepResult<Parameters, Metric, Several>
  /** Writes a page that shows what was found so far, in one file that needs no other. */
  report(path: string): Promise<void>
}

/** The handle of one study. */
export class StudyHandle extends BaseHandle<SweepResult, { reports: SweepProgress }> implements Study {
  readonly #host: Run | SweepContext | undefined
  /** Left out where the options are wrong. */
  readonly #ledger: TrialLedger | undefined
  #driver: Driver | undefined
  #log: SweepContext['log'] | undefined
  /** Part of an action, and not a run of its own. */
  readonly #isInside: boolean
  /** What was asked for before there was a driver. */
  #early: ((driver: Driver) => void)[] = []
  #cancelled: { readonly reason: unknown; readonly at: number } | undefined
  readonly #unlink: (() => void) | undefined

  constructor(host: SweepHost, trial: TrialDefinition, options: unknown) {
    const queuedAt = Date.now()
    let ledger: TrialLedger | undefined
    let wrong: unknown
    try {
      checkHost(host)
      if (typeof trial !== 'object' || trial === null || typeof trial.name !== 'string') {
        throw new ActionInputError('sweep was given no trial: it needs what action() or actionRef() returned')
      }
      const resolved = resolveSweepOptions(options)
      checkProgram(trial, resolved)
      ledger = new TrialLedger(resolved)
    } catch (error) {
      wrong = error
    }
    const name = ledger?.options.name ?? `${trial?.name ?? 'trial'}-sweep-${randomBytes(2).toString('hex')}`
    super(isContext(host) ? host.info.id : 'a0', name)
    this.#ledger = ledger
    this.#isInside = isContext(host)
    if (isContext(host)) this.#log = host.log
    if (ledger === undefined) {
      const error =
        wrong instanceof HeddleError ? wrong : new ActionInputError(messageOf(wrong), { cause: wrong })
      this.#settleLater({ status: 'failed', error, queuedAt, settledAt: Date.now() })
      return
    }
    const { signal } = ledger.options
    if (isContext(host)) {
      this.#host = host
      if (signal !== undefined) {
        const onAbort = (): void => this.cancel(signal.reason)
        if (signal.aborted) onAbort()
        else this.#unlink = listenToAbort(signal, onAbort)
      }
      void this.#runInside(host, trial, ledger, queuedAt)
      return
    }
    const sweep = (ctx: ActionContext<{ reports: SweepProgress }>): Promise<SweepResult> =>
      this.#drive(ledger, trial, ctx, (progress) => ctx.report(progress))
    const run = host.scope(sweep, { name, ...(signal && { signal }) })
    this.#host = run
    makeStoppable(run, (request) => this.#stopFromOutside(request))
    void run.settled().then((outcome) => this.#settle(outcome))
  }

  get run(): string {
    if (this.#host === undefined) return ''
    return 'info' in this.#host ? this.#host.info.run : this.#host.run
  }

  get ref(): ActionAddress {
    return { run: this.run, action: this.id, name: this.name }
  }

  get best(): Trial | undefined {
    const record = this.#ledger?.best
    return record?.snapshot(this.#ledger?.dimensions.parametersOf(record.flat))
  }

  trials(): readonly Trial[] {
    return this.#ledger === undefined ? [] : this.result().trials
  }

  result(): SweepResult {
    if (this.#ledger === undefined)
      throw new ActionInputError(`sweep '${this.name}' has found nothing: its options are wrong`)
    return new SweepResult(this.#ledger, this.name, this.#driver?.stoppedBy, renderPage)
  }

  enqueue(parameters: unknown): void {
    const of = `enqueue of sweep '${this.name}'`
    const known = this.#openLedger(of).proposals.readPoint(parameters, of)
    if (this.#driver !== undefined) {
      this.#driver.enqueue(known)
      return
    }
    // How many trials earlier sessions had isn't known before their file is read.
    this.#early.push((driver) => {
      try {
        driver.enqueue(known)
      } catch (error) {
        this.#log?.warn(messageOf(error))
      }
    })
  }

  annotate(trial: number, options: AnnotateOptions): void {
    const of = `annotate of sweep '${this.name}'`
    const annotation = readAnnotation(options, of)
    this.#openLedger(of)
    if (this.#driver === undefined) throw new ActionInputError(`${of}: no trial has begun yet`)
    this.#driver.annotate(trial, annotation)
  }

  /** @throws `ActionInputError` where there is none, and after the end. */
  #openLedger(of: string): TrialLedger {
    if (this.#ledger !== undefined && !this.isSettled) return this.#ledger
    throw new ActionInputError(
      `${of}: ${this.#ledger === undefined ? 'its options are wrong' : 'it has ended'}`,
    )
  }

  stop(reason: string = 'it was asked to', options: StopOptions = {}): void {
    const running = readStopOptions(options, `stop of sweep '${this.name}'`)
    this.#whenDriven((driver) => driver.stop({ rule: 'stop', reason, ...running }))
  }

  #stopFromOutside({ reason, by, running }: StopRequest): StopReply {
    const stoppedBy = { rule: 'stop', reason, by, ...(running === 'finish' && { running }) }
    let accepted = true
    // Before there is a driver, nothing runs: it is stopped as it begins.
    this.#whenDriven((driver) => (accepted = driver.stop(stoppedBy)))
    const now = this.#driver === undefined ? stoppedBy : this.#driver.stoppedBy
    return { accepted, running: this.#driver?.running ?? 0, ...(now && { stoppedBy: now }) }
  }

  async report(path: string): Promise<void> {
    await this.result().report(path)
  }

  cancel(reason?: unknown, options: CancelOptions = {}): void {
    checkCancelOptions(options, `cancel of sweep '${this.name}'`)
    if (this.isSettled || this.#host === undefined) return
    if (!('info' in this.#host)) {
      this.#host.cancel(reason, options)
      return
    }
    this.#cancelled ??= { reason, at: Date.now() }
    const message = reason === undefined ? 'cancelled' : messageOf(reason)
    this.#whenDriven((driver) => driver.interrupt(message, (handle) => handle.cancel(reason, options)))
  }

  /** A study takes no messages: nothing arrives. */
  send(): boolean {
    return false
  }

  /** A study exposes nothing. */
  remote<Api extends object>(): Promise<Remote<Api>> {
    return Promise.reject(
      new ActionInputError('a study exposes no object to call: a trial of its own may, by ctx.expose'),
    )
  }

  warn(message: string): void {
    this.#log?.warn(message)
  }

  /** As part of an action: there is no run whose outcome could be taken, so this makes one. */
  async #runInside(
    host: SweepContext,
    trial: TrialDefinition,
    ledger: TrialLedger,
    queuedAt: number,
  ): Promise<void> {
    const { id, run } = host.info
    const times = (): { queuedAt: number; startedAt: number; settledAt: number } => ({
      queuedAt,
      startedAt: queuedAt,
      settledAt: Date.now(),
    })
    let loggedAt = -Infinity
    const logProgress = (progress: SweepProgress): void => {
      if (progress.at - loggedAt < LOGGED_PROGRESS_MS && progress.counts.running > 0) return
      loggedAt = progress.at
      const { running, ...over } = progress.counts
      const ended = Object.values(over).reduce((sum, count) => sum + count, 0)
      const message = `sweep '${progress.study}': ${ended} trials ended, ${running} running`
      host.log.debug(message, { sweep: 'progress', progress })
    }
    try {
      const output = await this.#drive(ledger, trial, host, logProgress)
      if (this.#cancelled === undefined) this.#settleLater({ status: 'succeeded', output, ...times() })
      else this.#settleLater(this.#abortedOutcome(host, times()))
    } catch (thrown) {
      const error = wrapThrown(thrown, { run, action: id })
      if (thrown instanceof ActionAbortedError && host.signal.aborted) {
        const { reason } = thrown
        this.#settleLater({
          status: 'aborted',
          error: thrown,
          reason,
          escalations: [],
          how: 'cooperative',
          ...times(),
        })
      } else {
        this.#settleLater({ status: 'failed', error, ...times() })
      }
    } finally {
      this.#unlink?.()
    }
  }

  #abortedOutcome(
    { info: { id, run } }: SweepContext,
    times: { queuedAt: number; startedAt: number; settledAt: number },
  ): Outcome<SweepResult> {
    const { reason: given, at } = this.#cancelled as { reason: unknown; at: number }
    const message = given === undefined ? 'cancelled' : messageOf(given)
    const cause = given instanceof Error ? { cause: given } : {}
    const reason = { source: 'cancel' as const, message, by: id, origin: id, at, ...cause }
    const error = new ActionAbortedError({ run, action: id, reason, how: 'cooperative' })
    return {
      status: 'aborted',
      error,
      reason,
      escalations: [],
      how: 'cooperative',
      ...times,
      abortRequestedAt: at,
    }
  }

  async #drive(
    ledger: TrialLedger,
    trial: TrialDefinition,
    ctx: SweepContext,
    onProgress: (progress: SweepProgress) => void,
  ): Promise<SweepResult> {
    this.#log = ctx.log
    const { storage } = ledger.options
    let file: StudyFile | undefined
    const checkpoints = new Checkpoints(
      storage === undefined ? undefined : `${resolve(storage)}.checkpoints`,
      ledger.options.checkpoints.most,
      async () => file?.flush(),
      (error) => this.#driver?.fail(error),
      (message) => ctx.log.warn(message),
    )
    try {
      let pending: PendingTrial[] = []
      if (storage !== undefined) {
        const opened = await StudyFile.open(storage, (error) => this.#driver?.fail(error), {
          sweep: this.name,
          warn: (message) => ctx.log.warn(message),
        })
        file = opened.file
        const header = headerOf(ledger, Date.now())
        if (opened.lines.length === 0) {
          file.append(header)
        } else {
          const { parameters, at } = header
          const isWider = compareStudy(opened.lines, header, file.path) === 'wider'
          pending = replayStudy(ledger, opened.lines, file.path)
          if (isWider) file.append({ type: 'space', parameters, at })
        }
      }
      await checkpoints.load([...pending.map(({ record }) => record), ...ledger.paused()])
      await tellEarlierTrials(ledger, this.name, ctx.log, file)
      // Before the first trial starts, it is known that the file can be written.
      await file?.flush()
      const driver = new Driver(
        ledger,
        trial,
        ctx,
        this.name,
        file,
        checkpoints,
        pending,
        this,
        (progress) => {
          onProgress(progress)
          this.takeReport(progress)
        },
      )
      this.#driver = driver
      await driver.run(this.#early)
      await file?.flush()
      await checkpoints.flush()
      return new SweepResult(ledger, this.name, driver.stoppedBy, renderPage)
    } finally {
      await checkpoints.close()
      await file?.close()
    }
  }

  /** Calls back with the driver, at once or as soon as there is one. */
  #whenDriven(call: (driver: Driver) => void): void {
    if (this.#driver === undefined) this.#early.push(call)
    else call(this.#driver)
  }

  /** Not within the call that started it: nobody listens yet. */
  #settleLater(outcome: Outcome<SweepResult>): void {
    setImmediate(() => this.#settle(outcome))
  }

  /** Its starter gets its failure (S19): here in place of the run that it stands for. */
  #settle(outcome: Outcome<SweepResult>): void {
    this.settle(outcome.status, outcome)
    this.#failUnheard()
  }

  #failUnheard(): void {
    if (!this.#isInside) {
      this.rejectUnlessHeard()
      return
    }
    // Part of an action, like a child of that: the failure changes nothing, but is logged.
    const { outcome } = this
    if (this.listened || outcome?.status !== 'failed') return
    const message = `sweep '${this.name}' failed, and nobody has asked how it ends: ${outcome.error.message}`
    setImmediate(() => {
      if (!this.listened) this.#log?.warn(message)
    })
  }
}
