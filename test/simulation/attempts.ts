// Checks what becomes of attempts against what their bodies have done: who has returned, thrown, or never begun; how often one is
// tried again; and which failures nobody has listened to.

import type { AbortReason, ActionEvent, PhaseEvent, RetryEvent } from '../../src/index.js'
import { checkLoss, type Others } from './losses.js'
import { checkOutcomes, type BodyEnd } from './outcomes.js'
import type { Known, Told } from './known.js'
import { Spoken } from './spoken.js'

const EARLY_MS = 1.5

/** How often each definition is tried again. */
const LIMITS: Readonly<Record<string, number>> = { retried: 2, named: 1 }

/** The attempts of one runtime. */
export class Attempts {
  readonly spoken: Spoken
  readonly #told: Told
  readonly #others: Others
  readonly #bodies = new Map<string, BodyEnd>()
  /** Whose abort wins over whatever comes later (S8). */
  readonly #mustAbort = new WeakSet<Known>()
  /** Whose time for all attempts has passed. */
  readonly #isTooLate = new WeakSet<Known>()
  readonly #counted = new WeakMap<Known, number>()
  /** Those whose last attempt has failed by itself. */
  readonly #failedItself = new WeakSet<Known>()
  /** Those that were sent to a machine which is lost: nobody knows whether they had begun (D13). */
  readonly #mayHaveBegun = new WeakSet<Known>()
  /** When another attempt is due. */
  readonly #againAt = new WeakMap<Known, number>()
  /** How often it had been tried again when it has seen its abort last. */
  readonly #seenBy = new WeakMap<Known, number>()
  readonly #detached = new Set<string>()
  readonly #lastReports = new WeakMap<Known, unknown>()
  readonly #listening = new Map<string, 'heard' | 'unheard'>()
  /** The runtime has heard of a body of the definition in another module, and so how often that is tried again. */
  #isNamedKnown = false

  constructor(told: Told, others: Others) {
    this.spoken = new Spoken(told)
    this.#told = told
    this.#others = others
  }

  /** A body has ended, in its thread. */
  bodyEnded(run: string, id: string, end: BodyEnd): void {
    this.#bodies.set(`${run} ${id}`, end)
  }

  /** What an action has reported last. */
  lastReport(known: Known): unknown {
    return this.#lastReports.get(known)
  }

  /** Whether a body listens to a child, where that is certain. */
  listens(run: string, id: string, how: 'heard' | 'unheard'): void {
    this.#listening.set(`${run} ${id}`, how)
  }

  /** A child was spawned detached. */
  detached(run: string, id: string): void {
    this.#detached.add(`${run} ${id}`)
  }

  isDetached(run: string, id: string): boolean {
    return this.#detached.has(`${run} ${id}`)
  }

