// The open line to the host in one thread: sends starts and aborts, in arrays, and hands on what comes back. It knows
// which action holds which ticket, and what their claim words say; it decides nothing.

import { MessageChannel, type MessagePort, type Worker } from 'node:worker_threads'
import {
  createThreadActor,
  type ThreadActor,
  type ThreadEvent,
  type ThreadState,
} from '../../actors/thread.js'
import {
  ClaimState,
  ClaimTable,
  createLaneCounters,
  type LaneCounters,
  type ClaimStateValue,
  type Ticket,
} from '../protocol/claims.js'
import { CountedPort } from '../protocol/counted-port.js'
import type { EncodedReason } from '../protocol/encoded-error.js'
import type { StartMessage, ToHost, ToRuntime } from '../protocol/messages.js'
import { LaneLoad, type LaneRole } from '../scheduling/scheduler.js'
import { Heartbeat } from './heartbeat.js'
import { Incoming } from './incoming.js'
import { Outgoing } from './outgoing.js'
import { Pings, type PingLine } from './pings.js'
import { StallWatch } from './stall-watch.js'

/** How long a lane is without work before it rests, in milliseconds: until then the process doesn't exit. */
const IDLE_LANE_MS = 10

/**
 * How long a lane rests before it is closed, in milliseconds. Resting, it doesn't keep the process alive; and what comes then
 * finds it open: to open one takes a millisecond, and an app may have a request now and then.
 */
const REST_MS = 60_000

/** How long a thread may take to close its lane before it is killed, in milliseconds. */
const CLOSE_MS = 1000

/** How long a thread may take to come up, in milliseconds, before it counts as failed; and when it isn't needed any more. */
const START_MS = 30_000
const START_FOR_CLOSE_MS = 5000

/** How late the exit of a killed thread may be before that is told, in milliseconds: a native call delays it. */
const EXIT_LATE_MS = 200

/** What a lane needs to know of an action. */
export interface LaneItem {
  ticket: Ticket | undefined
}

/** How the thread of a lane was lost. */
export interface LaneLoss {
  readonly error?: unknown
  readonly exitCode?: number
  /** The runtime killed it. */
  readonly killed: boolean
  /** It had not come up. */
  readonly whileStarting: boolean
}

/** Whom a lane tells. */
export interface LaneOwner<T extends LaneItem> {
  /** A message from a body. Those of tickets that are no longer held have been left out. */
  received(lane: Lane<T>, message: ToRuntime, item: T | undefined): void
  /** An array of messages has been handled. */
  receivedAll(): void
  /** An item couldn't be sent. */
  notSent(lane: Lane<T>, item: T, error: unknown): void
  /** A shared thread, on which something isn't parked, has been silent for long; and, later, answers again. */
  fellSilent(lane: Lane<T>): void
  answersAgain(lane: Lane<T>): void
  /** The thread was killed, and still hasn't exited: it is in a native call. */
  exitIsLate(lane: Lane<T>): void
  /** The lane is closed, or its thread has exited: its port has been drained. */
  gone(lane: Lane<T>, loss: LaneLoss | undefined): void
}

/** What serves the other end of a lane's port. */
export interface LaneService {
  /** Resolves when the host has closed the lane; rejects when its thread is lost. */
  readonly ended: Promise<void>
  /** Left out where there is no thread that could be killed: in the app's own. */
  kill?(): Worker | undefined
  worker?(thread: number): Worker | undefined
  /** Whether the process stays alive for that thread. `false`: that can't be changed. */
  hold?(thread: number, holdsProcess: boolean): boolean
}

/** What a start says besides, where it isn't as plain as most. */
export type FurtherParts = Omit<StartMessage, 'type' | 'ticket' | 'definition' | 'run' | 'id' | 'input'>

/** Opens the other end: in a thread of the pool, or in the app's own. */
export type OpenService = (port: MessagePort, counters: LaneCounters) => LaneService

