// The entry point for all aborts from outside: the app's, a handle's, a signal's, an actor's, the control server's, the end of the
// runtime. It reads what the threads have sent before it looks, finds what is meant, aborts it, and says what that stops.

import type { CancelOptions } from '../../options.js'
import type { AbortReason } from '../../protocol/errors/abort-reason.js'
import type { Clock } from '../../protocol/clock.js'
import { messageOf } from '../../protocol/values/describe-value.js'
import { ActionNotFoundError } from '../../protocol/errors/errors.js'
import { childIndex, isActionId, spawnerId } from '../../protocol/ids.js'
import type { TerminalPhase } from '../../protocol/outcome.js'
import type {
  ActionsById,
  AbortAccess,
  ExternalAbort,
  FinishedAction,
  ObservedAction,
  ObservedRun,
  StoppedActions,
} from '../runtime-access.js'
import type { Action } from '../tree/action.js'
import type { Records } from '../tree/records.js'
import type { RunState } from '../tree/run-state.js'
import type { Cancellation } from './abort.js'
import { AT_ONCE } from './settle-queue.js'

/** What external aborts need of the runtime. */
export interface ExternalAbortsOptions {
  readonly now: Clock
  readonly records: Records
  /** Reads what the threads have sent. */
  readonly drain: () => void
  readonly cancellation: Pick<Cancellation, 'abort'>
}

/** A reason of which only place and time are missing. */
export type UnplacedReason = Omit<AbortReason, 'origin' | 'at'>

/** Aborts from outside, in one runtime. */
export class ExternalAborts implements AbortAccess {
  readonly #options: ExternalAbortsOptions

  constructor(options: ExternalAbortsOptions) {
    this.#options = options
  }

  look<Found>(find: () => Found): Found {
    // What has just been spawned or has just ended is known then (S4).
    this.#options.drain()
    return find()
  }

  find(run: ObservedRun, id: string): ObservedAction | FinishedAction {
    return findAction(run, id)
  }

