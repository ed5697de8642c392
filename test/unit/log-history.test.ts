import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LOG_LEVELS, LogHistories, LogHistory } from '../../src/control/server/mirror/log-history.js'
import { findLogPage, type LogSelection } from '../../src/control/server/mirror/log-page.js'
import type { LogEntry } from '../../src/control/api.js'
import type { LogEvent } from '../../src/events.js'

const KEPT = 100_000

function eventOf(seq: number, id: string, level: LogEntry['level'], message = ''): LogEvent {
  return { type: 'log', seq, at: seq, run: 'run', id, attempt: 1, level, message }
}

/** Never a pause. */
const steady = { isOver: false, next: () => Promise.resolve() }

/** Levels that count how often they are asked: once for each entry that is looked at. */
class CountedLevels extends Set<LogEntry['level']> {
  asked = 0
  override has(level: LogEntry['level']): boolean {
    this.asked += 1
    return super.has(level)
  }
}

function keptIn(history: LogHistory): LogEntry[] {
  const { row, start, end } = history.kept()
  return row.slice(start, end)
}

const entries = fc.array(
  fc.record({ id: fc.constantFrom('a0', 'a0.1', 'a0.1.1', 'a0.2'), level: fc.constantFrom(...LOG_LEVELS) }),
  { maxLength: 60 },
)

describe('the log of a run', () => {
  it('counts by level and action what it keeps, as entries come and go', () => {
    fc.assert(
      fc.property(entries, fc.array(fc.nat(60), { maxLength: 4 }), (events, halvings) => {
        const history = new LogHistory()
        for (const [seq, { id, level }] of events.entries()) {
          if (halvings.includes(seq)) history.halve()
          history.add(eventOf(seq, id, level), id)
        }
        const kept = keptIn(history)
        expect(history.size).toBe(kept.length)
        for (const of of [undefined, 'a0.1', 'none', (id: string): boolean => id.startsWith('a0.1')]) {
          for (const level of LOG_LEVELS) {
            const isMeant = ({ id }: LogEntry): boolean =>
              of === undefined || (typeof of === 'string' ? id === of : of(id))
            const counted = kept.filter((entry) => entry.level === level && isMeant(entry)).length
            expect(history.count([level], of)).toBe(counted)
          }
        }
      }),
    )
  })

  it('keeps the newest of very many, and counts only those', () => {
    const history = new LogHistory()
    for (let seq = 0; seq < KEPT + 25_000; seq += 1) {
      history.add(eventOf(seq, 'a0', seq % 10 === 0 ? 'error' : 'info'), 'a0')
    }
    expect([history.size, history.written]).toEqual([KEPT, KEPT + 25_000])
    expect(keptIn(history).map(({ seq }) => seq)).toEqual(
      Array.from({ length: KEPT }, (_, at) => at + 25_000),
    )
    expect([history.count(['error']), history.count(LOG_LEVELS, 'a0')]).toEqual([KEPT / 10, KEPT])
  })

  it('forgets by runs when all of them are too long together, and the counts with them', () => {
    const [histories, old, present] = [new LogHistories(), new LogHistory(), new LogHistory()]
    const long = 'x'.repeat(4000)
    for (let seq = 0; seq < 100; seq += 1) histories.add(old, eventOf(seq, 'a0', 'info', long), 'a0')
    for (let seq = 0; seq < 12_000; seq += 1) histories.add(present, eventOf(seq, 'a0', 'info', long), 'a0')
    expect([old.size, old.count(LOG_LEVELS), old.count(LOG_LEVELS, 'a0')]).toEqual([0, 0, 0])
    expect(present.size).toBeLessThan(12_000)
    expect(present.count(LOG_LEVELS)).toBe(present.size)
  })

  it('gives the pages that a walk through all entries gives', async () => {
    const cursor = fc.option(fc.integer({ min: 0, max: 70 }), { nil: undefined })
    await fc.assert(
      fc.asyncProperty(
        entries,
        fc.subarray([...LOG_LEVELS], { minLength: 1 }),
        fc.constantFrom(undefined, 'a0.1', (id: string) => id.startsWith('a0.1')),
        fc.integer({ min: 1, max: 8 }),
        cursor,
        cursor,
        async (events, levels, of, limit, after, before) => {
          const history = new LogHistory()
          for (const [seq, { id, level }] of events.entries()) history.add(eventOf(seq, id, level), id)
          const selection: LogSelection =
            after === undefined
              ? { levels: new Set(levels), of, limit, before }
              : { levels: new Set(levels), of, limit, after }
          const matching = keptIn(history).filter(
            ({ id, level }) =>
              levels.includes(level) && (of === undefined || (typeof of === 'string' ? id === of : of(id))),
          )
          const [from, to] = [after ?? -1, after === undefined ? (before ?? Infinity) : Infinity]
          const inReach = matching.filter(({ seq }) => seq > from && seq < to)
          const items = after === undefined ? inReach.slice(-limit) : inReach.slice(0, limit)
          const page = await findLogPage(history, selection, steady)
          expect(page.items).toEqual(items)
          expect(page.matching).toBe(matching.length)
          const more = inReach.length > limit
          expect(page.next).toBe(more && after !== undefined ? String(items.at(-1)?.seq) : undefined)
          expect(page.previous).toBe(more && after === undefined ? String(items[0]?.seq) : undefined)
        },
      ),
    )
  })

  it('looks at no more entries than a page takes, however many are kept', async () => {
    const history = new LogHistory()
    for (let seq = 0; seq < KEPT; seq += 1) history.add(eventOf(seq, 'a0', 'info'), 'a0')
    history.add(eventOf(KEPT, 'a0.1', 'error'), 'a0.1')
    const all = new CountedLevels(LOG_LEVELS)
    const lookedAt = async (selection: Omit<LogSelection, 'levels'>, levels = all): Promise<number> => {
      levels.asked = 0
      await findLogPage(history, { levels, ...selection }, steady)
      return levels.asked
    }
    expect(await lookedAt({ limit: 200 })).toBe(201)
    expect(await lookedAt({ limit: 200, before: KEPT / 2 })).toBe(201)
    expect(await lookedAt({ limit: 200, after: KEPT / 2 })).toBe(201)
    // All there are have been found, or there are none.
    expect(await lookedAt({ limit: 200 }, new CountedLevels(['error']))).toBe(1)
    expect(await lookedAt({ limit: 200, of: 'a0.1' })).toBe(1)
    expect(await lookedAt({ limit: 200, of: 'a0.2' })).toBe(0)
  })

  it('gives a page as it was when it was asked for, whatever comes or goes meanwhile', async () => {
    const history = new LogHistory()
    for (let seq = 0; seq < 100; seq += 1) history.add(eventOf(seq, 'a0', 'info'), 'a0')
    let pauses = 0
    const page = await findLogPage(
      history,
      { levels: new Set(LOG_LEVELS), limit: 100 },
      {
        isOver: true,
        next: async () => {
          pauses += 1
          if (pauses === 50) history.halve()
          history.add(eventOf(100 + pauses, 'a0', 'info'), 'a0')
        },
      },
    )
    expect(page.items.map(({ seq }) => seq)).toEqual(Array.from({ length: 100 }, (_, at) => at))
    expect([page.matching, page.kept, page.written]).toEqual([100, 100, 100])
  })
})
