// An owner's side of the link to one host: the lanes that this serves, and the lease on it (D26).

import { hostLease, type HostSilence, type Lease } from '../link/lease.js'
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
  name = ''
  readonly lanes: Set<OwnedLane> = new Set()
  readonly #options: HostLinkOptions
  readonly #lease: Lease<HostSilence>
  #stopIdle: (() => void) | undefined

  constructor(options: HostLinkOptions) {
    this.#options = options
    this.link = options.link
    this.#lease = hostLease({
      clock: options.clock,
      leaseMs: () => this.link.leaseMs,
      onStage: (stage) => {
        if (stage === 'gone') this.#lose()
      },
    })
    this.#closeWhenIdle()
  }

  get peer(): string {
    return this.link.peer
  }

  /** How long it has been silent, in milliseconds. */
  get silentMs(): number {
    return this.#lease.silentMs
  }

  send(message: LinkMessage): void {
    this.link.send(message)
  }

  /** Ahead of other lanes' messages at best: what the same lane has said before goes first. */
  sendUrgent(message: LinkMessage): void {
    this.link.flush()
    this.link.sendUrgent(message)
  }

  /** It serves a lane. */
  add(lane: OwnedLane): void {
    this.#stopIdle?.()
    this.lanes.add(lane)
    lane.take(this)
  }

  forget(lane: OwnedLane): void {
    this.lanes.delete(lane)
    this.#closeWhenIdle()
  }

  onMessage(message: LinkMessage): void {
    this.#options.onMessage(this, message)
  }

  onHeard(): void {
    if (this.link.heardAt !== undefined) this.#lease.heard(this.link.heardAt)
  }

  onEnd(): void {
    this.#lose()
  }

  /** Leaves it. */
  close(): void {
    this.#lease.end()
    this.#stopIdle?.()
    this.link.close()
    this.#options.onEnd(this)
  }

  #lose(): void {
    this.close()
    for (const lane of [...this.lanes]) lane.lose()
  }

  /** Without a lane, it is kept for a while: the next one finds the clocks compared. */
  #closeWhenIdle(): void {
    if (this.lanes.size > 0 || this.link.end !== undefined) return
    this.#stopIdle?.()
    this.#stopIdle = this.#options.clock.after(this.link.leaseMs, () => {
      if (this.lanes.size === 0) this.close()
    })
  }
}