  /** Aborts an action of the run of that name; says whether that came before its end, and where it stands now. */
  abort(
    runName: string,
    id: string,
    abort: ExternalAbort,
  ): { readonly accepted: boolean; readonly phase: Action['phase'] } {
    const run = this.#options.records.run(runName)
    const known = run?.actions.get(id)
    const target =
      known !== undefined && onlyEscalates(known, abort)
        ? known
        : this.look(() => findAction(findRun(this.#options.records, runName), id))
    if (!('id' in target)) return { accepted: false, phase: target.phase }
    const accepted = this.#abort(target, abort)
    return { accepted, phase: target.phase }
  }

  /**
   * Aborts an action; `false` if its end came first. A scope that has returned is not aborted by what follows from it: its response's
   * end, say (S4).
   */
  abortAction(action: Action, reason: UnplacedReason, urgency: CancelOptions): boolean {
    const abort = (): boolean => this.#abortFor(action, reason, urgency)
    return onlyEscalates(action, urgency) ? abort() : this.look(abort)
  }

  /** Aborts all runs that live: the runtime ends (S22). */
  abortAll(message: string, urgency: CancelOptions): void {
    this.look(() => {
      for (const { root } of this.#options.records.runs())
        if (!root.isSettled) this.#abortFor(root, { source: 'shutdown', message }, urgency)
    })
  }

  abortChosen(
    observed: ObservedRun,
    choose: () => readonly ObservedAction[],
    abort: ExternalAbort,
    isPlan: boolean,
  ): StoppedActions {
    const chosen = this.look(choose)
    // Of a run that another has taken the name of, nothing lives (S22).
    const run = this.#options.records.run(observed.name)
    const own = chosen.map(({ id }) => run?.actions.get(id)).filter((one, at) => one === chosen[at])
    const targets = topmost(own as readonly Action[])
    const { actions, crowded } = liveUnder(targets)
    let accepted = 0
    for (const target of targets) {
      if (isPlan ? !target.isDecided : this.#abort(target, abort)) accepted += 1
    }
    const stopped = actions.filter((action) =>
      isPlan ? !action.isDecided && !action.isShielded : action.reason !== undefined,
    )
    let together = 0
    for (const { children } of crowded) together += isPlan ? children.waitingCount : children.withdrawnCount
    return { targets, accepted, stopped, together }
  }

  #abortFor(target: Action, reason: UnplacedReason, urgency: CancelOptions): boolean {
    const { source, message, by } = reason
    // Not by a spread: the body hears of it when all this has been done.
    const full: AbortReason = { source, message, origin: target.id, at: this.#options.now() }
    if (by !== undefined) full.by = by
    if ('cause' in reason) full.cause = reason.cause
    return this.#options.cancellation.abort(target, full, urgency)
  }

  #abort(target: Action, { reason, by, graceMs, force }: ExternalAbort): boolean {
    const message = reason === undefined ? 'aborted from outside' : messageOf(reason)
    const who = by === undefined ? 'api' : messageOf(by)
    return this.#abortFor(target, { source: 'external', message, by: who }, { graceMs, force })
  }
}

/**
 * Whether an abort comes to one that is aborted already: it is recorded, whatever its thread may have answered since (I3). Two in
 * one step would otherwise be one or two, as the thread is quick. Force looks first: it stops nothing that has ended.
 */
function onlyEscalates(target: Action, { force }: CancelOptions): boolean {
  return target.phase === 'aborting' && force !== true
}

/** The run of that name; throws an `ActionNotFoundError` that names the others. */
function findRun(records: Records, name: string): RunState<Action> {
  const run = records.run(name)
  if (run !== undefined) return run
  const known = [...records.runs()].map((one) => `'${one.name}'`)
  const shown = `${known.length > 10 ? `${known.length}, the last ones ` : ''}${known.slice(-10).join(', ')}`
  throw new ActionNotFoundError(
    `there is no run '${name}' (any more); ${known.length === 0 ? 'there are none' : `there are ${shown}`}. A run's name is run.run`,
    { run: name },
  )
}

/** An action of a run, or, where its record is gone, that it is finished; unknown ids throw (S24). */
function findAction<Known extends ObservedAction>(
  run: Pick<ObservedRun, 'name' | 'dropped'> & { readonly actions: ActionsById<Known> },
  id: string,
): Known | FinishedAction {
  const action = run.actions.get(id)
  if (action !== undefined) return action
  for (let child = id, parent = spawnerId(id); isActionId(id) && parent !== undefined;) {
    const known = run.actions.get(parent)
    // That it has ended is known; how, only as far as all that are forgotten ended alike.
    if (known !== undefined && childIndex(child) <= known.lastIndex) return { phase: mostOften(run.dropped) }
    if (known !== undefined) break
    child = parent
    parent = spawnerId(parent)
  }
  throw new ActionNotFoundError(
    `run '${run.name}' has no action '${id}'; its actions have ids such as ${[...run.actions.keys()].slice(-3).join(', ')}`,
    { run: run.name, action: id },
  )
}

/** How most of the settled actions ended whose records are gone. */
function mostOften(dropped: Readonly<Record<TerminalPhase, number>>): TerminalPhase {
  const phases = Object.keys(dropped) as TerminalPhase[]
  return phases.reduce((most, phase) => (dropped[phase] > dropped[most] ? phase : most))
}

/** Those that no other one of them has above it: the rest ends with these. */
function topmost(actions: readonly Action[]): Action[] {
  const chosen = new Set(actions)
  /** Of those on the way up, whether one of them or above them is chosen: each is looked at once. */
  const known = new Map<Action, boolean>()
  return actions.filter((action) => {
    const path: Action[] = []
    let isUnder = false
    for (let above = action.parent; above !== undefined; above = above.parent) {
      const before = known.get(above) ?? (chosen.has(above) ? true : undefined)
      if (before !== undefined) {
        isUnder = before
        break
      }
      path.push(above)
    }
    for (const one of path) known.set(one, isUnder)
    return !isUnder
  })
}

/**
 * They, none of which is under another, and all that is live under them, but for what waits under those that are `crowded`:
 * an abort touches none of that, since it would hold the app's loop (S2).
 */
function liveUnder(targets: readonly Action[]): { actions: Action[]; crowded: Action[] } {
  const actions = [...targets]
  const crowded: Action[] = []
  // The array grows while it is walked.
  for (const action of actions) {
    if (!action.hasChildren) continue
    const { children } = action
    const isCrowded = children.waitingCount > AT_ONCE
    if (isCrowded) crowded.push(action)
    for (const child of isCrowded ? children.individual : children) actions.push(child)
  }
  return { actions, crowded }
}
