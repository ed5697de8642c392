// Who may be to blame for the loss of a thread: what lives there that computes, is deaf or deadly, and for a while what has
// lived there: a body may leave a timer behind, or code that goes on.

/** For how long what has ended may still be to blame, in milliseconds: longer than anything that a body leaves behind. */
const WEARS_OFF_MS = 3000
/** For how long it is known who has ended: a loss is told once all that was under the lost one has ended. */
const KNOWN_MS = 120_000

/** A thread among those of all machines: each counts its own. */
export function threadKey(thread: number, hostInstance: string | undefined): string {
  return hostInstance === undefined ? `${thread}` : `${hostInstance}/${thread}`
}

/** The suspects of one runtime, by thread. */
export class Suspects {
  /** When each of them ended; `undefined` while it lives. */
  readonly #onThread = new Map<string, Map<string, number | undefined>>()
  readonly #threadsOf = new Map<string, Set<string>>()

  /** One lives on a thread. */
  lives(key: string, thread: string): void {
    const onThread = this.#onThread.get(thread) ?? new Map<string, number | undefined>()
    this.#onThread.set(thread, onThread.set(key, undefined))
    const threads = this.#threadsOf.get(key) ?? new Set()
    this.#threadsOf.set(key, threads.add(thread))
  }

  /** One has ended. */
  ended(key: string, at: number): void {
    for (const thread of this.#threadsOf.get(key) ?? []) this.#onThread.get(thread)?.set(key, at)
    this.#threadsOf.delete(key)
    for (const [thread, onThread] of this.#onThread) {
      for (const [other, endedAt] of onThread)
        if (endedAt !== undefined && at - endedAt > KNOWN_MS) onThread.delete(other)
      if (onThread.size === 0) this.#onThread.delete(thread)
    }
  }

  /** Whether, at that time, somebody may have been to blame. */
  mayHaveEnded(threads: Iterable<string>, at: number): boolean {
    for (const thread of threads) {
      for (const endedAt of this.#onThread.get(thread)?.values() ?? []) {
        if (endedAt === undefined || at - endedAt < WEARS_OFF_MS) return true
      }
    }
    return false
  }
}
