// The way between the two ends of one lane, by a link: what comes is handled in turns of the loop.

import type { HostLoss, HostName } from '../protocol/host-name.js'
import { TurnQueue } from '../protocol/turn-queue.js'
import type { Wire, WireListener } from './lanes/wire.js'

/** What carries what one end sends. */
export interface LaneCarrier<Sent> {
  /** The machine at the other end, and how long a word to it and its answer take; `undefined` before that is known. */
  readonly peer: HostName | undefined
  readonly roundTripMs: number | undefined
  /** How large one value may be, in bytes. */
  readonly maxValueBytes: number
  /** Sends it to the other end, or keeps it until there is one. Throws where it can't travel. */
  send(message: Sent): void
  /** The same, at once, and ahead of what other lanes have sent that hasn't left yet. */
  sendUrgent(message: Sent): void
  /** Whether the process stays alive for what may come. */
  hold(holdsProcess: boolean): void
  /** Nothing more is sent. */
  close(): void
}

/** One end. */
export class LaneWire<Sent, Received> implements Wire<Sent, Received> {
  readonly #carrier: LaneCarrier<Sent>
  readonly #onError: (error: unknown) => void
  #listener: WireListener<Received> | undefined
  readonly #arrived: TurnQueue<Received> = new TurnQueue<Received>({
    handle: (message) => this.#handle(message),
    endTurn: () => this.#listener?.endTurn(),
  })
  /** As it was told last, also ahead of who listens. */
  #isPaused = false
  #isClosed = false

  /** `onError`: told of what makes no sense to who listens. */
  constructor(carrier: LaneCarrier<Sent>, onError: (error: unknown) => void) {
    this.#carrier = carrier
    this.#onError = onError
  }

  get peer(): HostName | undefined {
    return this.#carrier.peer
  }

  get roundTripMs(): number | undefined {
    return this.#carrier.roundTripMs
  }

  get maxValueBytes(): number {
    return this.#carrier.maxValueBytes
  }

  listen(listener: WireListener<Received>): void {
    this.#listener = listener
    if (this.#isPaused) listener.pause(true)
  }

  send(message: Sent): void {
    if (!this.#isClosed) this.#carrier.send(message)
  }

  sendUrgent(message: Sent): void {
    if (!this.#isClosed) this.#carrier.sendUrgent(message)
  }

  /** Something has come. */
  take(message: Received): void {
    if (!this.#isClosed) this.#arrived.add(message)
  }

  /** Only what can't wait is to be sent; and, later, all. */
  pause(isPaused: boolean): void {
    this.#isPaused = isPaused
    this.#listener?.pause(isPaused)
  }

  /** The other end is lost. */
  lose(how: HostLoss, silentMs: number | undefined): void {
    this.#listener?.lost(how, silentMs)
  }

  drain(): void {
    this.#arrived.drain()
  }

  readOn(): boolean {
    return this.#arrived.readOn()
  }

  hold(holdsProcess: boolean): void {
    if (!this.#isClosed) this.#carrier.hold(holdsProcess)
  }

  close(): void {
    if (this.#isClosed) return
    this.#carrier.hold(false)
    this.#isClosed = true
    this.#listener = undefined
    this.#arrived.close()
    this.#carrier.close()
  }

  #handle(message: Received): void {
    try {
      this.#listener?.handle(message)
    } catch (error) {
      this.#onError(error)
    }
  }
}
