// An owner's side of the link to one host, with the lanes that this serves.

import type { HostName } from '../../protocol/host-name.js'
import { HostWatch } from '../lanes/watches.js'
import type { LinkMessage } from '../link/frame.js'
import { PeerLink, type PeerLinkOptions } from '../peer-link.js'
import type { LaneHostLink, OwnedLane } from './owned-lane.js'

/** One host, as an owner is linked to it. */
export class HostLink extends PeerLink<HostWatch> implements LaneHostLink {
  protected readonly watch: HostWatch
  /** What it is called: it says so when it offers a thread. */
  name = ''
  #stopIdle: (() => void) | undefined

  constructor(options: PeerLinkOptions<HostLink>) {
    super(options as PeerLinkOptions<PeerLink<HostWatch>>)
    this.watch = new HostWatch(this.clock, this.link, () => this.close())
    this.#closeWhenIdle()
  }

  get host(): HostName {
    return { name: this.name, instance: this.link.peer }
  }

  get roundTripMs(): number | undefined {
    return this.link.roundTripMs
  }

  /** Ahead of other lanes' messages at best: what the same lane has said before goes first. */
  sendUrgent(message: LinkMessage): void {
    this.link.flush()
    this.link.sendUrgent(message)
    this.watch.lookAtRoom()
  }

  /** It serves a lane, whose turn is that. */
  add(lane: OwnedLane, turn: number): void {
    this.#stopIdle?.()
    lane.take(this, turn)
    this.watch.add(lane)
  }

  forget(lane: OwnedLane): void {
    this.watch.delete(lane)
    this.#closeWhenIdle()
  }

  onEnd(): void {
    this.close()
    this.watch.lose(undefined)
  }

  /** Leaves it; its lanes aren't told. */
  override close(): void {
    this.#stopIdle?.()
    this.link.flush()
    super.close()
  }

  /** Without a lane, it is kept for a while: the next one finds the clocks compared. */
  #closeWhenIdle(): void {
    if (this.watch.size > 0 || this.link.end !== undefined) return
    this.#stopIdle?.()
    this.#stopIdle = this.clock.after(this.link.leaseMs, () => {
      if (this.watch.size === 0) this.close()
    })
  }
}
