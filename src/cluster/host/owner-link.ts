// A host's side of the link to one owner: the lanes that it serves for him, and the lease from him (D26, D27).

import type { LinkMessage } from '../link/frame.js'
import { ownerLease, type Lease, type OwnerSilence } from '../link/lease.js'
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
  readonly lanes: Map<number, ServedLane> = new Map()
  readonly #options: OwnerLinkOptions
  readonly #lease: Lease<OwnerSilence>

  constructor(options: OwnerLinkOptions) {
    this.#options = options
    this.link = options.link
    this.#lease = ownerLease({
      clock: options.clock,
      leaseMs: () => this.link.leaseMs,
      onStage: (stage) => {
        if (stage === 'killed') this.#lose()
      },
    })
  }

  onMessage(message: LinkMessage): void {
    this.#options.onMessage(this, message)
  }

  onHeard(): void {
    if (this.link.answeredAt !== undefined) this.#lease.heard(this.link.answeredAt)
  }

  onEnd(): void {
    this.#lose()
  }

  /** Leaves him. */
  close(): void {
    this.#lease.end()
    this.link.close()
    this.#options.onEnd(this)
  }

  #lose(): void {
    this.close()
    for (const lane of [...this.lanes.values()]) lane.kill()
  }
}
