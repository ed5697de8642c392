// What can be done with a sweep that runs, apart from being its handle: what its listeners are given, too.

import type { AnnotateOptions } from './annotations.js'
import type { KnownParameters } from './parameter.js'
import type { BestTrial, Trial } from './trial.js'

/** A sweep that runs, as its listeners may use it. */
export interface StudyControl<Parameters = unknown, Several extends string = never> {
  /** The best trial so far. */
  readonly best: BestTrial<Parameters, Several>
  /** All trials so far, by number. */
  trials(): readonly Trial<Parameters, Several>[]
  /**
   * Has a point tried next, after those that wait already; it counts in `trials`. What it leaves open, the sampler chooses,
   * and the sampler is told how it ends. It can be called as soon as `sweep` has returned. With `storage`, a point that
   * waits is kept: a study that goes on tries it.
   *
   * @throws `ActionInputError` for a point that isn't in the space, once all `trials` are begun or wait, and after the end.
   */
  enqueue(parameters: KnownParameters<Parameters>): void
  /**
   * Adds notes and attributes to a trial, one that has ended too. With `storage` they are kept. (A trial adds its own by the
   * properties `notes` and `attributes` of what it reports or returns.)
   *
   * @param trial - Its number.
   * @throws `ActionInputError` for a trial that there isn't, for what can't be kept, and after the end.
   */
  annotate(trial: number, options: AnnotateOptions): void
  /** Ends the sweep as a stop rule does: trials are stopped, and it resolves with what was found. */
  stop(reason?: string): void
}
