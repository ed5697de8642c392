import { describe, expect, it } from 'vitest'
import type { ActionEvent, PhaseEvent, ReportEvent, RuntimeEvent } from '../../src/events.js'
import type { AbortReason } from '../../src/protocol/errors/abort-reason.js'
import { ActionAbortedError } from '../../src/protocol/errors/errors.js'
import { EventLog } from '../../src/runtime/observe/event-log.js'

const KEPT = 16_384

function createLog(): EventLog {
  return new EventLog(
    () => 0,
    () => ({ at: 0, runs: [] }),
  )
}

interface Reported {
  readonly id: string
  readonly value: unknown
}

function report({ id, value }: Reported, _: undefined, seq: number, at: number): ReportEvent {
  return { type: 'report', seq, at, run: 'run', id, value }
}

const ZERO: Reported = { id: 'a0', value: 0 }

function publish(log: EventLog, value: unknown = 0): void {
  log.publish(report, { id: 'a0', value }, undefined)
}

async function take(reader: AsyncIterator<RuntimeEvent>, count: number): Promise<RuntimeEvent[]> {
  const taken: RuntimeEvent[] = []
  for (let left = count; left > 0; left -= 1) taken.push((await reader.next()).value as RuntimeEvent)
  return taken
}

function brief(events: readonly RuntimeEvent[]): string[] {
  return events.map((event) =>
    event.type === 'gap' ? `gap ${event.from}-${event.to}` : `${event.type} ${event.seq}`,
  )
}

