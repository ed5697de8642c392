// A host's side of the link to one owner, with the lanes that it serves for him.

import { OwnerWatch } from '../lanes/watches.js'
import { PeerLink, type PeerLinkOptions } from '../peer-link.js'
import type { ServedLane } from './served-lane.js'

/** One owner, as a host is linked to him. */
export class OwnerLink extends PeerLink<OwnerWatch> {
  protected readonly watch: OwnerWatch
  readonly #lanes: Map<number, ServedLane> = new Map()

  constructor(options: PeerLinkOptions<OwnerLink>) {
    super(options as PeerLinkOptions<PeerLink<OwnerWatch>>)
    this.watch = new OwnerWatch(this.clock, this.link, () => this.close())
  }

  /** How many lanes it serves for him, or has offered. */
  get size(): number {
    return this.#lanes.size
  }

  /** Serves a lane, of a number that no other one has. */
  add(lane: ServedLane): void {
    this.#lanes.set(lane.number, lane)
    this.watch.add(lane)
  }

  delete(lane: ServedLane): void {
    this.watch.delete(lane)
    this.#lanes.delete(lane.number)
  }

  lane(number: number): ServedLane | undefined {
    return this.#lanes.get(number)
  }

  onEnd(): void {
    this.close()
    this.watch.lose()
  }
}
