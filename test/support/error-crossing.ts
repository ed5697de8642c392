// What tests of the error codec share: a crossing, and an error of an app's own.

import type { AbortReason } from '../../src/protocol/errors/abort-reason.js'
import { decodeError } from '../../src/protocol/errors/decode-error.js'
import { encodeError } from '../../src/protocol/errors/encode-error.js'

/** There and back as between two threads: only a structured clone of the encoded form arrives. */
export function cross<T>(value: T): T {
  return decodeError(structuredClone(encodeError(value))) as T
}

/** Where an error comes from. */
export const where: { readonly run: string; readonly action: string } = { run: 'sweep', action: 'a0.3' }
/** Why an action was aborted. */
export const reason: AbortReason = {
  source: 'external',
  message: 'not needed',
  by: 'cli',
  origin: 'a0',
  at: 1.5,
}

/** An error class of an app's. */
export class ValueError extends Error {
  override name = 'ValueError'
  readonly code = 'E_VALUE'
  readonly given: unknown
  constructor(message: string, given: unknown, options?: ErrorOptions) {
    super(message, options)
    this.given = given
  }
}
