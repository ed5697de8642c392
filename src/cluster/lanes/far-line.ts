// The runtime's end of a lane to another machine: the same lane as to a thread here, by another line. What its claim words say was
// told; what they would decide is asked for.

import { ClaimState, type AttemptTicket } from '../../protocol/claims.js'
import type { Clock } from '../../protocol/clock.js'
import { dropMessage, dropMessages } from '../../protocol/dropped-message.js'
import { decodeError } from '../../protocol/errors/decode-error.js'
import type {
  CarriedFromHost,
  CarriedToHost,
  FarLoss,
  FromFarHost,
  ToFarHost,
} from '../../protocol/far-messages.js'
import type { HostLoss, HostName } from '../../protocol/host-name.js'
import type { ToHost } from '../../protocol/messages.js'
import type { Phase } from '../../protocol/outcome.js'
import { payloadOf } from '../../protocol/payloads.js'
import { hasStackRoom } from '../../protocol/stack-room.js'
import { refuseLossy } from '../../protocol/values/lossy-objects.js'
import { world } from '../../protocol/world.js'
import type { LaneLoss } from '../../../actors/thread-events.js'
import type {
  FarControl,
  LaneIncoming,
  LaneLine,
  LaneOutgoing,
  LinedLane,
  OpenLine,
} from '../../threads/lane-line.js'
import type { FromHost } from '../../threads/lane-line.js'
import { clampTimes } from '../link/clock-offset.js'
import { HeldReports } from '../../threads/held-reports.js'
import { ReportedClaims } from './reported-claims.js'
import { tunnelled } from './tunnelled-wire.js'
import type { Wire } from './wire.js'

/** How long a lane is kept without work, in milliseconds: a warm thread is worth some tens of them, and others may wait for it. */
const KEPT_MS = 2000

/** Opens a line by a wire to another machine. `now`: the clock by which its runtime tells times. */
export function lineByWire(wire: Wire<CarriedToHost, CarriedFromHost>, now: Clock): OpenLine {
  return (lane): LaneLine => {
    const line = new FarLine(lane, tunnelled(wire, 'owner'), now)
    return {
      outgoing: line,
      incoming: line,
      claims: line.claims,
      far: line,
      osThread: () => 0,
      // It can't be killed from here.
      service: { ended: line.ended, hold: () => true },
    }
  }
}

