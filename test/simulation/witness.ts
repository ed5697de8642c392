// What bodies see as they go, and whom they tell: whether what they are promised holds.

import {
  isHeddleError,
  type ActionContext,
  type ActionDefinition,
  type ActionHandle,
  type EventObject,
  type Outcome,
} from '../../src/index.js'
import type { BodyEnd } from './outcomes.js'
import type { Plan } from './plan.js'
import type { Simulator } from './simulator.js'

/** What bodies tell those who check. */
export interface Witness {
  readonly sim: Simulator
  /** A rule is broken. */
  broken(rule: string, what: string): void
  /** The situation of a rule has come about. */
  cover(rule: string): void
  /** A body was entered. */
  entered(run: string, id: string, attempt: number, plan: Plan): void
  /** It is told of its abort. */
  told(run: string, id: string): void
  /** It holds that one of a resource of its machine. */
  holds(run: string, id: string, index: number): void
  /** A body has ended: it has returned, or thrown. */
  ended(run: string, id: string, end: BodyEnd): void
  /** A body has emitted events or made log entries, which nobody drops while it lives, though it is `aborted` (S12). */
  said(run: string, id: string, attempt: number, what: 'emit' | 'log', count: number, aborted: boolean): void
  /** The signal of a shield has fired: what was spawned in its block is aborted (S14). */
  shieldEnded(run: string, ids: readonly string[]): void
  /** Of the children of a combinator, those that neither ended nor were aborted so long after one had decided it (S20). */
  leftRunning(
    run: string,
    ids: readonly string[],
    decides: 'succeeded' | 'failed',
    withinMs: number,
  ): readonly string[]
  /** A body listens to a child, or never will. */
  listens(run: string, id: string, how: 'heard' | 'unheard'): void
  /** A child was spawned detached: its parent is the root. */
  detached(run: string, id: string): void
  isDetached(run: string, id: string): boolean
  /** Whether the runtime has aborted that attempt: a poll sees it (I5). */
  isAborting(run: string, id: string, attempt: number): boolean
  /** Whether the attempt before this one has failed by itself: all that its body had said was heard. */
  failedBefore(run: string, id: string): boolean
  /** Something was given less or more time than its own grace. */
  hurried(run: string): void
}

/** That of the simulation that is played. */
export let witness: Witness

/** Whom the bodies of the simulation that is played tell. */
export function setWitness(who: Witness): void {
  witness = who
  letters = 0
  lastRead.clear()
  readBy.clear()
  unread.clear()
  enteredAt.clear()
}

interface Types {
  receives: EventObject
  emits: EventObject
  reports: unknown
  exposes: object
}

/** What the bodies of a simulation get. */
export type Context = ActionContext<Types>

/** What follows a plan. */
export type Definition = ActionDefinition<Plan, unknown, Types>

/** The handle of a child. */
export type Spawned = ActionHandle<unknown, Types>

/** A wait that Heddle knows nothing of. */
export function plainWait(ms: number): Promise<void> {
  const { sim } = witness
  return new Promise((resolve) => sim.at(sim.current, sim.now + Math.max(1, ms), resolve))
}

/** All that a signal says agrees (S17). */
export function checkSignal({ signal, info }: Context): void {
  const { aborted } = signal
  const { reason } = signal
  let thrown: unknown
  try {
    signal.throwIfAborted()
  } catch (error) {
    thrown = error
  }
  if (aborted) witness.cover('S17')
  // A poll in between may notice an abort.
  if (aborted && (reason === undefined || thrown !== reason))
    witness.broken('S17', `${info.id}: its signal contradicts itself`)
  if (reason !== undefined && signal.reason !== reason)
    witness.broken('I3', `${info.id}: its signal changes its reason`)
}

/** After the abort, a wait rejects with its reason, in a later turn (S12). */
export async function refusedAfterAbort(
  ctx: Context,
  isAbortedBefore: boolean,
  waiting: Promise<unknown>,
): Promise<unknown> {
  if (!isAbortedBefore) return waiting
  const { sim } = witness
  const step = sim.steps
  try {
    const value = await waiting
    witness.broken('S12', `${ctx.info.id}: a wait begun after the abort was answered`)
    return value
  } catch (error) {
    witness.cover('S12')
    if (sim.steps === step) witness.broken('S12', `${ctx.info.id}: refused within the same turn`)
    if (error !== ctx.signal.reason) witness.broken('S12', `${ctx.info.id}: refused with ${String(error)}`)
    throw error
  }
}

let letters = 0
/** The number of the last letter that an action has read, by its sender. */
const lastRead = new Map<string, number>()

