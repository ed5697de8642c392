// The children of one action: which live, which wait to be sent to a thread, what their spawner has said of them. Apart from
// the action itself, since most have none.
//
// Those that have never been sent are aborted by what their parent says, and not one by one (S2): 100 000 of them lie far
// apart in memory, and to touch each would hold the app's loop.

import { AbortState } from '../../../actors/abort-state.js'
import { NumberedRow } from '../../collections/numbered-row.js'
import { lowerBound } from '../../collections/lower-bound.js'
import type { AbortReason } from '../../protocol/errors/abort-reason.js'
import type { Delivery } from '../../threads/lane-line.js'
import { UntoldFailures, type UntoldFailure } from './untold-failures.js'

/** What is looked at of a child. */
export interface Child {
  /** The shield in whose block it was spawned. */
  readonly shield: number | undefined
  /** That block lasts. */
  readonly isInBlock: boolean
  /** Its number among those of its parent that have waited. The parent's own. */
  siblingNumber: number
}

/** What an action knows of its children. `Attempt`: what each of them knows of who spawned it. */
export class Children<Member extends Child, Attempt = unknown> {
  /** The attempt that spawns them now: one object for all of them. */
  attempt: Attempt | undefined
  /** The index of the last one that is known of (S9, S24). */
  lastIndex = 0
  /** One was spawned detached, or one has failed: not all that may be unheard of are live children (S19). */
  mayBeUnheard = false
  /** Live, never sent to a thread, of no shield, and not aborted. */
  #waiting: NumberedRow<Member> | undefined
  /** Those of them that were aborted with their parent, and haven't settled. */
  #withdrawn: NumberedRow<Member> | undefined
  /** How many have ever waited. */
  #count = 0
  /** Their abort. */
  #abort: AbortState | undefined
  /** All other live ones: an abort of the parent comes to each. */
  #individual: Set<Member> | undefined
  /** Those of them that were spawned in a shield's block that lasts. */
  #shielded: Set<Member> | undefined
  /** Those whose handles the body neither awaited nor asked how they end: first and last index of each row of them (S19). */
  #unlistened: readonly number[] | undefined
  #untold: UntoldFailures | undefined

