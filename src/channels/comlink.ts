// Comlink, which carries the calls of objects in other threads. A copy of our own, apart from the one that an app may use:
// handlers are registered per copy, and ours would change how the app's own calls travel. Loaded when it is first needed.

import type { MessagePort } from 'node:worker_threads'
import { decodeError } from '../protocol/errors/decode-error.js'
import { encodeError } from '../protocol/errors/encode-error.js'
import type { EncodedError } from '../protocol/errors/encoded-error.js'
import { NotCloneableError, RunEndedError } from '../protocol/errors/errors.js'
import { transfersOf } from '../protocol/transfers.js'
import { Line, UnsendableError, type LineListener } from './line.js'
import { world } from '../protocol/world.js'

/** How a kind of values travels. */
interface TransferHandler {
  canHandle(value: unknown): boolean
  /** What is sent in its place, and what of that is moved. */
  serialize(value: unknown): [sent: unknown, moved: readonly unknown[]]
  deserialize(sent: unknown): unknown
}

/** What it posts to, and listens to. */
interface ComlinkEnd {
  addEventListener(type: string, listener: LineListener): void
  removeEventListener(type: string, listener: LineListener): void
  postMessage(message: unknown, transfer?: readonly unknown[]): void
  start(): void
}

/** What is used of it. Its own declarations need those of a browser, which apps for Node don't have. */
export interface Comlink {
  expose(this: void, served: unknown, end: ComlinkEnd): void
  /** A proxy: each property of it is one, too, and can be called or awaited. */
  wrap(this: void, line: Line): unknown
  readonly transferHandlers: Map<string, TransferHandler>
}

/** The other build than the one that an app gets by importing the package by its name. */
const OWN_COPY = 'comlink/dist/esm/comlink.mjs'

let loading: Promise<Comlink> | undefined

/** Loads it, once. */
export function loadComlink(): Promise<Comlink> {
  loading ??= (import(OWN_COPY) as Promise<Comlink>).then((comlink) => {
    install(comlink)
    return comlink
  })
  return loading
}

interface Thrown {
  readonly value: unknown
}

function install(comlink: Comlink): void {
  const { transferHandlers } = comlink
  const original = transferHandlers.get('throw')
  if (original === undefined) throw new Error('this version of Comlink throws in another way')
  // Errors whole (I12): Comlink's own handler keeps name, message and stack.
  transferHandlers.set('throw', {
    canHandle: (value) => original.canHandle(value),
    serialize: (thrown) => [encodeError(nameUncloneable((thrown as Thrown).value)), []],
    deserialize(encoded) {
      throw decodeError(encoded as EncodedError)
    },
  })
  // A function is called where it came from. It is released when what has been made of it is garbage there, or when the
  // line that it travelled on is closed.
  transferHandlers.set('function', {
    canHandle: (value) => typeof value === 'function',
    serialize(given) {
      const { port1, port2 } = world.createChannel()
      comlink.expose(given, Line.kept(port1))
      return [port2, [port2]]
    },
    deserialize(port) {
      const line = Line.received(port as MessagePort)
      const remote = comlink.wrap(line) as (...parameters: unknown[]) => Promise<unknown>
      return (...parameters: unknown[]) => {
        const answer = line.whileOpen(() => remote(...parameters), callerGone).catch(nameUnsendable)
        // Whoever doesn't wait for an answer must not be hit by its not coming.
        answer.catch(() => {})
        return answer
      }
    },
  })
  transferHandlers.set('moved', {
    canHandle: (value) => transfersOf(value).length > 0,
    serialize: (value) => [value, transfersOf(value)],
    deserialize: (value) => value,
  })
}

function callerGone(): RunEndedError {
  return new RunEndedError('a function was called that belongs to an action, and the action has ended')
}

function nameUnsendable(error: unknown): never {
  if (!(error instanceof UnsendableError)) throw error
  throw new NotCloneableError(
    `what a function of an action was given can't be sent to its thread (${error.message}): give plain data and functions, or mark buffers with transfer()`,
    { cause: error.cause },
  )
}

/** Comlink says no more than that. */
function nameUncloneable(thrown: unknown): unknown {
  if (!(thrown instanceof TypeError) || thrown.message !== 'Unserializable return value') return thrown
  return new NotCloneableError(
    "what the called method returned can't be sent to another thread: return plain data, or mark buffers with transfer()",
  )
}
