// The options that callers give, and their resolution: every default filled in, every wrong value refused by name.

import { describeValue } from './protocol/values/describe-value.js'
import { ActionInputError } from './protocol/errors/errors.js'
import { checkCount, checkMilliseconds, checkNumber } from './checks/check-number.js'
import { checkBoolean } from './checks/check-boolean.js'
import { wrongOption } from './checks/wrong-value.js'
import { refuseUnknown } from './checks/refuse-unknown.js'
import type { TRIAL_PARTS, TrialParts } from './protocol/trial-parts.js'
import { resolvePlace, showPlace } from './action-place.js'
import type { ActionPlace } from './protocol/resolved-options.js'
import type { StandardSchemaV1 } from '@standard-schema/spec'
import type {
  ResolvedActionOptions,
  ResolvedMailbox,
  ResolvedRetries,
  ResolvedTimeout,
  ResourceCounts,
} from './protocol/resolved-options.js'

/** Bounds of an action's time, in milliseconds. Those left out don't bound. */
export interface TimeoutOptions {
  /** Run time of one attempt, from the start of its body; parked time counts. Ends the attempt, which is retriable. */
  readonly runMs?: number | undefined
  /** How long one attempt may wait in the queue. Ends the attempt, which is retriable. */
  readonly queuedMs?: number | undefined
  /** All attempts together, waits and backoff included, from the spawn. Ends the action. */
  readonly deadlineMs?: number | undefined
}

/** How often a failed attempt is made again, and after how long. */
export interface RetryOptions {
  /** How many attempts may follow the first. Default 0. */
  readonly limit: number
  /**
   * The longest wait before the second attempt, in milliseconds. Each wait is at random between half of its longest and
   * that, so that what has failed together doesn't come back together. Default 0.
   */
  readonly backoffMs?: number | undefined
  /** What each further wait's longest is multiplied by. Default 2. */
  readonly factor?: number | undefined
  /** The longest wait, in milliseconds. Default 30 000. */
  readonly maxBackoffMs?: number | undefined
}

/** The bounds of an action's mailbox. */
export interface MailboxOptions {
  /** How many unread messages it holds. Default 10 000. */
  readonly limit?: number | undefined
  /** What happens to one more: it is refused, or the oldest makes room. Default `'reject'`. */
  readonly overflow?: 'reject' | 'dropOldest' | undefined
}

/** What `action()` takes besides module, name and body. */
export interface BaseOptions {
  /**
   * Share of one thread, 0…1, that the action holds unless parked. Default 1: nothing else is started on its thread
   * meanwhile. 0: it only coordinates or awaits, and lives with many others on the shared thread.
   */
  readonly cpu?: number | undefined
  /** A number is `runMs`. Default: none. */
  readonly timeout?: number | TimeoutOptions | undefined
  /** A number is `limit`. Default 0. */
  readonly retries?: number | RetryOptions | undefined
  /** How long an aborted body may clean up before force, in milliseconds. 0: at once. Default: the runtime's, 5000. */
  readonly graceMs?: number | undefined
  /** Higher goes first within a run. Default: the parent's, else 0. */
  readonly priority?: number | undefined
  /** Bounds of unread messages. */
  readonly mailbox?: MailboxOptions | undefined
  /**
   * How many it needs of each of the runtime's named resources, as `{ gpu: 1 }`. It waits in the queue until all of that is
   * free, and holds it until it has ended, also while it waits for something; `ctx.info.resources` has which ones. Default:
   * none.
   */
  readonly resources?: Readonly<Record<string, number | undefined>> | undefined
  /**
   * Where it may run: `'here'`, in this process; `'cluster'`, on another machine, or with `{ label: 'gpu' }` on one whose worker
   * has that label; `'anywhere'`, here while there is room, else elsewhere. What has `cpu: 0` runs here. Default: the cluster's
   * (`'anywhere'`); without a cluster `'here'`.
   */
  readonly on?: ActionPlace | undefined
}

/** `BaseOptions` and the schemas (Standard Schema) that validate, in the thread, what goes in and what comes out. */
export interface ActionOptions<
  Input extends StandardSchemaV1 = StandardSchemaV1,
  Output extends StandardSchemaV1 = StandardSchemaV1,
