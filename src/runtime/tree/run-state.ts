// A run as the runtime sees it: its name, its root, and the records of its actions.

import type { ActionActorRef } from '../../action-actor.js'
import type { ActionRecord, RunSnapshot } from '../../events.js'
import type { EventObject } from '../../protocol/event-object.js'
import type { Inspector } from '../../runtime.js'
import { FairShare } from '../../scheduling/fair-queue.js'
import { ROOT_ID } from '../../protocol/ids.js'
import type { Outcome, Phase, TerminalPhase } from '../../protocol/outcome.js'
import { RunActions, type RunActionsItem } from './run-actions.js'

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

/** Who is told what becomes of a run: the handle that the app holds. */
export interface RunListener {
  /** What it was told of last. */
  readonly lastReport: unknown
  receivePhase(phase: Phase): void
  receiveReport(value: unknown): void
  receiveEmit(event: EventObject): void
  /** It is about to end, and this is its actor, if it has one. */
  holdActor(actor: ActionActorRef | undefined): void
  receiveOutcome(outcome: Outcome<unknown>): void
}

/** What a run needs of its actions. */
export interface RunMember extends RunActionsItem {
  readonly phase: Phase
  readonly isSettled: boolean
  /** Made when somebody looks. */
  readonly actor: ActionActorRef
  record(): ActionRecord
}

/** One run. It is its own account with the scheduler, so that a run is one object. */
export class RunState<Member extends RunMember> extends FairShare {
  /** Whether the app has given its name; else that ends with the number. */
  readonly nameIsChosen: boolean
  /** Counted up, by runtime. */
  readonly number: number
  readonly #source: RunSource
  /** The root's definition. */
  readonly #of: string
  #name: string | undefined
  #handle: RunListener | WeakRef<RunListener> | undefined
  /** How many records of settled actions are kept, without the root's. The records' own. */
  keptActions = 0
  /** Failures that nobody has heard of (S19). */
  unheard = 0
  #isWatched: boolean
  /** Puts into the root's outcome what hasn't come through the port. */
  complete: CompleteOutcome | undefined
  /** Stops listening to the signal that the call was given. */
  unlink: (() => void) | undefined
  #root: Member | undefined
  #actions: RunActions<Member> | undefined
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

  /** What the app holds of it; `undefined` once it has ended and nobody holds it any more. */
  get handle(): RunListener | undefined {
    return this.#handle instanceof WeakRef ? this.#handle.deref() : this.#handle
  }

  set handle(handle: RunListener | undefined) {
    this.#handle = handle
  }

  /** It has ended, and its handle has what no record keeps: only the app holds that from here on (S29). */
  letGoOfHandle(): void {
    if (this.#handle !== undefined && !(this.#handle instanceof WeakRef))
      this.#handle = new WeakRef(this.#handle)
  }

  get inspect(): Inspector | undefined {
    return this.#source.inspect
  }

  get root(): Member {
    if (this.#root === undefined) throw new Error(`run '${this.name}' has no root yet`)
    return this.#root
  }

  set root(root: Member) {
    this.#root = root
  }

  /**
   * Live actions and kept records, by id, in the order of their spawns. Made when there is more than the root, or
   * somebody looks: most runs of an app that serves requests have one action.
   */
  get actions(): RunActions<Member> {
    if (this.#actions === undefined) {
      this.#actions = new RunActions()
      if (this.#root !== undefined) this.#actions.set(ROOT_ID, this.#root)
    }
    return this.#actions
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
    for (const action of this.actions.values()) if (!action.isSettled) void action.actor
  }

  snapshot(): RunSnapshot {
    return {
      run: this.name,
      phase: this.root.phase,
      actions: [...this.actions.values()].map((action) => action.record()),
    }
  }
}

/** A name that is short enough to type, and isn't that of a run in another process that is shown beside it. */
export function freshName({ tag }: RunSource, number: number, of: string): string {
  return `${of}-${tag}-${number}`
}
