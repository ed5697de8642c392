// The records of what lives and what has ended (S24). The oldest ones go first, also inside live runs.

import { HoledRow } from '../../collections/holed-row.js'
import { lowerBound } from '../../collections/lower-bound.js'
import { childIndex, ROOT_ID, spawnerId } from '../../protocol/ids.js'
import type { TerminalPhase } from '../../protocol/outcome.js'
import type { Retention } from '../../runtime.js'
import type { Action } from './action.js'
import type { RecordsObserver } from '../runtime-access.js'
import type { RunState } from './run-state.js'

/** How a run's name ends that nobody has chosen: with its number. */
const NUMBER_AT_END = /-(\d+)$/

/** Runs, and the order in which things ended. */
export class Records {
  readonly #retain: Retention
  /**
   * By number, which is the order in which they came; of forgotten ones, the number is left for a while. Not a map by
   * name: a run is seldom asked for by its name, and many come and go at once.
   */
  #runs: (RunState<Action> | number)[] = []
  #forgotten = 0
  /** Those whose names were chosen. */
  readonly #byChosenName = new Map<string, RunState<Action>>()
  // Rows with holes: nothing that is gone is held for another's sake, and what goes first costs no search.
  readonly #finished = new HoledRow<RunState<Action>>()
  /** In the order of their ends; an action settles after its children, so none here has a live descendant. */
  readonly #settled = new HoledRow<Action>()
  /** The control server, while there is one. */
  observer: RecordsObserver | undefined

  constructor(retain: Retention) {
    this.#retain = retain
  }

  /** All runs, live and kept, in the order in which they came. */
  *runs(): IterableIterator<RunState<Action>> {
    for (const run of this.#runs) if (typeof run !== 'number') yield run
  }

  run(name: string): RunState<Action> | undefined {
    const chosen = this.#byChosenName.get(name)
    if (chosen !== undefined) return chosen
    const number = NUMBER_AT_END.exec(name)?.[1]
    if (number === undefined) return undefined
    const run = this.#runs[this.#indexOf(Number(number))]
    return typeof run === 'object' && run.name === name ? run : undefined
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
  addRun(run: RunState<Action>): void {
    if (run.nameIsChosen) {
      const earlier = this.run(run.name)
      if (earlier !== undefined) this.#forget(earlier)
      this.#byChosenName.set(run.name, run)
    }
    this.#runs.push(run)
  }

  /** An action has ended: its record is kept for a while. */
  settled(action: Action): void {
    const { run } = action
    if (action.parent === undefined) {
      // The root's record lives and goes with its run.
      if (this.#retain.runs === 0) {
        this.#forget(run)
        return
      }
      this.#finished.push(run)
      while (this.#finished.size > this.#retain.runs) this.#forget(this.#finished.first as RunState<Action>)
      return
    }
    this.#settled.push(action)
    run.keptActions += 1
    while (this.#settled.size > this.#retain.actions) {
      const oldest = this.#settled.first as Action
      this.#settled.remove(oldest)
      const { run: its } = oldest
      its.actions.remove(oldest)
      its.keptActions -= 1
      its.dropped[oldest.phase as TerminalPhase] += 1
      noteIfUntold(oldest)
      this.observer?.dropped(oldest)
    }
  }

  /** Removes a run from all indexes at once (S29). Its records are still there for whoever holds its handle. */
  #forget(run: RunState<Action>): void {
    this.#finished.remove(run)
    if (run.keptActions > 0) {
      for (const action of run.actions.values()) this.#settled.remove(action)
      run.keptActions = 0
    }
    if (run.nameIsChosen && this.#byChosenName.get(run.name) === run) this.#byChosenName.delete(run.name)
    let at = this.#indexOf(run.number)
    while (at < this.#runs.length && this.#runs[at] !== run) at += 1
    if (at < this.#runs.length) {
      this.#runs[at] = run.number
      this.#forgotten += 1
    }
    this.observer?.forgotten(run)
    if (this.#forgotten < 64 || this.#forgotten * 2 < this.#runs.length) return
    this.#runs = this.#runs.filter((one) => typeof one !== 'number')
    this.#forgotten = 0
  }

  /** Where a run of that number stands, or would stand. */
  #indexOf(number: number): number {
    return lowerBound(this.#runs.length, (at) => {
      const run = this.#runs[at] as RunState<Action> | number
      return (typeof run === 'number' ? run : run.number) < number
    })
  }
}

/** What only the record of an action has told is told by its spawner, whose body may not have heard of it yet (S19). */
function noteIfUntold(action: Action): void {
  const { run, id, name, phase } = action
  if (phase !== 'failed' && phase !== 'timedOut') return
  const above = spawnerId(id)
  const spawner = above === undefined || above === ROOT_ID ? run.root : run.actions.get(above)
  // Of what a body that has ended didn't listen to, each failure is told as it comes.
  if (spawner === undefined || spawner.hasEnded || spawner.children.isUnlistened(childIndex(id))) return
  const { outcome } = action
  if (outcome?.status === 'failed' || outcome?.status === 'timedOut')
    spawner.addUntold({ id, name, status: outcome.status, error: outcome.error })
}
