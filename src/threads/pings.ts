// Pings: questions that are on their way to a thread's loop, each with a limit of time. Apart from the lane, which only
// carries them.

import type { ThreadTime, TimeMark } from './thread-time.js'
import { world } from '../protocol/world.js'

/**
 * How much time of its own a thread may take to answer a ping before it counts as blocked, in milliseconds. What it waits for
 * a processor isn't its own.
 */
const PING_MS = 250
/** After how long that is looked at closely, in milliseconds: nearly all answers have come by then. */
const FIRST_LOOK_MS = 50
/** The shortest time between two looks, in milliseconds. */
const LEAST_LOOK_MS = 10
/** How late the main thread's own timer may be before that time doesn't count, in milliseconds. */
const LATE_MS = 50
/**
 * After how long there is no excuse any more, in milliseconds: where it is known what the thread waits for, and elsewhere.
 */
const MOST_MS = 15_000
const MOST_UNMEASURED_MS = 2500

/** What a thread says when it is asked. */
export interface PingAnswer {
  /** Whether all that it had written to the console has arrived. */
  readonly written: boolean
}

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
  readonly #threadTime: ThreadTime
  readonly #pending = new Map<number, (answer: PingAnswer | undefined) => void>()
  #count = 0
  /** The thread is gone. */
  #isOver = false

  constructor(line: PingLine, threadTime: ThreadTime) {
    this.#line = line
    this.#threadTime = threadTime
  }

  /** Asks the thread's loop; `undefined` if it doesn't answer in time. */
  ask(): Promise<PingAnswer | undefined> {
    if (this.#isOver) return Promise.resolve(undefined)
    this.#count += 1
    const sequence = this.#count
    return new Promise((resolve) => {
      const askedAt = world.now()
      /** How much of its own time the thread has left. */
      let leftMs = PING_MS
      let mark: TimeMark | undefined
      let timer: NodeJS.Timeout
      const wait = (ms: number): void => {
        const dueAt = world.now() + ms
        timer = world.setTimeout(() => {
          const now = world.now()
          // After a stall of the main thread, the answer may have come and only not been read; behind 100 000 spawns, say, of
          // which each turn of the loop takes some. But not for ever: who says more than can be read isn't responsive by that.
          const isRead = this.#line.readOn()
          if (!this.#pending.has(sequence)) return
          const isMeasured = isRead && mark?.waitedMs !== undefined
          const isLate = now - askedAt > (isMeasured ? MOST_MS : MOST_UNMEASURED_MS)
          if (isRead || isLate) this.#line.drain()
          if (!this.#pending.has(sequence)) return
          // Where this thread is late itself, the machine has more to do than it can, or was asleep.
          const isOnTime = isRead && now - dueAt <= LATE_MS
          if (isOnTime) leftMs -= mark === undefined ? ms : this.#threadTime.ownMsSince(mark)
          if (isLate || leftMs < 1) {
            settle(undefined)
            return
          }
          mark = this.#threadTime.mark()
          wait(Math.min(Math.max(leftMs, LEAST_LOOK_MS), PING_MS))
        }, ms)
      }
      const settle = (answer: PingAnswer | undefined): void => {
        world.clearTimeout(timer)
        this.#pending.delete(sequence)
        resolve(answer)
      }
      this.#pending.set(sequence, settle)
      wait(FIRST_LOOK_MS)
      this.#line.postPing(sequence)
    })
  }

  /** An answer has come. */
  answered(sequence: number, answer: PingAnswer): void {
    this.#pending.get(sequence)?.(answer)
  }

  /** The thread is gone: it won't answer. */
  giveUp(): void {
    this.#isOver = true
    for (const settle of this.#pending.values()) settle(undefined)
  }
}
