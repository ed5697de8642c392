// What a runtime is told in place of a message whose value can't travel: whoever waits for that learns why (S26).

import type { AttemptTicket } from '../../protocol/claims.js'
import type { FromFarHost } from '../../protocol/far-messages.js'
import type { ToRuntime } from '../../protocol/messages.js'
import { withoutPayload } from '../../protocol/payloads.js'

/** `undefined` where nobody waits for it. */
export function toldInstead(message: FromFarHost, error: unknown): FromFarHost | undefined {
  if (!('ticket' in message) || message.type === 'unreadable' || 'port' in message) return undefined
  const why = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  const rest = withoutPayload(message as ToRuntime & { readonly ticket: AttemptTicket })
  return { type: 'unreadable', ticket: message.ticket, message: rest, why }
}
