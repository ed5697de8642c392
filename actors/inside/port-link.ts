// A host's end of a port: what has come by it is handled in turns of the loop, in order. A body that computes has it polled
// in between: then aborts are noted, and everything is left for the loop.

import type { MessagePort } from 'node:worker_threads'
import { decodeValue, encodeValue } from '../../src/cluster/link/value-codec.js'
import { captureContext, inNobodysContext, type AsyncContext } from '../../src/protocol/async-context.js'
import { Counter, type LaneCounters } from '../../src/protocol/claims.js'
import { CountedPort } from '../../src/protocol/counted-port.js'
import type { ToRuntime } from '../../src/protocol/messages.js'
import { carryWritten, type CarriedMessage } from '../../src/protocol/payloads.js'
import { hasStackRoom } from '../../src/protocol/stack-room.js'
import { readToHost, type Flat } from '../../src/protocol/wire.js'
import type { HostLink, LinkedHost, LinkHost } from './host-link.js'
import type { Outbox } from './outbox.js'
import { PortOutbox } from './port-outbox.js'
import type { FromRuntime } from './take-unreadable.js'
import { world } from '../../src/protocol/world.js'

/** How many further arrays are handled in one turn of the loop. */
const MORE_AT_ONCE = 16

/** How large it is, its machine looks at. */
const ELSEWHERE = { name: 'value', maxBytes: Infinity }

/** Links a host by its end of a lane's port. `leavesMachine`: what it says is only handed on there, and so written here (D8). */
export function linkByPort(port: MessagePort, counters: LaneCounters, leavesMachine = false): LinkHost {
  return (host) => new PortLink(port, counters, host, leavesMachine)
}

function written(message: ToRuntime): ToRuntime | CarriedMessage {
  return carryWritten(message, (value, name) => encodeValue(value, { ...ELSEWHERE, name }))
}

class PortLink implements HostLink {
  readonly outbox: Outbox
  readonly #port: CountedPort
  readonly #counters: LaneCounters
  readonly #host: LinkedHost
  /** Nobody's: what comes by the port, and what follows from it, belongs to no body. */
  readonly #context: AsyncContext = inNobodysContext(captureContext)
  /** What a poll has taken from the port and left for the loop, in order. */
  #polled: FromRuntime[] = []
  /** How many arrays of aborts, and of what else has priority, have been taken. */
  #prioritySeen = 0

  constructor(port: MessagePort, counters: LaneCounters, host: LinkedHost, leavesMachine: boolean) {
    this.#port = new CountedPort(port, counters, 'host')
    this.#counters = counters
    this.#host = host
    this.#port.payloads.readBlock = (block) => decodeValue(block, ELSEWHERE)
    this.outbox = new PortOutbox(this.#port, counters, {
      insteadOf: (message, error) => host.insteadOf(message, error),
      write: leavesMachine ? written : undefined,
    })
    port.on('message', (array: Flat) => {
      const batch = this.#port.delivered(array)
      this.#receive(batch === undefined ? [] : this.#read(batch))
    })
  }

  /** One atomic read when there are none. */
  poll(): void {
    this.outbox.flushIfDue()
    if (world.load(this.#counters, Counter.raised) === this.#prioritySeen) return
    // What can't be read here would be gone: it waits for the loop, or for a poll from less deep.
    if (!this.#port.hasArrived || !hasStackRoom()) return
    const wasEmpty = this.#polled.length === 0
    // It may still be on its way: then the next poll finds it.
    for (let batch = this.#port.take(); batch !== undefined; batch = this.#port.take()) {
      for (const message of this.#read(batch)) {
        this.#polled.push(message)
        this.#host.note(message)
      }
    }
    if (wasEmpty && this.#polled.length > 0) world.setImmediate(() => this.#receive([]))
  }

  #receive(batch: readonly FromRuntime[]): void {
    this.#context.runInAsyncScope(() => this.#receiveAll(batch))
  }

  #receiveAll(batch: readonly FromRuntime[]): void {
    const host = this.#host
    host.beginTurn()
    // What a poll took came first.
    const polled = this.#polled
    this.#polled = []
    for (const message of polled) host.handle(message)
    for (const message of batch) host.handle(message)
    // What has arrived meanwhile comes along: small arrays would otherwise beget small arrays.
    for (let left = MORE_AT_ONCE; left > 0; left -= 1) {
      const next = this.#port.take()
      if (next === undefined) break
      for (const message of this.#read(next)) host.handle(message)
    }
    host.endTurn()
    // Behind the post of what has ended until now: whoever sees that a word was handled sees that it came too late, too.
    world.nextTick(this.#noteHandled)
  }

  readonly #noteHandled = (): void => {
    // Unless a poll has taken more meanwhile, and left it for the loop.
    if (this.#polled.length === 0) world.store(this.#counters, Counter.handledByHost, this.#port.taken)
  }

  #read(batch: Flat): FromRuntime[] {
    const messages = readToHost(batch, this.#port.payloads)
    if (isPriority(messages[0])) this.#prioritySeen = (this.#prioritySeen + 1) | 0
    return messages
  }
}

/** Whether an array that begins with it goes ahead of the others: each of these raises the lane's counter. */
function isPriority(first: FromRuntime | undefined): boolean {
  return first?.type === 'abort' || first?.type === 'graceEnded' || first?.type === 'ping'
}
