// One lane of an owner's, from the moment that it is asked for until it is given back or lost. What is sent before a host has
// offered a thread for it waits here.

import { encodeError } from '../../protocol/errors/encode-error.js'
import type { CarriedFromHost, CarriedToHost } from '../../protocol/far-messages.js'
import type { HostLoss, HostName } from '../../protocol/host-name.js'
import { messageOf } from '../../protocol/values/describe-value.js'
import { LaneWire, type LaneCarrier } from '../lane-wire.js'
import type { LinkMessage } from '../link/frame.js'
import type { FromLane, ToLane } from '../lane-messages.js'
import { warnOfCluster } from '../warnings.js'

/** Where a lane stands. `waiting`: it isn't asked for yet, or not again; `wanted`: it is, and nobody has offered a thread. */
export type OwnedLaneState = 'waiting' | 'wanted' | 'starting' | 'open' | 'gone'

/** The way to the host that serves a lane. */
export interface LaneHostLink {
  readonly host: HostName
  readonly roundTripMs: number | undefined
  /** Sends a message of a lane's. */
  send(message: LinkMessage): void
  /** At once. */
  sendUrgent(message: LinkMessage): void
  /** It isn't a lane there any more. */
  forget(lane: OwnedLane): void
}

/** What a lane needs of its owner. */
export interface LaneKeeper {
  /** How large one value may be, in bytes. */
  readonly maxValueBytes: number
  /** Puts a message into blocks. Throws where it can't travel. */
  encode(lane: number, message: ToLane | CarriedToHost): LinkMessage
  /** What has come, as the line understands it. */
  decode(lane: OwnedLane, message: FromLane): CarriedFromHost | undefined
  /** Whether the process is held for a lane. */
  hold(lane: OwnedLane, holdsProcess: boolean): void
  /** It has come to its end, at whatever stage. */
  gone(lane: OwnedLane): void
}

/** Nobody here waits for what its host would still say. */
const LEFT = { type: 'release', why: 'its owner has closed it' } as const
const NONSENSE = { type: 'release', why: 'what it says makes no sense' } as const

/** One lane. */
export class OwnedLane implements LaneCarrier<CarriedToHost> {
  readonly number: number
  readonly destination: string
  /** What its clock adds to the owner's, in milliseconds. */
  readonly epochMs: number
  readonly wire: LaneWire<CarriedToHost, CarriedFromHost>
  readonly #keeper: LaneKeeper
  #state: OwnedLaneState = 'waiting'
  #host: LaneHostLink | undefined
  #unsent: LinkMessage[] = []

  constructor(number: number, destination: string, epochMs: number, keeper: LaneKeeper) {
    this.number = number
    this.destination = destination
    this.epochMs = epochMs
    this.#keeper = keeper
    this.wire = new LaneWire(this, (error) => this.#giveUp(error))
  }

  get state(): OwnedLaneState {
    return this.#state
  }

  get peer(): HostName | undefined {
    return this.#host?.host
  }

  get roundTripMs(): number | undefined {
    return this.#host?.roundTripMs
  }

  /** The way to the host that serves it, if one does. */
  get host(): LaneHostLink | undefined {
    return this.#host
  }

  get maxValueBytes(): number {
    return this.#keeper.maxValueBytes
  }

  /** It is asked for, or has to wait until it can be. */
  want(isAsked: boolean): void {
    if (this.#host === undefined && this.#state !== 'gone') this.#state = isAsked ? 'wanted' : 'waiting'
  }

  /** A host has offered a thread, and gets it. `turn`: see `ServedLane`. */
  take(host: LaneHostLink, turn: number): void {
    this.#host = host
    this.#state = 'starting'
    host.send(this.#keeper.encode(this.number, { type: 'take', epochMs: this.epochMs, turn }))
    for (const message of this.#unsent.splice(0)) host.send(message)
  }

  /** Fewer of its owner's lanes are ahead of it than were. */
  move(turn: number): void {
    if (this.#state !== 'gone') this.#host?.send(this.#keeper.encode(this.number, { type: 'turn', turn }))
  }

  /** Something has come from its host. */
  receive(message: FromLane): void {
    const heard = this.#keeper.decode(this, message)
    if (heard === undefined) return
    if (heard.type === 'hello' && this.#state === 'starting') this.#state = 'open'
    // It isn't there any more, and can't be left.
    if (heard.type === 'gone') this.#end()
    this.wire.take(heard)
  }

  pause(isPaused: boolean): void {
    this.wire.pause(isPaused)
  }

  /** Its host is lost. */
  lost(how: HostLoss, silentMs: number | undefined): void {
    this.#end()
    this.wire.lose(how, silentMs)
  }

  /** It can't be asked for at all. */
  fail(error: unknown): void {
    this.#end()
    this.wire.take({
      type: 'gone',
      loss: { killed: false, whileStarting: true, error: encodeError(error) },
    })
  }

  send(message: CarriedToHost): void {
    if (message.type === 'close' && this.#host === undefined) {
      // Nobody has it: there is nothing to close.
      this.#end()
      this.wire.take({ type: 'gone' })
      return
    }
    const encoded = this.#keeper.encode(this.number, message)
    if (this.#host === undefined) this.#unsent.push(encoded)
    else this.#host.send(encoded)
  }

  sendUrgent(message: CarriedToHost): void {
    const encoded = this.#keeper.encode(this.number, message)
    if (this.#host === undefined) this.#unsent.push(encoded)
    else this.#host.sendUrgent(encoded)
  }

  hold(holdsProcess: boolean): void {
    this.#keeper.hold(this, holdsProcess)
  }

  close(): void {
    if (this.#state !== 'gone') this.#host?.send(this.#keeper.encode(this.number, LEFT))
    this.#end()
  }

  /** Its host says what makes no sense: the other lanes go on. */
  #giveUp(error: unknown): void {
    const { name, instance } = this.peer ?? { name: '', instance: '' }
    warnOfCluster(
      `a thread of the host ${name} (${instance}) is given up: what it says makes no sense (${messageOf(error)})`,
    )
    this.#host?.send(this.#keeper.encode(this.number, NONSENSE))
    this.lost('host-lost', undefined)
  }

  #end(): void {
    if (this.#state === 'gone') return
    this.#state = 'gone'
    this.#unsent = []
    this.#host?.forget(this)
    this.#keeper.gone(this)
  }
}
