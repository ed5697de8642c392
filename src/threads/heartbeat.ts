// The heartbeat of a shared thread: its loop is asked for an answer as long as something lives there, since a coordinator that
// computes instead of awaiting holds up all others on its thread (S6). Also where all is parked: what goes on after a wait, and
// computes at once, can't say so.

import { world } from '../protocol/world.js'

/** How long a thread that has answered is left alone, in milliseconds. */
const BEAT_MS = 250
/** How long it may be silent before its lane counts as silent, in milliseconds. */
const SILENT_MS = 1000

/** What a heartbeat needs of its lane. */
export interface Heart {
  /** Whether anything lives there, parked or not. */
  isInUse(): boolean
  /** Whether something there isn't parked: then its silence matters. Looked at where it doesn't answer. */
  isBusy(): boolean
  /** Asks the thread; `false` if it hasn't answered in time. */
  ping(): Promise<boolean>
  /** Whether it counts as silent. */
  isSilent(): boolean
  /** It has been silent for long. */
  fellSilent(): void
  /** It answers again. */
  answersAgain(): void
}

/** The heartbeat of one lane. */
export class Heartbeat {
  readonly #heart: Heart
  #timer: NodeJS.Timeout | undefined
  #state: 'paused' | 'waiting' | 'asking' | 'stopped' = 'paused'
  #silentSince: number | undefined

  constructor(heart: Heart) {
    this.#heart = heart
  }

  /** How long the thread has been silent, in milliseconds; 0 while it answers. */
  get silentMs(): number {
    return this.#silentSince === undefined ? 0 : world.now() - this.#silentSince
  }

  /** Begins, if it hasn't. */
  start(): void {
    if (this.#state !== 'paused') return
    this.#state = 'waiting'
    this.#timer = world.setTimeout(() => void this.#beat(), BEAT_MS)
  }

  /** Nothing is there for now: until the next `start`. */
  pause(): void {
    if (this.#state !== 'waiting') return
    this.#state = 'paused'
    world.clearTimeout(this.#timer)
  }

  /** The lane is being closed, or its thread is gone. */
  stop(): void {
    this.#state = 'stopped'
    world.clearTimeout(this.#timer)
  }

  get #isStopped(): boolean {
    return this.#state === 'stopped'
  }

  async #beat(): Promise<void> {
    this.#state = 'asking'
    while (!this.#isStopped && this.#heart.isInUse()) {
      const askedAt = world.now()
      if (await this.#heart.ping()) {
        this.#silentSince = undefined
        break
      }
      this.#silentSince ??= askedAt
      const isLong = world.now() - this.#silentSince >= SILENT_MS && this.#heart.isBusy()
      if (isLong && !this.#isStopped && !this.#heart.isSilent()) this.#heart.fellSilent()
    }
    if (this.#isStopped) return
    this.#state = 'paused'
    const isInUse = this.#heart.isInUse()
    if (!isInUse && !this.#heart.isSilent()) this.#silentSince = undefined
    if (this.#silentSince === undefined && this.#heart.isSilent()) this.#heart.answersAgain()
    if (isInUse) this.start()
  }
}
