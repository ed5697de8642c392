// The messages that Comlink posts, as far as a line has to know them: whose call one belongs to, and what an answer looks like
// that we make ourselves.

import { decodeError } from '../protocol/errors/decode-error.js'
import { encodeError } from '../protocol/errors/encode-error.js'
import type { EncodedError } from '../protocol/errors/encoded-error.js'

/** A call on its way. */
export interface WireCall {
  readonly id: string
  readonly type: string
  readonly path: readonly string[]
}

/** Of these, what our own side ever asks for. */
const SERVED: ReadonlySet<unknown> = new Set(['GET', 'APPLY', 'RELEASE'])
/** What leads from any object to what evaluates texts, or changes the object. */
const NEVER_READ: ReadonlySet<unknown> = new Set([
  'constructor',
  '__proto__',
  '__defineGetter__',
  '__defineSetter__',
])
const REQUESTS: ReadonlySet<unknown> = new Set(['GET', 'SET', 'APPLY', 'CONSTRUCT', 'ENDPOINT', 'RELEASE'])

function partsOf(message: unknown): {
  id?: unknown
  type?: unknown
  path?: unknown
  name?: unknown
  value?: unknown
} {
  return typeof message === 'object' && message !== null ? message : {}
}

/** The id that a call and its answer have in common. */
export function callIdOf(message: unknown): string | undefined {
  const { id } = partsOf(message)
  return typeof id === 'string' ? id : undefined
}

/** The call, if it is one and no answer. */
export function callOf(message: unknown): WireCall | undefined {
  const { type, path } = partsOf(message)
  const id = callIdOf(message)
  if (id === undefined || !REQUESTS.has(type)) return undefined
  return { id, type: type as string, path: Array.isArray(path) ? (path as string[]) : [] }
}

/**
 * Why a request isn't served, if it isn't: Comlink does whatever it is told, and by the `constructor` of any method whoever makes
 * calls would have a text evaluated on this side (D2).
 */
export function refusalOf(message: unknown): TypeError | undefined {
  const { type, path } = partsOf(message)
  if (!REQUESTS.has(type)) return undefined
  if (!SERVED.has(type))
    return new TypeError('an object of another thread is called and read, and nothing else')
  if (path === undefined) return undefined
  const keys: readonly unknown[] = Array.isArray(path) ? path : [path]
  if (!Array.isArray(path) || keys.some((key) => typeof key !== 'string'))
    return new TypeError('the path in an object of another thread is a list of names')
  const refused = (keys as readonly string[]).find((key) => NEVER_READ.has(key))
  if (refused === undefined) return undefined
  return new TypeError(
    `'${refused}' of an object of another thread is out of reach: call its methods, or read its properties`,
  )
}

/** What it answers a call with, if that is an error. */
export function rejectedWith(message: unknown): { readonly thrown: unknown } | undefined {
  const { type, name, value } = partsOf(message)
  return type === 'HANDLER' && name === 'throw' ? { thrown: decodeError(value as EncodedError) } : undefined
}

/** Answers a call with an error. */
export function rejection(id: string, error: Error): object {
  return { id, type: 'HANDLER', name: 'throw', value: encodeError(error) }
}
