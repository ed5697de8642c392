// An action's options with every default filled in: the form in which they cross to another thread.

/** Bounds in milliseconds; those left out don't bound. */
export interface ResolvedTimeout {
  readonly runMs?: number
  readonly queuedMs?: number
  readonly deadlineMs?: number
}

/** How often and how soon a failed attempt is made again. */
export interface ResolvedRetries {
  readonly limit: number
  readonly backoffMs: number
  readonly factor: number
  readonly maxBackoffMs: number
}

/** The bounds of a mailbox. */
export interface ResolvedMailbox {
  readonly limit: number
  readonly overflow: 'reject' | 'dropOldest'
}

/** Everything that the scheduler and the supervision need to know of a definition. */
export interface ResolvedActionOptions {
  readonly cpu: number
  readonly timeout: ResolvedTimeout
  readonly retries: ResolvedRetries
  /** `undefined`: the runtime's. */
  readonly graceMs: number | undefined
  /** `undefined`: the parent's. */
  readonly priority: number | undefined
  readonly mailbox: ResolvedMailbox
}
