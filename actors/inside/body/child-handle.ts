// The handle of a child, in the thread of the body that spawned it. While it is awaited, that body is parked.

import { childId } from '../../../src/protocol/ids.js'
import type { ActionAddress, ActionTypes, ReportStream } from '../../../src/handle.js'
import { BaseHandle } from '../../../src/handles/base-handle.js'
import { checkCancelOptions, type CancelOptions } from '../../../src/options.js'
import { decodeOutcome } from '../../../src/protocol/outcome-codec.js'
import type { EncodedOutcome, Outcome, Phase } from '../../../src/protocol/outcome.js'
import { isTerminal, type TerminalPhase } from '../../../src/protocol/outcome.js'
import type { EventObject } from '../../../src/protocol/event-object.js'
import type { Remote } from '../../../src/remote.js'
import type { Body } from './body.js'
import type { Child } from './body-children.js'
import { remoteOf } from './calls.js'
import { quietly, quietlyThen } from './waits.js'

/** What `ctx.spawn` returns. */
export class ChildHandle extends BaseHandle<unknown, ActionTypes> implements Child {
  readonly index: number
  readonly #parent: Body
  readonly #bound: boolean
  /** How it has ended: what hasn't been decoded yet. In the app's own thread, first what comes ahead of the message that says so. */
  #end: TerminalPhase | EncodedOutcome | undefined

  /** `bound`: aborts of its parent are its own, since it is neither detached nor shielded. */
  constructor(parent: Body, index: number, name: string, bound: boolean) {
    super(childId(parent.info.id, index), name, parent.waitHooks)
    this.index = index
    this.#parent = parent
    this.#bound = bound
  }

  /**
   * In the app's own thread, what the runtime says at this very moment (S15). In others, what they have been told; that it is
   * being aborted together with its parent, or by that one's end, isn't told, but can be seen here.
   */
  override get phase(): Phase {
    const phase = super.phase
    if (isTerminal(phase)) return phase
    const { host, info, scope, isLive } = this.#parent
    const noted = typeof this.#end === 'string' ? this.#end : undefined
    const known = noted ?? host.phaseOf?.(info.run, this.id)
    if (known !== undefined) return known
    return this.#bound && (scope.isNoted || !isLive) ? 'aborting' : phase
  }

  /** Whether it has ended: the runtime isn't asked for more. */
  get #isOver(): boolean {
    return this.isSettled || this.#end !== undefined
  }

  get ref(): ActionAddress {
    return { run: this.#parent.info.run, action: this.id, name: this.name }
  }

  send(message: EventObject): boolean {
    return !this.#isOver && this.#parent.output.send(this.#parent.info.run, this.id, message)
  }

  remote<Api extends object>(): Promise<Remote<Api>> {
    return quietly(this.#parent, remoteOf(this.#parent, this)) as Promise<Remote<Api>>
  }

  // oxlint-disable-next-line unicorn/no-thenable -- a handle is awaitable by design
  override then<Fulfilled = unknown, Rejected = never>(
    onFulfilled?: ((output: unknown) => Fulfilled | PromiseLike<Fulfilled>) | null,
    onRejected?: ((error: unknown) => Rejected | PromiseLike<Rejected>) | null,
  ): Promise<Fulfilled | Rejected> {
    return quietlyThen(
      this.#parent,
      (fulfilled, rejected) => super.then(fulfilled, rejected),
      onFulfilled,
      onRejected,
    )
  }

  override finally(onFinally?: (() => void) | null): Promise<unknown> {
    return quietly(this.#parent, super.finally(onFinally))
  }

  override reports(): ReportStream<unknown> {
    if (!this.isSettled) this.#parent.children.readFrom(this)
    return super.reports()
  }

  override on(type: string, listener: (event: never) => void): () => void {
    if (!this.isSettled) this.#parent.children.readFrom(this)
    return super.on(type, listener)
  }

  cancel(reason?: unknown, options?: CancelOptions): void {
    checkCancelOptions(options, `cancel of action ${this.id}`)
    if (!this.#isOver) this.#parent.children.cancel(this.id, reason, options)
  }

  warn(message: string): void {
    this.#parent.output.log('warn', message)
  }

  /** Whether this is a child of that body: combinators cancel only those (S20). */
  belongsTo(body: Body): boolean {
    return this.#parent === body
  }

  /** Waits for its end without asking how that is. */
  ended(): Promise<unknown> {
    return this.whenSettled()
  }

  /** The runtime, from the same thread: how it has ended. */
  noteEnd(phase: TerminalPhase): void {
    this.#end = phase
  }

  /** Its parent's body has ended. */
  parentEnded(): void {
    this.holderEnded()
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
    if (this.#parent.isAlive) {
      this.#parent.callBack(() => this.takeEmit(event, (error) => this.#parent.fail(error)))
      return
    }
    // Those who listen are others: what they throw is as what any emitter's listeners do.
    this.takeEmit(event, (error) => {
      queueMicrotask(() => {
        throw error
      })
    })
  }

  /** From the runtime: the end. */
  receiveEncoded(outcome: EncodedOutcome): void {
    this.#end = outcome
    // Only here, since there may be very many when it ends: those that it has awaited are never answered (S15).
    if (!this.#parent.isLive) this.holderEnded()
    this.settle(outcome.status)
    this.#parent.children.ended(this)
  }

  protected override decode(): Outcome<unknown> {
    const { scope, info } = this.#parent
    const encoded = this.#end as EncodedOutcome
    this.#end = undefined
    return decodeOutcome(encoded, { run: info.run, action: this.id }, scope.reason?.reason)
  }

  /** The end of a child that never came to be. */
  receiveOutcome(outcome: Outcome<unknown>): void {
    this.settle(outcome.status, outcome)
    // One that wasn't even sent is its caller's, who got the handle.
    const { children } = this.#parent
    if (children.get(this.id) === this) children.ended(this)
    else children.listenedTo(this)
  }

  protected override firstListened(): void {
    this.#parent.children.listenedTo(this)
  }
}
