// A host, by a board and a wire that the test holds.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Served } from '../../../src/cluster/host/served.js'
import { Worker } from '../../../src/cluster/host/worker.js'
import { resolveWorkerOptions } from '../../../src/cluster/options.js'
import type { OpenableWire, ServingBoard, ServingOptions, Transport } from '../../../src/cluster/transport.js'
import type { ResourceCounts } from '../../../src/protocol/resolved-options.js'

const QUEUE = 'lanes.12345678.any'
const OWNER = 'a'.repeat(32)

/** A host with two threads and a graphics card. `missing`: why it can't take requests at all. */
function hostOf(missing?: Error) {
  const wire = { isOpen: true, isHeld: false, isClosed: false }
  let serving: ServingOptions | undefined
  const board: ServingBoard = {
    isReady: true,
    roster: {
      announceHost: () => Promise.resolve(),
      forgetHost: () => Promise.resolve(),
      isOwnerThere: () => Promise.resolve(true),
    },
    workers: {
      adjust: () => {},
      waiting: () => Promise.resolve([]),
      stop: () => {},
      close: () => Promise.resolve(),
    },
    close: () => {},
  }
  const transport: Pick<Transport, 'wire' | 'serving'> = {
    wire: (): OpenableWire =>
      Object.assign(wire, {
        onFrame: undefined,
        onOpen: undefined,
        open: () => Promise.resolve(),
        hold: (isHeld: boolean) => void (wire.isHeld = isHeld),
        send: () => {},
        close: () => void Object.assign(wire, { isClosed: true, isHeld: false }),
      }),
    serving: (_options, given) => {
      serving = given
      return missing === undefined ? Promise.resolve(board) : Promise.reject(missing)
    },
  }
  const options = resolveWorkerOptions({
    redis: 'redis://127.0.0.1:6379',
    actions: [import.meta.url],
    threads: 2,
    resources: { gpu: 1 },
    leaseMs: 4000,
  })
  const request = (lane: number, needs?: ResourceCounts): ReturnType<ServingOptions['serve']> | undefined =>
    serving?.serve(QUEUE, { owner: OWNER, lane, ...(needs && { needs }) }, 1)
  const served = { queues: () => [QUEUE], builds: [] } as unknown as Served
  const host = new Worker(options, served, transport as Transport)
  /** Has a request of an owner taken; gives whether it is over. */
  const take = (lane: number): { isOver: boolean } => {
    const taken = { isOver: false }
    const ending = request(lane) as Promise<void>
    void ending.then(() => (taken.isOver = true))
    return taken
  }
  return { host, wire, take, request }
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('a host', () => {
  it('takes a request that came twice for one: what the first one has is not ended for the second (D17)', async () => {
    const { host, take } = hostOf()
    await host.start()
    const [first, again, other] = [take(7), take(7), take(8)]
    await vi.advanceTimersByTimeAsync(0)
    expect([first, again, other]).toEqual([{ isOver: false }, { isOver: true }, { isOver: false }])
    expect(host.busy).toBe(2)
    const closed = host.close()
    await vi.advanceTimersByTimeAsync(3000)
    await closed
    expect(vi.getTimerCount()).toBe(0)
  })

  it('lends what it has of a resource once at a time, and again when it is given back (I10)', async () => {
    const { host, request } = hostOf()
    await host.start()
    // Nobody can serve that here, ever.
    expect(request(9, { gpu: 2 })).toBe('elsewhere')
    const first = request(7, { gpu: 1 })
    expect(first).toBeInstanceOf(Promise)
    expect(request(8, { gpu: 1 })).toBe('later')
    // Its owner says nothing: the offer is withdrawn.
    await vi.advanceTimersByTimeAsync(2100)
    await first
    const again = request(8, { gpu: 1 })
    expect(again).toBeInstanceOf(Promise)
    const closed = host.close()
    await vi.advanceTimersByTimeAsync(3000)
    await Promise.all([closed, again])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('offers nothing to an owner who has been silent for half a lease, and keeps nothing for him (D26, D27)', async () => {
    const { host, take } = hostOf()
    await host.start()
    const first = take(7)
    await vi.advanceTimersByTimeAsync(2100)
    const late = take(8)
    await vi.advanceTimersByTimeAsync(0)
    expect([first, late]).toEqual([{ isOver: true }, { isOver: true }])
    expect(host.busy).toBe(0)
    const closed = host.close()
    await vi.advanceTimersByTimeAsync(3000)
    await closed
    expect(vi.getTimerCount()).toBe(0)
  })

  it('that is closed says whether something was cut off (D29)', async () => {
    const { host, take } = hostOf()
    await host.start()
    take(7)
    await expect(host.close()).resolves.toBe(false)
    const idle = hostOf()
    await idle.host.start()
    await expect(idle.host.close()).resolves.toBe(true)
  })

  it('holds neither its process nor a connection where it can not start (I13)', async () => {
    const { host, wire } = hostOf(new Error('bullmq is not installed'))
    await expect(host.start()).rejects.toThrow('bullmq')
    expect(wire).toMatchObject({ isHeld: false, isClosed: true })
    expect(vi.getTimerCount()).toBe(0)
  })
})
