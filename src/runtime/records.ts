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

/**
 * What is kept, oldest first. Not a set: one that loses its first and gains a last all the time keeps a hole for each
 * that has gone, which the next look at its first has to pass; that was a fifth of the time it took to stop 100 000.
 */
class Kept<T> {
  readonly #isForgotten: (item: T) => boolean
  #items: (T | undefined)[] = []
  #first = 0
  #size = 0

  constructor(isForgotten: (item: T) => boolean) {
    this.#isForgotten = isForgotten
  }

  get size(): number {
    return this.#size
  }

  add(item: T): void {
    this.#items.push(item)
    this.#size += 1
  }

  /** Takes the oldest out that isn't forgotten. */
  takeOldest(): T | undefined {
    while (this.#first < this.#items.length) {
      const item = this.#items[this.#first] as T
      this.#items[this.#first] = undefined
      this.#first += 1
      if (this.#isForgotten(item)) continue
      this.#size -= 1
      this.#compact()
      return item
    }
    return undefined
  }

  /** So many of those that are here are forgotten now. */
  forgot(count: number): void {
    this.#size -= count
    this.#compact()
  }

  #compact(): void {
    if (this.#size === 0) {
      this.#items.length = 0
    } else {
      if (this.#items.length < 64 || this.#items.length < 2 * this.#size) return
      this.#items = this.#items.filter((item) => item !== undefined && !this.#isForgotten(item))
    }
    this.#first = 0
  }
}

/** Runs by name, and the order in which things ended. */
export class Records {
  readonly #retain: Retention
  readonly #runs = new Map<string, RunState>()
  readonly #finished = new Kept<RunState>((run) => run.isForgotten)
  /** In the order of their ends; an action settles after its children, so none here has a live descendant. */
  readonly #settled = new Kept<ActionNode>(({ run }) => run.isForgotten)

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
    if (earlier !== undefined) {
      this.#forget(earlier)
      this.#finished.forgot(1)
    }
    this.#runs.set(run.name, run)
  }

  /** An action has ended: its record is kept for a while. */
  settled(node: ActionNode): void {
    const { run } = node
    if (node.parent === undefined) {
      // The root's record lives and goes with its run.
      this.#finished.add(run)
      while (this.#finished.size > this.#retain.runs) this.#forget(this.#finished.takeOldest() as RunState)
      return
    }
    this.#settled.add(node)
    run.keptActions += 1
    while (this.#settled.size > this.#retain.actions) {
      const oldest = this.#settled.takeOldest() as ActionNode
      oldest.run.nodes.delete(oldest.id)
      oldest.run.keptActions -= 1
      oldest.run.dropped[oldest.phase as TerminalPhase] += 1
    }
  }

  #forget(run: RunState): void {
    run.isForgotten = true
    this.#settled.forgot(run.keptActions)
    if (this.#runs.get(run.name) === run) this.#runs.delete(run.name)
  }
}
