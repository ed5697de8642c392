// What can be done with a sweep that runs, apart from being its handle: what its listeners are given, too.

import type { AnnotateOptions } from './trials/annotations.js'
import { refuseUnknown } from '../checks/refuse-unknown.js'
import { wrongOption } from '../checks/wrong-value.js'
import type { KnownParameters } from './space/parameter.js'
import type { BestTrial, Trial } from './trials/trial.js'

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
  /**
   * Ends the sweep: no trial begins any more, and it resolves with what was found. By default, as a stop rule does: the trials
   * that run are stopped. With `{ running: 'finish' }` they go on to their ends, pruned where the pruner says so; those that
   * still wait for a thread are stopped. The first stop says why; a later one changes nothing, unless it stops the trials
   * that were to finish. After the end, it does nothing. A study with `storage` can go on later.
   *
   * @throws `ActionInputError` for a wrong option.
   */
  stop(reason?: string, options?: StopOptions): void
}

/** What is done about the trials that run: they are stopped (`abort`), or go on to their ends (`finish`). */
export type RunningTrials = 'finish' | 'abort'

/** What `study.stop` takes. */
export interface StopOptions {
  /** Default `'abort'`. */
  readonly running?: RunningTrials | undefined
}

const STOP_OPTIONS: ReadonlySet<string> = new Set<keyof StopOptions>(['running'])

/** What the options of a stop say of the trials that run. @throws `ActionInputError` for a wrong one. */
export function readStopOptions(options: StopOptions, of: string): { readonly running?: 'finish' } {
  refuseUnknown(options, STOP_OPTIONS, of)
  const { running = 'abort' } = options
  if (running !== 'finish' && running !== 'abort') {
    throw wrongOption(of, 'running', running, "'finish' or 'abort'")
  }
  return running === 'finish' ? { running } : {}
}