> extends BaseOptions {
  /** Validates the input before the body is called; callers give its input type, the body gets its output type. */
  readonly input?: Input | undefined
  /** Validates what the body returns. */
  readonly output?: Output | undefined
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
  /** Takes precedence over the definition's. */
  readonly on?: ActionPlace | undefined
}

/** What `ctx.spawn` can be given. */
export interface SpawnOptions extends CallOptions {
  /** The child belongs to the root: neither the end nor an abort of its spawner touches it. Default `false`. */
  readonly detached?: boolean | undefined
}

/** The same of a sweep, for its trials. */
export interface TrialSpawnOptions extends SpawnOptions {
  readonly [TRIAL_PARTS]?: TrialParts
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
  /**
   * One deadline for what is stopped and all below it, in milliseconds from the request, shorter or longer than the actions'
   * own graces. Default: each one's own.
   */
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
  'resources',
  'on',
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
  'on',
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
  return {
    cpu: checkNumber(
      cpu,
      of,
      'cpu',
      'a share of one thread, from 0 to 1',
      (share) => share >= 0 && share <= 1,
    ),
    timeout: resolveTimeout(options.timeout, of),
    retries: resolveRetries(options.retries, of),
    graceMs: options.graceMs === undefined ? undefined : checkMilliseconds(options.graceMs, of, 'graceMs'),
    priority: options.priority === undefined ? undefined : resolvePriority(options.priority, of),
    mailbox: resolveMailbox(options.mailbox, of),
    resources: options.resources === undefined ? undefined : resolveResources(options.resources, of, 1),
    on: options.on === undefined ? undefined : resolvePlaceOf(options.on, cpu, of),
    command: undefined,
  }
}

function resolvePlaceOf(on: ActionPlace, cpu: number, of: string): ActionPlace {
  const place = resolvePlace(on, of)
  if (cpu > 0 || place === 'here') return place
  throw new ActionInputError(
    `${of}: the option 'on' is ${showPlace(place)}, but what has cpu 0 always runs here: leave it out, or give it a share`,
  )
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
  checkOptions(options, known, of)
  if (options === undefined) return
  const { name, signal, detached } = options as SpawnOptions
  if (name !== undefined && (typeof name !== 'string' || name === '')) {
    throw wrongOption(of, 'name', name, "a text that isn't empty")
  }
  // Not by instanceof: a signal of another realm will do.
  const isSignal =
    typeof signal?.addEventListener === 'function' && typeof signal.removeEventListener === 'function'
  if (signal !== undefined && !isSignal) {
    throw wrongOption(of, 'signal', signal, 'an AbortSignal')
  }
  if (detached !== undefined) checkBoolean(detached, of, 'detached')
}

const STOP_OPTIONS: ReadonlySet<string> = new Set<keyof StopOptions>(['graceMs'])
const CANCEL_OPTIONS: ReadonlySet<string> = new Set<keyof CancelOptions>(['graceMs', 'force'])

/** Checks that options are an object, and that there is none that isn't `known`. */
export function checkOptions(options: unknown, known: ReadonlySet<string>, of: string): void {
  if (options === undefined) return
  if (typeof options !== 'object' || options === null) {
    throw new ActionInputError(`${of}: the options are ${describeValue(options)}, but must be an object`)
  }
  refuseUnknown(options, known, of)
}

/** Checks what a combinator was given besides its handles; throws an `ActionInputError` that names the wrong option. */
export function checkStopOptions(options: StopOptions | undefined, of: string): void {
  checkOptions(options, STOP_OPTIONS, of)
  if (options?.graceMs !== undefined) checkMilliseconds(options.graceMs, of, 'graceMs')
}

/** The same for `cancel`, or for what takes more than that: `known`. */
export function checkCancelOptions(
  options: CancelOptions | undefined,
  of: string,
  known: ReadonlySet<string> = CANCEL_OPTIONS,
): void {
  checkOptions(options, known, of)
  if (options?.graceMs !== undefined) checkMilliseconds(options.graceMs, of, 'graceMs')
  if (options?.force !== undefined) checkBoolean(options.force, of, 'force')
}

