// What travels on lanes, as blocks: what is read is what was written, whichever way that was.

import { describe, expect, it } from 'vitest'
import fc from 'fast-check'
import {
  decodeLaneMessage,
  encodeLaneMessage,
  type FromLane,
  type ToLane,
} from '../../../src/cluster/lane-messages.js'

const MOST_BYTES = 1e6
const there = <Message extends ToLane | FromLane>(message: Message): Message =>
  decodeLaneMessage<Message>(encodeLaneMessage(7, message, MOST_BYTES), MOST_BYTES).message

/** What outputs may be: those that JSON would change are among them. */
const output = fc.oneof(
  fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, withTypedArray: true }),
  fc.string({ maxLength: 200, unit: 'binary' }),
  fc.constantFrom(undefined, null, Number.NaN, -0, Infinity, '\u2028', '\ud800', '["', '💚'),
)

function started(input: unknown): ToLane {
  return { type: 'start', ticket: 3, definition: 1, run: 'r"\n', id: 'a0', input }
}

describe('a message of a lane', () => {
  it('is read as it was written, whatever it carries (D7)', () => {
    fc.assert(
      fc.property(output, (input) => {
        const message = started(input)
        expect(there(message)).toEqual(structuredClone(message))
      }),
    )
  })

  it.each<FromLane | ToLane>([
    { type: 'started', tickets: [1, 2 ** 40], at: 1_795_856_469_451.837 },
    { type: 'givenBack', tickets: [] },
    { type: 'force', ticket: 1, due: [2, 3] },
    { type: 'abort', tickets: [1], reason: { source: 'cancel', message: 'enough', origin: 'a0', at: -0 } },
    { type: 'gone', loss: { killed: true, whileStarting: false } },
    { type: 'posted', channel: 1, block: new Uint8Array([1, 2]) },
    { type: 'take', epochMs: -0, turn: 1 },
    { type: 'take', epochMs: 0.1, turn: 2 ** 20 },
  ])('keeps its numbers, its lists and what is in them: %o', (message) => {
    expect(there(message)).toEqual(message)
  })

  it('takes a short value along in its head, and any other in a block of its own (D8)', () => {
    const blocksOf = (input: unknown): number => encodeLaneMessage(7, started(input), MOST_BYTES).length
    for (const brief of [undefined, null, true, -0, 1.5, 'x'.repeat(64)]) expect(blocksOf(brief)).toBe(1)
    for (const other of ['x'.repeat(65), 1n, {}, [], new Date(0)]) expect(blocksOf(other)).toBe(2)
  })

  it('whose text is too long is refused (D7)', () => {
    expect(() => encodeLaneMessage(7, started('x'.repeat(2000)), 1000)).toThrow(/maxValueBytes/)
  })
})
