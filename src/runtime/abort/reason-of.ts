// Makes an abort reason of what a call or a signal gives: all but where and when.

import type { AbortReason } from '../../protocol/errors/abort-reason.js'
import { cutText, messageOf } from '../../protocol/values/describe-value.js'

/** The reason that was given, or what is said where none was. */
export function reasonOf(
  source: AbortReason['source'],
  reason: unknown,
  otherwise: string,
): Omit<AbortReason, 'origin' | 'at'> {
  if (reason === undefined) return { source, message: otherwise }
  // Of a signal, it is what the app has given, a text too.
  if (typeof reason === 'string' && source !== 'signal') return { source, message: cutText(reason) }
  return { source, message: messageOf(reason), cause: reason }
}
