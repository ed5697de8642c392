// Notices a thread that doesn't start what it was sent, though no body lives there: code that an ended body has left
// behind blocks it.

/** How long what was sent first may wait before its thread is asked, in milliseconds. */
const STALL_MS = 1000

/** Watches what was sent first to one lane. */
export class StallWatch<T> {
  readonly #ping: () => Promise<boolean>
  /** What waits, and since when. */
  #stalled: { readonly item: T; readonly since: number } | undefined
  #probing = false

  constructor(ping: () => Promise<boolean>) {
    this.#ping = ping
  }

  /**
   * Takes note of what waits at the head of the lane now, if anything does. Where it is the same for long, and the thread
   * doesn't answer, `onStalled` is called with it.
   */
  check(first: T | undefined, now: number, onStalled: (item: T) => void): void {
    if (first === undefined || first !== this.#stalled?.item) {
      this.#stalled = first === undefined ? undefined : { item: first, since: now }
      return
    }
    if (this.#probing || now - this.#stalled.since < STALL_MS) return
    this.#probing = true
    void this.#ping().then((responsive) => {
      this.#probing = false
      if (!responsive && first === this.#stalled?.item) onStalled(first)
    })
  }
}