/** A line to one host. */
export class Lane<T extends LaneItem> implements PingLine {
  readonly load: LaneLoad<T>
  readonly claims: ClaimTable
  /** Bodies that were given up while their code may still run. */
  abandoned = 0
  readonly #owner: LaneOwner<T>
  readonly #port: MessagePort
  readonly #incoming: Incoming
  readonly #outgoing: Outgoing
  readonly #service: LaneService
  readonly #actor: ThreadActor = createThreadActor()
  readonly #items = new Map<Ticket, T>()
  readonly #definitions = new Set<number>()
  readonly #pings = new Pings(this)
  readonly #stallWatch = new StallWatch<T>(() => this.#pings.ask())
  readonly #heartbeat: Heartbeat | undefined
  #worker: Worker | undefined
  #lastError: unknown
  #exitCode: number | undefined
  #idleSince = 0
  #idleTimer: NodeJS.Timeout | undefined
  #restTimer: NodeJS.Timeout | undefined
  /** All that its thread had written to the console has arrived, as of its last answer. */
  #isWritten = false
  #closeTimer: NodeJS.Timeout | undefined
  #killed = false
  #killedAt: number | undefined
  #exitTimer: NodeJS.Timeout | undefined
  #startTimer: NodeJS.Timeout | undefined

  constructor(role: LaneRole, owner: LaneOwner<T>, open: OpenService) {
    this.load = new LaneLoad<T>(role)
    this.#owner = owner
    const counters = createLaneCounters()
    const { port1, port2 } = new MessageChannel()
    this.#port = port1
    const counted = new CountedPort(port1, counters, 'runtime')
    this.#outgoing = new Outgoing(counted, counters, (message, error) => this.#onUncloneable(message, error))
    this.claims = new ClaimTable((chunk) => this.send({ type: 'chunk', chunk }))
    this.#incoming = new Incoming(
      port1,
      counted,
      counters,
      (message) => this.#receive(message),
      () => owner.receivedAll(),
    )
    try {
      this.#service = open(port2, counters)
    } catch (error) {
      port1.close()
      throw error
    }
    if (role === 'shared') this.#heartbeat = this.#createHeartbeat()
    if (this.canBeKilled) {
      this.#startTimer = setTimeout(
        () => this.failToStart(new Error(`the thread hasn't come up within ${START_MS} ms`)),
        START_MS,
      )
    }
    this.#service.ended.then(
      () => this.#onGone(undefined),
      (error: unknown) => this.#onLost(error),
    )
  }

  /** Id of its thread; `undefined` while it starts. */
  get thread(): number | undefined {
    return this.#actor.getSnapshot().context.thread
  }

  /** Where it stands. */
  get state(): ThreadState {
    return this.#actor.getSnapshot().value
  }

  /** Whether it has a thread of its own, which can be killed. */
  get canBeKilled(): boolean {
    return this.#service.kill !== undefined
  }

  /** How long the loop of a shared thread hasn't answered, in milliseconds; 0 while it does. */
  get silentMs(): number {
    return this.#heartbeat?.silentMs ?? 0
  }

  /** How long ago it was killed, in milliseconds, while its thread hasn't exited; 0 if it wasn't. */
  get exitPendingMs(): number {
    return this.#killedAt === undefined ? 0 : performance.now() - this.#killedAt
  }

  /** What was sent here and hasn't ended. */
  items(): IterableIterator<T> {
    return this.#items.values()
  }

  /** Sends a start; from here on, the item holds a ticket. */
  start(
    item: T,
    definition: { readonly number: number; readonly url: string; readonly name: string },
    { run, id, input }: Pick<StartMessage, 'run' | 'id' | 'input'>,
    further: FurtherParts | undefined,
    transfers: readonly object[],
  ): void {
    if (this.#restTimer !== undefined) this.#wake()
    const { number } = definition
    if (!this.#definitions.has(number)) {
      this.#definitions.add(number)
      this.send({ type: 'define', definition: number, url: definition.url, name: definition.name })
    }
    const ticket = this.claims.offer()
    item.ticket = ticket
    this.#items.set(ticket, item)
    this.#heartbeat?.start()
    const plain = { type: 'start' as const, ticket, definition: number, run, id, input }
    this.send(further === undefined ? plain : { ...plain, ...further }, transfers)
  }

  /** What the claim word of an item says. */
  claim(item: T): ClaimStateValue | undefined {
    return item.ticket === undefined ? undefined : this.claims.read(item.ticket)
  }

  /** Takes an item back that hasn't started; `false` if it has. */
  takeBack(item: T): boolean {
    const { ticket } = item
    if (ticket === undefined || !this.claims.exchange(ticket, ClaimState.offered, ClaimState.taken))
      return false
    this.release(item)
    return true
  }

  /** Marks a running or parked body as given up: it is never continued from a wait. */
  giveUp(item: T): void {
    const { ticket } = item
    if (ticket === undefined) return
    // It may park or resume in this moment: one of the exchanges meets it.
    for (let tries = 0; tries < 100; tries += 1) {
      if (this.claims.exchange(ticket, ClaimState.parked, ClaimState.taken)) break
      if (this.claims.exchange(ticket, ClaimState.running, ClaimState.taken)) break
    }
    this.send({ type: 'drop', ticket })
    this.#items.delete(ticket)
    item.ticket = undefined
    // The slot isn't given out again: the code may run on, and its messages carry the ticket.
  }

  /** Takes a parked body away from its host; `false` if it has resumed. */
  dropParked(item: T): boolean {
    const { ticket } = item
    if (ticket === undefined || !this.claims.exchange(ticket, ClaimState.parked, ClaimState.taken))
      return false
    this.send({ type: 'drop', ticket })
    this.#items.delete(ticket)
    item.ticket = undefined
    return true
  }

  /** An item's attempt is over: its slot is free. */
  release(item: T): void {
    const { ticket } = item
    if (ticket === undefined) return
    this.#items.delete(ticket)
    item.ticket = undefined
    this.claims.release(ticket)
  }

  /** Raises the signals of running items: sent ahead of everything else, at once (S2). */
  abort(items: readonly T[], reason: EncodedReason): void {
    const tickets: Ticket[] = []
    for (const { ticket } of items) if (ticket !== undefined) tickets.push(ticket)
    if (tickets.length > 0) this.#outgoing.addAhead({ type: 'abort', tickets, reason })
  }

  /** Tells the shields of an item that its grace is over. */
  endGrace(item: T): void {
    if (item.ticket !== undefined) this.#outgoing.addAhead({ type: 'graceEnded', ticket: item.ticket })
  }

  /** Adds a message, which is posted at the end of this tick. */
  send(message: ToHost, transfers?: readonly object[]): void {
    this.#outgoing.add(message, transfers)
  }

  /** Tells a body of a child's report; where it reads none for long, only of the last one. */
  sendReport(ticket: Ticket, id: string, value: unknown): void {
    this.#outgoing.addReport(ticket, id, value)
  }

  /** Tells a body of a child's end, behind its reports. */
  sendEnd(message: ToHost & { readonly type: 'childSettled' }, transfers?: readonly object[]): void {
    this.#outgoing.addEnd(message, transfers)
  }

  /** Asks whether the thread's loop answers in time. */
  ping(): Promise<boolean> {
    return this.#pings.ask()
  }

  /** Posts a ping at once, and not at the end of the tick: its time runs already. */
  postPing(sequence: number): void {
    this.#outgoing.addAhead({ type: 'ping', sequence })
    this.#outgoing.flush()
  }

  /**
   * Lets the lane rest soon, if it stays without work. One timer serves for as long as it takes: to set and clear one
   * for each of a row of actions is what a round trip of one would be made of.
   */
  restWhenIdle(): void {
    if (this.#items.size > 0 || this.state !== 'open' || this.#restTimer !== undefined) return
    this.#idleSince = performance.now()
    this.#idleTimer ??= setTimeout(this.#restIfIdle, IDLE_LANE_MS)
  }

  readonly #restIfIdle = (): void => {
    this.#idleTimer = undefined
    if (this.#items.size > 0 || this.state !== 'open') return
    const leftMs = this.#idleSince + IDLE_LANE_MS - performance.now()
    if (leftMs > 0) this.#idleTimer = setTimeout(this.#restIfIdle, Math.ceil(leftMs))
    else if (!this.canBeKilled) this.close()
    // What comes next should not find a thread that is blocked by code which a body has left behind.
    else void this.#pings.ask().then((responsive) => this.#rest(responsive && this.#isWritten))
  }

  /** `mayRest`: its thread has nothing to do, and nothing to say. */
  #rest(mayRest: boolean): void {
    if (this.#items.size > 0 || this.state !== 'open' || this.#restTimer !== undefined) return
    const { thread } = this
    // One that counts as silent would be sent nothing, and be in the way of another.
    const isOpenForMore = mayRest && !this.load.silent
    if (!isOpenForMore || thread === undefined || this.#service.hold?.(thread, false) !== true) {
      this.close()
      return
    }
    this.#heartbeat?.pause()
    this.#incoming.hold(false)
    this.#restTimer = setTimeout(() => this.close(), REST_MS)
    this.#restTimer.unref()
  }

  #wake(): void {
    if (this.#restTimer === undefined) return
    clearTimeout(this.#restTimer)
    this.#restTimer = undefined
    this.#incoming.hold(true)
    if (this.thread !== undefined) this.#service.hold?.(this.thread, true)
  }

  /** Kills a thread that doesn't start what it was sent, so that what waits goes elsewhere. */
  checkStalled(now: number): void {
    const [first] = this.#items.values()
    const isWaiting = first !== undefined && this.state === 'open' && this.canBeKilled
    const waits = (item: T): boolean => this.claim(item) === ClaimState.offered
    this.#stallWatch.check(isWaiting && waits(first) ? first : undefined, now, (item) => {
      if (waits(item)) this.kill()
    })
  }

  /** Ends the resident task; the thread goes back to the pool. */
  close(): void {
    if (this.state !== 'open' && this.state !== 'starting') return
    this.#wake()
    clearTimeout(this.#idleTimer)
    this.#heartbeat?.stop()
    const isUp = this.state === 'open'
    this.load.accepting = false
    this.#tell({ type: 'close' })
    this.send({ type: 'close' })
    this.#outgoing.flush()
    if (!this.canBeKilled) return
    // No body lives there any more: what keeps the thread from answering is code that one has left behind.
    this.#closeTimer = setTimeout(() => this.kill(), isUp ? CLOSE_MS : START_FOR_CLOSE_MS)
  }

  /** Kills the thread. `gone` is told once it has exited. */
  kill(): void {
    if (this.#killed || this.state === 'gone' || this.#service.kill === undefined) return
    this.#killed = true
    this.load.accepting = false
    this.#wake()
    clearTimeout(this.#idleTimer)
    clearTimeout(this.#closeTimer)
    const wasUp = this.state !== 'starting'
    this.#tell({ type: 'kill' })
    this.#outgoing.close()
    this.#heartbeat?.stop()
    this.#killedAt = performance.now()
    const worker = this.#service.kill() ?? (wasUp ? this.#worker : undefined)
    // Awaited, and not taken from the pool's promise, which rejects some milliseconds before the thread is dead.
    if (worker === undefined || worker.threadId === -1) this.#onGone({ killed: true, whileStarting: !wasUp })
    else {
      this.#exitTimer = setTimeout(() => this.#owner.exitIsLate(this), EXIT_LATE_MS)
      worker.once('exit', (exitCode) => this.#onGone({ killed: true, whileStarting: !wasUp, exitCode }))
    }
  }

  /** Its thread died before it could take the lane. */
  failToStart(error: unknown): void {
    if (this.thread !== undefined || this.state === 'gone') return
    this.#killed = true
    this.#service.kill?.()
    this.#onGone({ killed: false, whileStarting: true, error })
  }

  /** Handles what has arrived but not been delivered; not ahead of what is being handled. */
  drain(): void {
    this.#incoming.drain()
  }

  /** The same, as far as one turn of the loop goes; `false` if there is more. */
  readOn(): boolean {
    return this.#incoming.readOn()
  }

  #onUncloneable(message: ToHost, error: unknown): void {
    // Nothing else holds what an app has given: but the rest of the array must not be lost for it.
    // A line whose other end has been closed: whoever wanted to call has gone.
    if (message.type === 'connect') return
    if (message.type !== 'start') {
      process.emitWarning(
        `a '${message.type}' could not be sent to a thread: ${String(error)}`,
        'HeddleWarning',
      )
      return
    }
    const item = this.#items.get(message.ticket)
    if (item === undefined) return
    this.takeBack(item)
    this.#owner.notSent(this, item, error)
  }

  #receive(message: ToRuntime): void {
    if (this.state === 'gone') return
    switch (message.type) {
      case 'hello':
        this.#onUp(message.thread)
        this.#owner.received(this, message, undefined)
        return
      case 'pong':
        this.#isWritten = message.written
        this.#pings.answered(message.sequence)
        return
      case 'define':
        this.#owner.received(this, message, undefined)
        return
      case 'endsThread':
        // Also of a body that was given up, and isn't known any more.
        this.#owner.received(this, message, this.#items.get(message.ticket))
        return
      case 'abortSeen':
        for (const ticket of message.tickets) {
          const item = this.#items.get(ticket)
          if (item !== undefined) this.#owner.received(this, message, item)
        }
        return
      default: {
        const item = this.#items.get(message.ticket)
        if (item !== undefined) this.#owner.received(this, message, item)
      }
    }
  }

  /** Nothing more once it is gone: XState would warn of it on the console (I13). */
  #tell(event: ThreadEvent): void {
    if (this.state !== 'gone') this.#actor.send(event)
  }

  #createHeartbeat(): Heartbeat {
    const isBusy = (): boolean => {
      for (const item of this.#items.values()) if (this.claim(item) !== ClaimState.parked) return true
      return false
    }
    return new Heartbeat({
      get isBusy() {
        return isBusy()
      },
      ping: () => this.#pings.ask(),
      fellSilent: () => this.#owner.fellSilent(this),
      answersAgain: () => this.#owner.answersAgain(this),
    })
  }

  #onUp(thread: number): void {
    clearTimeout(this.#startTimer)
    this.#tell({ type: 'up', thread })
    this.#worker = this.#service.worker?.(thread)
    this.#worker?.once('error', this.#rememberError)
    this.#worker?.once('exit', this.#rememberExit)
  }

  readonly #rememberError = (error: unknown): void => {
    this.#lastError = error
  }

  readonly #rememberExit = (exitCode: number): void => {
    this.#exitCode = exitCode
  }

  #onLost(error: unknown): void {
    if (this.#killed || this.state === 'gone') return
    const worker = this.#worker
    const loss = { killed: false, whileStarting: this.state === 'starting' }
    this.load.accepting = false
    if (worker === undefined || worker.threadId === -1) {
      this.#onGone({ ...loss, error: this.#lastError ?? error })
      return
    }
    worker.once('exit', (exitCode) => this.#onGone({ ...loss, error: this.#lastError ?? error, exitCode }))
  }

  #onGone(loss: LaneLoss | undefined): void {
    if (this.state === 'gone') return
    clearTimeout(this.#idleTimer)
    clearTimeout(this.#restTimer)
    clearTimeout(this.#closeTimer)
    clearTimeout(this.#startTimer)
    clearTimeout(this.#exitTimer)
    this.#heartbeat?.stop()
    this.#killedAt = undefined
    // What the thread said before its end counts (S21).
    this.drain()
    this.load.accepting = false
    this.#tell({ type: 'gone' })
    this.#outgoing.close()
    this.#pings.giveUp()
    this.#worker?.off('error', this.#rememberError)
    this.#worker?.off('exit', this.#rememberExit)
    this.#port.close()
    const exitCode = loss?.exitCode ?? this.#exitCode
    this.#owner.gone(this, loss && { ...loss, ...(exitCode !== undefined && { exitCode }) })
  }
}
