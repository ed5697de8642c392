// Aborts that are asked for through the server: what is meant, what that stops, and how far each has come. A selection is
// found and aborted in one synchronous step, so that it is what the one who asked has seen at one moment.

import { randomBytes } from 'node:crypto'
import type { AbortSeenEvent, ActionEvent, PhaseEvent } from '../../../events.js'
import type { AbortHow } from '../../../protocol/errors/errors.js'
import { ROOT_ID } from '../../../protocol/ids.js'
import { isTerminal, type Phase } from '../../../protocol/outcome.js'
import type { ObservedAction, RuntimeAccess, StoppedActions } from '../../../runtime/runtime-access.js'
import type { AbortAnswer, AbortProgress } from '../../api.js'
import type { ActionEntry, RunIndex } from './catalog.js'
import { eachEntry } from './pages.js'
import type { Filter } from './selection.js'
import type { TimeSlices } from './time-slices.js'

/** How many aborts are remembered, and how many targets of all of them are. */
const KEPT_OPERATIONS = 1000
const KEPT_TARGETS = 50_000
const SHOWN_TARGETS = 1000
/** How many of what is stopped an answer names. */
const NAMED = 5
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

/**
 * One abort that was accepted. Whether an action ends by it is seen by the reason that it has: no action is remembered that has
 * that from here, since there may be very many.
 */
export class AbortOperation {
  readonly run: string
  readonly #progress: { -readonly [Key in keyof AbortProgress]: AbortProgress[Key] }
  /** When each of the actions that were aborted was, by id: the reason of all under one bears both. */
  readonly #abortedAt = new Map<string, number>()
  /** Were being stopped before, for another reason. */
  readonly #others = new Set<ObservedAction>()
  /** Those that have been told, and haven't ended. */
  readonly #told = new Set<ObservedAction>()
  /** When its progress was last told to the streams. */
  toldAt = 0

  constructor(
    run: string,
    order: AbortOrder,
    at: number,
    { targets, stopped, together }: Pick<StoppedActions, 'targets' | 'stopped' | 'together'>,
  ) {
    this.run = run
    this.#progress = {
      abort: randomBytes(6).toString('hex'),
      run,
      at,
      by: order.by,
      message: order.reason ?? 'aborted from outside',
      ...(order.graceMs !== undefined && { graceMs: order.graceMs }),
      force: order.force,
      targets: targets.slice(0, SHOWN_TARGETS).map((action) => action.id),
      requested: stopped.length + together,
      acknowledged: 0,
      settled: 0,
      cooperative: 0,
      forced: 0,
      abandoned: 0,
      neverStarted: 0,
    }
    for (const { id, reason } of targets)
      if (reason?.source === 'external' && reason.origin === id) this.#abortedAt.set(id, reason.at)
    for (const action of stopped) {
      if (action.isSettled) {
        const { outcome } = action
        this.#settle(action, at, outcome !== undefined && 'how' in outcome ? outcome.how : undefined)
        continue
      }
      if (action.abortDeliveredAt !== undefined) this.#tell(action)
      if (!this.#isReason(action)) this.#others.add(action)
    }
  }

  get isOver(): boolean {
    return this.#progress.settled === this.#progress.requested
  }

  /** How many targets its progress names. */
  get targets(): number {
    return this.#progress.targets.length
  }

  /** Ids of the actions that were aborted: what ends by it has one of these as the origin of its reason. */
  get origins(): Iterable<string> {
    return this.#abortedAt.keys()
  }

  /** Those that end by it for another reason, as far as they haven't ended. */
  get others(): Iterable<ObservedAction> {
    return this.#others
  }

  /** It is over, and only remembered: nothing is held for it but its progress (S29). */
  close(): void {
    this.#abortedAt.clear()
    this.#others.clear()
    this.#told.clear()
  }

