// An owner's side of the link to one host, with the lanes that this serves.

import type { HostName } from '../../protocol/host-name.js'
import { HostWatch } from '../lanes/watches.js'
import type { LinkMessage } from '../link/frame.js'
import type { Link, LinkListener } from '../link/link.js'
import type { LinkClock } from '../link/wire.js'
import type { LaneHostLink, OwnedLane } from './owned-lane.js'

/** What a link to a host needs of its owner. */
export interface HostLinkOptions {
  readonly link: Link
  readonly clock: LinkClock
  /** A message of a lane's has come. */
  readonly onMessage: (host: HostLink, message: LinkMessage) => void
  /** Nothing more comes. */
  readonly onEnd: (host: HostLink) => void
}

/** One host, as an owner is linked to it. */
export class HostLink implements LaneHostLink, LinkListener {
  readonly link: Link
  /** What it is called: it says so when it offers a thread. */
  name = ''
  readonly #options: HostLinkOptions
  readonly #watch: HostWatch
  #stopIdle: (() => void) | undefined

  constructor(options: HostLinkOptions) {
    const { link, clock } = options
    this.#options = options
    this.link = link
    this.#watch = new HostWatch(clock, link, () => this.close())
    this.#closeWhenIdle()
  }

  get host(): HostName {
    return { name: this.name, instance: this.link.peer }
  }

  get roundTripMs(): number | undefined {
    return this.link.roundTripMs
  }

  send(message: LinkMessage): void {
    this.link.send(message)
    this.#watch.lookAtRoom()
  }

  /** Ahead of other lanes' messages at best: what the same lane has said before goes first. */
  sendUrgent(message: LinkMessage): void {
    this.link.flush()
    this.link.sendUrgent(message)
    this.#watch.lookAtRoom()
  }

  /** It serves a lane. */
  add(lane: OwnedLane): void {
    this.#stopIdle?.()
    lane.take(this)
    this.#watch.add(lane)
  }

  forget(lane: OwnedLane): void {
    this.#watch.delete(lane)
    this.#closeWhenIdle()
  }

  onMessage(message: LinkMessage): void {
    this.#options.onMessage(this, message)
  }

  onHeard(): void {
    this.#watch.heard()
  }

  onDrain(): void {
    this.#watch.lookAtRoom()
  }

  onEnd(): void {
    this.close()
    this.#watch.lose(undefined)
  }

  /** Leaves it; its lanes aren't told. */
  close(): void {
    this.#watch.end()
    this.#stopIdle?.()
    this.link.flush()
    this.link.close()
    this.#options.onEnd(this)
  }

  /** Without a lane, it is kept for a while: the next one finds the clocks compared. */
  #closeWhenIdle(): void {
    if (this.#watch.size > 0 || this.link.end !== undefined) return
    this.#stopIdle?.()
    this.#stopIdle = this.#options.clock.after(this.link.leaseMs, () => {
      if (this.#watch.size === 0) this.close()
    })
  }
}
