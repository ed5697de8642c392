// The handle of a child, in the thread of the body that spawned it. While it is awaited, that body is parked.

import { BaseHandle, type ActionAddress, type ActionTypes } from '../../src/handle.js'
import type { CancelOptions } from '../../src/options.js'
import { decodeOutcome } from '../../src/protocol/outcome-codec.js'
import type { EncodedOutcome, Outcome, Phase } from '../../src/protocol/outcome.js'
import { isTerminal } from '../../src/protocol/outcome.js'
import type { EventObject } from '../../src/protocol/event-object.js'
import type { Remote } from '../../src/remote.js'
import type { Body } from './body.js'
import { remoteOf } from './body-channels.js'

/** What `ctx.spawn` returns. */
export class ChildHandle extends BaseHandle<unknown, ActionTypes> {
  readonly #parent: Body
  readonly #bound: boolean
  #encoded: EncodedOutcome | undefined

  /** `bound`: aborts of its parent are its own, since it is neither detached nor shielded. */
  constructor(parent: Body, id: string, name: string, bound: boolean) {
    super(id, name, parent.waitHooks)
    this.#parent = parent
    this.#bound = bound
  }

  /** It isn't told that it is being aborted together with its parent: that can be seen here. */
  override get phase(): Phase {
    const phase = super.phase
    return this.#bound && this.#parent.scope.isNoted && !isTerminal(phase) ? 'aborting' : phase
  }

  get ref(): ActionAddress {
    return { run: this.#parent.info.run, action: this.id, name: this.name }
  }

  send(message: EventObject): boolean {
    return !isTerminal(this.phase) && this.#parent.send(this.#parent.info.run, this.id, message)
  }

  remote<Api extends object>(): Promise<Remote<Api>> {
    return remoteOf(this.#parent, this) as Promise<Remote<Api>>
  }

  cancel(reason?: unknown, options?: CancelOptions): void {
    if (!isTerminal(this.phase)) this.#parent.cancelChild(this.id, reason, options)
  }

  protected warn(message: string): void {
    this.#parent.log('warn', message)
  }

  /** Whether this is a child of that body: combinators cancel only those (S20). */
  belongsTo(body: Body): boolean {
    return this.#parent === body
  }

  /** Whether anybody has asked how it ends, of which its parent has been told. */
  get isListenedTo(): boolean {
    return this.listened
  }

  /** Whether its parent's end should name it as not listened to (S19). */
  get isUnheard(): boolean {
    return !this.listened && this.phase !== 'succeeded' && this.phase !== 'aborted'
  }

  /** How it failed, once that is known. */
  get failure(): (Outcome<unknown> & { status: 'failed' | 'timedOut' }) | undefined {
    if (this.phase !== 'failed' && this.phase !== 'timedOut') return undefined
    const { outcome } = this
    return outcome?.status === 'failed' || outcome?.status === 'timedOut' ? outcome : undefined
  }

  /** From the runtime: its phase. */
  receivePhase(phase: Phase): void {
    this.changePhase(phase)
  }

  /** From the runtime: a report. */
  receiveReport(value: unknown): void {
    this.takeReport(value)
  }

  /** From the runtime: an event that it emitted. */
  receiveEmit(event: EventObject): void {
    this.#parent.host.callBack(this.#parent, () =>
      this.takeEmit(event, (error) => this.#parent.host.failBody(this.#parent, error)),
    )
  }

  /** From the runtime: the end. */
  receiveEncoded(outcome: EncodedOutcome): void {
    this.#encoded = outcome
    this.settle(outcome.status)
    this.#parent.childEnded(this)
  }

  protected override decode(): Outcome<unknown> {
    const { scope, info } = this.#parent
    const reason = scope.reason?.reason
    const encoded = this.#encoded as EncodedOutcome
    this.#encoded = undefined
    return decodeOutcome(encoded, reason && { reason, run: info.run, action: this.id })
  }

  /** The end of a child that never came to be. */
  receiveOutcome(outcome: Outcome<unknown>): void {
    this.settle(outcome.status, outcome)
    // One that wasn't even sent is its caller's, who got the handle.
    if (this.#parent.children.has(this.id)) this.#parent.childEnded(this)
    else this.#parent.listenedTo(this)
  }

  protected override firstListened(): void {
    this.#parent.listenedTo(this)
  }
}
