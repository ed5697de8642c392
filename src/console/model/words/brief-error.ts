// An error in one line, for where its whole chain has no room: what was thrown, without the sentence around it that says
// which action it was, since it stands beside that action.

import type { ErrorInfo } from '../../../control/api.js'

/** `QuotaError: quota exceeded`. */
export function briefError({ name, code, message }: ErrorInfo): string {
  const thrown = /^action \S+ of run '.*?' failed with ([\s\S]+)$/.exec(message)?.[1]
  return thrown ?? `${code ?? name}: ${message}`
}
