// The open line to the host in one thread: sends starts and aborts, in arrays, and hands on what comes back. It knows
// which action holds which ticket, and what their claim words say; it decides nothing. How it opens, rests and ends is its life's.

import { ClaimState, type ClaimStateValue, type AttemptTicket } from '../protocol/claims.js'
import type { EncodedReason } from '../protocol/errors/encoded-error.js'
import { dropMessage } from '../protocol/dropped-message.js'
import type { StartMessage, ToHost } from '../protocol/messages.js'
import type { TerminalPhase } from '../protocol/outcome.js'
import type { CarriedMessage } from '../protocol/payloads.js'
import { accept, LaneLoad, prefetch, type LaneRole } from '../scheduling/lane-load.js'
import { Heartbeat } from './heartbeat.js'
import { LaneLife, type LaneEffect } from './lane-life.js'
import type { FarControl, FromHost, LaneIncoming, LaneOutgoing, OpenLine } from './lane-line.js'
import type { OptionalStartFields, LaneDefinition, LaneItem, LaneOwner, LaneReceiver } from './lane-owner.js'
import { LaneTickets } from './lane-tickets.js'
import { unreadableInstead } from './outgoing.js'
import { Pings, type PingLine } from './pings.js'
import { Preloads, type LoadAnswer } from './preloads.js'
import { StallWatch } from './stall-watch.js'
import { ThreadTime } from './thread-time.js'

/** A line to one host. */
export class Lane<T extends LaneItem> implements PingLine {
  readonly load: LaneLoad<T>
  readonly life: LaneLife
  /** Bodies that were given up while their code may still run. */
  abandoned = 0
  /** Live actions that were spawned at its other end: whoever holds their handles there is told of them (S15). */
  handles = 0
  /** The way out to its host: for what a body is told of its children, too. */
  readonly outgoing: LaneOutgoing
  readonly #owner: LaneOwner<Lane<T>, T>
  readonly #receiver: LaneReceiver<Lane<T>, T>
  readonly #tickets: LaneTickets<T>
  readonly #far: FarControl | undefined
  readonly #incoming: LaneIncoming
  readonly #definitions = new Set<number>()
  readonly #pings: Pings
  readonly #stallWatch = new StallWatch<T>(() => this.ping())
  readonly #heartbeat: Heartbeat | undefined
  readonly #preloads = new Preloads()
  /** Tells the host at once how an action has ended, where that is in this thread. */
  readonly #noteEnd: ((ticket: AttemptTicket, id: string, phase: TerminalPhase) => void) | undefined

