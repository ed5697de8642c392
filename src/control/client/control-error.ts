// The error that a request to a served process is rejected with. It is apart so that a page can tell it from other errors
// without loading anything else.

import type { ErrorAnswer, ErrorCode, InputIssue } from '../api.js'

/**
 * Why there is no answer, where the server hasn't said so itself. `'unreachable'`: nobody is there. `'silent'`: somebody
 * is, but no whole answer came in time. `'unreadable'`: what came broke off, is too long, or isn't what this API answers.
 */
export type NoAnswerCode = 'unreachable' | 'silent' | 'unreadable'

/** A request that wasn't answered with what was asked for. */
export class ControlError extends Error {
  override readonly name = 'ControlError'
  /** As in the server's answer; a `NoAnswerCode` if there was none. */
  readonly code: ErrorCode | NoAnswerCode
  /** The HTTP status; `undefined` if there was no answer. */
  readonly status: number | undefined
  /** For `'invalid'`: the part of the query or the body that is wrong. */
  readonly field: string | undefined
  /** For `'notFound'`: the names that come closest, the closest first. */
  readonly nearest: readonly string[]
  /** For `'invalid'`: what the schema of an input says is wrong, and where. */
  readonly issues: readonly InputIssue[]

  constructor(
    message: string,
    options: {
      code: ErrorCode | NoAnswerCode
      status?: number | undefined
      field?: string | undefined
      nearest?: readonly string[] | undefined
      issues?: readonly InputIssue[] | undefined
      cause?: unknown
    },
  ) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    this.code = options.code
    this.status = options.status
    this.field = options.field
    this.nearest = options.nearest ?? []
    this.issues = options.issues ?? []
  }
}

/** The error that an answer stands for; `text` is what it holds. */
export function errorOf(status: number, text: string, what: string): ControlError {
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
