// An action's options with every default filled in: the form in which they cross to another thread.

/**
 * Where an action may run: in this process, `'here'`; in a thread of another machine, `'cluster'`, or of one whose worker has
 * the label; in either, `'anywhere'`, here first.
 */
export type ActionPlace = 'here' | 'anywhere' | 'cluster' | { readonly label: string }

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

/** How many of each named resource. */
export type ResourceCounts = Readonly<Record<string, number>>

/** Which of each named resource an action holds: their indices, from 0. */
export type GrantedResources = Readonly<Record<string, readonly number[]>>

/** The program of an action that is a command, and how it is given its input. */
export interface CommandSpec {
  readonly argv: readonly string[]
  readonly input: 'flags' | 'env' | 'json'
  /** `undefined` takes a variable out of the app's environment; a resource stands for the indices that are held of it. */
  readonly env: Readonly<Record<string, string | { readonly resource: string } | undefined>>
  /** Left out: the app's. */
  readonly cwd?: string
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
  /** `undefined`: none. */
  readonly resources: ResourceCounts | undefined
  /** `undefined`: the cluster's, if there is one. */
  readonly on: ActionPlace | undefined
  /** The body is a program, which is started in the app's own process, or in that of a worker. */
  readonly command: CommandSpec | undefined
}
