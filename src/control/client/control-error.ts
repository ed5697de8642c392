// What a request to a served process is rejected with. It is apart so that a page can tell it from other errors without
// loading anything else.

import type { ErrorAnswer, ErrorCode } from '../api.js'

/** A request that wasn't answered with what was asked for. */
export class ControlError extends Error {
  override readonly name = 'ControlError'
  /** As in the server's answer; `'unreachable'` if there was none. */
  readonly code: ErrorCode | 'unreachable'
  /** The HTTP status; `undefined` if there was no answer. */
  readonly status: number | undefined
  /** For `'invalid'`: the part of the query or the body that is wrong. */
  readonly field: string | undefined
  /** For `'notFound'`: the names that come closest, the closest first. */
  readonly nearest: readonly string[]

  constructor(
    message: string,
    options: {
      code: ErrorCode | 'unreachable'
      status?: number | undefined
      field?: string | undefined
      nearest?: readonly string[] | undefined
      cause?: unknown
    },
  ) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    this.code = options.code
    this.status = options.status
    this.field = options.field
    this.nearest = options.nearest ?? []
  }
}

/** The error that an answer stands for. */
export async function errorOf(response: Response, what: string): Promise<ControlError> {
  const { status } = response
  const text = await response.text().catch(() => '')
  try {
    const { error } = JSON.parse(text) as ErrorAnswer
    return new ControlError(error.message, { ...error, status })
  } catch {
    const shown = text === '' ? 'nothing' : `'${text.slice(0, 200)}'`
    return new ControlError(
      `${what} was answered with status ${status} and ${shown}: is this Heddle's server?`,
      {
        code: 'internal',
        status,
      },
    )
  }
}
