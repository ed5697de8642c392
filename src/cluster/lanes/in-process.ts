// Lanes to a machine that is this process: threads behind a wire of two queues, so that all of a far lane is played but the network.

import type { MessagePort } from 'node:worker_threads'
import { dropMessage, dropMessages } from '../../protocol/dropped-message.js'
import type { FromFarHost, ToFarHost } from '../../protocol/far-messages.js'
import { TurnQueue } from '../../protocol/turn-queue.js'
import { world } from '../../protocol/world.js'
import { LONGEST_TIMER_MS } from '../../options.js'
import type { LaneSource } from '../../runtime/dispatch/lane-source.js'
import type { PoolOptions } from '../../threads/pool.js'
import { lineByWire } from './far-line.js'
import { LaneHost } from './lane-host.js'
import type { Wire, WireListener } from './wire.js'

type FarMessage = ToFarHost | FromFarHost

/** One end: what is sent is copied into the queue of the other. */
class QueueWire<Sent extends FarMessage, Received extends FarMessage> implements Wire<Sent, Received> {
  peer: QueueWire<Received, Sent> | undefined
  #listener: WireListener<Received> | undefined
  readonly #arrived = new TurnQueue<Received>({
    handle: (message) => this.#listener?.handle(message),
    endTurn: () => this.#listener?.endTurn(),
  })
  #holding: NodeJS.Timeout | undefined

  listen(listener: WireListener<Received>): void {
    this.#listener = listener
  }

  send(message: Sent): void {
    this.peer?.take(structuredClone(message, { transfer: portOf(message) }))
  }

  /** Nothing that was sent hasn't left. */
  sendUrgent(message: Sent): void {
    this.send(message)
  }

  /** Something has come. */
  take(message: Received): void {
    if (this.#listener === undefined) dropMessage(message)
    else this.#arrived.add(message)
  }

  drain(): void {
    this.#arrived.drain()
  }

  readOn(): boolean {
    return this.#arrived.readOn()
  }

  hold(holdsProcess: boolean): void {
    world.clearInterval(this.#holding)
    this.#holding = holdsProcess ? world.setInterval(() => {}, LONGEST_TIMER_MS) : undefined
  }

  close(): void {
    this.hold(false)
    this.#listener = undefined
    dropMessages(this.#arrived.close())
  }
}

/** The end of a line that calls travel on (`services`, `remote`, `connect`) is moved, as to a thread. */
function portOf(message: object): MessagePort[] {
  return 'port' in message ? [message.port as MessagePort] : []
}

/** A source of lanes whose machine is this process. */
export interface LanesInProcess extends LaneSource {
  /** How many threads there are, those without a lane included. */
  readonly size: number
  /** Ends its threads. */
  close(): Promise<void>
}

/** Makes one. All that has a cpu share goes there. */
export function lanesInProcess(
  most: number,
  pool: Omit<PoolOptions, 'maxThreads' | 'minThreads'>,
): LanesInProcess {
  const host = new LaneHost({ ...pool, maxThreads: 4 * most + 16, minThreads: 0 })
  return {
    most,
    defaultOn: 'cluster',
    destinationOf: (_definition, label = 'any') => ({ destination: label }),
    open(_destination, epochOffset) {
      const here = new QueueWire<ToFarHost, FromFarHost>()
      const there = new QueueWire<FromFarHost, ToFarHost>()
      here.peer = there
      there.peer = here
      const line = lineByWire(here)
      return (lane) => {
        const opened = line(lane)
        host.serve(there, epochOffset)
        return opened
      }
    },
    get size() {
      return host.size
    },
    close: () => host.close(),
  }
}
