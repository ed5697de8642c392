// Aborts that are asked for through the server: what is meant, what that stops, and how far each has come. A selection is
// found and aborted in one synchronous step, so that it is what the one who asked has seen at one moment.

import { randomBytes } from 'node:crypto'
import type { ActionEvent } from '../../../events.js'
import { ROOT_ID } from '../../../protocol/ids.js'
import { isTerminal, type Phase } from '../../../protocol/outcome.js'
import type { ObservedAction, RuntimeAccess } from '../../../runtime/runtime-access.js'
import type { AbortAnswer, AbortProgress } from '../../api.js'
import type { ActionEntry, RunIndex } from './catalog.js'
import { eachEntry } from './pages.js'
import type { Filter } from './selection.js'
import type { TimeSlices } from './time-slices.js'

/** How many aborts are remembered, and how many targets of all of them are. */
const KEPT_OPERATIONS = 1000
const KEPT_TARGETS = 50_000
const SHOWN_TARGETS = 1000
/** So few that have changed are looked at in the step of the abort itself. */
const LAST_LOOK = 200
/** How often what has changed meanwhile is looked through ahead of that, however much it is. */
const PASSES = 8

/** What is asked for. */
export interface AbortOrder {
  readonly reason: string | undefined
  readonly by: string
  readonly graceMs: number | undefined
  readonly force: boolean
  readonly dryRun: boolean
}

/** Which actions of the run are meant: it itself, these, or those that pass a test; those that must pass both. */
export interface AbortTargets {
  readonly ids?: readonly string[] | undefined
  readonly matches?: Filter | undefined
}

/** The run itself. */
export const WHOLE_RUN: AbortTargets = { ids: [ROOT_ID] }

/** One abort that was accepted. */
export class AbortOperation {
  readonly run: string
  readonly #progress: { -readonly [Key in keyof AbortProgress]: AbortProgress[Key] }
  /** Those that haven't been told yet, and those that haven't ended. */
  readonly #untold: Set<ObservedAction>
  readonly #live: Set<ObservedAction>
  /** When its progress was last told to the streams. */
  toldAt = 0

  constructor(
    run: string,
    order: AbortOrder,
    at: number,
    targets: readonly ObservedAction[],
    actions: ReadonlySet<ObservedAction>,
  ) {
    this.run = run
    const live = [...actions].filter((action) => !action.isSettled)
    this.#live = new Set(live)
    this.#untold = new Set(live.filter((action) => action.abortDeliveredAt === undefined))
    this.#progress = {
      abort: randomBytes(6).toString('hex'),
      run,
      at,
      by: order.by,
      message: order.reason ?? 'aborted from outside',
      ...(order.graceMs !== undefined && { graceMs: order.graceMs }),
      force: order.force,
      targets: targets.slice(0, SHOWN_TARGETS).map((action) => action.id),
      requested: actions.size,
      acknowledged: actions.size - this.#untold.size,
      settled: actions.size - live.length,
      cooperative: 0,
      forced: 0,
      abandoned: 0,
      neverStarted: 0,
    }
    for (const action of actions) if (action.isSettled) this.#count(action)
    if (live.length === 0) this.#progress.settledAt = at
  }

  get isOver(): boolean {
    return this.#live.size === 0
  }

  /** How many targets its progress names. */
  get targets(): number {
    return this.#progress.targets.length
  }

  /** Those that haven't ended. */
  get live(): ReadonlySet<ObservedAction> {
    return this.#live
  }

  /** How far it has come. */
  progress(): AbortProgress {
    return { ...this.#progress }
  }

  /** Takes in an event of an action; whether that was news. */
  take(action: ObservedAction, event: ActionEvent): boolean {
    const hasEnded = event.type === 'phase' && isTerminal(event.phase)
    const isTold = (hasEnded || event.type === 'abortSeen') && this.#untold.delete(action)
    if (isTold) this.#progress.acknowledged += 1
    if (hasEnded && this.#live.delete(action)) {
      this.#progress.settled += 1
      this.#count(action)
      if (this.#live.size === 0) this.#progress.settledAt = event.at
      return true
    }
    return isTold
  }

  #count({ outcome }: ObservedAction): void {
    if (outcome === undefined || !('how' in outcome)) return
    if (outcome.how === 'never-started') this.#progress.neverStarted += 1
    else this.#progress[outcome.how] += 1
  }
}

/** All aborts that were asked for through one server. */
export class AbortOperations {
  readonly #access: RuntimeAccess
  readonly #operations = new Map<string, AbortOperation>()
  /** Those that aren't over, by the actions that they still wait for. */
  readonly #waiting = new Map<ObservedAction, AbortOperation[]>()
  #targets = 0
  readonly #slices: TimeSlices
  readonly #onProgress: (operation: AbortOperation) => void

  /** `onProgress` is called with each one that has come further. */
  constructor(access: RuntimeAccess, slices: TimeSlices, onProgress: (operation: AbortOperation) => void) {
    this.#access = access
    this.#slices = slices
    this.#onProgress = onProgress
  }

