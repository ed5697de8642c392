// The line from the far end of a lane to the host of its bodies: in a thread, or, for those of commands, in this one.

import type { ToHost } from '../../protocol/messages.js'
import { carryPacked, type UnreadableMessage } from '../../protocol/payloads.js'
import type { LaneClaims, LaneLine, LinedLane } from '../../threads/lane-line.js'
import { hostHere, type LocalHostOptions } from '../../threads/local-host.js'
import { lineByPort, type OpenService } from '../../threads/port-line.js'

/** A line that takes on what couldn't be read on its way from the runtime. */
export interface BridgedLine extends LaneLine {
  addUnreadable(message: UnreadableMessage<ToHost>): void
}

/** Opens one. `claims`: those of its lane. */
export type OpenBridged = (lane: LinedLane, claims: LaneClaims) => BridgedLine

/** To a thread. */
export function bridgedToThread(service: OpenService): OpenBridged {
  return (lane, claims) => {
    const line = lineByPort(service, carryPacked)(lane)
    return {
      ...line,
      claims,
      addUnreadable: ({ message, why }) => line.outgoing.add({ type: 'carried', payload: 0, message, why }),
    }
  }
}

/** To a host in this thread, which runs commands and nothing else. */
export function bridgedToCommands(
  options: Pick<LocalHostOptions, 'commands' | 'epochOffset' | 'machine'>,
): OpenBridged {
  return (lane, claims) => {
    const { line, ended } = hostHere(lane, options)
    return {
      outgoing: line,
      incoming: line,
      claims,
      osThread: () => 0,
      // What rests here holds nothing.
      service: { ended, hold: () => true },
      addUnreadable: (message) => line.addUnreadable(message),
    }
  }
}