  /** How far it has come. */
  progress(): AbortProgress {
    return { ...this.#progress }
  }

  /** Takes in that an action has been told of its abort, or has ended; whether that was news. */
  take(action: ObservedAction, event: PhaseEvent | AbortSeenEvent): boolean {
    if (!this.#concerns(action)) return false
    if (event.type === 'abortSeen') return this.#tell(action)
    this.#settle(action, event.at, event.how)
    return true
  }

  /** What is spawned later isn't meant; nor what a shield has protected until then, which the same abort hits later (S14). */
  #concerns(action: ObservedAction): boolean {
    if (this.#others.has(action)) return true
    const { abortRequestedAt, firstQueuedAt } = action
    const latest = Math.max(firstQueuedAt, abortRequestedAt ?? Infinity)
    return latest <= this.#progress.at && this.#isReason(action)
  }

  #isReason({ reason }: ObservedAction): boolean {
    return reason !== undefined && this.#abortedAt.get(reason.origin) === reason.at
  }

  #tell(action: ObservedAction): boolean {
    if (this.#told.has(action)) return false
    this.#told.add(action)
    this.#progress.acknowledged += 1
    return true
  }

  #settle(action: ObservedAction, at: number, how: AbortHow | undefined): void {
    if (!this.#told.delete(action)) this.#progress.acknowledged += 1
    this.#others.delete(action)
    this.#progress.settled += 1
    if (this.isOver) this.#progress.settledAt = at
    if (how === 'never-started') this.#progress.neverStarted += 1
    else if (how !== undefined) this.#progress[how] += 1
  }
}

/** All aborts that were asked for through one server. */
export class AbortOperations {
  readonly #access: RuntimeAccess
  readonly #operations = new Map<string, AbortOperation>()
  /** Those that aren't over, by the names of runs and the origins of reasons there. */
  readonly #byOrigin = new Map<string, Map<string, Set<AbortOperation>>>()
  /** The same, by those that end by them for another reason. */
  readonly #byOther = new Map<ObservedAction, Set<AbortOperation>>()
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
    const { targets, accepted, stopped, together } = this.#access.aborts.abortChosen(
      index.run,
      () => (selected = found()).meant,
      { reason, by, graceMs, force },
      dryRun,
    )
    const { meant, finished, phase } = selected
    let operation: AbortOperation | undefined
    if (!dryRun && accepted > 0) {
      operation = new AbortOperation(index.name, order, this.#access.now(), { targets, stopped, together })
      this.#keep(operation)
    }
    return {
      run: index.name,
      accepted: accepted > 0,
      dryRun,
      ...(isOne && phase !== undefined && { phase: meant[0]?.phase ?? phase }),
      matched: meant.length,
      finished,
      requested: accepted === 0 ? 0 : stopped.length + together,
      named: accepted === 0 ? [] : stopped.slice(0, NAMED).map(({ id, name }) => ({ id, name })),
      ...(operation && { progress: operation.progress() }),
    }
  }

  /** Takes in an event. */
  take(event: ActionEvent, entry: ActionEntry): void {
    const hasEnded = event.type === 'phase' && isTerminal(event.phase)
    if (event.type !== 'abortSeen' && (event.type !== 'phase' || !hasEnded)) return
    const { action } = entry
    const origin = action.reason?.origin
    const byReason = origin === undefined ? undefined : this.#byOrigin.get(event.run)?.get(origin)
    for (const operations of [byReason, this.#byOther.get(action)])
      for (const operation of operations ?? []) {
        if (!operation.take(action, event)) continue
        if (operation.isOver) this.#forget(operation)
        this.#onProgress(operation)
      }
    if (hasEnded) this.#byOther.delete(action)
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
    if (operation.isOver) operation.close()
    else this.#await(operation)
    this.#targets += operation.targets
    for (const [abort, oldest] of this.#operations) {
      if (this.#operations.size <= KEPT_OPERATIONS && this.#targets <= KEPT_TARGETS) break
      this.#operations.delete(abort)
      this.#targets -= oldest.targets
    }
    this.#onProgress(operation)
  }

  #await(operation: AbortOperation): void {
    const { run, origins, others } = operation
    const ofRun = this.#byOrigin.get(run) ?? new Map<string, Set<AbortOperation>>()
    this.#byOrigin.set(run, ofRun)
    for (const origin of origins) addTo(ofRun, origin, operation)
    for (const action of others) addTo(this.#byOther, action, operation)
  }

  /** It is over: nothing is of interest to it any more. */
  #forget(operation: AbortOperation): void {
    const { run, origins } = operation
    const ofRun = this.#byOrigin.get(run)
    for (const origin of origins) {
      const operations = ofRun?.get(origin)
      operations?.delete(operation)
      if (operations?.size === 0) ofRun?.delete(origin)
    }
    if (ofRun?.size === 0) this.#byOrigin.delete(run)
    operation.close()
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

function addTo<Key>(map: Map<Key, Set<AbortOperation>>, key: Key, operation: AbortOperation): void {
  const operations = map.get(key)
  if (operations === undefined) map.set(key, new Set([operation]))
  else operations.add(operation)
}
