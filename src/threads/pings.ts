// Whether a thread's loop answers: questions that are on their way to it, each with a limit of time. Apart from the lane,
// which only carries them.

/** How long a thread may take to answer a ping before it counts as blocked, in milliseconds. */
const PING_MS = 250

/** What pings need of their lane. */
export interface PingLine {
  /** Posts a ping at once: its time runs already. */
  postPing(sequence: number): void
  /** Handles what has arrived but not been delivered. */
  drain(): void
}

/** The pings of one lane. */
export class Pings {
  readonly #line: PingLine
  readonly #pending = new Map<number, (responsive: boolean) => void>()
  #count = 0

  constructor(line: PingLine) {
    this.#line = line
  }

  /** Asks whether the thread's loop answers in time. */
  ask(): Promise<boolean> {
    this.#count += 1
    const sequence = this.#count
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        // After a stall of the main thread, the answer may have come and only not been read.
        this.#line.drain()
        answer(false)
      }, PING_MS)
      const answer = (responsive: boolean): void => {
        clearTimeout(timer)
        this.#pending.delete(sequence)
        resolve(responsive)
      }
      this.#pending.set(sequence, answer)
      this.#line.postPing(sequence)
    })
  }

  /** An answer has come. */
  answered(sequence: number): void {
    this.#pending.get(sequence)?.(true)
  }

  /** The thread is gone: it won't answer. */
  giveUp(): void {
    for (const answer of this.#pending.values()) answer(false)
  }
}
