// A run as the runtime sees it: its root, and the records of its actions.

import type { RunSnapshot } from '../events.js'
import type { ActionNode } from './action-node.js'
import type { Inspector } from './inspector.js'
import type { RunHandle } from '../run.js'
import { FairShare } from '../scheduling/fair-queue.js'
import type { EventObject } from '../protocol/event-object.js'
import type { Outcome, Phase, TerminalPhase } from '../protocol/outcome.js'

/** One run. */
export class RunState {
  readonly name: string
  readonly inspect: Inspector | undefined
  /** Its account with the scheduler. */
  readonly share: FairShare = new FairShare()
  /** What the app holds of it. */
  handle: RunHandle | undefined
  /** Live actions and kept records, by id, in the order of their spawns. */
  readonly nodes: Map<string, ActionNode> = new Map()
  /** Settled actions whose records are no longer kept, by how they ended. */
  readonly dropped: Record<TerminalPhase, number> = { succeeded: 0, failed: 0, aborted: 0, timedOut: 0 }
  /** How many records of settled actions are kept, without the root's. The records' own, as the next one. */
  keptActions = 0
  /** Its records aren't kept any more. */
  isForgotten = false
  /** Failures that nobody has heard of (S19). */
  unheard = 0
  #isWatched: boolean
  /** Told of the root's phases, end, reports and emits. */
  onPhase: ((phase: Phase) => void) | undefined
  onSettled: ((outcome: Outcome<unknown>) => void) | undefined
  onReport: ((value: unknown) => void) | undefined
  onEmit: ((event: EventObject) => void) | undefined
  #root: ActionNode | undefined

  constructor(name: string, inspect: Inspector | undefined) {
    this.name = name
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
