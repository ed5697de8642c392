// A run as the runtime sees it: its root, and the records of its actions.

import type { RunSnapshot } from '../events.js'
import type { ActionNode } from './action-node.js'
import type { Inspector } from './inspector.js'
import type { RunHandle } from '../run.js'
import { FairShare } from '../scheduling/fair-queue.js'
import { ROOT_ID } from '../protocol/ids.js'
import type { Outcome, TerminalPhase } from '../protocol/outcome.js'

/** Puts into an outcome what hasn't come through the port. */
export type CompleteOutcome = (
  outcome: Outcome<unknown>,
  where: { readonly run: string; readonly action: string },
) => Outcome<unknown>

/** One run. */
export class RunState {
  readonly name: string
  /** Whether the app has given it; else it ends with the number. */
  readonly nameIsChosen: boolean
  /** Counted up, by runtime. */
  readonly number: number
  readonly inspect: Inspector | undefined
  /** Its account with the scheduler. */
  readonly share: FairShare = new FairShare()
  /** What the app holds of it. */
  handle: RunHandle | undefined
  /** How many records of settled actions are kept, without the root's. The records' own, as the next one. */
  keptActions = 0
  /** Its records aren't kept any more. */
  isForgotten = false
  /** Failures that nobody has heard of (S19). */
  unheard = 0
  #isWatched: boolean
  /** Puts into the root's outcome what hasn't come through the port. */
  complete: CompleteOutcome | undefined
  /** Stops listening to the signal that the call was given. */
  unlink: (() => void) | undefined
  #root: ActionNode | undefined
  #nodes: Map<string, ActionNode> | undefined
  #dropped: Record<TerminalPhase, number> | undefined

  constructor(name: string, nameIsChosen: boolean, number: number, inspect: Inspector | undefined) {
    this.name = name
    this.nameIsChosen = nameIsChosen
    this.number = number
    this.inspect = inspect
    this.#isWatched = inspect !== undefined
  }

  get root(): ActionNode {
    if (this.#root === undefined) throw new Error(`run '${this.name}' has no root yet`)
    return this.#root
  }

  set root(root: ActionNode) {
    this.#root = root
  }

  /**
   * Live actions and kept records, by id, in the order of their spawns. Made when there is more than the root, or
   * somebody looks: an app that serves requests has thousands of runs of one action each.
   */
  get nodes(): Map<string, ActionNode> {
    if (this.#nodes === undefined) {
      this.#nodes = new Map()
      if (this.#root !== undefined) this.#nodes.set(ROOT_ID, this.#root)
    }
    return this.#nodes
  }

  /** Settled actions whose records are no longer kept, by how they ended. */
  get dropped(): Record<TerminalPhase, number> {
    this.#dropped ??= { succeeded: 0, failed: 0, aborted: 0, timedOut: 0 }
    return this.#dropped
  }

  /** Whether somebody can see its actors: then each action has one, from its spawn on. */
  get isWatched(): boolean {
    return this.#isWatched
  }

  /** Somebody looks: every live action shows its actor. */
  watch(): void {
    if (this.#isWatched) return
    this.#isWatched = true
    for (const node of this.nodes.values()) if (!node.isSettled) void node.actor
  }

  snapshot(): RunSnapshot {
    return {
      run: this.name,
      phase: this.root.phase,
      actions: [...this.nodes.values()].map((node) => node.record()),
    }
  }
}