  /** How many live. */
  get size(): number {
    return (this.#waiting?.size ?? 0) + (this.#withdrawn?.size ?? 0) + (this.#individual?.size ?? 0)
  }

  /** Those that live. */
  *[Symbol.iterator](): IterableIterator<Member> {
    if (this.#individual !== undefined) yield* this.#individual
    if (this.#waiting !== undefined) yield* this.#waiting.values()
    if (this.#withdrawn !== undefined) yield* this.#withdrawn.values()
  }

  /** How many an abort of the parent would stop together, without touching them (S2). */
  get waitingCount(): number {
    return this.#abort === undefined ? (this.#waiting?.size ?? 0) : 0
  }

  /** How many were stopped so, and haven't settled. */
  get withdrawnCount(): number {
    return this.#withdrawn?.size ?? 0
  }

  /** Those to each of which an abort of the parent comes by itself: once `abortWaiting` has dealt with the others. */
  *abortedIndividually(): IterableIterator<Member> {
    if (this.#individual !== undefined) yield* this.#individual
    // What has come since the others were aborted.
    if (this.#waiting !== undefined) yield* this.#waiting.values()
  }

  /** Those that were sent to a thread, aborted by themselves, or spawned in a shield. */
  get individual(): Iterable<Member> {
    return this.#individual ?? NONE
  }

  /** Those that were spawned in a shield's block that lasts. */
  get shielded(): Iterable<Member> {
    return this.#shielded ?? NONE
  }

  get shieldedCount(): number {
    return this.#shielded?.size ?? 0
  }

  add(child: Member): void {
    if (child.shield === undefined) {
      this.#waiting ??= new NumberedRow()
      this.#count += 1
      child.siblingNumber = this.#count
      this.#waiting.add(this.#count, child)
      return
    }
    this.#individual ??= new Set()
    this.#individual.add(child)
    if (!child.isInBlock) return
    this.#shielded ??= new Set()
    this.#shielded.add(child)
  }

  /** It is sent to a thread, or is aborted by itself: from now on, an abort of the parent comes to it by itself. */
  abortIndividually(child: Member): void {
    if (!takeOut(this.#waiting, child)) return
    this.#individual ??= new Set()
    this.#individual.add(child)
  }

  /** It has settled. */
  remove(child: Member): void {
    if (this.#individual?.delete(child) === true) this.#shielded?.delete(child)
    else if (!takeOut(this.#waiting, child)) this.#leaveWithdrawn(child)
  }

  #leaveWithdrawn(child: Member): void {
    if (!takeOut(this.#withdrawn, child) || this.#withdrawn?.size !== 0) return
    this.#withdrawn = undefined
    this.#abort = undefined
  }

  /** The block is over in which it was spawned. */
  leftBlock(child: Member): void {
    this.#shielded?.delete(child)
  }

  /** Nothing of it lives any more. */
  clear(): void {
    this.#waiting = undefined
    this.#withdrawn = undefined
    this.#abort = undefined
    this.#individual = undefined
    this.#shielded = undefined
    this.#untold = undefined
    this.attempt = undefined
    // Detached ones may still live.
    if (!this.mayBeUnheard) this.#unlistened = undefined
  }

  /**
   * Aborts all that wait, in a step that is short however many they are. Gives those: what settles leaves that row.
   * `escalates`: it is put on record with those that were aborted before, and haven't settled.
   */
  abortWaiting(reason: AbortReason, at: number, escalates: boolean): NumberedRow<Member> | undefined {
    if (this.#abort !== undefined) {
      // Those that have settled keep theirs.
      if (escalates) this.#abort = this.#abort.escalated(reason)
      return undefined
    }
    if (this.#waiting === undefined || this.#waiting.size === 0) return undefined
    this.#abort = new AbortState(reason, at)
    this.#withdrawn = this.#waiting
    this.#waiting = undefined
    return this.#withdrawn
  }

  /** The abort of the parent by which a child is being aborted that was never sent. */
  abortOf(child: Member): AbortState | undefined {
    return this.#withdrawn?.has(child.siblingNumber, child) === true ? this.#abort : undefined
  }

  /** One has failed, and nobody knows of that but who is on the way to be told. */
  addUntold(failure: UntoldFailure, delivery: Delivery): void {
    this.#untold ??= new UntoldFailures()
    this.#untold.add(failure, delivery)
  }

  takeUntold(): readonly UntoldFailure[] {
    return this.#untold?.takeAll() ?? []
  }

  /** The body has ended without having listened to these; those of a later attempt come behind. */
  addUnlistened(ranges: readonly number[]): void {
    this.#unlistened = this.#unlistened === undefined ? ranges : [...this.#unlistened, ...ranges]
  }

  /** Whether it has ended without having listened to the child of that index. */
  isUnlistened(index: number): boolean {
    return this.#unlistened !== undefined && isWithin(this.#unlistened, index)
  }
}

const NONE: readonly never[] = []

/** Takes a child out of a row; `false` if it isn't there. */
function takeOut<Member extends Child>(row: NumberedRow<Member> | undefined, child: Member): boolean {
  if (row === undefined || !row.has(child.siblingNumber, child)) return false
  row.delete(child.siblingNumber)
  return true
}

/** Whether a number lies in one of the ranges, which are given by first and last in pairs, in order. */
function isWithin(ranges: readonly number[], wanted: number): boolean {
  const at = lowerBound(ranges.length / 2, (pair) => (ranges[2 * pair + 1] as number) < wanted)
  const first = ranges[2 * at]
  return first !== undefined && first <= wanted
}
