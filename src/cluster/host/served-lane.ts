// One lane that a host serves, from the job that asks for it to its end: offered to its owner, and a thread behind it once he has
// taken it.

import { measureEpochOffset } from '../../protocol/clock.js'
import type { CarriedFromHost, CarriedToHost } from '../../protocol/far-messages.js'
import type { HostLoss } from '../../protocol/host-name.js'
import { world } from '../../protocol/world.js'
import { messageOf } from '../../protocol/values/describe-value.js'
import { kindOfQueue } from '../build.js'
import type { HeldPlace } from '../lanes/held-place.js'
import { LaneWire, type LaneCarrier } from '../lane-wire.js'
import type { LinkMessage } from '../link/frame.js'
import type { Link } from '../link/link.js'
import { worldClock } from '../link/wire.js'
import type { FromLane, ToLane } from '../lane-messages.js'
import { warnOfCluster } from '../warnings.js'
import type { Served } from './served.js'

/** Where it stands. `retiring`: it is served, takes nothing new, and ends when what runs has. */
type ServedLaneState = 'offered' | 'served' | 'retiring' | 'gone'

/** A thread that serves a lane. */
export interface LaneThread {
  /** Its place among those that its host lends at a time. */
  readonly place: Pick<HeldPlace, 'isHeld' | 'isLendable'>
  /** Takes nothing new, and ends when what runs has. */
  retire(): void
  /** Aborts what runs, and takes nothing new. */
  abortAll(how: HostLoss, message: string): void
  kill(how: HostLoss): void
}

/** The way to the owner of a lane. */
interface LaneOwnerLink {
  readonly link: Pick<Link, 'peer' | 'clockOffsetMs'>
  send(message: LinkMessage): void
}

/** What a lane needs of its host. */
export interface ServedLaneOptions {
  readonly number: number
  readonly destination: string
  /** Of its request: lower ones come first. Its owner says when it is another one. */
  readonly turn: number
  readonly owner: LaneOwnerLink
  /** What the host is shown as. */
  readonly name: string
  readonly served: Served
  readonly maxValueBytes: number
  readonly encode: (lane: number, message: FromLane) => LinkMessage
  /** Serves it in a thread. `epochOffset`: of the clock by which its owner tells times. */
  readonly serve: (wire: LaneWire<CarriedFromHost, CarriedToHost>, epochOffset: number) => LaneThread
  /** It isn't served any more. */
  readonly onGone: (lane: ServedLane) => void
}

/** One lane. */
export class ServedLane implements LaneCarrier<CarriedFromHost> {
  readonly number: number
  readonly destination: string
  readonly #options: ServedLaneOptions
  readonly #wire: LaneWire<CarriedFromHost, CarriedToHost> = new LaneWire<CarriedFromHost, CarriedToHost>(
    this,
    (error) => this.#giveUp(error),
  )
  #state: ServedLaneState = 'offered'
  #turn: number
  #thread: LaneThread | undefined
  #stopWaiting: (() => void) | undefined
  /** When it was offered, by the monotonic clock. */
  readonly since: number = world.now()
  /** Owners are told of, not known by a name. */
  readonly peer: undefined
  readonly roundTripMs: undefined

  constructor(options: ServedLaneOptions) {
    this.#options = options
    this.number = options.number
    this.destination = options.destination
    this.#turn = options.turn
  }

  get maxValueBytes(): number {
    return this.#options.maxValueBytes
  }

  get state(): ServedLaneState {
    return this.#state
  }

  /** Those whose turn is lower come first: the more lanes its owner holds ahead of it, the higher it is (D18). */
  get turn(): number {
    return this.#turn
  }

  /** Whether it holds one of its host's places. */
  get holdsPlace(): boolean {
    return this.#thread?.place.isHeld ?? true
  }

  /** Whether others may have that place, once it is retired. */
  get mayLendPlace(): boolean {
    return this.#thread?.place.isLendable ?? false
  }

  /** The instance of its owner. */
  get owner(): string {
    return this.#options.owner.link.peer
  }

  /** Tells its owner that there is a thread for it. It is over if he doesn't answer within so many milliseconds. */
  offer(withinMs: number): void {
    const { name } = this.#options
    this.#say({ type: 'offer', destination: this.destination, name })
    this.#stopWaiting = worldClock.after(withinMs, () => this.kill('host-lost'))
  }

  /** Something has come from its owner. */
  receive(message: ToLane): void {
    switch (message.type) {
      case 'take':
        this.#turn = message.turn
        this.#serve(message.epochMs)
        return
      case 'turn':
        this.#turn = message.turn
        return
      case 'release':
        this.kill('host-lost')
        return
      case 'define': {
        const found = this.#options.served.find(message, kindOfQueue(this.destination))
        const { definition, name } = message
        // What is started of it is given back, since nothing is known of it.
        if ('refused' in found) {
          this.#say({ type: 'unserved', definition, why: found.refused })
          this.retire()
        } else this.#wire.take({ type: 'define', definition, url: found.url, name })
        return
      }
      default:
        this.#wire.take(message)
    }
  }

  /** Ends it when what runs has ended: others wait for its thread, or the host is leaving. */
  retire(): void {
    if (this.#state === 'offered') this.#end()
    if (this.#state !== 'served') return
    this.#state = 'retiring'
    this.#thread?.retire()
  }

  pause(isPaused: boolean): void {
    this.#wire.pause(isPaused)
  }

  /** Aborts what runs, and ends it when that has; what is merely offered is offered no more. */
  abortAll(how: HostLoss, message: string): void {
    if (this.#thread === undefined) this.#end()
    else this.#thread.abortAll(how, message)
  }

  /** Ends it: nobody is there for whom it would go on. */
  kill(how: HostLoss): void {
    if (this.#thread === undefined) this.#end()
    else this.#thread.kill(how)
  }

  /** What its thread says. */
  send(message: CarriedFromHost): void {
    this.#say(message.type === 'define' ? this.#named(message) : message)
    if (message.type === 'gone') this.#end()
  }

  sendUrgent(message: CarriedFromHost): void {
    this.send(message)
  }

  /** A host keeps its process itself. */
  hold(): void {}

  close(): void {
    this.#end()
  }

  #serve(epochMs: number): void {
    if (this.#state !== 'offered') return
    this.#state = 'served'
    this.#stopWaiting?.()
    const { owner, serve } = this.#options
    this.#thread = serve(this.#wire, measureEpochOffset() + (owner.link.clockOffsetMs ?? 0) + epochMs)
  }

  /** Its owner says what makes no sense: the lanes of others go on. */
  #giveUp(error: unknown): void {
    warnOfCluster(
      `a lane of an app (${this.owner}) is given up: what it says makes no sense (${messageOf(error)})`,
    )
    this.kill('host-lost')
  }

  #named({ definition, url, name, options }: CarriedFromHost & { readonly type: 'define' }): FromLane {
    const named = this.#options.served.names.nameOf(url)
    return {
      type: 'define',
      definition,
      name,
      ...('refused' in named ? { unnamed: named.refused } : { module: named.text }),
      ...(options !== undefined && { options }),
    }
  }

  #say(message: FromLane): void {
    if (this.#state === 'gone') return
    const { owner, encode } = this.#options
    owner.send(encode(this.number, message))
  }

  #end(): void {
    if (this.#state === 'gone') return
    this.#state = 'gone'
    this.#stopWaiting?.()
    this.#options.onGone(this)
  }
}

/** Whether the lanes of a queue, or of a destination, take threads. */
export function isOfThreads(queue: string): boolean {
  return kindOfQueue(queue) === 'lanes'
}