/** The last attempt that has read a letter, by its number and its reader. */
const readBy = new Map<string, number>()

/** When letters were sent to an action that nobody has read, by their numbers. */
const unread = new Map<string, Map<number, number>>()
/** When each attempt of an action was entered. */
const enteredAt = new Map<string, number[]>()

/** The app has sent a letter to a live action. */
export function noteLetter(run: string, id: string, letter: EventObject): void {
  const to = `${run} ${id}`
  let sent = unread.get(to)
  if (sent === undefined) unread.set(to, (sent = new Map()))
  sent.set((letter as unknown as { count: number }).count, witness.sim.now)
}

/** An attempt begins. */
export function noteEntry(run: string, id: string, attempt: number): void {
  const of = `${run} ${id}`
  let times = enteredAt.get(of)
  if (times === undefined) enteredAt.set(of, (times = []))
  times[attempt] ??= witness.sim.now
}

/** The next letter of a sender. */
export function letterFrom(from: string): EventObject {
  letters += 1
  return { type: 'letter', from, count: letters } as EventObject
}

/** A body waits for a letter. */
export async function readLetter({ info }: Context, reading: Promise<unknown>): Promise<unknown> {
  const letter = (await reading) as EventObject | undefined
  if (letter === undefined) missUnread(info)
  else noteRead(info, letter)
  return letter
}

/** A body has found no letter: what was there before another attempt began is there for this one (S25). */
function missUnread({ run, id, attempt }: Context['info']): void {
  const before = enteredAt.get(`${run} ${id}`)?.[attempt - 1]
  for (const [number, at] of unread.get(`${run} ${id}`) ?? [])
    if (before !== undefined && at < before)
      witness.broken('S25', `${id}: attempt ${attempt} doesn't find letter ${number}`)
}

/**
 * A body has read a letter. Those of one sender come in their order, each once to an attempt (S25). What an attempt has read
 * comes again to the next one where its thread died ahead of its word of that.
 */
export function noteRead({ run, id, attempt }: Context['info'], letter: EventObject): void {
  const { from, count } = letter as { from?: string; count?: number }
  if (from === undefined || count === undefined) return
  unread.get(`${run} ${id}`)?.delete(count)
  const key = `${run} ${id} ${attempt} ${from}`
  const last = lastRead.get(key) ?? 0
  if (count <= last) witness.broken('S25', `${id}: letter ${count} of ${from} comes behind ${last}`)
  else witness.cover('S25')
  lastRead.set(key, count)
  const before = readBy.get(`${run} ${id} ${count}`)
  if (before === attempt - 1 && witness.failedBefore(run, id))
    witness.broken('S25', `${id}: letter ${count} is read by attempt ${before}, and by ${attempt}`)
  readBy.set(`${run} ${id} ${count}`, attempt)
}

/** What is said of an end agrees. */
export function checkOutcome(ctx: Context, handle: Spawned, outcome: Outcome<unknown>): void {
  if (handle.phase !== outcome.status)
    witness.broken('I3', `${handle.id}: its handle says ${handle.phase}, its outcome ${outcome.status}`)
  const times = [outcome.queuedAt, outcome.startedAt, outcome.settledAt].filter((at) => at !== undefined)
  if (times.some((at, index) => index > 0 && at < (times[index - 1] as number)))
    witness.broken('I8', `${handle.id}: its times are ${times.join(', ')}`)
  else witness.cover('I8')
  if (outcome.status === 'succeeded') return
  witness.cover('S13')
  const { code, message } = (outcome.error ?? {}) as { code?: string; message?: string }
  if (code === 'QueueFullError') witness.cover('S27')
  if (code === 'ActionInputError' && message?.includes("can't run on") === true) witness.cover('on refused')
  if (outcome.error.cause !== undefined) witness.cover('I12')
  const { error } = outcome
  if (!isHeddleError(error)) witness.broken('S13', `${handle.id}: its error is ${String(error)}`)
  else if (error.action === undefined)
    witness.broken('S13', `${ctx.info.id}: the error of ${handle.id} names no action`)
  // It is its own, was passed on from below, or is that of the spawner, which was being aborted (S12).
  else if (
    error.action !== handle.id &&
    !(outcome.status === 'failed' && error.action.startsWith(`${handle.id}.`)) &&
    !(error.action === ctx.info.id && ctx.signal.aborted)
  )
    witness.broken(
      'S13',
      `${ctx.info.id}: ${handle.id} is ${outcome.status}, and its error is that of ${error.action}`,
    )
}
