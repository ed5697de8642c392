// The options that callers give, and their resolution: every default filled in, every wrong value refused by name.

import { describeValue } from './protocol/describe-value.js'
import { ActionInputError } from './protocol/errors.js'
import { refuseUnknown } from './refuse-unknown.js'
import type { StandardSchemaV1 } from '@standard-schema/spec'
import type {
  ResolvedActionOptions,
  ResolvedMailbox,
  ResolvedRetries,
  ResolvedTimeout,
} from './protocol/resolved-options.js'

/** Bounds of an action's time, in milliseconds. Those left out don't bound. */
export interface TimeoutOptions {
  /** Run time of one attempt, from the start of its body; parked time counts. Ends the attempt, which is retriable. */
  readonly runMs?: number
  /** How long one attempt may wait in the queue. Ends the attempt, which is retriable. */
  readonly queuedMs?: number
  /** All attempts together, waits and backoff included, from the spawn. Ends the action. */
  readonly deadlineMs?: number
}

/** How often a failed attempt is made again, and after how long. */
export interface RetryOptions {
  /** How many attempts may follow the first. Default 0. */
  readonly limit: number
  /**
   * The longest wait before the second attempt, in milliseconds. Each wait is at random between half of its longest and
   * that, so that what has failed together doesn't come back together. Default 0.
   */
  readonly backoffMs?: number
  /** What each further wait's longest is multiplied by. Default 2. */
  readonly factor?: number
  /** The longest wait, in milliseconds. Default 30 000. */
  readonly maxBackoffMs?: number
}

/** The bounds of an action's mailbox. */
export interface MailboxOptions {
  /** How many unread messages it holds. Default 10 000. */
  readonly limit?: number
  /** What happens to one more: it is refused, or the oldest makes room. Default `'reject'`. */
  readonly overflow?: 'reject' | 'dropOldest'
}

/** What `action()` takes besides module, name and body. */
export interface BaseOptions {
  /**
   * Share of one thread, 0…1, that the action holds unless parked. Default 1: nothing else is started on its thread
   * meanwhile. 0: it only coordinates or awaits, and lives with many others on the shared thread.
   */
  readonly cpu?: number
  /** A number is `runMs`. Default: none. */
  readonly timeout?: number | TimeoutOptions
  /** A number is `limit`. Default 0. */
  readonly retries?: number | RetryOptions
  /** How long an aborted body may clean up before force, in milliseconds. 0: at once. Default: the runtime's, 5000. */
  readonly graceMs?: number
  /** Higher goes first within a run. Default: the parent's, else 0. */
  readonly priority?: number
  /** Bounds of unread messages. */
  readonly mailbox?: MailboxOptions
}

/** `BaseOptions` and the schemas (Standard Schema) that validate, in the thread, what goes in and what comes out. */
export interface ActionOptions<
  Input extends StandardSchemaV1 = StandardSchemaV1,
  Output extends StandardSchemaV1 = StandardSchemaV1,
> extends BaseOptions {
  /** Validates the input before the body is called; callers give its input type, the body gets its output type. */
  readonly input?: Input
  /** Validates what the body returns. */
  readonly output?: Output
}

/** What one call of an action can be given. */
export interface CallOptions {
  /**
   * For a run: its name, which must not be that of a live run. For a child: what it is shown as.
   * Default: made from the definition's name.
   */
  readonly name?: string | undefined
  /** An ordinary signal whose abort aborts the action, with source `signal`. The listener goes when it settles. */
  readonly signal?: AbortSignal | undefined
  /** Takes precedence over the definition's, bound by bound. */
  readonly timeout?: number | TimeoutOptions | undefined
  /** Takes precedence over the definition's. */
  readonly graceMs?: number | undefined
  /** Takes precedence over the definition's. */
  readonly priority?: number | undefined
}

/** What `ctx.spawn` can be given. */
export interface SpawnOptions extends CallOptions {
  /** The child belongs to the root: neither the end nor an abort of its spawner touches it. Default `false`. */
  readonly detached?: boolean | undefined
}

