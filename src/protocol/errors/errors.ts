// Every error that Heddle itself rejects or throws with. They lie in one file because they are one contract: a
// brand that two copies of the package and two threads agree on, and a `code` to tell them apart by. Only that of sweeps lies
// apart: the core never makes one.

import { hostFields, type HostName } from '../host-name.js'
import type { AbortReason, AbortSource } from './abort-reason.js'

/** What every error of Heddle takes. */
export interface HeddleErrorOptions {
  /** What led to it. An explicit `undefined` counts as a cause, as with `Error`. */
  cause?: unknown
  /** Name of the run it happened in. */
  run?: string | undefined
  /** Id of the action it happened to. */
  action?: string | undefined
}

/**
 * How an aborted or timed-out action came to its end.
 *
 * - `never-started`: its body was never called
 * - `cooperative`: its body ended within its grace
 * - `forced`: its thread was killed
 * - `abandoned`: its body still runs in a thread that can't be killed; its context is dead
 */
export type AbortHow = 'never-started' | 'cooperative' | 'forced' | 'abandoned'

/** The key under which an error of Heddle carries its class name, the same in every copy of the package. */
export const heddleErrorBrand: unique symbol = Symbol.for('heddle.error')

/**
 * The base of all errors that Heddle makes.
 *
 * Ask with `isHeddleError`, not with `instanceof`: that fails between two copies of the package.
 */
export abstract class HeddleError extends Error {
  static {
    identify(this, 'HeddleError')
  }
  /** Tells the errors apart: the class name, or for an `ActionFailedError` the name of what was thrown. */
  readonly code: string
  /** Name of the run it happened in, where there was one. */
  declare readonly run?: string
  /** Id of the action it happened to; stays the same while the error climbs. */
  declare readonly action?: string

  protected constructor(message: string, code: string, options: HeddleErrorOptions) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    this.code = code
    if (options.run !== undefined) this.run = options.run
    if (options.action !== undefined) this.action = options.action
  }
}

/**
 * The body of an action threw.
 *
 * `code` is the name of the thrown error (`'ValueError'`, `'TypeError'`, …), or `'NonError'` if it wasn't one;
 * `cause` is what was thrown. It is wrapped once, where it was thrown, and then climbs unchanged.
 */
export class ActionFailedError extends HeddleError {
  static {
    identify(this, 'ActionFailedError')
  }
  declare readonly name: 'ActionFailedError'
  /** `false` if the thrown error said so itself: then the action isn't tried again, whatever its `retries`. */
  declare readonly retriable?: boolean

  constructor(
    message: string,
    options: HeddleErrorOptions & { code: string; retriable?: boolean | undefined },
  ) {
    super(message, options.code, options)
    if (options.retriable !== undefined) this.retriable = options.retriable
  }
}

/** What an `ActionAbortedError` is made of. */
export interface ActionAbortedErrorOptions extends HeddleErrorOptions {
  reason: AbortReason
  how?: AbortHow | undefined
  /** Replaces the message that is made from `reason`. */
  message?: string | undefined
}

/**
 * The action was stopped, by anyone.
 *
 * It is also the `reason` of an action's signal: 'it is my own abort' is `error.action === ctx.info.id`.
 * `cause` is that of the reason unless another one is given.
 */
export class ActionAbortedError extends HeddleError {
  static {
    identify(this, 'ActionAbortedError')
  }
  declare readonly name: 'ActionAbortedError'
  declare readonly code: 'ActionAbortedError'
  readonly reason: AbortReason
  /** How it ended; `undefined` while it is still ending, so always on a signal's reason. */
  declare readonly how: AbortHow | undefined

  constructor(options: ActionAbortedErrorOptions) {
    const { reason } = options
    const message = options.message ?? abortMessage(options)
    // No stack: it would show where Heddle noticed the abort, which says nothing. Who and why is in the reason.
    const { stackTraceLimit } = Error
    setStackTraceLimit(0)
    super(
      message,
      'ActionAbortedError',
      'cause' in options || !('cause' in reason) ? options : { ...options, cause: reason.cause },
    )
    setStackTraceLimit(stackTraceLimit)
    this.reason = reason
    if (options.how !== undefined) this.how = options.how
  }