  /** Of the children of a combinator, those that neither ended nor were aborted so long after one had decided it (S20). */
  leftRunning(
    run: string,
    ids: readonly string[],
    decides: 'succeeded' | 'failed',
    withinMs: number,
  ): string[] {
    const children = ids.flatMap((id) => this.#others.known(run, id) ?? [])
    let decidedAt = Infinity
    for (const { end } of children)
      if (end !== undefined && (end.phase === 'succeeded') === (decides === 'succeeded'))
        decidedAt = Math.min(decidedAt, end.at)
    const until = decidedAt + withinMs
    return children
      .filter(({ end, reason, children: own }) => {
        const endedAt = end?.at ?? Infinity
        // What its own children hold up may have been decided before.
        return endedAt > until && (reason?.at ?? Infinity) > until && own === undefined
      })
      .map(({ id }) => id)
  }

  take(event: ActionEvent, known: Known): void {
    if (!this.#isNamedKnown && onOf(known) === 'named') this.#isNamedKnown = isFromBody(event)
    if (event.type === 'report') this.#lastReports.set(known, event.value)
    if (event.type === 'emit' || event.type === 'log') this.spoken.heard(event, known)
    if (event.type === 'abort') this.#aborted(event.reason, known)
    else if (event.type === 'abortSeen') this.#seen(known)
    else if (event.type === 'retry') {
      this.#retried(event, known)
      this.#againAt.set(known, event.at + event.delayMs)
    } else if (event.type === 'phase' && event.phase === 'running') this.#runs(event, known)
    else if (event.type === 'phase' && known.end === event) this.#ended(event, known)
    if (event.type === 'phase' || event.type === 'retry' || event.type === 'abort')
      checkOutcomes(event, known, this.#bodies.get(`${known.run} ${known.id}`), this.#told)
  }

  /** Another attempt waits as long as it is said (S8). Node's timers may come a little early. */
  #runs({ at }: PhaseEvent, known: Known): void {
    const due = this.#againAt.get(known)
    if (due !== undefined && at < due - EARLY_MS)
      this.#told.broken('S8', `${known.id} runs again ${due - at} ms before its time`, known)
  }

  #seen(known: Known): void {
    // Of one that was aborted ahead of the word that it has begun, no phase tells the number.
    if (this.#seenBy.get(known) === known.retries)
      this.#told.broken('I3', `${known.id} sees its abort twice`, known)
    this.#seenBy.set(known, known.retries)
  }

  /** What ends an action wins over the timeout of an attempt, and over all that comes later (S8). */
  #aborted({ source, message }: AbortReason, known: Known): void {
    if (known.end !== undefined) return
    if (source === 'timeout') {
      // No phase tells of it where an attempt had timed out before.
      if (message.startsWith('timeout.deadlineMs')) this.#isTooLate.add(known)
    } else if (!this.#isTooLate.has(known)) this.#mustAbort.add(known)
  }

  /** Whether the attempt before the present one has failed by itself. */
  failedBefore(known: Known | undefined): boolean {
    return known !== undefined && this.#failedItself.has(known)
  }

  #retried({ error, delayMs }: RetryEvent, known: Known): void {
    const { code, blame, action } = error as { code?: string; blame?: string; action?: string }
    if (error.name === 'ActionFailedError' && action === known.id) this.#failedItself.add(known)
    else this.#failedItself.delete(known)
    if (this.#mustAbort.has(known))
      this.#told.broken('S8', `${known.id} is tried again though an abort was accepted`, known)
    if (code === 'ThreadLostError' && action === known.id) checkLoss(known, error, this.#others, this.#told)
    if ((error as { loss?: string }).loss === 'host-lost') {
      this.#told.cover('D12 again')
      this.#mayHaveBegun.add(known)
    }
    // What a child has lost, and its body has thrown on, is a failure of its own.
    if (code === 'ThreadLostError' && blame === 'other' && action === known.id) {
      this.#told.cover('S28 uncounted')
      if (delayMs > 0)
        this.#told.broken('S28', `${known.id} was killed for another, and waits as if it had failed`, known)
      return
    }
    const counted = (this.#counted.get(known) ?? 0) + 1
    this.#counted.set(known, counted)
    const limit = this.#limitOf(known)
    if (limit !== undefined && counted > limit)
      this.#told.broken('S8', `${known.id} is tried again ${counted} times, of ${limit}`, known)
  }

  #ended({ phase, how, error }: PhaseEvent, known: Known): void {
    const { broken } = this.#told
    const { id } = known
    const body = this.#bodies.get(`${known.run} ${id}`)
    if (phase === 'timedOut' && this.#mustAbort.has(known))
      broken('S8', `${id} has timed out, though an abort of it was accepted`, known)
    if (phase === 'succeeded' && known.plan !== undefined) {
      this.#told.cover('S4 body')
      if (body?.attempt !== known.attempt || !body.returned)
        broken('S4', `${id} has succeeded, and its body hasn't returned`, known)
      this.spoken.ended(known)
    }
    const isAttempts =
      phase === 'timedOut' && (error as { bound?: string } | undefined)?.bound !== 'deadlineMs'
    const timedLimit = isAttempts ? this.#limitOf(known) : undefined
    if (timedLimit !== undefined && (this.#counted.get(known) ?? 0) < timedLimit)
      broken('S8', `${id} has timed out, and isn't tried again: ${String(error)}`, known)
    if (how === 'cooperative') {
      if (known.entered === 0 && !this.#mayHaveBegun.has(known))
        broken('S7', `${id} is cooperative, and no body of it ever began`, known)
      const isOfThisAttempt = known.plan !== undefined && known.abortedFrom === 'running'
      if (isOfThisAttempt && !endsFromOutside(known)) {
        if (body?.attempt === known.attempt) {
          if (body.returned || !throwsInItsStep(known)) this.spoken.ended(known)
        } else
          broken('S7', `${id} is cooperative, and the body of attempt ${known.attempt} hasn't ended`, known)
      }
    }
    if (phase === 'failed' && error?.action === id) {
      const { retriable } = error as { retriable?: boolean }
      const isRetriable =
        (error.name === 'ActionFailedError' && retriable !== false) || error.name === 'ThreadLostError'
      const limit = this.#limitOf(known)
      const isUncounted = error.code === 'ThreadLostError' && (error as { blame?: string }).blame === 'other'
      if (isRetriable && limit !== undefined && (isUncounted || (this.#counted.get(known) ?? 0) < limit))
        broken('S8', `${id} has failed, and isn't tried again: ${error.message}`, known)
    }
  }

  #limitOf(known: Known): number | undefined {
    // What a definition in another module says is known when a thread has loaded that, and has said so.
    const on = onOf(known)
    return known.starts === 0 || (on === 'named' && !this.#isNamedKnown) ? undefined : LIMITS[on]
  }

  /** Once all is over: what nobody has listened to has been told of (S19). */
  finish(all: Iterable<Known>, known: (run: string, id: string) => Known | undefined): void {
    for (const one of all) {
      const spawner = one.spawner === undefined ? undefined : known(one.run, one.spawner)
      // An earlier attempt may have given that id to another one, of which nothing has come.
      const isOfOneAttempt = spawner?.retries === 0 && spawner.id !== 'a0'
      if (isOfOneAttempt && this.#detached.has(`${one.run} ${one.id}`) !== (one.parent !== one.spawner))
        this.#told.broken('S18', `${one.id}, spawned by ${one.spawner}, is bound to ${one.parent}`, one)
      const how = this.#listening.get(`${one.run} ${one.id}`)
      const hasFailed = one.end?.phase === 'failed' || one.end?.phase === 'timedOut'
      if (how === undefined || !hasFailed || one.spawner === undefined) continue
      this.#told.cover(`S19 ${how}`)
      if (how === 'heard' && one.isUnheard)
        this.#told.broken('S19', `${one.id} is unheard, and its spawner has listened`, one)
      const body = this.#bodies.get(`${one.run} ${one.spawner}`)
      const isTold = spawner?.end !== undefined && spawner.starts === 1 && body?.attempt === spawner.attempt
      const wasLeft = spawner?.end?.how === 'forced' || spawner?.end?.how === 'abandoned'
      const isLost = spawner?.end?.error?.code === 'ThreadLostError'
      if (how === 'unheard' && isTold && !wasLeft && !isLost && !one.isUnheard)
        this.#told.broken('S19', `${one.id} has failed, nobody has listened, and that wasn't told`, one)
    }
  }
}

/** XState gives what a step emits at the step's end, and nothing of one that throws: so a machine may end without its last words. */
function throwsInItsStep({ plan }: Known): boolean {
  return plan?.on === 'logic' && plan.end.startsWith('throw')
}

function onOf({ plan, name }: Known): string {
  return plan?.on ?? name.split(' ')[0] ?? ''
}

/** Whether something has come from a body: what its definition says has come ahead of that. */
function isFromBody(event: ActionEvent): boolean {
  if (event.type === 'report' || event.type === 'emit' || event.type === 'abortSeen') return true
  if (event.type === 'log') return event.level !== 'warn'
  const error = event.type === 'retry' || event.type === 'phase' ? event.error : undefined
  if (error !== undefined) return (error as Error).name === 'ActionFailedError'
  return event.type === 'phase' && event.phase === 'succeeded'
}

/** A body that is ended by what happens beside it doesn't know that itself. */
function endsFromOutside({ plan }: Known): boolean {
  return plan?.end === 'reject' || plan?.end === 'crash'
}
