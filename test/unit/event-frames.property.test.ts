// The frames of events that are kept for streams: whatever streams have read before, each gets every event once, in order,
// and what is for one run is for that run only.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FrameLog } from '../../src/control/server/streams/event-frames.js'
import type { ActionEvent } from '../../src/events.js'

const KEPT = 65_536

function eventOf(seq: number, run: string): ActionEvent {
  // Of more bytes than characters, and of a kind that is written at once now and then.
  return seq % 7 === 0
    ? { type: 'report', seq, at: seq, run, id: 'a0', value: 'größer' }
    : { type: 'phase', seq, at: seq, run, id: 'a0', name: 'ärmel', phase: 'running', attempt: 1 }
}

/** Reads up to the last event, a number of pieces at a time at most. */
function read(log: FrameLog, after: number, run: string | undefined, pieces: number): [number, string] {
  let text = ''
  let at = after
  for (let left = pieces; left > 0 && at < log.last; left -= 1) {
    const { to, bytes } = log.batch(at, run)
    text += bytes.toString()
    at = to
  }
  return [at, text]
}

function numbersIn(text: string): number[] {
  return [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id))
}

describe('frames', () => {
  it('gives each stream all events of its run once, in order, wherever others have read before', () => {
    const step = fc.oneof(
      fc.record({ add: fc.integer({ min: 1, max: 600 }), run: fc.constantFrom('one', 'two') }),
      fc.record({ reader: fc.nat({ max: 3 }), pieces: fc.integer({ min: 1, max: 3 }) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const log = new FrameLog(10)
        const runs: string[] = []
        const readers = [undefined, 'one', 'two', undefined].map((run) => ({ run, at: 10, text: '' }))
        const go = (reader: (typeof readers)[number], pieces: number): void => {
          const [at, text] = read(log, reader.at, reader.run, pieces)
          reader.at = at
          reader.text += text
        }
        for (const one of steps) {
          if ('reader' in one) {
            go(readers[one.reader] as (typeof readers)[number], one.pieces)
            continue
          }
          for (let left = one.add; left > 0; left -= 1) {
            // Now and then of the other run.
            const run = left % 5 === 0 ? 'two' : one.run
            runs.push(run)
            log.add(eventOf(10 + runs.length, run), undefined)
          }
        }
        for (const reader of readers) {
          go(reader, Infinity)
          const wanted = runs.flatMap((run, index) =>
            reader.run === undefined || reader.run === run ? [11 + index] : [],
          )
          expect(numbersIn(reader.text)).toEqual(wanted)
          expect(reader.text).not.toContain('\uFFFD')
        }
      }),
    )
  })

  it('keeps the last ones, also where only some of a piece are left', () => {
    const log = new FrameLog(0)
    const add = (count: number): void => {
      for (let left = count; left > 0; left -= 1) log.add(eventOf(log.last + 1, 'one'), undefined)
    }
    add(300)
    read(log, 0, undefined, Infinity)
    add(KEPT - 200)
    expect(log.has(99)).toBe(false)
    expect(log.has(100)).toBe(true)
    expect(numbersIn(read(log, 100, undefined, Infinity)[1])).toEqual(
      Array.from({ length: KEPT }, (_, index) => 101 + index),
    )
  })
})
