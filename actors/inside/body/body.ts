// One attempt of one action, inside: its life. The claim word is its life on both sides: parking and resuming are exchanges
// on it, so that a body which the main thread has dropped is never continued.

import type { FullDefinition } from '../../../src/action.js'
import type { WaitHooks } from '../../../src/collections/push-stream.js'
import type { ActionInfo } from '../../../src/context.js'
import { captureContext, inNobodysContext, type AsyncContext } from '../../../src/protocol/async-context.js'
import { ClaimState, type AttemptTicket, type Claims } from '../../../src/protocol/claims.js'
import type { Clock } from '../../../src/protocol/clock.js'
import type { ActionAbortedError } from '../../../src/protocol/errors/errors.js'
import { brandOf } from '../../../src/protocol/errors/is-heddle-error.js'
import type { ToRuntime } from '../../../src/protocol/messages.js'
import type { Phase } from '../../../src/protocol/outcome.js'
import type { Outbox } from '../outbox.js'
import { AbortScope, type Shield } from './abort-scope.js'
import { BodyChannels } from './body-channels.js'
import { BodyChildren } from './body-children.js'
import { BodyOutput } from './body-output.js'
import { currentBody } from './current-body.js'
import { BodyMailbox } from './mailbox.js'
import type { TrialCheckpoints } from './trial-checkpoints.js'
import type { WaitScope } from './waits.js'
import { world } from '../../../src/protocol/world.js'

/** What a body needs of the host that runs it. */
export interface BodyHost {
  readonly claims: Claims
  readonly outbox: Outbox
  readonly now: Clock
  /** Looks for aborts that have arrived: one function for all bodies. */
  readonly poll: () => void
  /** In the app's own thread: where an action stands at this very moment, if it is on record. */
  readonly phaseOf: ((run: string, id: string) => Phase | undefined) | undefined
  /** The number by which this lane knows a definition; the runtime is told of it first. */
  numberOf(definition: FullDefinition): number
  /** A body's share is free. */
  parked(body: Body): void
  /** A body goes on. */
  resumed(body: Body): void
  /** The main thread has given a body up. */
  dropped(body: Body, wasLoading: boolean): void
  /** Fails a body from outside its call. */
  failBody(body: Body, thrown: unknown): void
  /** Calls something of a body's that isn't its own call: a listener, say. What it throws fails the body. */
  callBack(body: Body, call: () => void): void
}

/** A body and the scope under which it does something: its own, or a shield's. */
export type BodyScope = WaitScope<Body>

/** Where a body stands. */
export type BodyState =
  /** Its module is being imported: it hasn't been entered. */
  | 'loading'
  | 'live'
  /** The same, aborted, and its grace is over: shields protect nothing any more. */
  | 'past-grace'
  /** It has ended by itself; waits that it has begun until then are still its own. */
  | 'ending'
  | 'ended'
  /** The main thread has given it up; the same of its waits. */
  | 'dropping'
  /** Its code is never continued. */
  | 'dropped'

/** One attempt of an action, as its host sees it. */
export class Body {
  readonly ticket: AttemptTicket
  readonly info: ActionInfo
  readonly host: BodyHost
  readonly scope: AbortScope
  /** It closes over objects of the app's, in whose thread it is. */
  readonly isLocal: boolean
  /** Its share. Changes once for an action whose options weren't known when it was placed. */
  cpu: number
  startedAt = 0
  parkedMs = 0
  shieldCount = 0
  /** An inspector wants to see the actors of a body that is an actor logic. */
  inspected = false
  /** It is a trial of a sweep. */
  checkpoints: TrialCheckpoints | undefined
  #state: BodyState
  /** The index of the last child of earlier attempts. */
  readonly #spawnedBefore: number
  // Made when they are needed: most bodies need none of them, and there may be a hundred thousand bodies in a second.
  #children: BodyChildren | undefined
  #output: BodyOutput | undefined
  #shields: Map<number, Shield> | undefined
  #channels: BodyChannels | undefined
  #mailbox: BodyMailbox | undefined
  #hooks: WaitHooks | undefined
  /** The one in which its code is called. */
  #context: AsyncContext | undefined
  #waits = 0
  #parkedSince = 0

