// A run: the handle of its root, and the view of everything under it.

import type { MessagePort } from 'node:worker_threads'
import type { ActionActorRef } from '../actors/action.js'
import { RemoteClient } from './channels/remote-client.js'
import { remoteObject } from './channels/remote-object.js'
import { checkedMessage, type CheckedMessage } from './checked-message.js'
import type { ActionRecord } from './events.js'
import { BaseHandle, type ActionAddress, type ActionHandle, type ActionTypes } from './handle.js'
import { milliseconds, type CancelOptions } from './options.js'
import { ROOT_ID } from './protocol/ids.js'
import type { EventObject } from './protocol/event-object.js'
import type { Outcome, Phase, TerminalPhase } from './protocol/outcome.js'
import type { Remote } from './remote.js'
import type { RunState } from './runtime/run-state.js'

/** What `runtime.run` and `runtime.scope` return: the handle of the root action, and of the run with it. */
export interface Run<Output = unknown, Types extends ActionTypes = ActionTypes> extends ActionHandle<
  Output,
  Types
> {
  /** Name of the run, by which it is aborted from outside. */
  readonly run: string
  /** Where it is shown; `undefined` unless the runtime is served. */
  readonly url: string | undefined
  /** How many records of settled actions are no longer kept, by how they ended. */
  readonly dropped: Readonly<Record<TerminalPhase, number>>
  /** How many failures nobody had asked for (S19). */
  readonly unheard: number
  /** The root action's XState actor: `subscribe` to it; `inspect` of the runtime shows the whole tree. */
  readonly actor: ActionActorRef | undefined
  /** What is kept of its actions, in the order in which they were spawned. */
  actions(): ActionRecord[]
}

/** What runs need of their runtime: one object for all of them. */
export interface RunControl {
  phase(run: RunState): Phase
  cancel(run: RunState, reason: unknown, options: CancelOptions): void
  /** Logs an entry of the root's. */
  warn(run: RunState, message: string): void
  /** Where the run is shown; `undefined` unless the runtime is served. */
  url(run: RunState): string | undefined
  send(run: RunState, message: CheckedMessage): boolean
  connect(run: RunState, port: MessagePort): void
}

/** The implementation of `Run`. */
export class RunHandle extends BaseHandle<unknown, ActionTypes> implements Run {
  readonly #state: RunState | undefined
  readonly #control: RunControl | undefined
  /** What it would have been called. */
  readonly #refused: string | undefined
  #remote: RemoteClient | undefined

  constructor(name: string, state: RunState, control: RunControl)
  /** The handle of a run that was refused. */
  constructor(name: string, refused: string)
  constructor(name: string, state: RunState | string, control?: RunControl) {
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
      this.#remote = new RemoteClient({ run, action, name, outcome: this.watch(), request })
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
    this.#state.watch()
    return this.#state.root.actor
  }

  actions(): ActionRecord[] {
    if (this.#state === undefined) return []
    return [...this.#state.nodes.values()].map((node) => node.record())
  }

  cancel(reason?: unknown, options: CancelOptions = {}): void {
    if (options.graceMs !== undefined) milliseconds(options.graceMs, `cancel of run '${this.run}'`, 'graceMs')
    if (this.#state !== undefined && !this.isSettled) this.#control?.cancel(this.#state, reason, options)
  }

  protected warn(message: string): void {
    this.#ask((control, state) => control.warn(state, message))
  }

  /** Nothing, where the run was refused. */
  #ask<Answer>(question: (control: RunControl, state: RunState) => Answer): Answer | undefined {
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

  /** From the runtime: the end. */
  receiveOutcome(outcome: Outcome<unknown>): void {
    this.settle(outcome.status, outcome)
  }
}
