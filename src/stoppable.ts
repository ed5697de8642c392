// Runs that can be asked from outside to end by themselves, as a sweep can: whoever has started one says so at its handle, and the
// runtime finds it there. By a key that two copies of the package share.

/** What somebody outside asks for. */
export interface StopRequest {
  readonly reason: string
  /** Who asks. */
  readonly by: string
  /** What is done about what runs under it: that goes on to its end, or is stopped, too. */
  readonly running: 'finish' | 'abort'
}

/** What has become of it. */
export interface StopReply {
  /** `false`: it was ending already, or has ended, and nothing has changed. */
  readonly accepted: boolean
  /** How many of what it runs haven't ended. */
  readonly running: number
  /** What it ends by: the first that was asked for; left out where it has ended by itself, or was aborted. */
  readonly stoppedBy?: {
    readonly rule: string
    readonly reason: string
    readonly by?: string
    readonly running?: 'finish'
  }
}

/** Asks it. Does nothing once it is ending for good. */
export type Stopper = (request: StopRequest) => StopReply

const STOPPER = Symbol.for('heddle.stopper')

/** Has a run be stopped by a function: `run` is what the runtime returned. */
export function makeStoppable(run: object, stopper: Stopper): void {
  Object.defineProperty(run, STOPPER, { value: stopper, configurable: true })
}

/** What stops a run, if it can be stopped. */
export function stopperOf(run: object): Stopper | undefined {
  return (run as { readonly [STOPPER]?: Stopper })[STOPPER]
}
