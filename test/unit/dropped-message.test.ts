// What becomes of the ports in messages that nobody reads.

import { once } from 'node:events'
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { createLaneCounters } from '../../src/protocol/claims.js'
import { CountedPort } from '../../src/protocol/counted-port.js'
import { TurnQueue } from '../../src/protocol/turn-queue.js'
import { Outgoing } from '../../src/threads/outgoing.js'

/** One end of a line, and what resolves when the other end has been closed. */
function line(): { readonly port: MessagePort; readonly isClosed: Promise<unknown> } {
  const { port1, port2 } = new MessageChannel()
  // A call that nobody has read: behind it, Node wouldn't tell of a close at the other end.
  port1.postMessage('a call')
  return { port: port2, isClosed: once(port1, 'close') }
}

function outgoing(): Outgoing {
  const { port1 } = new MessageChannel()
  const counters = createLaneCounters()
  return new Outgoing(new CountedPort(port1, counters, 'runtime'), counters, () => undefined)
}

describe('a message that nobody reads', () => {
  it('closes the line that it carries, once its lane is closed (I9)', async () => {
    const { port, isClosed } = line()
    const closed = outgoing()
    closed.close()
    closed.add({ type: 'connect', ticket: 1, port })
    await expect(isClosed).resolves.toBeDefined()
  })

  it('closes it, too, where it waits for the end of the tick as its lane is closed (I9)', async () => {
    const { port, isClosed } = line()
    const lane = outgoing()
    lane.add({ type: 'connect', ticket: 1, port })
    lane.close()
    await expect(isClosed).resolves.toBeDefined()
  })

  it('is given back by a queue that is closed', () => {
    const queue = new TurnQueue<number>({ handle: () => {} })
    queue.add(1)
    queue.add(2)
    expect(queue.close()).toEqual([1, 2])
    expect(queue.length).toBe(0)
  })
})
