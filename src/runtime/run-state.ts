// A run as the runtime sees it: its name, its root, and the records of its actions.

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

/** What the runs of one runtime have in common. */
export interface RunSource {
  /** Part of each name that wasn't chosen. */
  readonly tag: string
  readonly inspect: Inspector | undefined
}

/** One run. It is its own account with the scheduler: an object less, of 100 000 at once. */
export class RunState extends FairShare {
  /** Whether the app has given its name; else that ends with the number. */
  readonly nameIsChosen: boolean
  /** Counted up, by runtime. */
  readonly number: number
  readonly #source: RunSource
  /** The root's definition. */
  readonly #of: string
  #name: string | undefined
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

  /** `of`: the name of the root's definition. */
  constructor(source: RunSource, number: number, of: string, chosenName: string | undefined) {
    super()
    this.#source = source
    this.number = number
    this.#of = of
    this.#name = chosenName
    this.nameIsChosen = chosenName !== undefined
    this.#isWatched = source.inspect !== undefined
  }

  /** The chosen one, or `<definition>-<tag>-<number>`, which is made when somebody asks: in bulk, at its start. */
  get name(): string {
    this.#name ??= freshName(this.#source, this.number, this.#of)
    return this.#name
  }

  get inspect(): Inspector | undefined {
    return this.#source.inspect
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

/** A name that is short enough to type, and isn't that of a run in another process that is shown beside it. */
export function freshName({ tag }: RunSource, number: number, of: string): string {
  return `${of}-${tag}-${number}`
}
