// Calls a function at most so often, and at last once more.

/** Bounds how often something is called. */
export class Throttle {
  readonly #call: () => void
  readonly #intervalMs: number
  #timer: NodeJS.Timeout | undefined
  #calledAt = -Infinity

  constructor(call: () => void, intervalMs: number) {
    this.#call = call
    this.#intervalMs = intervalMs
  }

  /** Calls it now, or when enough time has passed since the last call. */
  request(): void {
    if (this.#timer !== undefined) return
    const wait = this.#calledAt + this.#intervalMs - performance.now()
    if (wait <= 0) this.flush()
    else this.#timer = setTimeout(() => this.flush(), wait)
  }

  /** Calls it now, whatever was requested. */
  flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#calledAt = performance.now()
    this.#call()
  }
}
