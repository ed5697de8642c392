import fc from 'fast-check'
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import type { ToHost, ToRuntime } from '../../src/protocol/messages.js'
import { ArrivedPayloads } from '../../src/protocol/payloads.js'
import {
  flattenToHost,
  flattenToRuntime,
  readToHost,
  readToRuntime,
  type Flat,
} from '../../src/protocol/wire.js'

const ticket = fc.integer({ min: 1, max: 2 ** 48 - 1 })
const id = fc.constantFrom('a0', 'a0.1', 'a0.17.3')
const time = fc.double({ min: 1.7e12, max: 1.8e12, noNaN: true })
const value = fc.oneof(fc.anything(), fc.constantFrom(0, '', null, [0, 1, 2]))
const some = <T>(inner: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(inner, { nil: undefined })

/** Without the keys that are undefined: a message that lacks a part says so by lacking it. */
function given<T extends object>(message: T): T {
  return Object.fromEntries(Object.entries(message).filter(([, part]) => part !== undefined)) as T
}

const start = fc
  .record({
    type: fc.constant('start'),
    ticket,
    definition: fc.nat(),
    run: fc.constantFrom('one', 'two', ''),
    id,
    input: value,
    name: some(fc.string()),
    parent: some(id),
    attempt: some(fc.integer({ min: 2, max: 9 })),
    cpu: some(fc.constantFrom(0, 0.5)),
    spawned: some(fc.nat()),
  })
  .map(given)
const times = {
  queuedAt: time,
  startedAt: some(time),
  abortRequestedAt: some(time),
  abortDeliveredAt: some(time),
  settledAt: time,
}
const how = fc.constantFrom('never-started', 'cooperative', 'forced', 'abandoned')
const outcome = fc.oneof(
  fc.record({ status: fc.constant('succeeded'), output: value, ...times }).map(given),
  fc.record({ status: fc.constant('aborted'), how, reason: some(value), ...times }).map(given),
  fc.record({ status: fc.constantFrom('aborted', 'timedOut'), how, error: value, ...times }).map(given),
  fc.record({ status: fc.constant('failed'), error: value, ...times }).map(given),
)
const toHost = fc.oneof(
  start,
  fc.record({ type: fc.constant('childSettled'), ticket, id, outcome }),
  fc.record({ type: fc.constant('childPhase'), ticket, id, phase: fc.constantFrom('running', 'aborting') }),
  fc.record({ type: fc.constant('ping'), sequence: fc.nat() }),
) as fc.Arbitrary<ToHost>
const ended = fc
  .record({
    type: fc.constant('ended'),
    ticket,
    startedAt: time,
    endedAt: time,
    ok: fc.boolean(),
    output: value,
    parkedMs: some(fc.double({ min: 0.1, max: 9 })),
    spawned: some(fc.nat()),
    unlistened: some(fc.record({ ranges: fc.array(fc.nat()), failed: fc.constant([]) })),
  })
  .map(given)
const toRuntime = fc.oneof(
  ended,
  fc
    .record({
      type: fc.constant('spawn'),
      ticket,
      id,
      definition: fc.nat(),
      input: value,
      options: some(fc.record({ detached: fc.constant(true) })),
    })
    .map(given),
  fc.record({ type: fc.constantFrom('parked', 'resumed'), ticket }),
  fc.record({ type: fc.constant('report'), ticket, value }),
) as fc.Arbitrary<ToRuntime>

/** What is undefined and what is left out are the same to all who read messages. */
function bare(messages: readonly object[]): unknown[] {
  return messages.map(given)
}

describe('wire', () => {
  it('gives a host the messages that it was sent, in order', () => {
    fc.assert(
      fc.property(fc.array(toHost), (messages) => {
        expect(bare(readToHost(flattenToHost(messages), new ArrivedPayloads()))).toEqual(bare(messages))
      }),
    )
  })

  it('gives the runtime the messages that it was sent, in order', () => {
    fc.assert(
      fc.property(fc.array(toRuntime), (messages) => {
        expect(bare(readToRuntime(flattenToRuntime(messages), new ArrivedPayloads()))).toEqual(bare(messages))
      }),
    )
  })

  it.each([7, 8, 9, 4000])('gives %d of them, of those with the most fields, too', (count) => {
    const rows = (arbitrary: fc.Arbitrary<ToHost>): ToHost[] =>
      fc.sample(arbitrary, { numRuns: count, seed: count })
    for (const messages of [rows(toHost), rows(start as fc.Arbitrary<ToHost>)]) {
      const flat = flattenToHost(messages)
      expect(bare(readToHost(flat, new ArrivedPayloads()))).toEqual(bare(messages))
    }
  })

  it('crosses a port', () => {
    const { port1, port2 } = new MessageChannel()
    const messages: ToHost[] = [
      { type: 'start', ticket: 1, definition: 2, run: 'r', id: 'a0.1', input: { deep: [new Uint8Array(3)] } },
      { type: 'start', ticket: 2, definition: 2, run: 'r', id: 'a0.2' },
      { type: 'childPhase', ticket: 3, id: 'a0.1', phase: 'running' },
    ]
    port1.postMessage(flattenToHost(messages))
    const { message } = receiveMessageOnPort(port2) as { message: Flat }
    expect(bare(readToHost(message, new ArrivedPayloads()))).toEqual(bare(messages))
    port1.close()
  })
})
