// How long the other side may be silent, and what comes of it (D26). Each side measures by its own monotonic clock: no time
// of another machine is compared with one of this.

import type { LinkClock } from './wire.js'

/**
 * What the silence of a host means to the owner. `silent`: nothing new is offered to it, until it is heard again; `gone`: it
 * is lost, for good.
 */
export type HostSilence = 'heard' | 'silent' | 'gone'

/**
 * What the silence of the owner means to a host. `aborted`: its bodies are aborted, and those stay so also when it is heard again;
 * `killed`: their threads are killed, for good.
 */
export type OwnerSilence = 'heard' | 'aborted' | 'killed'

/** A stage of silence. */
interface Stage<Name extends string> {
  readonly name: Name
  /** After so much of the lease. */
  readonly share: number
}

const HOST_STAGES: readonly Stage<HostSilence>[] = [
  { name: 'heard', share: 0 },
  { name: 'silent', share: 0.25 },
  { name: 'gone', share: 1 },
]

const OWNER_STAGES: readonly Stage<OwnerSilence>[] = [
  { name: 'heard', share: 0 },
  { name: 'aborted', share: 0.5 },
  // A thread takes a while to end: by 0.75 it is dead.
  { name: 'killed', share: 0.7 },
]

/** What a lease is made of. */
export interface LeaseOptions<Name extends string> {
  readonly clock: LinkClock
  /** How long it is, in milliseconds: asked each time, since the other side may have a shorter one. */
  readonly leaseMs: () => number
  /** A stage has begun. Stages that have passed unseen (the process was frozen) are told one by one. */
  readonly onStage: (stage: Name, silentMs: number) => void
}

/**
 * The owner's lease on a host. `heard` is given the times at which something of the host's has come.
 */
export function hostLease(options: LeaseOptions<HostSilence>): Lease<HostSilence> {
  return new Lease(options, HOST_STAGES)
}

/**
 * A host's lease from its owner. `heard` is given the times at which the host had sent what the owner says that it has
 * heard (`Link.answeredAt`), not those at which that came: a word that was long on its way, or of an owner that doesn't
 * hear this host, renews nothing. So the host has stopped before the owner, which hears it later than it has sent, tries
 * again elsewhere.
 */
export function ownerLease(options: LeaseOptions<OwnerSilence>): Lease<OwnerSilence> {
  return new Lease(options, OWNER_STAGES)
}

/** One side's view of the other. */
export class Lease<Name extends string> {
  readonly #options: LeaseOptions<Name>
  readonly #stages: readonly Stage<Name>[]
  #since: number
  #at = 0
  #isEnded = false
  #stopTimer: (() => void) | undefined
  /** When it fires. What is due later then is seen to when it does. */
  #timerAt = Infinity

  /** Begins now. */
  constructor(options: LeaseOptions<Name>, stages: readonly Stage<Name>[]) {
    this.#options = options
    this.#stages = stages
    this.#since = options.clock.now()
    this.#schedule()
  }

  /** What the silence has come to. */
  get stage(): Name {
    this.look()
    return this.#current.name
  }

  /** How long the other side has been silent, in milliseconds. */
  get silentMs(): number {
    return this.#options.clock.now() - this.#since
  }

  /** The other side was heard at a time of this side's clock. */
  heard(at: number): void {
    // A process that was frozen may read what has come before its timers have their turn.
    this.look()
    if (this.#isEnded || at <= this.#since) return
    this.#since = at
    // The last stage has ended it.
    if (this.#at > 0) this.#enter(0)
    this.look()
  }

  /** Enters the stages that are due. */
  look(): void {
    for (;;) {
      if (this.#isEnded) return
      const next = this.#stages[this.#at + 1]
      if (next === undefined) break
      if (this.silentMs < next.share * this.#options.leaseMs()) break
      this.#enter(this.#at + 1)
    }
    if (this.#at === this.#stages.length - 1) this.end()
    else this.#schedule()
  }

  /** Looks no more. */
  end(): void {
    this.#isEnded = true
    this.#stopTimer?.()
  }

  get #current(): Stage<Name> {
    return this.#stages[this.#at] as Stage<Name>
  }

  #enter(at: number): void {
    this.#at = at
    this.#options.onStage(this.#current.name, this.silentMs)
  }

  #schedule(): void {
    const next = this.#stages[this.#at + 1]
    if (this.#isEnded || next === undefined) return
    const { clock, leaseMs } = this.#options
    const dueAt = this.#since + next.share * leaseMs()
    if (dueAt >= this.#timerAt) return
    this.#stopTimer?.()
    this.#timerAt = dueAt
    this.#stopTimer = clock.after(Math.max(1, dueAt - clock.now()), () => {
      this.#timerAt = Infinity
      this.look()
    })
  }
}
