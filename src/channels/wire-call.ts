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

/** What it answers a call with, if that is an error. */
export function rejectedWith(message: unknown): { readonly thrown: unknown } | undefined {
  const { type, name, value } = partsOf(message)
  return type === 'HANDLER' && name === 'throw' ? { thrown: decodeError(value as EncodedError) } : undefined
}

/** Answers a call with an error. */
export function rejection(id: string, error: Error): object {
  return { id, type: 'HANDLER', name: 'throw', value: encodeError(error) }
}
