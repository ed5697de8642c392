// The reason of an abort: the one object that signal, error, outcome, events, CLI and console all show (I3).
// It lies apart from the errors so that the messages can name it without knowing any class.

/**
 * Where an abort came from.
 *
 * - `cancel`: code that holds the handle called `cancel`
 * - `external`: somebody aborted it by name (CLI, HTTP, console, `runtime.abort`)
 * - `parent`, `root`: that body ended by itself while this action was still alive
 * - `timeout`: a bound of `timeout` passed
 * - `signal`: the `AbortSignal` given with the call fired
 * - `shutdown`: the runtime was closed
 */
export type AbortSource = 'cancel' | 'external' | 'parent' | 'root' | 'timeout' | 'signal' | 'shutdown'

/**
 * Why an action was stopped, and by whom.
 *
 * The first abort of an action wins; later ones become escalations and never change this object. Descendants
 * carry the reason of the ancestor that was aborted, with the same `origin`.
 */
export interface AbortReason {
  source: AbortSource
  /** What the one who aborted said, or a sentence of Heddle's. */
  message: string
  /** Who did it: `'cli'`, `'console'`, `'api'`, a caller's name; for `cancel` the id of the canceller. */
  by?: string
  /** Id of the action that the abort was aimed at; for `parent` and `root`, of the one that ended. */
  origin: string
  /** When it was asked for, in milliseconds since the epoch, fractional. */
  at: number
  /** The error given to `cancel`, or the `reason` of the app's signal. */
  cause?: unknown
}