  constructor(
    host: BodyHost,
    ticket: AttemptTicket,
    info: ActionInfo,
    options: {
      readonly cpu: number
      readonly spawned: number
      readonly isLoading: boolean
      readonly isLocal: boolean
    },
  ) {
    this.host = host
    this.ticket = ticket
    this.info = info
    this.cpu = options.cpu
    this.isLocal = options.isLocal
    this.#spawnedBefore = options.spawned
    this.#state = options.isLoading ? 'loading' : 'live'
    this.scope = new AbortScope(host.poll)
  }

  /** Whether it has neither ended nor been given up. */
  get isLive(): boolean {
    const state = this.#state
    return state === 'live' || state === 'past-grace' || state === 'loading'
  }

  /** Whether the main thread has given it up. */
  get isDropped(): boolean {
    return this.#state === 'dropped' || this.#state === 'dropping'
  }

  /** Whether its grace is over. */
  get isPastGrace(): boolean {
    return this.#state === 'past-grace'
  }

  /** Whether the main thread still holds it for alive: asked before anything that would continue it. */
  get isAlive(): boolean {
    if (!this.isLive) return false
    const claim = this.host.claims.read(this.ticket)
    if (claim === ClaimState.running || claim === ClaimState.parked) return true
    if (claim === ClaimState.loading && this.#state === 'loading') return true
    this.drop()
    return false
  }

  get isParked(): boolean {
    return this.#waits > 0
  }

  /**
   * Whether the code that runs is this body's, so that nothing it waits for is answered once that has ended (S15). In a
   * thread of its own, what runs in nobody's name has lost its context; in the app's own it is the app's.
   */
  get isRunning(): boolean {
    if (this.#state === 'ended' || this.#state === 'dropped') return false
    const current = currentBody.getStore()
    return current === this || (current === undefined && this.info.thread !== 0)
  }

  /** Its children, whose ends haven't been told here. */
  get children(): BodyChildren {
    this.#children ??= new BodyChildren(this, this.#spawnedBefore)
    return this.#children
  }

  /** Whether there are any. Whoever holds their handles is still to hear of them (S15). */
  get hasChildren(): boolean {
    return this.#children !== undefined && this.#children.size > 0
  }

  /** The index of its last child. */
  get spawned(): number {
    return this.#children?.spawned ?? this.#spawnedBefore
  }

  /** What it puts out. */
  get output(): BodyOutput {
    this.#output ??= new BodyOutput(this)
    return this.#output
  }

  get shields(): Map<number, Shield> {
    this.#shields ??= new Map()
    return this.#shields
  }

  /** Its messages. */
  get mailbox(): BodyMailbox {
    this.#mailbox ??= new BodyMailbox(this)
    return this.#mailbox
  }

  /** Its lines to objects elsewhere, and of others to what it exposes. */
  get channels(): BodyChannels {
    this.#channels ??= new BodyChannels(this)
    return this.#channels
  }

  /** Whether it serves an object. */
  get isExposing(): boolean {
    return this.#channels?.isExposing === true
  }

  get waitHooks(): WaitHooks {
    this.#hooks ??= new BodyWaits(this)
    return this.#hooks
  }

  /**
   * Runs what is its code in its own async context: with no store in it of another body's, or of whoever made the port that
   * it is called for. `given`: where it was given with a context.
   */
  run<Result>(call: () => Result, given?: AsyncContext): Result {
    if (this.#context === undefined) {
      const capture = (): AsyncContext => currentBody.run(this, captureContext)
      this.#context = given === undefined ? inNobodysContext(capture) : given.runInAsyncScope(capture)
    }
    return this.#context.runInAsyncScope(call)
  }

  /** Its module is there: it counts as started. `false` if the main thread has taken it back. */
  enter(): boolean {
    if (this.#state !== 'loading') return false
    if (!this.host.claims.exchange(this.ticket, ClaimState.loading, ClaimState.running)) {
      this.drop()
      return false
    }
    this.#state = 'live'
    return true
  }

  /** A wait for something of Heddle's begins: while there is one, the share is free (S1). */
  park(): void {
    if (!this.isLive) return
    this.#waits += 1
    if (this.#waits > 1) return
    if (!this.host.claims.exchange(this.ticket, ClaimState.running, ClaimState.parked)) {
      this.drop()
      return
    }
    this.#parkedSince = world.now()
    this.host.parked(this)
  }

  /** A wait is over; `false` if the body must not be continued, because the main thread has given it up. */
  unpark(): boolean {
    if (!this.isLive) return !this.isDropped
    this.#waits -= 1
    if (this.#waits > 0) return true
    if (!this.host.claims.exchange(this.ticket, ClaimState.parked, ClaimState.running)) {
      this.drop()
      return false
    }
    this.parkedMs += world.now() - this.#parkedSince
    this.host.resumed(this)
    return true
  }

  /** The main thread has given it up. */
  drop(): void {
    if (!this.isLive) return
    const wasLoading = this.#state === 'loading'
    this.#die('dropping', 'dropped')
    this.host.dropped(this, wasLoading)
  }

  /** Its code has ended by itself: what is still pending through its context is never answered (S15). */
  end(): void {
    this.#output?.finish()
    this.#die('ending', 'ended')
  }

  /** Takes an abort in, without telling anybody. */
  note(reason: ActionAbortedError | (() => ActionAbortedError)): void {
    this.scope.note(reason)
  }

  /** Tells signal, waits and shields of the abort. */
  raise(): void {
    this.run(() => {
      this.scope.raise()
      for (const shield of this.shields.values()) shield.start()
    })
  }

  /** Its grace is over: the signals of its shields show it, and are raised in a turn of the loop. */
  noteGraceEnd(): void {
    if (this.#state === 'live') this.#state = 'past-grace'
    const { reason } = this.scope
    if (reason !== undefined) for (const shield of this.shields.values()) shield.scope.note(reason)
  }

  /** Its grace is over: so is the time of its shields (S14). */
  expireShields(): void {
    if (this.#shields === undefined) return
    this.run(() => {
      for (const shield of this.shields.values()) shield.expire(true)
    })
  }

  /** Whether a value is this action's own abort, or that of what was aborted with it: nothing that it doesn't know (S15). */
  isOwnAbort(thrown: unknown): boolean {
    const own = this.scope.reason
    if (own === undefined) return false
    if (thrown === own) return true
    if (brandOf(thrown) !== 'ActionAbortedError') return false
    const { run, action, reason } = thrown as ActionAbortedError
    if (run !== this.info.run) return false
    return action === this.info.id || (reason?.origin === own.origin && reason.at === own.reason.at)
  }

  /** Posts a message at the end of this tick. */
  post(message: ToRuntime): void {
    if (!this.isDropped) this.host.outbox.push(message)
  }

  /** Posts a message that others may be waiting for. */
  postNow(message: ToRuntime): void {
    if (this.isLive) this.host.outbox.pushUrgent(message)
  }

  /** Calls what is its code, and not its own call: a listener, say. What that throws fails it. */
  callBack(call: () => void): void {
    this.host.callBack(this, call)
  }

  /** Fails it from outside its call: something of its was rejected or thrown, and nobody handled it. */
  fail(thrown: unknown): void {
    this.host.failBody(this, thrown)
  }

  #die(dying: 'ending' | 'dropping', dead: 'ended' | 'dropped'): void {
    this.#state = dead
    this.#output?.close()
    this.scope.drop()
    if (this.#shields !== undefined) {
      for (const shield of this.#shields.values()) {
        // Its timer would hold the process.
        shield.expire(false)
        shield.scope.drop()
      }
    }
    const children = this.#children
    if (children !== undefined) {
      children.parentEnded()
      if (children.size > 0) {
        // An `await` that was reached before the end begins its wait in a microtask, which comes before this one.
        this.#state = dying
        queueMicrotask(() => {
          this.#state = dead
          children.parentEnded()
        })
      }
    }
    this.#mailbox = undefined
    this.#channels?.close()
  }
}

/** The body whose code is running. */
export function runningBody(): Body | undefined {
  const owner = currentBody.getStore()
  return owner instanceof Body ? owner : undefined
}

/** Waits through handles: the body is parked meanwhile. */
class BodyWaits implements WaitHooks {
  readonly #body: Body

  constructor(body: Body) {
    this.#body = body
  }

  began(): void {
    this.#body.park()
  }

  ended(): void {
    this.#body.unpark()
  }

  get isInside(): boolean {
    return this.#body.isRunning
  }
}