/** What `ctx.map` can be given; all but the first two go to each of its children. */
export interface MapOptions extends CallOptions {
  /** How many children live at a time. Default 256. */
  readonly concurrency?: number | undefined
  /** `true`: gives outcomes, and never fails because a child did. Default `false`. */
  readonly outcomes?: boolean | undefined
}

/** How the rest is stopped when a combinator is done. */
export interface StopOptions {
  /** One deadline for what is stopped and all below it, in milliseconds from the request. Default: each one's own. */
  readonly graceMs?: number | undefined
}

/** What `cancel` can be given. */
export interface CancelOptions extends StopOptions {
  /** No grace at all. Default `false`. */
  readonly force?: boolean | undefined
}

/** The longest time that a timer can wait for, in milliseconds: what is longer never comes. */
export const LONGEST_TIMER_MS: number = 2 ** 31 - 1

const DEFAULT_MAILBOX: ResolvedMailbox = { limit: 10_000, overflow: 'reject' }
const NO_RETRIES: ResolvedRetries = { limit: 0, backoffMs: 0, factor: 2, maxBackoffMs: 30_000 }

const ACTION_OPTIONS: ReadonlySet<string> = new Set<keyof ActionOptions>([
  'cpu',
  'timeout',
  'retries',
  'graceMs',
  'priority',
  'mailbox',
  'input',
  'output',
])
const TIMEOUT_OPTIONS: ReadonlySet<string> = new Set<keyof TimeoutOptions>([
  'runMs',
  'queuedMs',
  'deadlineMs',
])
const RETRY_OPTIONS: ReadonlySet<string> = new Set<keyof RetryOptions>([
  'limit',
  'backoffMs',
  'factor',
  'maxBackoffMs',
])
const MAILBOX_OPTIONS: ReadonlySet<string> = new Set<keyof MailboxOptions>(['limit', 'overflow'])

/** The options of `runtime.run` and `runtime.scope`. */
export const RUN_OPTIONS: ReadonlySet<string> = new Set<keyof CallOptions>([
  'name',
  'signal',
  'timeout',
  'graceMs',
  'priority',
])
/** The options of `ctx.spawn`. */
export const SPAWN_OPTIONS: ReadonlySet<string> = new Set<keyof SpawnOptions>([
  ...(RUN_OPTIONS as ReadonlySet<keyof CallOptions>),
  'detached',
])
/** The options of `ctx.map`, those of its children among them. */
export const MAP_OPTIONS: ReadonlySet<string> = new Set<keyof MapOptions | keyof SpawnOptions>([
  'concurrency',
  'outcomes',
  ...(SPAWN_OPTIONS as ReadonlySet<keyof SpawnOptions>),
])

/** Fills in the defaults of `action()`'s options, or throws an `ActionInputError` that names the wrong one. */
export function resolveActionOptions(options: BaseOptions, of: string): ResolvedActionOptions {
  refuseUnknown(options, ACTION_OPTIONS, of)
  const { cpu = 1 } = options
  if (typeof cpu !== 'number' || !(cpu >= 0 && cpu <= 1)) {
    throw wrong(of, 'cpu', cpu, 'a share of one thread, from 0 to 1')
  }
  return {
    cpu,
    timeout: resolveTimeout(options.timeout, of),
    retries: resolveRetries(options.retries, of),
    graceMs: options.graceMs === undefined ? undefined : milliseconds(options.graceMs, of, 'graceMs'),
    priority: options.priority === undefined ? undefined : resolvePriority(options.priority, of),
    mailbox: resolveMailbox(options.mailbox, of),
  }
}

/**
 * Checks what a call was given besides its input; throws an `ActionInputError` that names the wrong option, or one that
 * isn't among the `known`.
 */
export function checkCallOptions(
  options: CallOptions | undefined,
  known: ReadonlySet<string>,
  of: string,
): void {
  if (options === undefined) return
  if (typeof options !== 'object' || options === null) {
    throw new ActionInputError(`${of}: the options are ${describeValue(options)}, but must be an object`)
  }
  refuseUnknown(options, known, of)
  const { name, signal } = options
  if (name !== undefined && (typeof name !== 'string' || name === '')) {
    throw wrong(of, 'name', name, "a text that isn't empty")
  }
  // Not by instanceof: a signal of another realm will do.
  const isSignal =
    typeof signal?.addEventListener === 'function' && typeof signal.removeEventListener === 'function'
  if (signal !== undefined && !isSignal) {
    throw wrong(of, 'signal', signal, 'an AbortSignal')
  }
}