  /**
   * Aborts what is meant; `isOne`: that is one action, whose phase is told. Rejects with an `ActionNotFoundError`, and
   * aborts nothing, if one of the ids isn't known.
   *
   * What is meant is looked for in slices first. Then, in one synchronous step (S2), what has changed meanwhile is looked
   * at again, and all of it is aborted: so the selection is that of one moment, and the step doesn't take longer for
   * how it was made. It takes as long as there is to abort.
   */
  async abort(
    index: RunIndex,
    { ids, matches }: AbortTargets,
    order: AbortOrder,
    isOne: boolean,
  ): Promise<AbortAnswer> {
    const found =
      ids === undefined
        ? await this.#lookThrough(index, matches)
        : await this.#lookUp(index, [...new Set(ids)], matches)
    let selected = new Found()
    const { reason, by, graceMs, force, dryRun } = order
    const { targets, accepted, stopped } = this.#access.aborts.abortChosen(
      index.run,
      () => (selected = found()).meant,
      { reason, by, graceMs, force },
      dryRun,
    )
    const { meant, finished, phase } = selected
    let operation: AbortOperation | undefined
    if (!dryRun && accepted > 0) {
      operation = new AbortOperation(index.name, order, this.#access.now(), targets, stopped)
      this.#keep(operation)
    }
    return {
      run: index.name,
      accepted: accepted > 0,
      dryRun,
      ...(isOne && phase !== undefined && { phase: meant[0]?.phase ?? phase }),
      matched: meant.length,
      finished,
      requested: accepted === 0 ? 0 : stopped.size,
      ...(operation && { progress: operation.progress() }),
    }
  }

  /** Takes in an event. */
  take(event: ActionEvent, entry: ActionEntry): void {
    const { action } = entry
    const operations = this.#waiting.get(action)
    if (operations === undefined) return
    if (event.type === 'phase' && isTerminal(event.phase)) this.#waiting.delete(action)
    for (const operation of operations) if (operation.take(action, event)) this.#onProgress(operation)
  }

  /** The abort of that id. */
  operation(abort: string): AbortOperation | undefined {
    return this.#operations.get(abort)
  }

  /** The aborts of a run, newest first. */
  operations(run: string): AbortOperation[] {
    return [...this.#operations.values()].filter((operation) => operation.run === run).toReversed()
  }

  #keep(operation: AbortOperation): void {
    this.#operations.set(operation.progress().abort, operation)
    for (const action of operation.live) {
      const others = this.#waiting.get(action)
      if (others === undefined) this.#waiting.set(action, [operation])
      else others.push(operation)
    }
    this.#targets += operation.targets
    for (const [abort, oldest] of this.#operations) {
      if (this.#operations.size <= KEPT_OPERATIONS && this.#targets <= KEPT_TARGETS) break
      this.#operations.delete(abort)
      this.#targets -= oldest.targets
    }
    this.#onProgress(operation)
  }

  /** Looks through all actions of a run, and again through those that have changed; gives the last look, to be taken at once. */
  async #lookThrough(index: RunIndex, matches: Filter | undefined): Promise<() => Found> {
    const slices = this.#slices
    const chosen = new Set<ActionEntry>()
    const look = (entry: ActionEntry): void => {
      if (matches === undefined || matches(entry)) chosen.add(entry)
      else chosen.delete(entry)
    }
    let changedAfter = -1
    for (let pass = 0; pass < PASSES; pass += 1) {
      const { seq } = this.#access.events
      let looked = 0
      for await (const some of eachEntry(() => index.entries, -1, slices)) {
        for (const entry of some) {
          if (entry.changedSeq <= changedAfter) continue
          looked += 1
          look(entry)
          if (slices.isOver) await slices.next()
        }
      }
      changedAfter = seq
      if (looked <= LAST_LOOK) break
    }
    return () => {
      const found = new Found()
      for (const entry of index.entries) {
        if (entry.changedSeq > changedAfter) look(entry)
        if (entry.isKept && chosen.has(entry)) found.take(entry.action)
      }
      return found
    }
  }

  /** The same for actions that were named. */
  async #lookUp(index: RunIndex, ids: readonly string[], matches: Filter | undefined): Promise<() => Found> {
    const slices = this.#slices
    const { aborts } = this.#access
    const { seq } = this.#access.events
    const looked = new Map<string, { readonly entry: ActionEntry; readonly isMeant: boolean }>()
    for (const id of ids) {
      if (slices.isOver) await slices.next()
      const entry = index.entry(id)
      if (entry !== undefined) looked.set(id, { entry, isMeant: matches === undefined || matches(entry) })
    }
    return () => {
      const found = new Found()
      for (const id of ids) {
        const before = looked.get(id)
        if (before?.entry.isKept === true && before.entry.changedSeq <= seq) {
          if (before.isMeant) found.take(before.entry.action)
          continue
        }
        const action = aborts.find(index.run, id)
        if (!('id' in action)) {
          found.finished += 1
          found.phase = action.phase
          continue
        }
        const entry = index.entry(id)
        if (matches === undefined || (entry !== undefined && matches(entry))) found.take(action)
      }
      return found
    }
  }
}

/** What was found to be meant. */
class Found {
  readonly meant: ObservedAction[] = []
  finished = 0
  phase: Phase | undefined

  take(action: ObservedAction): void {
    this.phase = action.phase
    if (action.isSettled) this.finished += 1
    else this.meant.push(action)
  }
}
