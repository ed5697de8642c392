// The calling side of one line to an object elsewhere.

import type { MessagePort } from 'node:worker_threads'
import { inNobodysContext } from '../protocol/async-context.js'
import { NotCloneableError } from '../protocol/errors/errors.js'
import { loadComlink } from './comlink.js'
import { Line, UnsendableError, type Around } from './line.js'
import { callByComlink } from './remote-object.js'
import { world } from '../protocol/world.js'

/** Calls an object at the other end of a line. */
export class ObjectClient {
  readonly line: Line
  /** What is to be given to the one who serves the object. */
  readonly farEnd: MessagePort
  /** Comlink's proxy of it, once that is loaded: a thing that mustn't be awaited. */
  #remote: { readonly proxy: unknown } | undefined
  #loading: Promise<{ readonly proxy: unknown }> | undefined

  constructor(around?: Around) {
    // Comlink's registry holds the line while its proxy lives: in the context of a body, the port would hold that.
    const { port1, port2 } = inNobodysContext(() => world.createChannel())
    this.line = new Line(port1, around)
    this.farEnd = port2
  }

  /** Reads a property or calls a method. Pending for ever when the line is closed: whoever calls races that. */
  async call(
    path: readonly string[],
    parameters: readonly unknown[] | undefined,
    name: string,
  ): Promise<unknown> {
    try {
      // At once where it can be: the parameters are those of now.
      const { proxy } = this.#remote ?? (await this.#load())
      return await callByComlink(proxy, path, parameters)
    } catch (error) {
      throw error instanceof UnsendableError
        ? new NotCloneableError(
            `what ${[name, ...path].join('.')} was given can't be sent to another thread (${error.message}): give plain data and functions, or mark buffers with transfer()`,
            { cause: error.cause },
          )
        : error
    }
  }

  #load(): Promise<{ readonly proxy: unknown }> {
    this.#loading ??= loadComlink().then(({ wrap }) => {
      this.#remote = { proxy: wrap(this.line) }
      return this.#remote
    })
    return this.#loading
  }
}
