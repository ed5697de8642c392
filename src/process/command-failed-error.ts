// What a command has failed with: the cause of the `ActionFailedError` that its action ends with.

/** How a command has ended. */
export interface CommandFailure {
  /** What it exited with; `undefined` if a signal ended it, or it never ran. */
  readonly exitCode: number | undefined
  /** The signal that ended it, as `'SIGKILL'`. */
  readonly signal: string | undefined
  /** The end of what it has written to its standard error. */
  readonly stderr: string
}

/**
 * A program has exited with another code than 0, was ended by a signal, or couldn't be started. It is the `cause` of an
 * `ActionFailedError` with the code `'CommandFailedError'`.
 */
export class CommandFailedError extends Error implements CommandFailure {
  static {
    this.prototype.name = 'CommandFailedError'
  }
  readonly exitCode: number | undefined
  readonly signal: string | undefined
  readonly stderr: string

  constructor(message: string, { exitCode, signal, stderr }: CommandFailure, options?: ErrorOptions) {
    super(message, options)
    this.exitCode = exitCode
    this.signal = signal
    this.stderr = stderr
  }
}
