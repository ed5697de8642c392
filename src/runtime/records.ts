// What is remembered of what has ended (S24): the oldest records go first, also inside live runs.

import type { TerminalPhase } from '../protocol/outcome.js'
import type { ActionNode } from './action-node.js'
import type { RunState } from './run-state.js'

/** How much is kept. */
export interface Retention {
  /** Finished runs. */
  readonly runs: number
  /** Settled actions, of all runs together. */
  readonly actions: number
}

/** Runs by name, and the order in which things ended. */
export class Records {
  readonly #retain: Retention
  readonly #runs = new Map<string, RunState>()
  readonly #finished = new Set<RunState>()
  /** In the order of their ends; an action settles after its children, so none here has a live descendant. */
  readonly #settled = new Set<ActionNode>()

  constructor(retain: Retention) {
    this.#retain = retain
  }

  /** All runs, live and kept. */
  runs(): IterableIterator<RunState> {
    return this.#runs.values()
  }

  run(name: string): RunState | undefined {
    return this.#runs.get(name)
  }

  /** A finished run of that name is forgotten (S22). */
  addRun(run: RunState): void {
    const earlier = this.#runs.get(run.name)
    if (earlier !== undefined) this.#forget(earlier)
    this.#runs.set(run.name, run)
  }

  /** An action has ended: its record is kept for a while. */
  settled(node: ActionNode): void {
    const { run } = node
    const isRoot = node.parent === undefined
    if (isRoot) {
      this.#finished.add(run)
      // The root's record lives and goes with its run.
      for (const oldest of this.#finished) {
        if (this.#finished.size <= this.#retain.runs) break
        this.#forget(oldest)
      }
      return
    }
    this.#settled.add(node)
    for (const oldest of this.#settled) {
      if (this.#settled.size <= this.#retain.actions) break
      this.#settled.delete(oldest)
      oldest.run.nodes.delete(oldest.id)
      oldest.run.dropped[oldest.phase as TerminalPhase] += 1
    }
  }

  #forget(run: RunState): void {
    this.#finished.delete(run)
    for (const node of run.nodes.values()) this.#settled.delete(node)
    if (this.#runs.get(run.name) === run) this.#runs.delete(run.name)
  }
}
