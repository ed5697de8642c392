// What a sweep says when it stops a trial: the cause of the reason of that abort. Everything that shows a run tells by it what
// was pruned from what was aborted, and a trial tells so itself, by its signal.

/**
 * Why a sweep stopped a trial.
 *
 * - `pruned`: the pruner said so
 * - `paused`: it goes on later, from its checkpoint
 * - `stopped`: the sweep has ended, by a stop rule or `study.stop`, or has failed
 * - `failed`: its metric isn't a finite number
 */
export type TrialStop = 'pruned' | 'paused' | 'stopped' | 'failed'

/**
 * The `cause` of the abort's reason of a trial that its sweep has stopped: `ctx.signal.reason.reason.cause`, say. Its `code`
 * says why. It crosses threads as an error of that name.
 */
export class TrialStoppedError extends Error {
  readonly code: TrialStop

  constructor(code: TrialStop, message: string) {
    super(message)
    this.name = 'TrialStoppedError'
    this.code = code
    // Where in the sweep it was made tells nobody anything.
    this.stack = `${this.name}: ${message}`
  }
}
