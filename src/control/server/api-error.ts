// The error that a request is refused with.

import type { ErrorAnswer, ErrorCode, InputIssue } from '../api.js'

const STATUS: Record<ErrorCode, 400 | 401 | 403 | 404 | 405 | 409 | 413 | 415 | 422 | 500 | 503> = {
  invalid: 400,
  unauthorized: 401,
  forbidden: 403,
  notFound: 404,
  methodNotAllowed: 405,
  conflict: 409,
  keyReused: 422,
  tooLarge: 413,
  notJson: 415,
  internal: 500,
  unavailable: 503,
}

/** A request that isn't done. */
export class ApiError extends Error {
  readonly code: ErrorCode
  readonly field: string | undefined
  readonly nearest: readonly string[] | undefined
  readonly issues: readonly InputIssue[] | undefined

  constructor(
    code: ErrorCode,
    message: string,
    options: { field?: string; nearest?: readonly string[]; issues?: readonly InputIssue[] } = {},
  ) {
    super(message)
    this.code = code
    this.field = options.field
    this.nearest = options.nearest
    this.issues = options.issues
  }

  get status(): (typeof STATUS)[ErrorCode] {
    return STATUS[this.code]
  }

  get answer(): ErrorAnswer {
    const { code, message, field, nearest, issues } = this
    return {
      error: {
        code,
        message,
        ...(field !== undefined && { field }),
        ...(nearest && { nearest }),
        ...(issues && { issues }),
      },
    }
  }
}
