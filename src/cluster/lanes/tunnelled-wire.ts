// A lane's way to another machine that takes ports along (D9): a message with one says the number of its channel instead.

import type { MessagePort } from 'node:worker_threads'
import type { ChannelMessage, FromFarHost, ToFarHost } from '../../protocol/far-messages.js'
import { PortTunnel } from './port-tunnel.js'
import type { Wire } from './wire.js'

type FarMessage = ToFarHost | FromFarHost

/** A wire that takes ports, by one that doesn't. `side`: which end it is. */
export function tunnelled<Sent extends FarMessage, Received extends FarMessage>(
  wire: Wire<Sent | ChannelMessage, Received | ChannelMessage>,
  side: 'owner' | 'host',
): Wire<Sent, Received> {
  const send = (message: ChannelMessage): void => wire.send(message)
  const tunnel = new PortTunnel({ side, maxBytes: wire.maxValueBytes, send })
  /** `false` where it has no port. */
  const sendPorted = (message: Sent): boolean => {
    if (!('port' in message)) return false
    const { port, ...rest } = message as Sent & { readonly port: MessagePort }
    send({ type: 'ported', channel: tunnel.take(port), message: rest })
    return true
  }
  return {
    get peer() {
      return wire.peer
    },
    get roundTripMs() {
      return wire.roundTripMs
    },
    maxValueBytes: wire.maxValueBytes,
    listen(listener) {
      wire.listen({
        handle(message) {
          if (message.type === 'posted') tunnel.posted(message.channel, message.block)
          else if (message.type === 'hungUp') tunnel.hungUp(message.channel)
          else if (message.type === 'ported')
            listener.handle({ ...message.message, port: tunnel.open(message.channel) } as object as Received)
          else listener.handle(message)
        },
        endTurn: () => listener.endTurn(),
        pause: (isPaused) => listener.pause(isPaused),
        lost: (how, silentMs) => listener.lost(how, silentMs),
      })
    },
    send(message) {
      if (!sendPorted(message)) wire.send(message)
    },
    sendUrgent(message) {
      if (!sendPorted(message)) wire.sendUrgent(message)
    },
    drain: () => wire.drain(),
    readOn: () => wire.readOn(),
    hold: (holdsProcess) => wire.hold(holdsProcess),
    close() {
      tunnel.close()
      wire.close()
    },
  }
}
