// Modules that a host loads ahead of need: what was asked for, and who waits for the answer.

import { decodeError } from '../protocol/errors/decode-error.js'
import type { ToRuntime } from '../protocol/messages.js'

type LoadedMessage = ToRuntime & { readonly type: 'loaded' }

/** What has become of a load. */
export type LoadAnswer =
  | { readonly kind: 'loaded'; readonly options: LoadedMessage['options'] }
  | { readonly kind: 'failed'; readonly error: unknown }
  /** The lane was closed, or its thread lost; `wasLoading`: while this was being loaded, and not waiting behind another. */
  | { readonly kind: 'lost'; readonly wasLoading: boolean }

/** The loads of one lane. */
export class Preloads {
  readonly #pending = new Map<number, (answer: LoadAnswer) => void>()
  #count = 0

  /** How many haven't been answered. */
  get size(): number {
    return this.#pending.size
  }

  /** Gives the number of a new one. `done` is called once. */
  add(done: (answer: LoadAnswer) => void): number {
    this.#count += 1
    this.#pending.set(this.#count, done)
    return this.#count
  }

  answered({ request, error, options }: LoadedMessage): void {
    const done = this.#pending.get(request)
    this.#pending.delete(request)
    done?.(error === undefined ? { kind: 'loaded', options } : { kind: 'failed', error: decodeError(error) })
  }

  /** The host is gone. */
  lose(): void {
    const [current] = this.#pending.values()
    for (const done of this.#pending.values()) done({ kind: 'lost', wasLoading: done === current })
    this.#pending.clear()
  }
}