  /** Where the abort came from: `reason.source`. */
  get source(): AbortSource {
    return this.reason.source
  }

  /** Who did it, where that is known: `reason.by`. */
  get by(): string | undefined {
    return this.reason.by
  }

  /** Id of the action that the abort was aimed at: `reason.origin`. */
  get origin(): string {
    return this.reason.origin
  }
}

/** The bound of `timeout` that passed: of one attempt's run, of its wait in the queue, or of all attempts. */
export type TimeoutBound = 'runMs' | 'queuedMs' | 'deadlineMs'

/** A bound of the action's `timeout` passed. */
export class ActionTimedOutError extends HeddleError {
  static {
    identify(this, 'ActionTimedOutError')
  }
  declare readonly name: 'ActionTimedOutError'
  declare readonly code: 'ActionTimedOutError'
  readonly bound: TimeoutBound
  /** How long the bound was, in milliseconds. */
  readonly limitMs: number

  constructor(message: string, options: HeddleErrorOptions & { bound: TimeoutBound; limitMs: number }) {
    super(message, 'ActionTimedOutError', options)
    this.bound = options.bound
    this.limitMs = options.limitMs
  }
}

/**
 * How a thread was lost. `killed-for-neighbour`: another action on it had to be stopped by force. `host-lost`: the machine of it
 * isn't heard any more, and what ran there may have gone on (D12). `host-drained`: that machine is leaving, and the attempt hadn't
 * ended in time.
 */
export type ThreadLoss =
  | 'crashed'
  | 'exited'
  | 'out-of-memory'
  | 'killed-for-neighbour'
  | 'failed-to-start'
  | 'host-lost'
  | 'host-drained'

/**
 * Whose doing it was that a thread was lost (S28).
 *
 * - `self`: the action's own, or that of one below it: what its descendants do counts as its own doing
 * - `other`: another one's; with `retries`, the attempt that follows isn't counted
 * - `unknown`: nobody knows
 */
export type ThreadLossBlame = 'self' | 'other' | 'unknown'

/** The action that ended a thread, or for which it was killed. */
export interface ThreadLossCulprit {
  /** Name of its run. */
  readonly run: string
  /** Its id. */
  readonly action: string
}

/** What a `ThreadLostError` is made of. */
export interface ThreadLostErrorOptions extends HeddleErrorOptions {
  loss: ThreadLoss
  /** `'unknown'` by default. */
  blame?: ThreadLossBlame | undefined
  culprit?: ThreadLossCulprit | undefined
  thread?: number | undefined
  exitCode?: number | undefined
  host?: HostName | undefined
}

/** The thread died under the action. */
export class ThreadLostError extends HeddleError {
  static {
    identify(this, 'ThreadLostError')
  }
  declare readonly name: 'ThreadLostError'
  declare readonly code: 'ThreadLostError'
  readonly loss: ThreadLoss
  /** Whose doing it was. */
  readonly blame: ThreadLossBlame
  /** Who did it, where that is known and isn't this action itself. */
  declare readonly culprit?: ThreadLossCulprit
  /** Id of the thread, as in `ctx.info.thread`. */
  declare readonly thread?: number
  /** What the thread exited with, where that is known. */
  declare readonly exitCode?: number
  /** The machine of the thread, where it wasn't this one: its name, and what tells it from others of that name. */
  declare readonly host?: string
  declare readonly hostInstance?: string

  constructor(message: string, options: ThreadLostErrorOptions) {
    super(message, 'ThreadLostError', options)
    this.loss = options.loss
    this.blame = options.blame ?? 'unknown'
    if (options.culprit !== undefined) this.culprit = options.culprit
    if (options.thread !== undefined) this.thread = options.thread
    if (options.exitCode !== undefined) this.exitCode = options.exitCode
    if (options.host !== undefined) Object.assign(this, hostFields(options.host))
  }
}

/** Something was spawned after the root, or the spawning parent, had ended. */
export class RunEndedError extends HeddleError {
  static {
    identify(this, 'RunEndedError')
  }
  declare readonly name: 'RunEndedError'
  declare readonly code: 'RunEndedError'

  constructor(message: string, options: HeddleErrorOptions = {}) {
    super(message, 'RunEndedError', options)
  }
}

