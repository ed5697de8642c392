// The line to a host in a thread of its own: a port, with counters in shared memory at both ends.

import type { MessagePort } from 'node:worker_threads'
import { ClaimTable, Counter, createLaneCounters, type LaneCounters } from '../protocol/claims.js'
import { CountedPort } from '../protocol/counted-port.js'
import type { ToHost } from '../protocol/messages.js'
import type { Postable } from '../protocol/post-messages.js'
import { Incoming } from './incoming.js'
import type { LaneService } from './lane-life.js'
import type { LaneLine, LinedLane } from './lane-line.js'
import { Outgoing } from './outgoing.js'
import { world } from '../protocol/world.js'

/** Starts what serves the other end of a port. */
export type OpenService = (port: MessagePort, counters: LaneCounters) => LaneService

/** A line by a port. */
export interface PortLine extends LaneLine {
  readonly outgoing: Outgoing
}

/** Opens lines by ports. `wrap`: gives how each message is posted, if that isn't as it is. */
export function lineByPort(
  open: OpenService,
  wrap?: (message: Postable<ToHost>) => Postable<ToHost>,
): (lane: LinedLane) => PortLine {
  return (lane) => {
    const { port1, port2 } = world.createChannel()
    const counters = createLaneCounters()
    const counted = new CountedPort(port1, counters, 'runtime')
    const outgoing = new Outgoing(counted, counters, (message, error) => lane.insteadOf(message, error), wrap)
    const incoming = new Incoming(
      port1,
      counted,
      counters,
      (message) => lane.receive(message),
      (until) => lane.receivedAll(until),
    )
    const claims = new ClaimTable((chunk) => outgoing.add({ type: 'chunk', chunk }))
    const osThread = (): number => world.load(counters, Counter.osThread)
    try {
      return { outgoing, incoming, claims, osThread, service: open(port2, counters) }
    } catch (error) {
      incoming.close()
      throw error
    }
  }
}
