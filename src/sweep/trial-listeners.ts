// The app's own functions that are told of trials: of each that has ended, and of each that is the best so far. What they
// throw, or reject with, fails the sweep.

import { isThenable } from '../checks/is-thenable.js'
import type { TrialLedger } from './trial-ledger.js'
import type { TrialListener } from './options.js'
import type { StudyControl } from './study-control.js'
import { isBetterMeasured, judgedOf, type JudgedValue, type Trial, type TrialRecord } from './trial.js'

/** Tells the listeners of one session. */
export class TrialListeners {
  readonly #ledger: TrialLedger
  readonly #control: StudyControl
  readonly #fail: (error: unknown) => void
  /** The best value that is known to have been told, or to have been found before. */
  #best: JudgedValue | undefined

  constructor(ledger: TrialLedger, control: StudyControl, fail: (error: unknown) => void) {
    this.#ledger = ledger
    this.#control = control
    this.#fail = fail
    this.#best = judgedOf(ledger.best)
  }

  /** A trial has ended. */
  trialEnded(record: TrialRecord): void {
    this.#tell(this.#ledger.options.onTrial, record)
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
    try {
      const result = listener(trial, this.#control as never)
      if (isThenable(result)) result.then(undefined, this.#fail)
    } catch (error) {
      this.#fail(error)
    }
  }
}
