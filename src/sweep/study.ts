// `sweep`, and what it returns: the handle of a study. It joins options, books, file and driver to a scope of the runtime,
// or to the action whose `ctx` it was given.

import { randomBytes } from 'node:crypto'
import type { ActionDefinition } from '../action.js'
import { BaseHandle, type ActionAddress, type ActionHandle, type ActionTypes } from '../handle.js'
import { milliseconds, type CancelOptions } from '../options.js'
import { messageOf } from '../protocol/describe-value.js'
import { ActionAbortedError, ActionInputError, HeddleError } from '../protocol/errors.js'
import type { Outcome } from '../protocol/outcome.js'
import { wrapThrown } from '../protocol/wrap-thrown.js'
import type { Remote } from '../remote.js'
import type { Run } from '../run.js'
import type { Runtime } from '../runtime.js'
import { Driver, type SweepContext, type TrialDefinition } from './driver.js'
import {
  resolveSweepOptions,
  type InputOption,
  type Measured,
  type NumericKey,
  type SweepOptions,
} from './options.js'
import type { SweepProgress } from './progress.js'
import type { ParametersOf, Space } from './space.js'
import { StudyBook, type Again } from './study-book.js'
import { StudyFile } from './study-file.js'
import { SweepResult } from './sweep-result.js'
import type { Trial } from './trial.js'

/** How often progress is logged at most, in milliseconds: entries are kept, where reports replace each other. */
const LOGGED_PROGRESS_MS = 1000

/** Where a sweep runs: in a scope of its own, or as part of an action. */
export type SweepHost = Pick<Runtime, 'scope'> | SweepContext

/**
 * A sweep that was started: a handle, awaitable and cancellable as any. It resolves to a `SweepResult`; it rejects when it
 * is cancelled, when a trial has failed whose policy is `fail`, or when its file can't be written. Whatever happens, what
 * was found so far stays readable.
 */
export interface Study<Parameters = unknown, Metric extends string = string> extends ActionHandle<
  SweepResult<Parameters, Metric>,
  { reports: SweepProgress }
> {
  /** Name of the run that it belongs to. */
  readonly run: string
  /** The best trial so far. */
  readonly best: Trial<Parameters> | undefined
  /** All trials so far, by number. */
  trials(): readonly Trial<Parameters>[]
  /** What was found so far. */
  result(): SweepResult<Parameters, Metric>
  /** Ends the sweep as a stop rule does: trials are stopped, and it resolves with what was found. */
  stop(reason?: string): void
  /** Writes a page that shows what was found so far, in one file that needs no other. */
  report(path: string): Promise<void>
}

/**
 * Searches parameters by running trials: as many at a time as `concurrency` says, each an action named `trial-<number>`,
 * stopped as soon as the pruner says so, until there are enough or a stop rule ends it.
 *
 * Given a runtime, it is a run of its own. Given the `ctx` of an action (`sweep(ctx, …)`), its trials are children of that
 * action, and end with it. Never throws: what is wrong with the options rejects the handle, with `ActionInputError`.
 *
 * @param host - The runtime, or an action's `ctx`.
 * @param trial - The action to run. It reports `{ step, [metric] }` as it goes, and checks `ctx.signal`.
 */
export function sweep<Input, Output, Types extends ActionTypes, S extends Space>(
  host: SweepHost,
  trial: ActionDefinition<Input, Output, Types>,
  options: SweepOptions<S, Measured<Output, Types>> & InputOption<S, Input>,
): Study<ParametersOf<S>, NumericKey<Measured<Output, Types>>> {
  return new StudyHandle(host, trial as unknown as TrialDefinition, options) as unknown as Study<
    ParametersOf<S>,
    NumericKey<Measured<Output, Types>>
  >
}

class StudyHandle extends BaseHandle<SweepResult, { reports: SweepProgress }> implements Study {
  readonly #host: Run | SweepContext | undefined
  /** Left out where the options are wrong. */
  readonly #book: StudyBook | undefined
  #driver: Driver | undefined
  #log: SweepContext['log'] | undefined
  /** What was asked for before there was a driver. */
  #early: ((driver: Driver) => void)[] = []
  #cancelled: { readonly reason: unknown; readonly at: number } | undefined
  readonly #unlink: (() => void) | undefined

