// The open line to the host in one thread: sends starts and aborts, in arrays, and hands on what comes back. It knows
// which action holds which ticket, and what their claim words say; it decides nothing. How it opens, rests and ends is its life's.

import { ClaimState, slotOf, type ClaimStateValue, type AttemptTicket } from '../protocol/claims.js'
import type { EncodedReason } from '../protocol/errors/encoded-error.js'
import { dropMessage } from '../protocol/dropped-message.js'
import type { HostName } from '../protocol/host-name.js'
import type { StartMessage, ToHost } from '../protocol/messages.js'
import type { Phase, TerminalPhase } from '../protocol/outcome.js'
import { withoutPayload, type CarriedMessage } from '../protocol/payloads.js'
import { accept, LaneLoad, type LaneRole } from '../scheduling/lane-load.js'
import { Heartbeat } from './heartbeat.js'
import { LaneLife, type LaneEffect } from './lane-life.js'
import type {
  Delivery,
  FarControl,
  FromHost,
  LaneClaims,
  LaneIncoming,
  LaneOutgoing,
  OpenLine,
} from './lane-line.js'
import type { OptionalStartFields, LaneDefinition, LaneItem, LaneOwner, LaneReceiver } from './lane-owner.js'
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
  readonly delivery: Delivery
  #intake: 'open' | 'paused' | 'closed' = 'open'
  readonly #owner: LaneOwner<Lane<T>, T>
  readonly #receiver: LaneReceiver<Lane<T>, T>
  readonly #claims: LaneClaims
  readonly #far: FarControl | undefined
  readonly #incoming: LaneIncoming
  readonly #outgoing: LaneOutgoing
  /** By slot. */
  readonly #items = new Map<number, T>()
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
      pause: (isPaused) => this.#pause(isPaused),
      retire: () => this.life.retire(),
      exitIsLate: () => this.life.exitIsLateElsewhere(),
      lost: (loss) => this.life.lostElsewhere(loss),
      insteadOf: (message, error) => this.#insteadOf(message, error),
    })
    this.#claims = claims
    this.#far = far
    this.#incoming = incoming
    this.#outgoing = this.delivery = outgoing
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
    if (role === 'shared')
      this.#heartbeat = new Heartbeat({
        isBusy: () => this.#needsAnswer(),
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
  get host(): HostName | undefined {
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

  /** Who holds a ticket, if it is still held. */
  #itemOf(ticket: AttemptTicket): T | undefined {
    const item = this.#items.get(slotOf(ticket))
    return item?.ticket === ticket ? item : undefined
  }

  /** What was sent here and hasn't ended. */
  items(): IterableIterator<T> {
    return this.#items.values()
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
    const ticket = this.#claims.offer()
    item.ticket = ticket
    this.#items.set(slotOf(ticket), item)
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
    return this.#items.size > 0 || this.isPreloading
  }

  /** What the claim word of an item says. */
  claim(item: T): ClaimStateValue | undefined {
    return item.ticket === undefined ? undefined : this.#claims.read(item.ticket)
  }

  /** Takes an item back that hasn't started; `false` if it has. */
  takeBack(item: T): boolean {
    const { ticket } = item
    if (ticket === undefined || !this.#claims.exchange(ticket, ClaimState.offered, ClaimState.taken))
      return false
    this.release(item)
    return true
  }

  /** Wants back from another machine what hasn't started, as far as is known. */
  askBack(items: Iterable<T>): void {
    if (this.#far === undefined) return
    const tickets: AttemptTicket[] = []
    for (const item of items) {
      if (item.ticket !== undefined && this.claim(item) === ClaimState.offered) tickets.push(item.ticket)
    }
    if (tickets.length > 0) this.#far.askBack(tickets)
  }

  /** Has another machine stop an item whose time is up. `due`: the others there whose time is up, too. */
  force({ ticket }: T, due: readonly T[]): void {
    if (ticket === undefined) return
    this.#far?.force(
      ticket,
      due.flatMap((other) => other.ticket ?? []),
    )
  }

  /** Takes an item back that is to be stopped, also while its module is being loaded; `false` if its body has begun. */
  withdraw(item: T): boolean {
    if (this.takeBack(item)) return true
    const { ticket } = item
    if (ticket === undefined || !this.#claims.exchange(ticket, ClaimState.loading, ClaimState.taken))
      return false
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
    const { ticket } = item
    if (ticket === undefined) return
    // It may park or resume in this moment: one of the exchanges meets it.
    for (let tries = 0; tries < 100; tries += 1) {
      const isMet = (from: ClaimStateValue): boolean => this.#claims.exchange(ticket, from, ClaimState.taken)
      if (isMet(ClaimState.parked) || isMet(ClaimState.running)) break
    }
    this.#drop(item, ticket)
  }

  /** Takes a parked body away from its host; `false` if it has resumed. */
  dropParked(item: T): boolean {
    const { ticket } = item
    if (ticket === undefined || !this.#claims.exchange(ticket, ClaimState.parked, ClaimState.taken))
      return false
    this.#drop(item, ticket)
    return true
  }

  /** The slot isn't given out again: the code may run on, and its messages carry the ticket. */
  #drop(item: T, ticket: AttemptTicket): void {
    this.send({ type: 'drop', ticket })
    this.#items.delete(slotOf(ticket))
    item.ticket = undefined
  }

  /** An item's attempt is over: its slot is free. */
  release(item: T): void {
    const { ticket } = item
    if (ticket === undefined) return
    this.#items.delete(slotOf(ticket))
    item.ticket = undefined
    this.#claims.release(ticket)
  }

  /** Raises the signals of running items: sent ahead of everything else, at once (S2). */
  abort(items: readonly T[], reason: EncodedReason): void {
    const tickets: AttemptTicket[] = []
    for (const { ticket } of items) if (ticket !== undefined) tickets.push(ticket)
    if (tickets.length > 0) this.#outgoing.addPriority({ type: 'abort', tickets, reason })
  }

  /** Tells the shields of an item that its grace is over. */
  endGrace(item: T): void {
    if (item.ticket !== undefined) this.#outgoing.addPriority({ type: 'graceEnded', ticket: item.ticket })
  }

  /** Adds a message, which is posted at the end of this tick. */
  send(message: ToHost): void {
    this.#outgoing.add(message)
  }

  /** Tells a body of a child's report; where it reads none for long, only of the last one. */
  sendReport(ticket: AttemptTicket, id: string, value: unknown): void {
    this.#outgoing.addReport(ticket, id, value)
  }

  /** Tells a body of a child's phase. */
  sendPhase(ticket: AttemptTicket, id: string, phase: Phase): void {
    this.#outgoing.addPhase(ticket, id, phase)
  }

  /** Tells a body of a child's end, behind its reports. */
  sendEnd(message: ToHost & { readonly type: 'childSettled' }): void {
    this.#outgoing.addEnd(message)
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
    this.#outgoing.addPriority({ type: 'ping', sequence })
    this.#outgoing.flush()
  }

  /** Kills a thread that doesn't start what it was sent, so that what waits goes elsewhere. */
  checkStalled(now: number): void {
    const [first] = this.#items.values()
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

  /** What is posted in place of a message that can't be cloned. */
  #insteadOf(message: ToHost, error: unknown): CarriedMessage | undefined {
    // A line whose other end has been closed: whoever wanted to call has gone.
    if (message.type === 'connect' || !('ticket' in message)) return undefined
    if (message.type !== 'start') {
      // As what can't be read over there (S26): whoever waits for it is told.
      const why = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
      return { type: 'carried', payload: 0, message: withoutPayload(message), why }
    }
    const item = this.#itemOf(message.ticket)
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
        this.#owner.endsThread(this, message, this.#itemOf(message.ticket))
        return
      case 'cancel':
        this.#receiver.received(this, message, this.#itemOf(message.ticket))
        return
      case 'abortSeen':
      case 'started':
      case 'givenBack':
        for (const ticket of message.tickets) {
          const item = this.#itemOf(ticket)
          if (item !== undefined) this.#receiver.received(this, message, item)
        }
        return
      default: {
        const item = this.#itemOf(message.ticket)
        if (item === undefined) dropMessage(message)
        else this.#receiver.received(this, message, item)
      }
    }
  }

  /** Does its part of what its life says. */
  #perform(effect: LaneEffect): void {
    switch (effect.type) {
      case 'refuseWork':
        this.#intake = 'closed'
        accept(this.load, false)
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
        this.#outgoing.flush()
        return
      case 'killThread':
        this.#outgoing.close()
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
        this.#intake = 'closed'
        accept(this.load, false)
        this.#pings.giveUp()
        this.#outgoing.close()
        this.#incoming.close()
        this.#owner.gone(this, effect.loss, effect.endsThread)
        this.#preloads.lose()
    }
  }

  #pause(isPaused: boolean): void {
    if (this.#intake === 'closed') return
    this.#intake = isPaused ? 'paused' : 'open'
    accept(this.load, !isPaused)
    this.#owner.intakeChanged(this)
  }

  /** Whether an answer of its thread is needed now: not if all that lives there is parked. */
  #needsAnswer(): boolean {
    for (const item of this.#items.values()) if (this.claim(item) !== ClaimState.parked) return true
    return false
  }
}
