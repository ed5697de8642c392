// An owner and its hosts, by a network that only hands over: who gets a lane, and who is heard of it.

import { once } from 'node:events'
import { serialize } from 'node:v8'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  decodeLaneMessage,
  encodeLaneMessage,
  type FromLane,
  type ToLane,
} from '../../../src/cluster/lane-messages.js'
import { newInstance, type LinkMessage } from '../../../src/cluster/link/frame.js'
import { Links } from '../../../src/cluster/link/links.js'
import { worldClock } from '../../../src/cluster/link/wire.js'
import { resolveConnectOptions } from '../../../src/cluster/options.js'
import { Owner } from '../../../src/cluster/owner/owner.js'
import type { AskingBoard, OpenableWire, Transport } from '../../../src/cluster/transport.js'

const QUEUE = 'lanes.12345678.any'
const MOST_BYTES = 1e6

const options = resolveConnectOptions({ redis: 'redis://127.0.0.1:6379', leaseMs: 60_000 })
const wires = new Map<string, OpenableWire>()

function wireOf(instance: string): OpenableWire {
  const wire: OpenableWire = {
    isOpen: true,
    onFrame: undefined,
    onOpen: undefined,
    open: () => Promise.resolve(),
    hold: () => {},
    send: (to, frame) => queueMicrotask(() => wires.get(to)?.onFrame?.(new Uint8Array(frame))),
    close: () => void wires.delete(instance),
  }
  wires.set(instance, wire)
  return wire
}

/** An owner that asks for nothing of anybody else. */
function ownerOf(): Owner {
  const board: AskingBoard = {
    isReady: true,
    roster: {
      announceOwner: () => Promise.resolve(),
      forgetOwner: () => Promise.resolve(),
      hosts: () => Promise.resolve([]),
    },
    requests: {
      ask: () => Promise.resolve(),
      rank: () => Promise.resolve(),
      turnOf: (rank) => rank,
      takeBack: () => Promise.resolve(),
      isPending: () => Promise.resolve(true),
      close: () => Promise.resolve(),
    },
    connect: () => {},
    close: () => {},
  }
  const transport: Pick<Transport, 'wire' | 'asking'> = {
    wire: wireOf,
    asking: () => Promise.resolve(board),
  }
  return new Owner(options, transport as Transport)
}

/** A lane of an owner's: what it has been told. */
function openLane(owner: Owner): readonly string[] {
  const told: string[] = []
  owner.open(
    QUEUE,
    0,
  )({
    receive: (message) => void told.push(message.type),
    receivedAll: () => {},
    pause: () => {},
    retire: () => {},
    measured: () => {},
    exitIsLate: () => {},
    lost: () => void told.push('lost'),
    insteadOf: () => undefined,
  })
  return told
}

/** A host that is linked to an owner: says things of a lane, and notes what it is told. */
function hostOf(owner: Owner) {
  const instance = newInstance()
  const heard: ToLane['type'][] = []
  const links = new Links({
    instance,
    wire: wireOf(instance),
    clock: worldClock,
    seal: options.seal,
    leaseMs: options.leaseMs,
    maxBufferedBytes: 1e6,
    accept: () => undefined,
    warn: (message) => {
      throw new Error(message)
    },
  })
  const link = links.open(owner.instance, () => ({
    onMessage: (blocks) => void heard.push(decodeLaneMessage<ToLane>(blocks, MOST_BYTES).message.type),
    onHeard: () => {},
    onDrain: () => {},
    onEnd: () => {},
  }))
  const saysBlocks = async (blocks: LinkMessage): Promise<void> => {
    link.send(blocks)
    await vi.advanceTimersByTimeAsync(100)
  }
  const say = (lane: number, message: FromLane): Promise<void> =>
    saysBlocks(encodeLaneMessage(lane, message, MOST_BYTES))
  return {
    heard,
    links,
    say,
    saysBlocks,
    offer: (lane: number, name: string) => say(lane, { type: 'offer', destination: QUEUE, name }),
  }
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('a lane that is asked for', () => {
  it('belongs to the host that offers it first: another one is told so, and not heard (D11)', async () => {
    const owner = ownerOf()
    const told = openLane(owner)
    const [first, second] = [hostOf(owner), hostOf(owner)]
    await first.offer(1, 'first')
    await second.offer(1, 'second')
    expect([first.heard, second.heard]).toEqual([['take'], ['release']])
    expect(owner.stats()).toMatchObject({ hosts: 2, lanes: { wanted: 0, starting: 1, open: 0 } })
    // Both believe that it is theirs.
    await second.say(1, { type: 'gone' })
    await first.say(1, { type: 'hello', thread: 1 })
    expect(owner.stats().lanes).toEqual({ wanted: 0, starting: 0, open: 1 })
    expect(told).toEqual(['hello'])
    for (const { links } of [first, second]) links.close()
    await owner.close()
    expect(told).toEqual(['hello', 'lost'])
    await vi.advanceTimersByTimeAsync(2 * options.leaseMs)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('is not given to who offers one that was never asked for, or for something else (D11)', async () => {
    const owner = ownerOf()
    openLane(owner)
    const host = hostOf(owner)
    await host.offer(2, 'host')
    await host.say(1, { type: 'offer', destination: `${QUEUE}.else`, name: 'host' })
    expect(host.heard).toEqual(['release', 'release'])
    expect(owner.stats().lanes.wanted + owner.stats().lanes.starting).toBe(1)
    host.links.close()
    await owner.close()
  })

  it.each([
    ['is no message', [new Uint8Array([1, 2, 3])]],
    ['is none in JSON', [Buffer.from('[1,')]],
    ['is empty', [new Uint8Array()]],
    ['says nothing', [Buffer.from('[1]')]],
    ['says nothing in the form of V8', [serialize([1, null])]],
  ])('is lost with a host whose word %s, and the app goes on', async (_, blocks) => {
    const owner = ownerOf()
    const told = openLane(owner)
    const [mad, sane] = [hostOf(owner), hostOf(owner)]
    await mad.offer(1, 'mad')
    const warned = once(process, 'warning')
    await mad.saysBlocks(blocks)
    await expect(warned).resolves.toMatchObject([
      {
        message: expect.stringMatching(
          /^cluster: the host mad .* is given up: what it says makes no sense/,
        ) as string,
      },
    ])
    expect(told).toEqual(['lost'])
    openLane(owner)
    await sane.offer(2, 'sane')
    expect(sane.heard).toEqual(['take'])
    for (const { links } of [mad, sane]) links.close()
    await owner.close()
  })

  it('is lost alone where its own words make no sense', async () => {
    const owner = ownerOf()
    const [odd, other] = [openLane(owner), openLane(owner)]
    const host = hostOf(owner)
    await host.offer(1, 'host')
    await host.offer(2, 'host')
    const warned = once(process, 'warning')
    await host.say(1, { type: 'started' } as unknown as FromLane)
    await expect(warned).resolves.toMatchObject([
      { message: expect.stringMatching(/^cluster: a thread of the host host .* makes no sense/) as string },
    ])
    await host.say(2, { type: 'hello', thread: 1 })
    expect([odd, other]).toEqual([['lost'], ['hello']])
    // The other one's turn is another one without it.
    expect(host.heard).toEqual(['take', 'take', 'release', 'turn'])
    host.links.close()
    await owner.close()
  })
})
