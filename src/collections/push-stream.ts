// An async iterable that is fed from outside. Values wait for their reader, so many of them at most; a waiting reader is
// told of by two hooks, by which an action that waits for the next value is known to be parked.

import { Queue } from './queue.js'

/** Told when a reader begins to wait for a value that isn't there yet, and when the wait is over. */
export interface WaitHooks {
  began(): void
  ended(): void
  /** Whether a wait that begins now is that of a body which may end before it, and then isn't to be continued (S15). */
  readonly isInside?: boolean
}

/** One wait for the next value. */
interface Reader<Value> {
  readonly isInside: boolean
  answer(result: IteratorResult<Value, undefined>): void
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
  readonly #values = new Queue<Value>()
  #waiting: Reader<Value>[] = []
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
    reader.answer({ done: false, value })
  }

  /** No more values: readers get those that are left, then the end. */
  end(): void {
    this.#ended = true
    const readers = this.#waiting
    this.#waiting = []
    for (const reader of readers) {
      this.#hooks?.ended()
      reader.answer({ done: true, value: undefined })
    }
  }

  /** The body whose code waits here has ended: its waits are never answered, others are (S15). */
  dropInside(): void {
    this.#waiting = this.#waiting.filter(({ isInside }) => !isInside)
  }

  next(): Promise<IteratorResult<Value, undefined>> {
    if (this.#values.length > 0) {
      return Promise.resolve({ done: false, value: this.#values.shift() as Value })
    }
    if (this.#ended) return Promise.resolve({ done: true, value: undefined })
    this.#hooks?.began()
    const isInside = this.#hooks?.isInside === true
    return new Promise((answer) => this.#waiting.push({ isInside, answer }))
  }

  return(): Promise<IteratorResult<Value, undefined>> {
    this.#values.clear()
    this.end()
    this.#onReturn?.(this)
    return Promise.resolve({ done: true, value: undefined })
  }

  [Symbol.asyncIterator](): this {
    return this
  }
}
