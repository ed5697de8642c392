// One body that does nothing, played through on a lane of its own. A function is compiled when it is first called, and a spare
// thread has the time for that, so that the next thread's first body doesn't wait for it.

import { MessageChannel } from 'node:worker_threads'
import { LOCAL_URL, LocalBodies } from '../../src/local-bodies.js'
import { ClaimTable, createLaneCounters } from '../../src/protocol/claims.js'
import { createClock } from '../../src/protocol/clock.js'
import { CountedPort } from '../../src/protocol/counted-port.js'
import { ROOT_ID } from '../../src/protocol/ids.js'
import type { ToHost } from '../../src/protocol/messages.js'
import { flattenToHost, readToRuntime, type Flat } from '../../src/protocol/wire.js'
import { Host } from './host.js'
import { linkByPort } from './port-link.js'

/** Resolves when it is over. */
export function warmUpHost(): Promise<void> {
  const { port1, port2 } = new MessageChannel()
  const counters = createLaneCounters()
  const line = new CountedPort(port1, counters, 'runtime')
  const send = (...messages: ToHost[]): void => line.post(flattenToHost(messages), [])
  const claims = new ClaimTable((chunk) => send({ type: 'chunk', chunk }))
  const localBodies = new LocalBodies()
  const key = localBodies.add(async (ctx) => {
    if (!ctx.signal.aborted) await ctx.sleep(0)
  })
  return new Promise((resolve) => {
    const host = new Host({
      link: linkByPort(port2, counters),
      now: createClock(0),
      thread: 0,
      localBodies,
      onClose() {
        port1.close()
        resolve()
      },
    })
    void host
    port1.on('message', (batch: Flat) => {
      if (readToRuntime(batch, line.payloads).some(({ type }) => type === 'ended')) send({ type: 'close' })
    })
    send(
      { type: 'define', definition: 0, url: LOCAL_URL, name: 'warm-up' },
      { type: 'start', ticket: claims.offer(), definition: 0, run: 'warm-up', id: ROOT_ID, input: key },
    )
  })
}