describe('event log', () => {
  it('begins with a snapshot that names the last event it includes, and goes on without gaps (S23)', async () => {
    const log = createLog()
    publish(log)
    publish(log)
    const reader = log.read()
    publish(log)
    publish(log)
    expect(brief(await take(reader, 3))).toEqual(['snapshot 2', 'report 3', 'report 4'])
  })

  it('makes no event that nobody may read, and numbers it all the same', async () => {
    const log = createLog()
    let made = 0
    const make = (...args: Parameters<typeof report>): ActionEvent => {
      made += 1
      return report(...args)
    }
    log.publish(make, ZERO, undefined)
    expect(made).toBe(0)
    const reader = log.read()
    log.publish(make, ZERO, undefined)
    expect(made).toBe(1)
    expect(brief(await take(reader, 2))).toEqual(['snapshot 1', 'report 2'])
  })

  it('keeps the time that an event was made with, and gives the present to others', async () => {
    const log = new EventLog(
      () => 7,
      () => ({ at: 7, runs: [] }),
    )
    const reader = log.read()
    log.publish((...args) => ({ ...report(...args), at: 5 }), ZERO, undefined)
    publish(log)
    expect(await take(reader, 3)).toMatchObject([{ type: 'snapshot' }, { at: 5 }, { at: 7 }])
  })

  it('takes the snapshot when it is asked for, not when it is read', async () => {
    let taken = 0
    const log = new EventLog(
      () => 0,
      () => {
        taken += 1
        return { at: taken, runs: [] }
      },
    )
    const reader = log.read()
    expect(taken).toBe(1)
    publish(log)
    expect(await take(reader, 2)).toMatchObject([{ type: 'snapshot', seq: 0, at: 1 }, { seq: 1 }])
  })

  it('makes the error of an abort for who reads it, of the reason that stands in the event', async () => {
    const log = createLog()
    const reason: AbortReason = { source: 'external', message: 'enough', origin: 'a0', at: 1, cause: 'full' }
    const aborted = (id: string): void =>
      log.publish(
        (_, __, seq, at): PhaseEvent => ({
          type: 'phase',
          seq,
          at,
          run: 'run',
          id,
          name: 'one',
          phase: 'aborted',
          attempt: 0,
          reason,
          how: 'never-started',
        }),
        ZERO,
        undefined,
      )
    const told: ActionEvent[] = []
    log.observe((event) => told.push(event))
    const reader = log.read()
    aborted('a0.1')
    expect(told).toMatchObject([{ phase: 'aborted', reason }])
    expect(told[0]).not.toHaveProperty('error')
    const [, read] = (await take(reader, 2)) as [RuntimeEvent, PhaseEvent]
    expect(read.error).toBeInstanceOf(ActionAbortedError)
    expect(read.error).toMatchObject({
      run: 'run',
      action: 'a0.1',
      reason,
      how: 'never-started',
      cause: 'full',
    })
    expect(read.error?.message).toMatch(/^action a0\.1 of run 'run' was aborted before it started/)
  })

  it('gives each reader everything, in its own time', async () => {
    const log = createLog()
    const [quick, slow] = [log.read(), log.read()]
    for (let count = 0; count < 100; count += 1) publish(log, count)
    const all = brief(await take(quick, 101))
    publish(log)
    expect(brief(await take(slow, 101))).toEqual(all)
    expect(brief(await take(slow, 1))).toEqual(['report 101'])
  })

  it('goes on after the event that a reader has seen last, without a snapshot', async () => {
    const log = createLog()
    const first = log.read()
    for (let count = 0; count < 5; count += 1) publish(log)
    await first.return?.()
    expect(brief(await take(log.read(3), 2))).toEqual(['report 4', 'report 5'])
    const upToDate = log.read(5)
    const next = upToDate.next()
    publish(log)
    expect((await next).value).toMatchObject({ type: 'report', seq: 6 })
  })

  it('tells a reader that asks for what is not kept of the gap, and gives a new snapshot (S23)', async () => {
    const log = createLog()
    for (let count = 0; count < 5; count += 1) publish(log)
    // Nobody read, so nothing was kept.
    const reader = log.read(2)
    publish(log)
    expect(brief(await take(reader, 2))).toEqual(['gap 3-6', 'snapshot 6'])
    publish(log)
    expect(brief(await take(reader, 1))).toEqual(['report 7'])
  })

  it('tells a reader that fell behind of the gap, and gives a new snapshot (S23)', async () => {
    const log = createLog()
    const reader = log.read()
    for (let count = 0; count < KEPT + 10; count += 1) publish(log)
    expect(brief(await take(reader, 3))).toEqual([
      'snapshot 0',
      `gap 1-${KEPT + 10}`,
      `snapshot ${KEPT + 10}`,
    ])
    publish(log)
    expect(brief(await take(reader, 1))).toEqual([`report ${KEPT + 11}`])
  })

  it('keeps a full row of events for a reader that is just in time', async () => {
    const log = createLog()
    const reader = log.read()
    await take(reader, 1)
    for (let count = 0; count < KEPT; count += 1) publish(log)
    const events = await take(reader, KEPT)
    expect(events.map((event) => event.type === 'report' && event.seq)).toEqual(
      Array.from({ length: KEPT }, (_, at) => at + 1),
    )
  })

  it('keeps as many large events as fit, however many there have been', async () => {
    const log = createLog()
    const reader = log.read()
    await take(reader, 1)
    const large = 'x'.repeat(2 ** 20)
    for (let count = 0; count < 100; count += 1) publish(log, large)
    expect(brief(await take(log.read(90), 10))).toEqual(
      Array.from({ length: 10 }, (_, at) => `report ${91 + at}`),
    )
    expect(brief(await take(log.read(0), 1))[0]).toMatch(/^gap 1-100$/)
  })

  it('ends a wait when its reader leaves, and all reads after it', async () => {
    const log = createLog()
    const reader = log.read()
    await take(reader, 1)
    const waiting = [reader.next(), reader.next()]
    await reader.return?.()
    for (const wait of waiting) expect(await wait).toEqual({ done: true, value: undefined })
    publish(log)
    expect(await reader.next()).toEqual({ done: true, value: undefined })
  })

  it('gives reads that wait at the same time one event each', async () => {
    const log = createLog()
    const reader = log.read()
    await take(reader, 1)
    const waiting = [reader.next(), reader.next()]
    publish(log)
    publish(log)
    const results = await Promise.all(waiting)
    expect(results.map(({ value }) => (value as { seq: number }).seq)).toEqual([1, 2])
  })

  it('gives readers what is left when it is closed, and then the end (S22)', async () => {
    const log = createLog()
    const [behind, waiting] = [log.read(), log.read()]
    await take(waiting, 1)
    const next = waiting.next()
    publish(log)
    log.close()
    expect((await next).value).toMatchObject({ seq: 1 })
    expect(await waiting.next()).toEqual({ done: true, value: undefined })
    const types: string[] = []
    for await (const event of behind) types.push(event.type)
    expect(types).toEqual(['snapshot', 'report'])
  })
})
