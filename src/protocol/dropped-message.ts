// A message that nobody will read. The end of a line that it may carry is closed: whoever waits at the other end is told, and
// the port isn't left behind (I9). Node closes it only with its thread.

import type { FromFarHost, ToFarHost } from './far-messages.js'
import type { CarriedMessage } from './payloads.js'

type AnyMessage = ToFarHost | FromFarHost | CarriedMessage

/** Lets go of what a message carries. */
export function dropMessage(message: AnyMessage): void {
  if ('port' in message) message.port.close()
}

/** The same for several. */
export function dropMessages(messages: Iterable<AnyMessage>): void {
  for (const message of messages) dropMessage(message)
}
