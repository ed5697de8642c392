// What the silence of the other machine comes to for the lanes between the two, at both ends (D26, D27), and that too much is on
// its way there (D24).

import type { HostLoss } from '../../protocol/host-name.js'
import { hostLease, ownerLease, type Lease } from '../link/lease.js'
import type { LinkClock } from '../link/wire.js'

/** What is known of a link. */
export interface WatchedLink {
  /** The shorter of both sides' leases, in milliseconds. */
  readonly leaseMs: number
  readonly heardAt: number | undefined
  readonly answeredAt: number | undefined
  /** Whether only what can't wait should be sent. */
  readonly isFull: boolean
}

/** An end of a lane. */
interface PausedEnd {
  pause(isPaused: boolean): void
}

/** The runtime's end, as its wire's listener is. */
interface OwnersEnd extends PausedEnd {
  lost(how: HostLoss, silentMs: number | undefined): void
}

/** The end of the machine that lends the thread. */
interface HostsEnd extends PausedEnd {
  abortAll(how: HostLoss, message: string): void
  kill(how: HostLoss): void
}

/** The ends of lanes on this side of one link. */
class Ends<End extends PausedEnd> {
  readonly #all = new Set<End>()
  #isPaused = false

  get size(): number {
    return this.#all.size
  }

  add(end: End): void {
    this.#all.add(end)
    if (this.#isPaused) end.pause(true)
  }

  delete(end: End): void {
    this.#all.delete(end)
  }

  pause(isPaused: boolean): void {
    if (isPaused === this.#isPaused) return
    this.#isPaused = isPaused
    this.each((end) => end.pause(isPaused))
  }

  /** What is called may take ends away, and others. */
  each(call: (end: End) => void): void {
    for (const end of [...this.#all]) if (this.#all.has(end)) call(end)
  }
}

/** A runtime's watch over one machine that lends it threads. */
export class HostWatch {
  readonly #link: WatchedLink
  readonly #ends = new Ends<OwnersEnd>()
  readonly #lease: Lease<'heard' | 'silent' | 'gone'>
  #isSilent = false

  /** `onGone`: that machine counts as lost, and its lanes have been told. */
  constructor(clock: LinkClock, link: WatchedLink, onGone: () => void) {
    this.#link = link
    this.#lease = hostLease({
      clock,
      leaseMs: () => link.leaseMs,
      onStage: (stage, silentMs) => {
        this.#isSilent = stage === 'silent'
        if (stage !== 'gone') this.lookAtRoom()
        else {
          this.lose(silentMs)
          onGone()
        }
      },
    })
  }

  /** How many lanes there are. */
  get size(): number {
    return this.#ends.size
  }

  add(end: OwnersEnd): void {
    this.#ends.add(end)
  }

  delete(end: OwnersEnd): void {
    this.#ends.delete(end)
  }

  /** Something of that machine has come. */
  heard(): void {
    const { heardAt } = this.#link
    if (heardAt !== undefined) this.#lease.heard(heardAt)
  }

  /** Something was sent, or acknowledged: the link may be full, or have room again. */
  lookAtRoom(): void {
    this.#ends.pause(this.#isSilent || this.#link.isFull)
  }

  /** That machine is lost, or given up. `silentMs`: how long it hadn't been heard, where it is for that. */
  lose(silentMs: number | undefined): void {
    this.end()
    this.#ends.each((end) => end.lost('host-lost', silentMs))
  }

  /** Looks no more. */
  end(): void {
    this.#lease.end()
  }
}

/** A machine's watch over one runtime that it lends threads to. */
export class OwnerWatch {
  readonly #link: WatchedLink
  readonly #ends = new Ends<HostsEnd>()
  readonly #lease: Lease<'heard' | 'aborted' | 'killed'>
  /** Why bodies are aborted, until that runtime is heard again: nothing takes back what has been aborted by then. */
  #aborted: string | undefined

  /** `onGone`: that runtime counts as lost, and the threads that it had are being killed. */
  constructor(clock: LinkClock, link: WatchedLink, onGone: () => void) {
    this.#link = link
    this.#lease = ownerLease({
      clock,
      leaseMs: () => link.leaseMs,
      onStage: (stage, silentMs) => {
        if (stage === 'heard') this.#aborted = undefined
        else if (stage === 'aborted') this.#abort(silentMs)
        else {
          this.lose()
          onGone()
        }
      },
    })
  }

  /** How many lanes there are. */
  get size(): number {
    return this.#ends.size
  }

  add(end: HostsEnd): void {
    this.#ends.add(end)
    if (this.#aborted !== undefined) end.abortAll('host-lost', this.#aborted)
  }

  delete(end: HostsEnd): void {
    this.#ends.delete(end)
  }

  /** Something of that runtime has come. */
  heard(): void {
    const { answeredAt } = this.#link
    if (answeredAt !== undefined) this.#lease.heard(answeredAt)
  }

  /** Something was sent, or acknowledged: the link may be full, or have room again. */
  lookAtRoom(): void {
    this.#ends.pause(this.#link.isFull)
  }

  /** That runtime is lost, or has left. */
  lose(): void {
    this.end()
    this.#ends.each((end) => end.kill('host-lost'))
  }

  /** Looks no more. */
  end(): void {
    this.#lease.end()
  }

  #abort(silentMs: number): void {
    const message = `its owner has not been heard for ${Math.round(silentMs)} ms`
    this.#aborted = message
    this.#ends.each((end) => end.abortAll('host-lost', message))
  }
}