/** The module doesn't define an action of that name, or a run or action of that name isn't known. */
export class ActionNotFoundError extends HeddleError {
  static {
    identify(this, 'ActionNotFoundError')
  }
  declare readonly name: 'ActionNotFoundError'
  declare readonly code: 'ActionNotFoundError'

  constructor(message: string, options: HeddleErrorOptions = {}) {
    super(message, 'ActionNotFoundError', options)
  }
}

/** One thing that is wrong with an input or output, and where in it. */
export interface InputIssue {
  readonly message: string
  /** The keys that lead to it, outermost first; symbols as text. Left out for the value as a whole. */
  readonly path?: readonly (string | number)[]
}

/** An issue as a Standard Schema validator reports it. */
export interface ReportedIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** What the caller gave, or what the body returned, isn't what the action accepts. */
export class ActionInputError extends HeddleError {
  static {
    identify(this, 'ActionInputError')
  }
  declare readonly name: 'ActionInputError'
  declare readonly code: 'ActionInputError'
  /** What the schema found, where there was one. */
  declare readonly issues?: readonly InputIssue[]

  constructor(
    message: string,
    options: HeddleErrorOptions & { issues?: readonly ReportedIssue[] | undefined } = {},
  ) {
    super(message, 'ActionInputError', options)
    if (options.issues !== undefined) this.issues = options.issues.map(plainIssue)
  }
}

/** A value that had to cross to another thread can't be cloned. */
export class NotCloneableError extends HeddleError {
  static {
    identify(this, 'NotCloneableError')
  }
  declare readonly name: 'NotCloneableError'
  declare readonly code: 'NotCloneableError'

  constructor(message: string, options: HeddleErrorOptions = {}) {
    super(message, 'NotCloneableError', options)
  }
}

/** The queue, or a mailbox, has no room. */
export class QueueFullError extends HeddleError {
  static {
    identify(this, 'QueueFullError')
  }
  declare readonly name: 'QueueFullError'
  declare readonly code: 'QueueFullError'

  constructor(message: string, options: HeddleErrorOptions = {}) {
    super(message, 'QueueFullError', options)
  }
}

/** The runtime has been closed, or is closing. */
export class RuntimeClosedError extends HeddleError {
  static {
    identify(this, 'RuntimeClosedError')
  }
  declare readonly name: 'RuntimeClosedError'
  declare readonly code: 'RuntimeClosedError'

  constructor(message: string, options: HeddleErrorOptions = {}) {
    super(message, 'RuntimeClosedError', options)
  }
}

/** How many frames the stacks of errors that are made next have. */
export function setStackTraceLimit(limit: number): void {
  try {
    Error.stackTraceLimit = limit
  } catch {
    // Frozen (`--frozen-intrinsics`): then they are captured for nothing.
  }
}

/** Sets the class name where V8 looks for it when it writes the first line of a stack: on the prototype. */
export function identify(errorClass: { prototype: object }, name: string): void {
  Object.defineProperty(errorClass.prototype, 'name', { value: name, writable: true, configurable: true })
  Object.defineProperty(errorClass.prototype, heddleErrorBrand, { value: name })
}

/** What the error of an abort says. */
export function abortMessage({ run, action, reason, how }: ActionAbortedErrorOptions): string {
  const by = reason.by === undefined ? '' : ` by '${reason.by}'`
  const aimed = reason.origin === action ? '' : `, origin ${reason.origin}`
  const ending =
    how === 'never-started'
      ? ' before it started'
      : how === 'forced'
        ? ', with force'
        : how === 'abandoned'
          ? " and abandoned, as its body didn't end and can't be killed"
          : ''
  return `${placeName({ run, action })} was aborted${by}${ending} (source ${reason.source}${aimed}): ${reason.message}`
}

/** How messages name the place of an error. */
export function placeName({
  run,
  action,
}: {
  run?: string | undefined
  action?: string | undefined
}): string {
  const place = action === undefined ? 'an action' : `action ${action}`
  return run === undefined ? place : `${place} of run '${run}'`
}

function plainIssue({ message, path }: ReportedIssue): InputIssue {
  if (path === undefined || path.length === 0) return { message }
  return {
    message,
    path: path.map((segment) => {
      const key = typeof segment === 'object' ? segment.key : segment
      return typeof key === 'symbol' ? String(key) : key
    }),
  }
}
