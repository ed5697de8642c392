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

/** How a run's name ends that nobody has chosen: with its number. */
const NUMBER_AT_END = /-(\d+)$/

/** Runs, and the order in which things ended. */
export class Records {
  readonly #retain: Retention
  /**
   * By number, which is the order in which they came; forgotten ones among them for a while. Not a map by name: of
   * 100 000 runs at once it took a seventh of the main thread's time, and a run is seldom asked for by its name.
   */
  #runs: RunState[] = []
  #forgotten = 0
  /** Those whose names were chosen. */
  readonly #byChosenName = new Map<string, RunState>()
  readonly #finished = new Kept<RunState>((run) => run.isForgotten)
  /** In the order of their ends; an action settles after its children, so none here has a live descendant. */
  readonly #settled = new Kept<ActionNode>(({ run }) => run.isForgotten)

  constructor(retain: Retention) {
    this.#retain = retain
  }

  /** All runs, live and kept, in the order in which they came. */
  *runs(): IterableIterator<RunState> {
    for (const run of this.#runs) if (!run.isForgotten) yield run
  }

  run(name: string): RunState | undefined {
    const chosen = this.#byChosenName.get(name)
    if (chosen !== undefined) return chosen
    const number = NUMBER_AT_END.exec(name)?.[1]
    if (number === undefined) return undefined
    const run = this.#runs[this.#indexOf(Number(number))]
    return run?.name === name && !run.isForgotten ? run : undefined
  }

  /** Whether any run, live or kept, has been given its name. */
  get hasChosenNames(): boolean {
    return this.#byChosenName.size > 0
  }

  /** Whether a run, live or kept, has been given that name. */
  isChosenName(name: string): boolean {
    return this.#byChosenName.has(name)
  }

  /** A finished run of the same name is forgotten (S22). Names that weren't chosen don't meet. */
  addRun(run: RunState): void {
    if (run.nameIsChosen) {
      const earlier = this.run(run.name)
      if (earlier !== undefined) {
        this.#forget(earlier)
        this.#finished.forgot(1)
      }
      this.#byChosenName.set(run.name, run)
    }
    this.#runs.push(run)
  }

  /** An action has ended: its record is kept for a while. */
  settled(node: ActionNode): void {
    const { run } = node
    if (node.parent === undefined) {
      // The root's record lives and goes with its run.
      if (this.#retain.runs === 0) {
        this.#forget(run)
        return
      }
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
    if (run.nameIsChosen && this.#byChosenName.get(run.name) === run) this.#byChosenName.delete(run.name)
    this.#forgotten += 1
    if (this.#forgotten < 64 || this.#forgotten * 2 < this.#runs.length) return
    this.#runs = this.#runs.filter((one) => !one.isForgotten)
    this.#forgotten = 0
  }

  /** Where a run of that number stands, or would stand. */
  #indexOf(number: number): number {
    let low = 0
    let high = this.#runs.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#runs[middle] as RunState).number < number) low = middle + 1
      else high = middle
    }
    return low
  }
}
