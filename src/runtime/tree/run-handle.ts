// The handle that the app holds of a run: asks the runtime by its control, and hears from it what happens.

import type { MessagePort } from 'node:worker_threads'
import type { ActionActorRef } from '../../action-actor.js'
import { RemoteClient } from '../../channels/remote-client.js'
import { remoteObject } from '../../channels/remote-object.js'
import { checkedMessage, type CheckedMessage } from '../../checks/checked-message.js'
import type { ActionRecord } from '../../events.js'
import type { ActionAddress, ActionTypes } from '../../handle.js'
import { BaseHandle } from '../../handles/base-handle.js'
import { checkCancelOptions, type CancelOptions } from '../../options.js'
import type { EventObject } from '../../protocol/event-object.js'
import { ROOT_ID } from '../../protocol/ids.js'
import type { Outcome, Phase, TerminalPhase } from '../../protocol/outcome.js'
import type { Remote } from '../../remote.js'
import type { Run } from '../../run.js'
import type { ExternalAborts } from '../abort/external-abort.js'
import { reasonOf } from '../abort/reason-of.js'
import type { Action } from './action.js'
import type { RunListener, RunState } from './run-state.js'

/** What runs need of their runtime: one object for all of them. */
export interface RunControl {
  phase(run: RunState<Action>): Phase
  /** Looks which of what was sent has started: nothing is told while a thread computes (S11). */
  noteStarts(): void
  /** The entry point by which a handle, too, aborts its run. */
  readonly aborts: Pick<ExternalAborts, 'abortAction'>
  /** Logs an entry of the root's. */
  warn(run: RunState<Action>, message: string): void
  /** Where the run is shown; `undefined` unless the runtime is served. */
  url(run: RunState<Action>): string | undefined
  send(run: RunState<Action>, message: CheckedMessage): boolean
  connect(run: RunState<Action>, port: MessagePort): void
}

/** The implementation of `Run`. */
export class RunHandle extends BaseHandle<unknown, ActionTypes> implements Run, RunListener {
  readonly #state: RunState<Action> | undefined
  readonly #control: RunControl | undefined
  /** What it would have been called. */
  readonly #refused: string | undefined
  #remote: RemoteClient | undefined
  /** Once it has ended: the record doesn't hold it, since its snapshot has the output. */
  #actor: ActionActorRef | undefined

  constructor(name: string, state: RunState<Action>, control: RunControl)
  /** The handle of a run that was refused. */
  constructor(name: string, refused: string)
  constructor(name: string, state: RunState<Action> | string, control?: RunControl) {
    super(ROOT_ID, name)
    if (typeof state === 'string') this.#refused = state
    else this.#state = state
    this.#control = control
  }

  get run(): string {
    return this.#state?.name ?? (this.#refused as string)
  }

  override get phase(): Phase {
    return this.isSettled ? super.phase : (this.#ask((control, state) => control.phase(state)) ?? super.phase)
  }

  get ref(): ActionAddress {
    return { run: this.run, action: this.id, name: this.name }
  }

  get url(): string | undefined {
    return this.#ask((control, state) => control.url(state))
  }

  send(message: EventObject): boolean {
    if (this.isSettled || this.#control === undefined || this.#state === undefined) return false
    const { run, id } = this
    const checked = checkedMessage(message, `run '${run}'`, { run, action: id })
    return this.#control.send(this.#state, checked)
  }

  async remote<Api extends object>(): Promise<Remote<Api>> {
    if (this.#remote === undefined) {
      const { run, id: action, name } = this
      const request = (port: MessagePort): void => this.#ask((control, state) => control.connect(state, port))
      this.#remote = new RemoteClient({ run, action, name, outcome: this.whenEnded(), request })
    }
    const remote = this.#remote
    await remote.connected()
    return remoteObject(
      (path, parameters) => remote.call(path, parameters),
      `remote of run '${this.run}'`,
    ) as Remote<Api>
  }

  get dropped(): Readonly<Record<TerminalPhase, number>> {
    return { succeeded: 0, failed: 0, aborted: 0, timedOut: 0, ...this.#state?.dropped }
  }

  get unheard(): number {
    return this.#state?.unheard ?? 0
  }

  get actor(): ActionActorRef | undefined {
    if (this.#state === undefined) return undefined
    const { root } = this.#state
    if (this.isSettled)
      return (this.#actor ??= root.finalActor(this.outcome as Outcome<unknown>, this.lastReport))
    this.#state.watch()
    return root.actor
  }

  actions(): ActionRecord[] {
    if (this.#state === undefined) return []
    this.#control?.noteStarts()
    return [...this.#state.actions.values()].map((action) => action.record())
  }

  cancel(reason?: unknown, options: CancelOptions = {}): void {
    checkCancelOptions(options, `cancel of run '${this.run}'`)
    if (this.#state === undefined || this.isSettled) return
    this.#control?.aborts.abortAction(this.#state.root, reasonOf('cancel', reason, 'cancelled'), options)
  }

  warn(message: string): void {
    this.#ask((control, state) => control.warn(state, message))
  }

  /** Nothing, where the run was refused. */
  #ask<Answer>(question: (control: RunControl, state: RunState<Action>) => Answer): Answer | undefined {
    if (this.#control === undefined || this.#state === undefined) return undefined
    return question(this.#control, this.#state)
  }

  /** From the runtime: a report of the root. */
  receiveReport(value: unknown): void {
    this.takeReport(value)
  }

  /** From the runtime: a change of phase. */
  receivePhase(phase: Phase): void {
    this.changePhase(phase)
  }

  /** From the runtime: an event that the root emitted. What a listener throws is the app's, as from any emitter. */
  receiveEmit(event: EventObject): void {
    this.takeEmit(event, (error) => {
      queueMicrotask(() => {
        throw error
      })
    })
  }

  /** From the runtime: it is about to end, and this is its actor, if it has one. */
  holdActor(actor: ActionActorRef | undefined): void {
    this.#actor = actor
  }

  /** From the runtime: the end. */
  receiveOutcome(outcome: Outcome<unknown>): void {
    this.recallOutcome(outcome)
    this.rejectUnlessHeard()
  }

  /** The same for a handle that is made of a record: it has ended before, and is no news to anybody (S19). */
  recallOutcome(outcome: Outcome<unknown>): void {
    this.settle(outcome.status, outcome)
  }

  protected override get isErrorObserved(): boolean {
    return this.#state?.root.isErrorObserved === true
  }
}