  constructor(
    role: LaneRole,
    owner: LaneOwner<Lane<T>, T>,
    receiver: LaneReceiver<Lane<T>, T>,
    open: OpenLine,
  ) {
    this.load = new LaneLoad<T>(role)
    this.#owner = owner
    this.#receiver = receiver
    const { claims, incoming, outgoing, service, far, osThread } = open({
      receive: (message) => this.#receive(message),
      receivedAll: (until) => owner.receivedAll(until),
      // While the line opens there is no life yet, which looks itself when it begins.
      pause: (isPaused) => (this.life as LaneLife | undefined)?.pause(isPaused),
      measured: (roundTripMs) => prefetch(this.load, roundTripMs),
      retire: () => this.life.retire(),
      exitIsLate: () => this.life.exitIsLateElsewhere(),
      lost: (loss) => this.life.lostElsewhere(loss),
      insteadOf: (message, error) => this.#insteadOf(message, error),
    })
    this.#tickets = new LaneTickets(claims)
    this.#far = far
    this.#incoming = incoming
    this.outgoing = outgoing
    this.#noteEnd = service.noteEnd?.bind(service)
    this.#pings = new Pings(this, new ThreadTime(osThread))
    this.life = new LaneLife(
      {
        restMs: far?.restMs ?? owner.restMs,
        mayEnd: () => far !== undefined || owner.mayEnd(),
        hasWork: () => this.hasWork,
        hasHandles: () => this.handles > 0,
        ask: () => this.#pings.ask(),
        drain: () => this.drain(),
        perform: (effect) => this.#perform(effect),
      },
      service,
    )
    if (far?.isPaused === true) this.life.pause(true)
    if (role === 'shared')
      this.#heartbeat = new Heartbeat({
        isInUse: () => this.#tickets.size > 0,
        isBusy: () => this.#isBusy(),
        ping: () => this.ping(),
        isSilent: () => this.life.isSilent,
        fellSilent: () => this.life.fellSilent(),
        answersAgain: () => this.life.answersAgain(),
      })
  }

  /** Id of its thread; `undefined` while it starts. */
  get thread(): number | undefined {
    return this.life.thread
  }

  /** Whether it has a thread of its own, which can be killed. */
  get canBeKilled(): boolean {
    return this.life.canBeKilled
  }

  /** Whether its host is on another machine: what stands there is what was last told. */
  get isFar(): boolean {
    return this.#far !== undefined
  }

  /** The machine of its host; `undefined` where that is this one, or isn't known yet. */
  get host(): FarControl['host'] {
    return this.#far?.host
  }

  /** How long a word to that machine and its answer take, in milliseconds. */
  get roundTripMs(): number | undefined {
    return this.#far?.roundTripMs
  }

  /** Whether its bodies have a thread of their own, here or there: they can be stopped by force. */
  get hasOwnThread(): boolean {
    return this.canBeKilled || this.isFar
  }

  /** How long the loop of a shared thread hasn't answered, in milliseconds; 0 while it does. */
  get silentMs(): number {
    return this.#heartbeat?.silentMs ?? 0
  }

  /** What was sent here and hasn't ended. */
  items(): IterableIterator<T> {
    return this.#tickets.items()
  }

  /** Sends a start; from here on, the item holds a ticket. */
  start(
    item: T,
    definition: LaneDefinition,
    { run, id, input }: Pick<StartMessage, 'run' | 'id' | 'input'>,
    optionalFields: OptionalStartFields | undefined,
  ): void {
    this.life.work()
    this.#define(definition)
    const ticket = this.#tickets.offer(item)
    this.#heartbeat?.start()
    const plain = { type: 'start' as const, ticket, definition: definition.number, run, id, input }
    this.send(optionalFields === undefined ? plain : { ...plain, ...optionalFields })
  }

  #define({ number, url, name }: LaneDefinition): void {
    if (this.#definitions.has(number)) return
    this.#definitions.add(number)
    this.send({ type: 'define', definition: number, url, name })
  }

  /** Has the modules of definitions loaded ahead of need; meanwhile it has work. `done` is called once. */
  preload(definitions: readonly LaneDefinition[], done: (answer: LoadAnswer) => void): void {
    this.life.work()
    for (const definition of definitions) this.#define(definition)
    const request = this.#preloads.add(done)
    this.send({ type: 'load', request, definitions: definitions.map(({ number }) => number) })
  }

  /** Whether modules are being loaded ahead of need. */
  get isPreloading(): boolean {
    return this.#preloads.size > 0
  }

  /** Whether something hasn't ended, or is being loaded. */
  get hasWork(): boolean {
    return this.#tickets.size > 0 || this.isPreloading
  }

  /** What the claim word of an item says. */
  claim(item: T): ClaimStateValue | undefined {
    return this.#tickets.claimOf(item)
  }

  /** Takes an item back that hasn't started; `false` if it has. */
  takeBack(item: T): boolean {
    if (!this.#tickets.take(item, ClaimState.offered)) return false
    this.release(item)
    return true
  }

  /** Wants back from another machine what hasn't started, as far as is known. */
  askBack(items: Iterable<T>): void {
    const tickets = this.#tickets.of(items, ClaimState.offered)
    if (tickets.length > 0) this.#far?.askBack(tickets)
  }

  /** Has another machine stop an item whose time is up. `isDue`: whether that of another one is up, too. */
  force({ ticket }: T, isDue: (item: T) => boolean): void {
    if (ticket !== undefined) this.#far?.force(ticket, () => this.#tickets.where(isDue))
  }

  /** Takes an item back that is to be stopped, also while its module is being loaded; `false` if its body has begun. */
  withdraw(item: T): boolean {
    if (this.takeBack(item)) return true
    const { ticket } = item
    if (ticket === undefined || !this.#tickets.take(item, ClaimState.loading)) return false
    // The import may never end, and its share is free.
    this.send({ type: 'drop', ticket })
    this.release(item)
    return true
  }

  /** Whether its module is being loaded. */
  isLoading(item: T): boolean {
    return this.claim(item) === ClaimState.loading
  }

  /** Marks a running or parked body as given up: it is never continued from a wait. */
  giveUp(item: T): void {
    // It may park or resume in this moment: one of the exchanges meets it.
    for (let tries = 0; tries < 100; tries += 1) {
      if (this.#tickets.take(item, ClaimState.parked) || this.#tickets.take(item, ClaimState.running)) break
    }
    this.#drop(item)
  }

  /** Takes a parked body away from its host; `false` if it has resumed. */
  dropParked(item: T): boolean {
    if (!this.#tickets.take(item, ClaimState.parked)) return false
    this.#drop(item)
    return true
  }

  #drop(item: T): void {
    const ticket = this.#tickets.forget(item)
    if (ticket !== undefined) this.send({ type: 'drop', ticket })
  }

  /** An item's attempt is over: its slot is free. */
  release(item: T): void {
    this.#tickets.release(item)
  }

  /** Raises the signals of running items: sent ahead of everything else, at once (S2). */
  abort(items: readonly T[], reason: EncodedReason): void {
    const tickets = this.#tickets.of(items)
    if (tickets.length > 0) this.outgoing.addPriority({ type: 'abort', tickets, reason })
  }

  /** Tells the shields of an item that its grace is over. */
  endGrace(item: T): void {
    if (item.ticket !== undefined) this.outgoing.addPriority({ type: 'graceEnded', ticket: item.ticket })
  }

  /** Adds a message, which is posted at the end of this tick. */
  send(message: ToHost): void {
    this.outgoing.add(message)
  }

  /** Says so at once, where the other end is in this thread: a handle there says the truth at every moment (S15). */
  noteEnd(ticket: AttemptTicket, id: string, phase: TerminalPhase): void {
    this.#noteEnd?.(ticket, id, phase)
  }

  /** Asks whether the thread's loop answers in time. */
  async ping(): Promise<boolean> {
    return (await this.#pings.ask()) !== undefined
  }

  /** Posts a ping at once, and not at the end of the tick: its time runs already. */
  postPing(sequence: number): void {
    this.outgoing.addPriority({ type: 'ping', sequence })
    this.outgoing.flush()
  }

  /** Kills a thread that doesn't start what it was sent, so that what waits goes elsewhere. */
  checkStalled(now: number): void {
    const [first] = this.#tickets.items()
    const waits = (item: T): boolean => this.claim(item) === ClaimState.offered
    const isStuck = first !== undefined && waits(first) && this.life.isOpen && this.canBeKilled
    this.#stallWatch.check(isStuck ? first : undefined, now, (item) => {
      if (waits(item)) this.life.kill()
    })
  }

  /** Handles what has arrived but not been delivered; not ahead of what is being handled. */
  drain(): void {
    this.#incoming.drain()
  }

  /** The same, as far as one turn of the loop goes; `false` if there is more. */
  readOn(): boolean {
    return this.#incoming.readOn()
  }

  /** What is posted in place of a message that can't be cloned: of a start nothing, since it never is. */
  #insteadOf(message: ToHost, error: unknown): CarriedMessage | undefined {
    if (message.type !== 'start') return unreadableInstead(message, error)
    const item = this.#tickets.holderOf(message.ticket)
    if (item === undefined) return undefined
    this.takeBack(item)
    this.#owner.notSent(item, error)
    return undefined
  }

  #receive(message: FromHost): void {
    if (this.life.isGone) {
      dropMessage(message)
      return
    }
    switch (message.type) {
      case 'hello':
        this.life.up(message.thread)
        this.#owner.cameUp(this, message.thread)
        return
      case 'define':
        this.#receiver.received(this, message, undefined)
        return
      case 'pong':
        this.#pings.answered(message.sequence, message)
        return
      case 'loaded':
        this.#preloads.answered(message)
        return
      // Also of a body that was given up, and isn't known any more.
      case 'endsThread':
        this.#owner.endsThread(this, message, this.#tickets.holderOf(message.ticket))
        return
      case 'cancel':
        this.#receiver.received(this, message, this.#tickets.holderOf(message.ticket))
        return
      case 'abortSeen':
      case 'started':
      case 'givenBack':
        for (const ticket of message.tickets) {
          const item = this.#tickets.holderOf(ticket)
          if (item !== undefined) this.#receiver.received(this, message, item)
        }
        return
      default: {
        const item = this.#tickets.holderOf(message.ticket)
        if (item === undefined) dropMessage(message)
        else this.#receiver.received(this, message, item)
      }
    }
  }

  /** Does its part of what its life says. */
  #perform(effect: LaneEffect): void {
    switch (effect.type) {
      case 'refuseWork':
      case 'acceptWork':
        accept(this.load, effect.type === 'acceptWork')
        this.#owner.intakeChanged(this)
        return
      case 'rest':
        this.#heartbeat?.pause()
        this.#incoming.hold(false)
        return
      case 'wake':
        this.#incoming.hold(true)
        return
      case 'askToClose':
        this.#heartbeat?.stop()
        this.send({ type: 'close' })
        this.outgoing.flush()
        return
      case 'killThread':
        this.outgoing.close()
        this.#heartbeat?.stop()
        return
      case 'notifyExitIsLate':
        this.#owner.exitIsLate(this)
        return
      case 'notifySilence':
        this.load.silent = true
        this.#owner.fellSilent(this)
        return
      case 'notifyAnswering':
        this.load.silent = false
        this.#owner.answersAgain(this)
        return
      case 'over':
        this.#heartbeat?.stop()
        accept(this.load, false)
        this.#pings.giveUp()
        this.outgoing.close()
        this.#incoming.close()
        this.#owner.gone(this, effect.loss, effect.endsThread)
        this.#preloads.lose()
    }
  }

  /** Whether something that lives there isn't parked. */
  #isBusy(): boolean {
    for (const item of this.#tickets.items()) if (this.claim(item) !== ClaimState.parked) return true
    return false
  }
}
