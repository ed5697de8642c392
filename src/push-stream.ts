// An async iterable that is fed from outside. Values wait for their reader, so many of them at most; a waiting reader is
// told of by two hooks, by which an action that waits for the next value is known to be parked.

/** Told when a reader begins to wait for a value that isn't there yet, and when the wait is over. */
export interface WaitHooks {
  began(): void
  ended(): void
}

/** What bounds a stream. */
export interface StreamBound {
  /** How many values wait for a slow reader; of more, the oldest are left out. */
  readonly limit: number
  /** Called when the first one is left out. */
  onFirstMissed(): void
}

/** A stream with one reader. `return()` (leaving a `for await`) drops what comes later. */
export class PushStream<Value> implements AsyncIterableIterator<Value> {
  readonly #hooks: WaitHooks | undefined
  readonly #onReturn: ((stream: PushStream<Value>) => void) | undefined
  #values: Value[] = []
  #waiting: ((result: IteratorResult<Value, undefined>) => void)[] = []
  #ended = false
  readonly #bound: StreamBound | undefined
  #missed = 0

  /** Without a bound, all values wait. */
  constructor(hooks?: WaitHooks, onReturn?: (stream: PushStream<Value>) => void, bound?: StreamBound) {
    this.#hooks = hooks
    this.#onReturn = onReturn
    this.#bound = bound
  }

  /** How many values were left out, because the reader was slow. */
  get missed(): number {
    return this.#missed
  }

  /** Adds a value; after `end` it is dropped. */
  push(value: Value): void {
    if (this.#ended) return
    const reader = this.#waiting.shift()
    if (reader === undefined) {
      this.#values.push(value)
      if (this.#bound === undefined || this.#values.length <= this.#bound.limit) return
      this.#values.shift()
      this.#missed += 1
      if (this.#missed === 1) this.#bound.onFirstMissed()
      return
    }
    this.#hooks?.ended()
    reader({ done: false, value })
  }

  /** No more values: readers get those that are left, then the end. */
  end(): void {
    this.#ended = true
    const readers = this.#waiting
    this.#waiting = []
    for (const reader of readers) {
      this.#hooks?.ended()
      reader({ done: true, value: undefined })
    }
  }

  next(): Promise<IteratorResult<Value, undefined>> {
    const [value] = this.#values
    if (this.#values.length > 0) {
      this.#values.shift()
      return Promise.resolve({ done: false, value: value as Value })
    }
    if (this.#ended) return Promise.resolve({ done: true, value: undefined })
    this.#hooks?.began()
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  return(): Promise<IteratorResult<Value, undefined>> {
    this.#values = []
    this.end()
    this.#onReturn?.(this)
    return Promise.resolve({ done: true, value: undefined })
  }

  [Symbol.asyncIterator](): this {
    return this
  }
}
