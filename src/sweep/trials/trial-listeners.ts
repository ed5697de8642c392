// The app's own functions that are told of trials: of each that has ended, and of each that is the best so far. What they
// throw, or reject with, fails the sweep.

import { isThenable } from '../../checks/is-thenable.js'
import type { TrialLedger } from './trial-ledger.js'
import type { TrialListener } from '../options.js'
import type { LoggedReport } from '../loggers.js'
import type { SweepProgress } from '../results/progress.js'
import type { StudyControl } from '../study-control.js'
import { isBetterMeasured, judgedOf, type JudgedValue, type Trial, type TrialRecord } from './trial.js'

/** Tells the listeners of one session. */
export class TrialListeners {
  readonly #ledger: TrialLedger
  readonly #control: StudyControl
  readonly #study: string
  readonly #fail: (error: unknown) => void
  /** The best value that is known to have been told, or to have been found before. */
  #best: JudgedValue | undefined

  constructor(ledger: TrialLedger, control: StudyControl, study: string, fail: (error: unknown) => void) {
    this.#ledger = ledger
    this.#study = study
    this.#control = control
    this.#fail = fail
    this.#best = judgedOf(ledger.best)
  }

  /** A trial's report was taken in. */
  reported(record: TrialRecord, numbers: Readonly<Record<string, number>>): void {
    const { loggers } = this.#ledger.options
    if (loggers.length > 0) {
      const report = { ...this.#describe(record), numbers, at: Date.now() }
      for (const logger of loggers) this.#call(() => logger.report?.(report))
    }
    this.checkBest()
  }

  /** A trial has ended. */
  trialEnded(record: TrialRecord): void {
    const { loggers, onTrial } = this.#ledger.options
    if (loggers.length > 0) {
      const { state, value, values, reason, endedAt: at = Date.now() } = record
      const trial = {
        ...this.#describe(record),
        state,
        ...(value !== undefined && { value }),
        ...(values !== undefined && { values }),
        ...(reason !== undefined && { reason }),
        at,
      }
      for (const logger of loggers) this.#call(() => logger.trial?.(trial))
    }
    this.#tell(onTrial, record)
  }

  /** The sweep stands so. Gives the same. */
  progressed(progress: SweepProgress): SweepProgress {
    for (const logger of this.#ledger.options.loggers) this.#call(() => logger.progress?.(progress))
    return progress
  }

  /** The sweep has ended. Rejects with what a logger does. */
  async close(): Promise<void> {
    await Promise.all(this.#ledger.options.loggers.map(async (logger) => logger.close?.()))
  }

  #describe({ number, attempt, step, flat }: TrialRecord): Omit<LoggedReport, 'numbers' | 'at'> {
    return { study: this.#study, trial: number, attempt, step, parameters: flat }
  }

  /** The best may be a better one. */
  checkBest(): void {
    const { best, options } = this.#ledger
    const before = this.#best
    this.#best = judgedOf(best)
    if (best === undefined || this.#best === undefined) return
    if (isBetterMeasured(this.#best, before, options.direction)) this.#tell(options.onBest, best)
  }

  #tell(listener: TrialListener<never> | undefined, record: TrialRecord): void {
    if (listener === undefined) return
    const { dimensions } = this.#ledger
    const trial = record.snapshot(dimensions.parametersOf(record.flat)) as Trial<never>
    this.#call(() => listener(trial, this.#control as never))
  }

  #call(call: () => unknown): void {
    try {
      const result = call()
      if (isThenable(result)) result.then(undefined, this.#fail)
    } catch (error) {
      this.#fail(error)
    }
  }
}
