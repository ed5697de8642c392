// Calls between two machines, each with its end of a tunnel: what goes over it, what doesn't, and how all of it is closed.

import { once } from 'node:events'
import { MessageChannel } from 'node:worker_threads'
import { describe, expect, it, vi } from 'vitest'
import { Line } from '../../../src/channels/line.js'
import { ObjectClient } from '../../../src/channels/object-client.js'
import { serveObject } from '../../../src/channels/object-server.js'
import { PortTunnel } from '../../../src/cluster/lanes/port-tunnel.js'
import type { ChannelMessage } from '../../../src/protocol/far-messages.js'

/** The two ends of a tunnel, and what travels. */
function tunnel({ maxBytes = 1024 * 1024 } = {}) {
  const travelled: ChannelMessage[] = []
  const ends: { owner?: PortTunnel; host?: PortTunnel } = {}
  const sendTo =
    (to: 'owner' | 'host') =>
    (message: ChannelMessage): void => {
      travelled.push(message)
      if (message.type === 'posted') ends[to]?.posted(message.channel, structuredClone(message.block))
      else if (message.type === 'hungUp') ends[to]?.hungUp(message.channel)
    }
  const host = new PortTunnel({ side: 'host', maxBytes, send: sendTo('owner') })
  const owner = new PortTunnel({ side: 'owner', maxBytes, send: sendTo('host') })
  Object.assign(ends, { owner, host })
  return { owner, host, travelled }
}

/** A body on a host calls what the owner serves. */
async function called(served: object, options?: { maxBytes?: number }) {
  const ends = tunnel(options)
  const client = new ObjectClient()
  const line = new Line(ends.owner.open(ends.host.take(client.farEnd)))
  await serveObject(served, line, (path) => path.join('.'))
  const call = (name: string, ...parameters: unknown[]): Promise<unknown> =>
    client.call([name], parameters, 'services')
  return { ...ends, client, line, call }
}

describe('calls over a tunnel', () => {
  it('bring values and errors, and functions both ways (D9)', async () => {
    const { call, client, owner, host } = await called({
      add: (one: number, other: number) => one + other,
      first: (view: Float64Array) => view[0],
      fail: () => {
        throw new RangeError('as asked')
      },
      twice: async (given: (value: number) => Promise<number>) => (await given(1)) + (await given(2)),
      counter: () => {
        let count = 0
        return () => (count += 1)
      },
    })
    await expect(call('add', 1, 2)).resolves.toBe(3)
    await expect(call('first', new Float64Array([2.5]))).resolves.toBe(2.5)
    await expect(call('fail')).rejects.toThrow(new RangeError('as asked'))
    await expect(call('twice', (value: number) => value * 10)).resolves.toBe(30)
    const count = (await call('counter')) as () => Promise<number>
    expect([await count(), await count()]).toEqual([1, 2])
    client.line.close()
    await expect.poll(() => [owner.size, host.size]).toEqual([0, 0])
  })

  it('fail by themselves where a value can not travel, in either direction (D8)', async () => {
    const { call, client } = await called(
      {
        echo: (value: unknown) => value,
        shared: () => new SharedArrayBuffer(8),
        large: () => 'x'.repeat(5000),
      },
      { maxBytes: 4096 },
    )
    await expect(call('echo', new SharedArrayBuffer(8))).rejects.toThrow(/SharedArrayBuffer/)
    await expect(call('shared')).rejects.toThrow(/SharedArrayBuffer/)
    await expect(call('echo', 'x'.repeat(5000))).rejects.toThrow(/maxValueBytes/)
    await expect(call('large')).rejects.toThrow(/maxValueBytes/)
    await expect(call('echo', 'goes on')).resolves.toBe('goes on')
    client.line.close()
  })

  it('end at both ends when either is closed, or the lane is gone (D9)', async () => {
    for (const close of ['line', 'client', 'owner', 'host'] as const) {
      const { owner, host, line, client } = await called({ wait: () => new Promise(() => {}) })
      const closed = [line, client.line].map((one) => new Promise<void>((resolve) => one.onClose(resolve)))
      if (close === 'line') line.close()
      else if (close === 'client') client.line.close()
      else for (const end of [owner, host]) end.close()
      await Promise.all(closed)
      await expect.poll(() => [owner.size, host.size]).toEqual([0, 0])
    }
  })

  it('are not hit by what is rubbish, or of a channel that is closed', async () => {
    const { owner, host, call, client } = await called({ echo: (value: unknown) => value })
    owner.posted(2, new Uint8Array([1, 2, 3]))
    owner.posted(999, new Uint8Array())
    host.hungUp(999)
    await expect(call('echo', 1)).resolves.toBe(1)
    client.line.close()
  })

  it('are over at once where the lane is gone already', async () => {
    const { owner } = tunnel()
    owner.close()
    const port = owner.open(2)
    port.start()
    await once(port, 'close')
    const { port1, port2 } = new MessageChannel()
    const channel = owner.take(port1)
    owner.hungUp(channel)
    port2.start()
    await once(port2, 'close')
    expect(owner.size).toBe(0)
  })

  it('hang up the ports in what comes for a channel that is closed here already (I9)', async () => {
    const { owner, host } = tunnel()
    const { port1, port2 } = new MessageChannel()
    const channel = host.take(port2)
    owner.open(channel)
    const inner = new MessageChannel()
    const closed = once(inner.port1, 'close')
    // It is on its way when the other end closes.
    port1.postMessage({ given: inner.port2 }, [inner.port2])
    owner.hungUp(channel)
    await closed
    port1.close()
    await vi.waitFor(() => expect([owner.size, host.size]).toEqual([0, 0]))
  })
})
