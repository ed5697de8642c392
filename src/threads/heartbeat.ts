// Watches whether the loop of a shared thread answers, as long as something lives there: a coordinator that computes
// instead of awaiting holds up all others on its thread (S6).

/** How long a thread that has answered is left alone, in milliseconds. */
const BEAT_MS = 250
/** How long it may be silent before that is told, in milliseconds. */
const SILENT_MS = 1000

/** What a heartbeat needs of its lane. */
export interface Heart {
  /** Whether an answer is needed now: not if all that lives there is parked. */
  readonly isBusy: boolean
  /** Asks the thread; `false` if it hasn't answered in time. */
  ping(): Promise<boolean>
  /** It has been silent for long. Told once, until it answers again. */
  fellSilent(): void
  /** It answers again. */
  answersAgain(): void
}

/** The heartbeat of one lane. */
export class Heartbeat {
  readonly #heart: Heart
  #timer: NodeJS.Timeout | undefined
  #asking = false
  #stopped = false
  #silentSince: number | undefined
  #told = false

  constructor(heart: Heart) {
    this.#heart = heart
  }

  /** How long the thread has been silent, in milliseconds; 0 while it answers. */
  get silentMs(): number {
    return this.#silentSince === undefined ? 0 : performance.now() - this.#silentSince
  }

  /** Begins, if it hasn't. */
  start(): void {
    if (this.#timer !== undefined || this.#asking || this.#stopped) return
    this.#timer = setTimeout(() => void this.#beat(), BEAT_MS)
  }

  /** Nothing is there for now: until the next `start`. */
  pause(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  /** The lane is being closed, or its thread is gone. */
  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  async #beat(): Promise<void> {
    this.#timer = undefined
    this.#asking = true
    while (!this.#stopped && this.#heart.isBusy) {
      const askedAt = performance.now()
      if (await this.#heart.ping()) {
        this.#silentSince = undefined
        break
      }
      this.#silentSince ??= askedAt
      if (this.#told || performance.now() - this.#silentSince < SILENT_MS || this.#stopped) continue
      this.#told = true
      this.#heart.fellSilent()
    }
    this.#asking = false
    if (this.#told && this.#silentSince === undefined && !this.#stopped) {
      this.#told = false
      this.#heart.answersAgain()
    }
    if (this.#heart.isBusy) this.start()
  }
}
