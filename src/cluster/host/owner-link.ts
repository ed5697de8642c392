// A host's side of the link to one owner, with the lanes that it serves for him.

import { OwnerWatch } from '../lanes/watches.js'
import type { LinkMessage } from '../link/frame.js'
import type { Link, LinkListener } from '../link/link.js'
import type { LinkClock } from '../link/wire.js'
import type { ServedLane } from './served-lane.js'

/** What a link to an owner needs of its host. */
export interface OwnerLinkOptions {
  readonly link: Link
  readonly clock: LinkClock
  readonly onMessage: (owner: OwnerLink, message: LinkMessage) => void
  /** Nothing more comes. */
  readonly onEnd: (owner: OwnerLink) => void
}

/** One owner, as a host is linked to him. */
export class OwnerLink implements LinkListener {
  readonly link: Link
  readonly #options: OwnerLinkOptions
  readonly #lanes: Map<number, ServedLane> = new Map()
  readonly #watch: OwnerWatch

  constructor(options: OwnerLinkOptions) {
    const { link, clock } = options
    this.#options = options
    this.link = link
    this.#watch = new OwnerWatch(clock, link, () => this.close())
  }

  /** How many lanes it serves for him, or has offered. */
  get size(): number {
    return this.#lanes.size
  }

  /** Serves a lane; what was of that number before is over. */
  add(lane: ServedLane): void {
    this.#lanes.get(lane.number)?.kill('host-lost')
    this.#lanes.set(lane.number, lane)
    this.#watch.add(lane)
  }

  delete(lane: ServedLane): void {
    this.#watch.delete(lane)
    if (this.#lanes.get(lane.number) === lane) this.#lanes.delete(lane.number)
  }

  lane(number: number): ServedLane | undefined {
    return this.#lanes.get(number)
  }

  send(message: LinkMessage): void {
    this.link.send(message)
    this.#watch.lookAtRoom()
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
    this.#watch.lose()
  }

  /** Leaves him; his lanes go on. */
  close(): void {
    this.#watch.end()
    this.link.close()
    this.#options.onEnd(this)
  }
}
