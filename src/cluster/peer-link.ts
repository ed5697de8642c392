// One link of an owner or a host to the other side, with the lanes that travel on it; and all of them, by the instances at their ends.

import type { LinkMessage } from './link/frame.js'
import type { Link, LinkListener } from './link/link.js'
import type { LinkClock } from './link/wire.js'

/** What the silence of the other side, and a link that is full, come to for the lanes. */
export interface PeerWatch {
  heard(): void
  lookAtRoom(): void
  end(): void
}

/** What a link needs of whose it is. */
export interface PeerLinkOptions<Peer> {
  readonly link: Link
  readonly clock: LinkClock
  /** A message of a lane's has come. */
  readonly onMessage: (peer: Peer, message: LinkMessage) => void
  /** Nothing more comes. */
  readonly onEnd: (peer: Peer) => void
}

/** One link. */
export abstract class PeerLink<Watch extends PeerWatch> implements LinkListener {
  readonly link: Link
  protected abstract readonly watch: Watch
  protected readonly clock: LinkClock
  readonly #onMessage: (message: LinkMessage) => void
  readonly #onEnd: () => void

  constructor({ link, clock, onMessage, onEnd }: PeerLinkOptions<PeerLink<Watch>>) {
    this.link = link
    this.clock = clock
    this.#onMessage = (message) => onMessage(this, message)
    this.#onEnd = () => onEnd(this)
  }

  send(message: LinkMessage): void {
    this.link.send(message)
    this.watch.lookAtRoom()
  }

  onMessage(message: LinkMessage): void {
    this.#onMessage(message)
  }

  onHeard(): void {
    this.watch.heard()
  }

  onDrain(): void {
    this.watch.lookAtRoom()
  }

  /** The other side is lost, or has left. */
  abstract onEnd(): void

  /** Leaves it. */
  close(): void {
    this.watch.end()
    this.link.close()
    this.#onEnd()
  }
}

/** All links of one owner, or one host. */
export class PeerLinks<Peer extends LinkListener & { readonly link: Link }> {
  readonly #make: (options: PeerLinkOptions<Peer>) => Peer
  readonly #clock: LinkClock
  readonly #onMessage: (peer: Peer, message: LinkMessage) => void
  readonly #peers = new Map<string, Peer>()

  constructor(
    make: (options: PeerLinkOptions<Peer>) => Peer,
    clock: LinkClock,
    onMessage: (peer: Peer, message: LinkMessage) => void,
  ) {
    this.#make = make
    this.#clock = clock
    this.#onMessage = onMessage
  }

  get size(): number {
    return this.#peers.size
  }

  get(instance: string): Peer | undefined {
    return this.#peers.get(instance)
  }

  [Symbol.iterator](): Iterator<Peer> {
    return [...this.#peers.values()][Symbol.iterator]()
  }

  /** Who listens to a link. */
  listen(link: Link): Peer {
    const peer = this.#make({
      link,
      clock: this.#clock,
      onMessage: this.#onMessage,
      onEnd: (ended) => {
        if (this.#peers.get(link.peer) === ended) this.#peers.delete(link.peer)
      },
    })
    this.#peers.set(link.peer, peer)
    return peer
  }
}
