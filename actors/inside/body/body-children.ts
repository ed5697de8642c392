// The children of one body: their handles until they have settled, which of them were listened to, and whose signals cancel
// them.

import { NumberedRow } from '../../../src/collections/numbered-row.js'
import type { ActionInfo } from '../../../src/context.js'
import type { CancelOptions } from '../../../src/options.js'
import { listenToAbort } from '../../../src/protocol/abort-listener.js'
import type { AttemptTicket } from '../../../src/protocol/claims.js'
import { encodeError } from '../../../src/protocol/errors/encode-error.js'
import type { HeddleError } from '../../../src/protocol/errors/errors.js'
import type { EventObject } from '../../../src/protocol/event-object.js'
import { childIndex } from '../../../src/protocol/ids.js'
import type { FailedChild, ToRuntime, UnlistenedChildren } from '../../../src/protocol/messages.js'
import type { EncodedOutcome, Outcome, Phase, TerminalPhase } from '../../../src/protocol/outcome.js'
import type { Outbox } from '../outbox.js'
import { Listened } from './listened.js'
import { wireReason } from './wire-reason.js'

/** A child, as what its handle shows of it to the side of its spawner. */
export interface Child {
  readonly id: string
  readonly index: number
  readonly name: string
  /** Whether anybody has asked how it ends. */
  readonly isListenedTo: boolean
  /** Whether its parent's end should name it as not listened to (S19). */
  readonly isUnheard: boolean
  /** How it failed, once that is known. */
  readonly failure: (Outcome<unknown> & { status: 'failed' | 'timedOut' }) | undefined
  /** Whether somebody is told of its phases as they change. */
  readonly isObserved: boolean
  receivePhase(phase: Phase): void
  receiveReport(value: unknown): void
  receiveEmit(event: EventObject): void
  /** Its end, as the runtime tells it. */
  receiveEncoded(outcome: EncodedOutcome): void
  /** The end of one that never came to be. */
  receiveOutcome(outcome: Outcome<unknown>): void
  /** How it has ended, ahead of the message that says so. */
  noteEnd(phase: TerminalPhase): void
  /** The body that spawned it has ended: what its code reads of it is never answered. */
  parentEnded(): void
}

/** Whose children they are. */
export interface ChildrenOwner {
  readonly ticket: AttemptTicket
  readonly info: ActionInfo
  readonly isLive: boolean
  readonly host: { readonly outbox: Outbox }
  post(message: ToRuntime): void
  postNow(message: ToRuntime): void
}

/** The children that one attempt has spawned. */
export class BodyChildren {
  /** The index of the last one. */
  spawned: number
  readonly #owner: ChildrenOwner
  /** The index of the last child of earlier attempts. */
  readonly #spawnedBefore: number
  readonly #children = new NumberedRow<Child>()
  #listened: Listened | undefined
  /** Those that have failed while nobody had listened. */
  #failed: Child[] | undefined
  /** Spawns that were wrong: no action came of them, and no message of an end comes. */
  #refused: { readonly child: Child; readonly error: HeddleError }[] | undefined
  /** Those whose reports or events somebody reads. */
  #read: Set<Child> | undefined
  /** What stops listening to the signals that spawns were given, by child. */
  #links: Map<string, () => void> | undefined

  constructor(owner: ChildrenOwner, spawned: number) {
    this.#owner = owner
    this.spawned = spawned
    this.#spawnedBefore = spawned
  }

  /** How many haven't ended, as far as has been told here. */
  get size(): number {
    return this.#children.size
  }

  get(id: string): Child | undefined {
    return this.#children.get(childIndex(id))
  }

  add(child: Child): void {
    this.#children.add(child.index, child)
  }

  /** Somebody asks how a child ends, or nobody needs to. */
  listenedTo(child: Child): void {
    this.#listened ??= new Listened()
    this.#listened.add(child.index)
  }

  /** Somebody reads the reports or the events of a child. */
  readFrom(child: Child): void {
    this.#read ??= new Set()
    this.#read.add(child)
  }

  /** A child has settled. */
  ended(child: Child): void {
    this.#read?.delete(child)
    if (!this.#owner.isLive) {
      this.#children.delete(child.index)
      return
    }
    this.#unlink(child.id)
    if (child.isUnheard) {
      this.#failed ??= []
      this.#failed.push(child)
      return
    }
    if (!child.isListenedTo) this.listenedTo(child)
    this.#children.delete(child.index)
  }

  /** A spawn was wrong. */
  refused(child: Child, error: HeddleError): void {
    this.#owner.post({ type: 'refused', ticket: this.#owner.ticket })
    this.#refused ??= []
    this.#refused.push({ child, error })
  }

  /** Those whose failure nobody would hear of (S19). */
  unlistened(): UnlistenedChildren | undefined {
    if (this.spawned === this.#spawnedBefore) return undefined
    const ranges = (this.#listened ?? new Listened()).missing(this.#spawnedBefore + 1, this.spawned)
    const failed: FailedChild[] = []
    for (const { child, error } of this.#refused ?? []) {
      if (child.isListenedTo) continue
      failed.push({
        index: child.index,
        status: 'failed',
        name: child.name,
        error: encodeError(error),
      })
    }
    if (ranges.length === 0 && failed.length === 0) return undefined
    for (const child of this.#failed ?? []) {
      const { failure, name } = child
      if (!child.isUnheard || failure === undefined) continue
      const { status, error } = failure
      failed.push({ index: child.index, status, name, error: encodeError(error) })
    }
    return { ranges, failed }
  }

  /** Cancels a child. */
  cancel(id: string, reason: unknown, options: CancelOptions = {}): void {
    const { ticket, info, isLive, host } = this.#owner
    host.outbox.pushThrottled({
      type: 'cancel',
      ticket,
      id,
      reason: wireReason('cancel', reason),
      ...(options.graceMs !== undefined && { graceMs: options.graceMs }),
      ...(options.force === true && { force: true }),
      // Whoever holds the handle by then may stop what has outlived this body (S12).
      ...(!isLive && { run: info.run }),
    })
  }

  /** Cancels a child when an app's signal fires. The listener goes when the child settles, or the body ends (I9). */
  link(id: string, signal: AbortSignal): void {
    if (signal.aborted) return
    const { ticket } = this.#owner
    const onAbort = (): void =>
      this.#owner.postNow({ type: 'cancel', ticket, id, reason: wireReason('signal', signal.reason) })
    this.#links ??= new Map()
    this.#links.set(id, listenToAbort(signal, onAbort))
  }

  /** The body has ended, or was given up. Only those that need it are looked at: there may be very many. */
  parentEnded(): void {
    if (this.#links !== undefined) for (const unlink of this.#links.values()) unlink()
    this.#links = undefined
    if (this.#failed !== undefined) for (const child of this.#failed) this.#children.delete(child.index)
    this.#failed = undefined
    if (this.#read !== undefined) for (const child of this.#read) child.parentEnded()
  }

  #unlink(id: string): void {
    this.#links?.get(id)?.()
    this.#links?.delete(id)
  }
}
