// Errors and abort reasons as JSON: in short for lists and events, whole for the one action that is looked at.

import type { AbortReason } from '../../protocol/errors/abort-reason.js'
import { abortMessage, type ActionAbortedErrorOptions } from '../../protocol/errors/errors.js'
import { copyText } from '../../protocol/values/copy-text.js'
import { FIELD_LIMITS } from '../../protocol/values/value-limits.js'
import type { ErrorInfo, Json, ReasonInfo } from '../api.js'
import { show } from './shown-value.js'

const BRIEF_LENGTH = 300
/** Of messages of errors, reasons and log entries, in characters. */
export const MESSAGE_LENGTH = 4096
const STACK_LENGTH = 8192
/** Causes below one another, and errors of an aggregate. */
const CAUSE_DEPTH = 16
const AGGREGATED = 20

/** What an error has besides its own fields, or what is shown elsewhere. */
const STANDARD = new Set(['name', 'message', 'stack', 'cause', 'code', 'run', 'action', 'errors', 'reason'])

/** Name, message, code and place. */
export function briefError(error: unknown): ErrorInfo {
  return read(error, (thrown) => basics(thrown, BRIEF_LENGTH))
}

/** The same of the error that an abort makes, without making it. */
export function briefAbort(abort: ActionAbortedErrorOptions & { run: string; action: string }): ErrorInfo {
  const { run, action } = abort
  const message = cutText(abortMessage(abort), BRIEF_LENGTH)
  return { name: 'ActionAbortedError', message, code: 'ActionAbortedError', run, action }
}

/** All of it, with causes. */
export function wholeError(error: unknown, depth: number = 0): ErrorInfo {
  return read(error, (thrown) => {
    const { stack } = thrown
    const fields = ownFields(thrown)
    const { errors } = thrown as { errors?: unknown }
    return {
      ...basics(thrown, MESSAGE_LENGTH),
      ...(typeof stack === 'string' && { stack: cutText(stack, STACK_LENGTH) }),
      ...(fields !== undefined && { fields }),
      ...('cause' in thrown &&
        thrown.cause !== undefined &&
        depth < CAUSE_DEPTH && { cause: wholeError(thrown.cause, depth + 1) }),
      ...(Array.isArray(errors) &&
        depth < CAUSE_DEPTH && {
          // One level down only: an aggregate of aggregates would multiply.
          errors: errors
            .slice(0, AGGREGATED)
            .map((one) => wholeError(one, Math.max(depth + 1, CAUSE_DEPTH - 2))),
        }),
    }
  })
}

/** Why, and by whom. */
export function shownReason(reason: AbortReason): ReasonInfo {
  const { source, message, by, origin, at } = reason
  return {
    source,
    message: cutText(message, MESSAGE_LENGTH),
    ...(by !== undefined && { by: cutText(by, BRIEF_LENGTH) }),
    origin,
    at,
    ...(reason.cause !== undefined && { cause: briefError(reason.cause) }),
  }
}

/** The same with the whole cause. */
export function wholeReason(reason: AbortReason): ReasonInfo {
  return { ...shownReason(reason), ...(reason.cause !== undefined && { cause: wholeError(reason.cause) }) }
}

function basics(error: Error, length: number): ErrorInfo {
  // Anything may stand in the fields of an error that was thrown.
  const { name, message, code, run, action } = error as { readonly [Key in keyof ErrorInfo]: unknown }
  return {
    name: cutText(String(name), BRIEF_LENGTH),
    message: cutText(String(message), length),
    ...((typeof code === 'string' || typeof code === 'number') && {
      code: cutText(String(code), BRIEF_LENGTH),
    }),
    ...(typeof run === 'string' && { run }),
    ...(typeof action === 'string' && { action }),
  }
}

function ownFields(error: Error): { readonly [key: string]: Json } | undefined {
  const own: [string, unknown][] = []
  for (const key of Object.keys(error)) {
    if (!STANDARD.has(key)) own.push([key, (error as unknown as Record<string, unknown>)[key]])
  }
  if (own.length === 0) return undefined
  return show(Object.fromEntries(own), FIELD_LIMITS).value as { readonly [key: string]: Json }
}

function read(error: unknown, describe: (error: Error) => ErrorInfo): ErrorInfo {
  try {
    if (error instanceof Error || Object.prototype.toString.call(error) === '[object Error]') {
      return describe(error as Error)
    }
    const { value } = show(error, FIELD_LIMITS)
    return { name: 'NonError', message: typeof value === 'string' ? value : JSON.stringify(value) }
  } catch {
    return { name: 'Error', message: 'an error that cannot be read' }
  }
}

/** A text, or its beginning. */
export function cutText(text: string, length: number): string {
  return text.length <= length ? text : `${copyText(text.slice(0, length))}…`
}