/** Fills in a timeout; throws an `ActionInputError` that names the wrong bound. */
export function resolveTimeout(timeout: number | TimeoutOptions | undefined, of: string): ResolvedTimeout {
  if (timeout === undefined) return {}
  if (typeof timeout === 'number') return { runMs: checkMilliseconds(timeout, of, 'timeout') }
  if (typeof timeout !== 'object' || timeout === null) {
    throw wrongOption(of, 'timeout', timeout, 'milliseconds or { runMs, queuedMs, deadlineMs }')
  }
  refuseUnknown(timeout, TIMEOUT_OPTIONS, of, 'timeout')
  const bounds: { runMs?: number; queuedMs?: number; deadlineMs?: number } = {}
  for (const name of ['runMs', 'queuedMs', 'deadlineMs'] as const) {
    const value = timeout[name]
    if (value !== undefined) bounds[name] = checkMilliseconds(value, of, `timeout.${name}`)
  }
  return bounds
}

/** Checks a priority; throws an `ActionInputError` otherwise. */
export function resolvePriority(priority: number, of: string): number {
  return checkNumber(priority, of, 'priority')
}

/** The most there may be of one resource: each has an index. */
const MOST_RESOURCES = 1_000_000

/** Checks counts of resources, each of at least so many; `undefined` where there are none. */
export function resolveResources(
  resources: Readonly<Record<string, number | undefined>>,
  of: string,
  least: number,
): ResourceCounts | undefined {
  if (typeof resources !== 'object' || resources === null || Array.isArray(resources))
    throw wrongOption(of, 'resources', resources, 'an object of names and counts, as { gpu: 1 }')
  const given = Object.entries(resources).filter((entry): entry is [string, number] => entry[1] !== undefined)
  for (const [name, count] of given) {
    if (Number.isInteger(count) && count >= least && count <= MOST_RESOURCES) continue
    throw wrongOption(of, `resources.${name}`, count, `a whole number, ${least} to ${MOST_RESOURCES}`)
  }
  return given.length === 0 ? undefined : Object.fromEntries(given)
}

function resolveRetries(retries: number | RetryOptions | undefined, of: string): ResolvedRetries {
  if (retries === undefined) return NO_RETRIES
  if (typeof retries === 'number') return { ...NO_RETRIES, limit: checkCount(retries, of, 'retries', 0) }
  if (typeof retries !== 'object' || retries === null) {
    throw wrongOption(of, 'retries', retries, 'a whole number or { limit, backoffMs, factor, maxBackoffMs }')
  }
  refuseUnknown(retries, RETRY_OPTIONS, of, 'retries')
  const factor = retries.factor ?? NO_RETRIES.factor
  return {
    limit: checkCount(retries.limit, of, 'retries.limit', 0),
    backoffMs: checkMilliseconds(retries.backoffMs ?? NO_RETRIES.backoffMs, of, 'retries.backoffMs'),
    factor: checkNumber(factor, of, 'retries.factor', 'a number, 1 or more', (by) => by >= 1),
    maxBackoffMs: checkMilliseconds(
      retries.maxBackoffMs ?? NO_RETRIES.maxBackoffMs,
      of,
      'retries.maxBackoffMs',
    ),
  }
}

function resolveMailbox(mailbox: MailboxOptions | undefined, of: string): ResolvedMailbox {
  if (mailbox === undefined) return DEFAULT_MAILBOX
  if (typeof mailbox !== 'object' || mailbox === null) {
    throw wrongOption(of, 'mailbox', mailbox, '{ limit, overflow }')
  }
  refuseUnknown(mailbox, MAILBOX_OPTIONS, of, 'mailbox')
  const overflow = mailbox.overflow ?? DEFAULT_MAILBOX.overflow
  if (overflow !== 'reject' && overflow !== 'dropOldest') {
    throw wrongOption(of, 'mailbox.overflow', overflow, "'reject' or 'dropOldest'")
  }
  return { limit: checkCount(mailbox.limit ?? DEFAULT_MAILBOX.limit, of, 'mailbox.limit', 1), overflow }
}