/** Fills in a timeout; throws an `ActionInputError` that names the wrong bound. */
export function resolveTimeout(timeout: number | TimeoutOptions | undefined, of: string): ResolvedTimeout {
  if (timeout === undefined) return {}
  if (typeof timeout === 'number') return { runMs: milliseconds(timeout, of, 'timeout') }
  if (typeof timeout !== 'object' || timeout === null) {
    throw wrong(of, 'timeout', timeout, 'milliseconds or { runMs, queuedMs, deadlineMs }')
  }
  refuseUnknown(timeout, TIMEOUT_OPTIONS, of, 'timeout')
  const bounds: { runMs?: number; queuedMs?: number; deadlineMs?: number } = {}
  for (const name of ['runMs', 'queuedMs', 'deadlineMs'] as const) {
    const value = timeout[name]
    if (value !== undefined) bounds[name] = milliseconds(value, of, `timeout.${name}`)
  }
  return bounds
}

/** Checks a priority; throws an `ActionInputError` otherwise. */
export function resolvePriority(priority: number, of: string): number {
  if (typeof priority !== 'number' || Number.isNaN(priority))
    throw wrong(of, 'priority', priority, 'a number')
  return priority
}

/** Checks a duration; throws an `ActionInputError` that names the option otherwise. */
export function milliseconds(value: number, of: string, option: string): number {
  if (typeof value !== 'number' || !(value >= 0)) throw wrong(of, option, value, 'milliseconds, 0 or more')
  return value
}

/** Checks a count; throws an `ActionInputError` that names the option otherwise. */
export function count(value: number, of: string, option: string, least: number): number {
  if (value === Infinity || (Number.isInteger(value) && value >= least)) return value
  throw wrong(of, option, value, `a whole number, ${least} or more, or Infinity`)
}

function resolveRetries(retries: number | RetryOptions | undefined, of: string): ResolvedRetries {
  if (retries === undefined) return NO_RETRIES
  if (typeof retries === 'number') return { ...NO_RETRIES, limit: count(retries, of, 'retries', 0) }
  if (typeof retries !== 'object' || retries === null) {
    throw wrong(of, 'retries', retries, 'a whole number or { limit, backoffMs, factor, maxBackoffMs }')
  }
  refuseUnknown(retries, RETRY_OPTIONS, of, 'retries')
  const factor = retries.factor ?? NO_RETRIES.factor
  if (typeof factor !== 'number' || !(factor >= 1))
    throw wrong(of, 'retries.factor', factor, 'a number, 1 or more')
  return {
    limit: count(retries.limit, of, 'retries.limit', 0),
    backoffMs: milliseconds(retries.backoffMs ?? NO_RETRIES.backoffMs, of, 'retries.backoffMs'),
    factor,
    maxBackoffMs: milliseconds(retries.maxBackoffMs ?? NO_RETRIES.maxBackoffMs, of, 'retries.maxBackoffMs'),
  }
}

function resolveMailbox(mailbox: MailboxOptions | undefined, of: string): ResolvedMailbox {
  if (mailbox === undefined) return DEFAULT_MAILBOX
  if (typeof mailbox !== 'object' || mailbox === null) {
    throw wrong(of, 'mailbox', mailbox, '{ limit, overflow }')
  }
  refuseUnknown(mailbox, MAILBOX_OPTIONS, of, 'mailbox')
  const overflow = mailbox.overflow ?? DEFAULT_MAILBOX.overflow
  if (overflow !== 'reject' && overflow !== 'dropOldest') {
    throw wrong(of, 'mailbox.overflow', overflow, "'reject' or 'dropOldest'")
  }
  return { limit: count(mailbox.limit ?? DEFAULT_MAILBOX.limit, of, 'mailbox.limit', 1), overflow }
}

function wrong(of: string, option: string, value: unknown, wanted: string): ActionInputError {
  return new ActionInputError(
    `${of}: the option '${option}' is ${describeValue(value)}, but must be ${wanted}`,
  )
}
