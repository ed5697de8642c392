// Instances that are linked over the simulated network: the real links, with its wire, clocks and timers.

import type { LinkMessage, Seal } from '../../src/cluster/link/frame.js'
import type { Link, LinkEnd, LinkListener } from '../../src/cluster/link/link.js'
import { Links } from '../../src/cluster/link/links.js'
import type { LinkClock, Wire } from '../../src/cluster/link/wire.js'
import type { ClockError, Endpoint, Network } from './network.js'

/** A wire over the network, which can be closed and opened as a connection that is lost and made again. */
export class NetworkWire implements Wire {
  isOpen = true
  /** How many frames it was given. */
  sent = 0
  onFrame: ((frame: Uint8Array) => void) | undefined
  onOpen: (() => void) | undefined
  readonly #endpoint: Endpoint

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint
    endpoint.onMessage = (_from, frame) => this.onFrame?.(frame as Uint8Array)
  }

  send(to: string, frame: Uint8Array): void {
    this.sent += 1
    // What is sent may be a part of a larger buffer, which a clone would copy whole.
    if (this.isOpen) this.#endpoint.send(to, new Uint8Array(frame))
  }

  close(): void {
    this.isOpen = false
  }

  open(): void {
    this.isOpen = true
    this.onOpen?.()
  }
}

/** A process's own clock and timers. */
function clockOf(endpoint: Endpoint): LinkClock {
  return {
    now: () => endpoint.now(),
    epochNow: () => endpoint.now(),
    after: (ms, call) => endpoint.setTimer(ms, call),
    soon: (call) => void endpoint.setTimer(0, call),
  }
}

/** One linked instance, and what has come to it. */
export class Instance {
  readonly name: string
  readonly clock: LinkClock
  readonly wire: NetworkWire
  readonly links: Links
  /** What has come on each of its links, one after the other. */
  readonly got: { readonly link: Link; readonly texts: string[]; ends: LinkEnd[] }[] = []
  readonly warnings: string[] = []
  /** Called when a link has heard something new. */
  onHeard: ((link: Link) => void) | undefined
  onMessage: ((link: Link, text: string) => void) | undefined

  constructor(
    network: Network,
    name: string,
    options: {
      readonly seal: Seal
      readonly clock?: ClockError
      readonly leaseMs?: number
      readonly maxBufferedBytes?: number
    },
  ) {
    const endpoint = network.join(name, options.clock)
    this.name = name
    this.clock = clockOf(endpoint)
    this.wire = new NetworkWire(endpoint)
    this.links = new Links({
      instance: name,
      wire: this.wire,
      clock: this.clock,
      seal: options.seal,
      leaseMs: options.leaseMs ?? 10_000,
      maxBufferedBytes: options.maxBufferedBytes ?? 64 * 1024 * 1024,
      accept: () => (link) => this.listen(link),
      warn: (message) => void this.warnings.push(message),
    })
  }

  /** Who listens to a link. */
  listen(link: Link): LinkListener {
    const got = { link, texts: [] as string[], ends: [] as LinkEnd[] }
    this.got.push(got)
    return {
      onMessage: (message) => {
        const text = textOf(message)
        got.texts.push(text)
        this.onMessage?.(link, text)
      },
      onHeard: () => this.onHeard?.(link),
      onEnd: (why) => void got.ends.push(why),
    }
  }

  /** Opens a link. */
  open(peer: string): Link {
    return this.links.open(peer, (link) => this.listen(link))
  }
}

/** A message that is a text, and a block that is as long as it is told. */
export function messageOf(text: string, bytes = 0): LinkMessage {
  return [new TextEncoder().encode(text), new Uint8Array(bytes)]
}

function textOf([block]: LinkMessage): string {
  return new TextDecoder().decode(block)
}
