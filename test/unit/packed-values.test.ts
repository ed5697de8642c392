// Values that a host hands on unread, and its threads read (D8).

import { serialize } from 'node:v8'
import { MessageChannel } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { linkByPort } from '../../actors/inside/port-link.js'
import type { LinkedHost } from '../../actors/inside/host-link.js'
import {
  decodeLaneMessage,
  encodeLaneMessage,
  type FromLane,
  type ToLane,
} from '../../src/cluster/lane-messages.js'
import { decodeValue } from '../../src/cluster/link/value-codec.js'
import { createLaneCounters } from '../../src/protocol/claims.js'
import { CountedPort } from '../../src/protocol/counted-port.js'
import type { StartMessage, ToRuntime } from '../../src/protocol/messages.js'
import {
  ArrivedPayloads,
  carryPacked,
  PackedValue,
  type CarriedMessage,
} from '../../src/protocol/payloads.js'
import { flattenToHost, readToHost, readToRuntime } from '../../src/protocol/wire.js'

const START: StartMessage = {
  type: 'start',
  ticket: 1,
  definition: 1,
  run: 'run',
  id: 'a0',
  input: { bytes: new Uint8Array(3), at: new Date(0) },
}
const isPacked = (): boolean => true

/** As a host takes it in, and posts it to a thread. */
function handedOn(message: StartMessage, spoil = (block: Uint8Array): Uint8Array => block): CarriedMessage {
  const [head, block] = encodeLaneMessage(7, message, Infinity)
  const heard = decodeLaneMessage<ToLane>(
    [head as Uint8Array, spoil(block as Uint8Array)],
    Infinity,
    isPacked,
  )
  expect(heard.lane).toBe(7)
  return carryPacked(heard.message as StartMessage) as CarriedMessage
}

/** As it arrives there. */
function arrived(message: CarriedMessage): unknown {
  const payloads = new ArrivedPayloads()
  payloads.readBlock = (block) => decodeValue(block, { name: 'value', maxBytes: Infinity })
  const flat = structuredClone(flattenToHost([message]))
  return readToHost(flat, payloads)[0]
}

describe('a value from another machine', () => {
  it('is handed on as it came, and read in its thread (D8)', () => {
    const carried = handedOn(START)
    expect(carried).toMatchObject({ type: 'carried', message: { type: 'start', id: 'a0' } })
    expect(arrived(carried)).toEqual(START)
  })

  it('brings its own bytes along, and not those of its frame', () => {
    const frame = new Uint8Array(10_000)
    const { block } = handedOn(START, (bytes) => {
      frame.set(bytes, 5000)
      return frame.subarray(5000, 5000 + bytes.length)
    })
    expect(block?.buffer.byteLength).toBeLessThan(1000)
  })

  it('that can not be read is told of where it is read, and by nobody on the way (D8, S26)', () => {
    const carried = handedOn(START, () => new Uint8Array([1, 2, 3]))
    expect(arrived(carried)).toMatchObject({
      type: 'unreadable',
      ticket: 1,
      why: expect.any(String) as string,
    })
  })

  it('that is too large is refused before it is handed on (D7)', () => {
    const blocks = encodeLaneMessage(7, START, Infinity)
    expect(decodeLaneMessage(blocks, 10, isPacked).message).toMatchObject({
      type: 'unreadable',
      ticket: 1,
      why: expect.stringContaining('maxValueBytes') as string,
    })
  })

  it('is read at once where no thread is for it', () => {
    expect(decodeLaneMessage(encodeLaneMessage(7, START, Infinity), Infinity).message).toEqual(START)
  })

  it('leaves messages without one as they are', () => {
    const plain = { type: 'ping', sequence: 1 } as const
    expect(carryPacked(plain)).toBe(plain)
    expect(carryPacked(START)).toBe(START)
    const message = decodeLaneMessage<ToLane>([serialize([7, plain])], Infinity, isPacked).message
    expect(message).toEqual(plain)
  })

  it('keeps its place in a message whose payload is further down', () => {
    const settled = {
      type: 'childSettled',
      ticket: 1,
      id: 'a0.1',
      outcome: {
        status: 'succeeded',
        output: [1n, new Map([[1, 2]])],
        queuedAt: 1,
        startedAt: 2,
        settledAt: 3,
      },
    } as const
    const heard = decodeLaneMessage<ToLane>(
      encodeLaneMessage(7, settled, Infinity),
      Infinity,
      isPacked,
    ).message
    expect((heard as typeof settled).outcome.output).toBeInstanceOf(PackedValue)
    expect(arrived(carryPacked(heard as typeof settled) as CarriedMessage)).toEqual(settled)
  })
})

/** What a host gets of what one of its threads says. */
async function heardOnTheWay(message: ToRuntime): Promise<unknown> {
  const { port1, port2 } = new MessageChannel()
  const counters = createLaneCounters()
  const host: Partial<LinkedHost> = {
    insteadOf: ({ type }, error) => ({ type, why: String(error) }) as object as ToRuntime,
  }
  const { outbox } = linkByPort(port1, counters, true)(host as never)
  const main = new CountedPort(port2, counters, 'runtime')
  outbox.push(message)
  outbox.flush()
  const batch = main.take()
  port1.close()
  return batch && readToRuntime(batch, main.payloads)[0]
}

describe('what a body on a host says', () => {
  const report = { type: 'report', ticket: 1, value: { at: new Date(0), all: new Set([1n]) } } as const

  it('is written in its thread, handed on as it is, and read by the app (D8)', async () => {
    const heard = (await heardOnTheWay(report)) as typeof report
    expect(heard.value).toBeInstanceOf(PackedValue)
    const blocks = encodeLaneMessage(7, heard, Infinity)
    expect(blocks[1]).toBe((heard.value as unknown as PackedValue).block)
    expect(decodeLaneMessage<FromLane>(blocks, Infinity)).toEqual({ lane: 7, message: report })
  })

  it('is told in its thread where it can not travel (D7)', async () => {
    const shared = { ...report, value: [new SharedArrayBuffer(3)] }
    expect(await heardOnTheWay(shared)).toEqual({
      type: 'report',
      why: expect.stringMatching(
        /the report can't be sent to another machine: .*SharedArrayBuffer/,
      ) as string,
    })
  })

  it('that is too large is refused on its way (D7)', async () => {
    const heard = (await heardOnTheWay({ ...report, value: { text: 'x'.repeat(100) } })) as typeof report
    expect(() => encodeLaneMessage(7, heard, 50)).toThrow(/the report has \d+ bytes.*maxValueBytes/)
  })

  it('that is no object is handed on by itself', async () => {
    expect(await heardOnTheWay({ ...report, value: 'said' })).toEqual({ ...report, value: 'said' })
  })
})