/** Both directions of one line, and what is asked for. */
class FarLine implements LaneOutgoing, LaneIncoming, FarControl {
  readonly restMs = KEPT_MS
  readonly claims = new ReportedClaims()
  /** Resolves when the lane is closed there. */
  readonly ended: Promise<void>
  readonly #lane: LinedLane
  readonly #wire: Wire<ToFarHost, FromFarHost>
  readonly #now: Clock
  #close: () => void = () => {}
  #messages: ToHost[] = []
  readonly #reports: HeldReports = new HeldReports(
    () => this.isPaused,
    (message) => this.add(message),
  )
  isPaused = false
  #state: 'idle' | 'scheduled' | 'closed' = 'idle'
  /** How many messages have been sent, and by how many that was known when it was last asked for. */
  #sent = 0
  #marked = 0
  #handled = 0
  #received = 0
  /** As its lane was told last. */
  #roundTripMs: number | undefined

  constructor(lane: LinedLane, wire: Wire<ToFarHost, FromFarHost>, now: Clock) {
    this.#now = now
    this.#lane = lane
    this.#wire = wire
    this.ended = new Promise((resolve) => (this.#close = resolve))
    wire.listen({
      handle: (message) => this.#receive(message),
      endTurn: () => {
        this.#measure()
        lane.receivedAll(undefined)
      },
      pause: (isPaused) => this.#pause(isPaused),
      lost: (how, silentMs) => this.#lose(how, silentMs),
    })
    wire.hold(true)
  }

  get host(): HostName | undefined {
    return this.#wire.peer
  }

  get roundTripMs(): number | undefined {
    return this.#wire.roundTripMs
  }

  add(message: ToHost): void {
    if (this.#state === 'closed') {
      dropMessage(message)
      return
    }
    this.#messages.push(message)
    if (this.#state === 'scheduled') return
    this.#state = 'scheduled'
    world.nextTick(() => this.#endTick())
  }

  addPhase(ticket: AttemptTicket, id: string, phase: Phase): void {
    this.add({ type: 'childPhase', ticket, id, phase })
  }

  addReport(ticket: AttemptTicket, id: string, value: unknown): void {
    this.#reports.add(ticket, id, value)
  }

  addEnd(message: ToHost & { readonly type: 'childSettled' }): void {
    this.#reports.sendLastOf(message.ticket, message.id)
    this.add(message)
  }

  /**
   * At once, ahead of all that waits for the end of this tick (S2). What it is about has left: what hasn't is taken back here, and
   * never sent.
   */
  addPriority(message: ToHost): void {
    if (this.#state === 'closed') return
    const isAhead = message.type === 'abort' && message.tickets.some((ticket) => this.claims.isUnsent(ticket))
    if (isAhead) this.flush()
    this.#sent += 1
    this.#wire.sendUrgent(message)
  }

  flush(): void {
    const messages = this.#messages
    this.#messages = []
    for (let at = 0; at < messages.length; at += 1) {
      const message = messages[at] as ToHost
      if (this.#isTakenBack(message)) dropMessage(message)
      else if (!this.#send(message)) {
        this.#messages = messages.slice(at)
        // In a later turn, from less deep.
        world.setImmediate(() => this.flush())
        return
      }
    }
  }

  #endTick(): void {
    if (this.#state === 'closed') return
    this.#state = 'idle'
    this.flush()
  }

  /** Whether it is of an attempt that never left: its host must not wait for a start. */
  #isTakenBack(message: ToHost): boolean {
    switch (message.type) {
      case 'start':
      case 'mail':
      case 'mailDropped':
      case 'connect':
        return this.claims.read(message.ticket) === undefined
      default:
        return false
    }
  }

  /** Asks how far the host has come: whoever wants to know how much was sent will want to know that. */
  get sent(): number | undefined {
    if (this.#messages.length > 0) return undefined
    if (this.#marked < this.#sent) {
      this.#marked = this.#sent
      this.#wire.send({ type: 'mark', count: this.#sent })
    }
    return this.#sent
  }

  isHandled(sent: number): boolean {
    return this.#handled >= sent
  }

  get posted(): number {
    return this.#received
  }

  /** What the host had posted has come before the word that it has handled something. */
  isTaken(posted: number): boolean {
    return this.#received >= posted
  }

  askBack(tickets: readonly AttemptTicket[]): void {
    const wanted = tickets.filter((ticket) => this.claims.askBack(ticket))
    if (wanted.length > 0) this.#wire.sendUrgent({ type: 'takeBack', tickets: wanted })
  }

  force(ticket: AttemptTicket, due: () => readonly AttemptTicket[]): void {
    // With one that was told, all were whose time was up by then.
    const news = this.claims.isToldDue(ticket) ? [] : due().filter((other) => this.claims.tellDue(other))
    this.#wire.sendUrgent({ type: 'force', ticket, due: news })
  }

  drain(): void {
    this.#wire.drain()
  }

  readOn(): boolean {
    return this.#wire.readOn()
  }

  hold(holdsProcess: boolean): void {
    this.#wire.hold(holdsProcess)
  }

  close(): void {
    this.#state = 'closed'
    this.#reports.close()
    dropMessages(this.#messages)
    this.#messages = []
    this.#wire.close()
  }

  /** `false` where the stack has no room for the copy just now. */
  #send(message: ToHost): boolean {
    this.#sent += 1
    try {
      if (message.type === 'start' || message.type === 'mail') refuseLossy(payloadOf(message).value)
      this.#wire.send(message)
      if (message.type === 'start') this.claims.sent(message.ticket, this.#now())
    } catch (error) {
      if (!hasStackRoom()) return false
      dropMessage(message)
      if (message.type === 'start') this.claims.giveBack(message.ticket)
      const instead = this.#lane.insteadOf(message, error)
      if (instead === undefined || !('ticket' in message)) return true
      // As what can't be read (S26): whoever waits for it is told.
      const { ticket } = message
      this.#wire.send({
        type: 'unreadable',
        ticket,
        message: instead.message as ToHost,
        why: instead.why ?? '',
      })
    }
    return true
  }

  #measure(): void {
    const { roundTripMs } = this.#wire
    if (roundTripMs === undefined || roundTripMs === this.#roundTripMs) return
    this.#roundTripMs = roundTripMs
    this.#lane.measured(roundTripMs)
  }

  #pause(isPaused: boolean): void {
    this.isPaused = isPaused
    this.#lane.pause(isPaused)
  }

  /** What has begun there, and whatever it has come to, nobody will know (D11, D12). */
  #lose(how: HostLoss, silentMs: number | undefined): void {
    this.#lane.lost({ killed: false, whileStarting: false, withHost: { how, host: this.host, silentMs } })
  }

  #receive(message: FromFarHost): void {
    this.#received += 1
    const { claims } = this
    switch (message.type) {
      case 'started':
        for (const ticket of message.tickets) {
          if (claims.read(ticket) !== ClaimState.parked) claims.tell(ticket, ClaimState.running)
        }
        break
      case 'resumed':
        claims.tell(message.ticket, ClaimState.running)
        break
      case 'parked':
        claims.tell(message.ticket, ClaimState.parked)
        break
      case 'givenBack':
        for (const ticket of message.tickets) claims.giveBack(ticket)
        break
      case 'returned':
        claims.giveBack(message.ticket)
        break
      case 'loading':
        for (const ticket of message.tickets) claims.tell(ticket, ClaimState.loading)
        return
      case 'marked':
        this.#handled = message.count
        return
      case 'retiring':
        this.#lane.retire()
        return
      case 'exitIsLate':
        this.#lane.exitIsLate()
        return
      case 'gone':
        claims.giveBackAll()
        if (message.loss === undefined) this.#close()
        else this.#lane.lost(lossOf(message.loss, this.host))
        return
      default:
    }
    this.#lane.receive(this.#inOrder(message))
  }

  /** With its times as they can have been here: the clocks of two machines are never quite the same (D25). */
  #inOrder(message: FromFarHost): FromHost {
    const receivedAt = this.#now()
    switch (message.type) {
      case 'ended': {
        const { startedAt, endedAt } = message
        const sentAt = this.claims.sentAt(message.ticket) ?? 0
        return { ...message, ...clampTimes({ sentAt, startedAt, endedAt, receivedAt }) }
      }
      case 'started':
      case 'abortSeen': {
        const sentAt = Math.max(0, ...message.tickets.map((ticket) => this.claims.sentAt(ticket) ?? 0))
        return { ...message, at: Math.max(sentAt, Math.min(message.at, receivedAt)) }
      }
      case 'log':
        return { ...message, at: Math.min(message.at, receivedAt) }
      default:
        return message as FromHost
    }
  }
}

function lossOf({ error, how, ...loss }: FarLoss, host: HostName | undefined): LaneLoss {
  return {
    ...loss,
    ...(error !== undefined && { error: decodeError(error) }),
    ...(how !== undefined && { withHost: { how, host } }),
  }
}
