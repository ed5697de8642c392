// Whether a thread's loop answers: questions that are on their way to it, each with a limit of time. Apart from the lane,
// which only carries them.

/** How long a thread may take to answer a ping before it counts as blocked, in milliseconds. */
const PING_MS = 250
/** How late the main thread's own timer may be before the time of a ping doesn't count, in milliseconds. */
const LATE_MS = 50
/** How often the time of one ping may be extended for that. */
const MOST_EXTENSIONS = 8

/** What pings need of their lane. */
export interface PingLine {
  /** Posts a ping at once: its time runs already. */
  postPing(sequence: number): void
  /** Handles what has arrived but not been delivered. */
  drain(): void
  /** The same, as far as one turn of the loop goes; `false` if there is more. */
  readOn(): boolean
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
      let timer: NodeJS.Timeout
      let extensions = 0
      const wait = (): void => {
        const dueAt = performance.now() + PING_MS
        timer = setTimeout(() => {
          const lateMs = performance.now() - dueAt
          // After a stall of the main thread, the answer may have come and only not been read; behind 100 000 spawns, say, of
          // which each turn of the loop takes some. But not for ever: who says more than can be read isn't responsive by that.
          const isRead = this.#line.readOn()
          if (!this.#pending.has(sequence)) return
          if (!isRead && extensions < MOST_EXTENSIONS) {
            extensions += 1
            wait()
            return
          }
          this.#line.drain()
          if (!this.#pending.has(sequence)) return
          // Where this thread is late itself, the machine has more to do than it can, and the other one may be, too.
          extensions += 1
          if (lateMs > LATE_MS && extensions <= MOST_EXTENSIONS) wait()
          else answer(false)
        }, PING_MS)
      }
      const answer = (responsive: boolean): void => {
        clearTimeout(timer)
        this.#pending.delete(sequence)
        resolve(responsive)
      }
      this.#pending.set(sequence, answer)
      wait()
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