  constructor(host: SweepHost, trial: TrialDefinition, options: unknown) {
    const queuedAt = Date.now()
    let book: StudyBook | undefined
    let wrong: unknown
    try {
      if (typeof trial !== 'object' || trial === null || typeof trial.name !== 'string') {
        throw new ActionInputError('sweep was given no trial: it needs what action() or actionRef() returned')
      }
      book = new StudyBook(resolveSweepOptions(options))
    } catch (error) {
      wrong = error
    }
    const name = book?.options.name ?? `${trial?.name ?? 'trial'}-sweep-${randomBytes(2).toString('hex')}`
    super('info' in host ? host.info.id : 'a0', name)
    this.#book = book
    if (book === undefined) {
      const error =
        wrong instanceof HeddleError ? wrong : new ActionInputError(messageOf(wrong), { cause: wrong })
      this.#settleLater({ status: 'failed', error, queuedAt, settledAt: Date.now() })
      return
    }
    const { signal } = book.options
    if ('info' in host) {
      this.#host = host
      if (signal !== undefined) {
        const onAbort = (): void => this.cancel(signal.reason)
        signal.addEventListener('abort', onAbort, { once: true })
        this.#unlink = () => signal.removeEventListener('abort', onAbort)
        if (signal.aborted) onAbort()
      }
      void this.#runInside(host, trial, book, queuedAt)
      return
    }
    const run = host.scope((ctx) => this.#drive(book, trial, ctx, (progress) => ctx.report(progress)), {
      name,
      ...(signal && { signal }),
    })
    this.#host = run
    void run.settled().then((outcome) => this.settle(outcome.status, outcome))
  }

  get run(): string {
    if (this.#host === undefined) return ''
    return 'info' in this.#host ? this.#host.info.run : this.#host.run
  }

  get ref(): ActionAddress {
    return { run: this.run, action: this.id, name: this.name }
  }

  get best(): Trial | undefined {
    const record = this.#book?.best
    return record?.snapshot(this.#book?.dimensions.parametersOf(record.flat))
  }

  trials(): readonly Trial[] {
    return this.#book === undefined ? [] : this.result().trials
  }

  result(): SweepResult {
    if (this.#book === undefined)
      throw new ActionInputError(`sweep '${this.name}' has found nothing: its options are wrong`)
    return new SweepResult(this.#book, this.name, this.#driver?.stoppedBy)
  }

  stop(reason: string = 'it was asked to'): void {
    this.#tell((driver) => driver.stop({ rule: 'stop', reason }))
  }

  async report(path: string): Promise<void> {
    await this.result().report(path)
  }

  cancel(reason?: unknown, options: CancelOptions = {}): void {
    if (options.graceMs !== undefined)
      milliseconds(options.graceMs, `cancel of sweep '${this.name}'`, 'graceMs')
    if (this.isSettled || this.#host === undefined) return
    if (!('info' in this.#host)) {
      this.#host.cancel(reason, options)
      return
    }
    this.#cancelled ??= { reason, at: Date.now() }
    const message = reason === undefined ? 'cancelled' : messageOf(reason)
    this.#tell((driver) => driver.interrupt(message, (handle) => handle.cancel(reason, options)))
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

  protected warn(message: string): void {
    this.#log?.warn(message)
  }

  /** As part of an action: there is no run whose outcome could be taken, so this makes one. */
  async #runInside(
    host: SweepContext,
    trial: TrialDefinition,
    book: StudyBook,
    queuedAt: number,
  ): Promise<void> {
    const { id, run } = host.info
    const times = (): { queuedAt: number; startedAt: number; settledAt: number } => ({
      queuedAt,
      startedAt: queuedAt,
      settledAt: Date.now(),
    })
    let toldAt = -Infinity
    const tell = (progress: SweepProgress): void => {
      if (progress.at - toldAt < LOGGED_PROGRESS_MS && progress.counts.running > 0) return
      toldAt = progress.at
      const { running, ...over } = progress.counts
      const ended = Object.values(over).reduce((sum, count) => sum + count, 0)
      const message = `sweep '${progress.study}': ${ended} trials ended, ${running} running`
      host.log.debug(message, { sweep: 'progress', progress })
    }
    try {
      const output = await this.#drive(book, trial, host, tell)
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
    book: StudyBook,
    trial: TrialDefinition,
    ctx: SweepContext,
    tell: (progress: SweepProgress) => void,
  ): Promise<SweepResult> {
    this.#log = ctx.log
    const { storage } = book.options
    let file: StudyFile | undefined
    try {
      let again: Again[] = []
      if (storage !== undefined) {
        const opened = await StudyFile.open(storage, (error) => this.#driver?.fail(error))
        file = opened.file
        if (opened.lines.length === 0) file.append(book.header(Date.now()))
        else again = book.replay(opened.lines, file.path)
        // Before the first trial starts, it is known that the file can be written.
        await file.flush()
      }
      const progress = (value: SweepProgress): void => {
        tell(value)
        this.takeReport(value)
      }
      const driver = new Driver(book, trial, ctx, this.name, file, again, { progress })
      this.#driver = driver
      for (const call of this.#early) call(driver)
      await driver.run()
      await file?.flush()
      return new SweepResult(book, this.name, driver.stoppedBy)
    } finally {
      await file?.close()
    }
  }

  #tell(call: (driver: Driver) => void): void {
    if (this.#driver === undefined) this.#early.push(call)
    else call(this.#driver)
  }

  /** Not within the call that started it: nobody listens yet. */
  #settleLater(outcome: Outcome<SweepResult>): void {
    setImmediate(() => this.settle(outcome.status, outcome))
  }
}
