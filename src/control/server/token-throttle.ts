// The throttle on wrong tokens. What protects a server is the length of its token; this keeps guessing from being
// free, and what it costs the app small. The right token is never made to wait for others' wrong ones: who sits behind
// the same proxy as somebody who guesses can't be told from him by anything else.

import type { ServerResponse } from 'node:http'
import { ApiError } from './api-error.js'

/** So many wrong ones are answered at once: somebody has taken the wrong line of a file, a server was started anew. */
const FREE = 10
/** How long until one more is, in milliseconds. */
const FORGIVEN_MS = 1000
/** All others are answered one after the other, so far apart, and none later than that, in milliseconds. */
const APART_MS = 100
const LONGEST_MS = 5000
/** So many wait for their answer. */
const WAITING = 256

/** Delays the answers to the wrong tokens of one server. */
export class TokenThrottle {
  #free = FREE
  #countedAt = 0
  #nextAt = 0
  #waiting = 0

  /** Waits until a wrong token may be answered, or its sender is gone; rejects at once where too many wait. */
  async wait(outgoing: ServerResponse): Promise<void> {
    const now = performance.now()
    this.#free = Math.min(FREE, this.#free + (now - this.#countedAt) / FORGIVEN_MS)
    this.#countedAt = now
    if (this.#free >= 1) {
      this.#free -= 1
      return
    }
    if (this.#waiting >= WAITING) {
      throw new ApiError('unavailable', 'there are too many requests with wrong tokens')
    }
    this.#nextAt = Math.min(Math.max(this.#nextAt, now) + APART_MS, now + LONGEST_MS)
    this.#waiting += 1
    await new Promise<void>((resolve) => {
      const timer = setTimeout(end, this.#nextAt - now).unref()
      outgoing.once('close', end)
      function end(): void {
        clearTimeout(timer)
        outgoing.off('close', end)
        resolve()
      }
    })
    this.#waiting -= 1
  }
}
