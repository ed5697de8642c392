// The children of one action: which live, which have ever been sent to a thread, what their spawner has said of them. Apart
// from the action itself, since most have none.

import type { AbortState } from './abort-state.js'
import type { ActionNode } from './action-node.js'

const NO_CHILDREN: ReadonlySet<ActionNode> = new Set()

/** What an action knows of its children. */
export class Family {
  /** The index of the last one that is known of (S9, S24). */
  lastIndex = 0
  /** One was spawned detached, or one has failed: not all that may be unheard of are live children (S19). */
  hasOthers = false
  #live: Set<ActionNode> | undefined
  /** Those that have been sent to a thread, whatever has become of that. */
  #sent: Set<ActionNode> | undefined
  /** How many of the live ones were spawned in a shield. */
  #shielded = 0
  /** Those whose handles the body neither awaited nor asked how they end: first and last index of each row of them (S19). */
  #unlistened: readonly number[] | undefined
  /**
   * The abort of all that had never been sent when it came, up to a place in the order of all spawns. None of 100 000 is
   * touched for it: each is marked when it settles, and until then says by this that it is being aborted.
   */
  #abort: AbortState | undefined
  #abortedUpTo = 0
  /** They were aborted one by one: some of those that wait may be marked, and settle a little later. */
  wereMarked = false

  /** Those that haven't settled. */
  get live(): ReadonlySet<ActionNode> {
    return this.#live ?? NO_CHILDREN
  }

  get size(): number {
    return this.#live === undefined ? 0 : this.#live.size
  }

  /** Those of them that have ever been sent. */
  get sent(): ReadonlySet<ActionNode> {
    return this.#sent ?? NO_CHILDREN
  }

  /** How many live ones have never been sent. */
  get waiting(): number {
    return this.size - this.sent.size
  }

  get shielded(): number {
    return this.#shielded
  }

  add(child: ActionNode): void {
    this.#live ??= new Set()
    this.#live.add(child)
    if (child.shield !== undefined) this.#shielded += 1
  }

  wasSent(child: ActionNode): void {
    this.#sent ??= new Set()
    this.#sent.add(child)
  }

  remove(child: ActionNode): void {
    if (this.#live?.delete(child) !== true) return
    this.#sent?.delete(child)
    if (child.shield !== undefined) this.#shielded -= 1
    if (this.#live.size > 0) return
    this.#abort = undefined
    this.wereMarked = false
  }

  /** Nothing of it lives any more. */
  clear(): void {
    this.#live = undefined
    this.#sent = undefined
    this.#abort = undefined
    // Detached ones may still live.
    if (!this.hasOthers) this.#unlistened = undefined
  }

  /** Aborts all that have never been sent, as far as they were spawned by now. */
  abortWaiting(state: AbortState, upTo: number): void {
    this.#abort = state
    this.#abortedUpTo = upTo
  }

  /** Whether some of those that wait may be being aborted already. */
  get mayBeAborted(): boolean {
    return this.#abort !== undefined || this.wereMarked
  }

  /** The abort by which a child that waits, and has none of its own, is being aborted. */
  abortOf(child: ActionNode): AbortState | undefined {
    if (this.#abort === undefined || child.sequence > this.#abortedUpTo) return undefined
    return this.#sent?.has(child) === true ? undefined : this.#abort
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

/** Whether a number lies in one of the ranges, which are given by first and last in pairs, in order. */
function isWithin(ranges: readonly number[], wanted: number): boolean {
  let low = 0
  let high = ranges.length / 2
  while (low < high) {
    const middle = (low + high) >> 1
    if ((ranges[2 * middle + 1] as number) < wanted) low = middle + 1
    else high = middle
  }
  const first = ranges[2 * low]
  return first !== undefined && first <= wanted
}
