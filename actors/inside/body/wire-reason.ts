// Reasons as they travel from a body: what `cancel` was given, or what an app's signal was aborted with.

import { encodeError } from '../../../src/protocol/errors/encode-error.js'
import type { WireReason } from '../../../src/protocol/messages.js'
import { cutText, messageOf } from '../../../src/protocol/values/describe-value.js'

/** What `cancel` or a signal gives as a reason, in the form that travels. */
export function wireReason(source: WireReason['source'], reason: unknown): WireReason {
  if (reason === undefined) return { source }
  // Of a signal, it is what the app has given, a text too.
  if (typeof reason === 'string' && source === 'cancel') return { source, message: cutText(reason) }
  return { source, message: messageOf(reason), cause: { error: encodeError(reason) } }
}
