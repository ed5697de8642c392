// The serving side of one line to an object.

import { loadComlink } from './comlink.js'
import type { Line, LineListener } from './line.js'
import { mistakeIn } from './missing-method.js'
import { callIdOf, callOf, rejectedWith, rejection, type WireCall } from './wire-call.js'

/** Serves the methods of an object on a line, until that is closed. `name`: what errors call the object at a path in it. */
export async function serveObject(
  served: object,
  line: Line,
  name: (path: readonly string[]) => string,
): Promise<void> {
  const { expose } = await loadComlink()
  if (!line.isClosed)
    expose(served, new ExplainingEnd(line, (call, thrown) => mistakeIn(served, call, name, thrown)))
}

/** A line that tells a caller what is wrong with his call, where Comlink's own error only shows its insides. */
class ExplainingEnd {
  readonly #line: Line
  readonly #explain: (call: WireCall, thrown: unknown) => Error | undefined
  /** Calls that aren't answered. */
  readonly #calls = new Map<string, WireCall>()

  constructor(line: Line, explain: (call: WireCall, thrown: unknown) => Error | undefined) {
    this.#line = line
    this.#explain = explain
  }

  addEventListener(type: string, listener: LineListener): void {
    this.#line.addEventListener(type, (event) => {
      const call = callOf(event.data)
      if (call !== undefined) this.#calls.set(call.id, call)
      listener(event)
    })
  }

  removeEventListener(): void {
    // Closed with its line.
  }

  start(): void {
    // By the first listener.
  }

  postMessage(message: unknown, transfer?: readonly unknown[]): void {
    const id = callIdOf(message)
    const call = id === undefined ? undefined : this.#calls.get(id)
    // Looked for only where the call has failed: the object isn't touched for nothing.
    const rejected = call === undefined ? undefined : rejectedWith(message)
    const mistake = call && rejected && this.#explain(call, rejected.thrown)
    if (call !== undefined && mistake !== undefined) this.#line.postMessage(rejection(call.id, mistake))
    else this.#line.postMessage(message, transfer)
    if (id !== undefined) this.#calls.delete(id)
  }
}
