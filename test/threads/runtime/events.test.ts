import { describe, expect, it } from 'vitest'
import { createRuntime, type ActionEvent, type RuntimeEvent } from 'heddle'
import {
  answer,
  countUp,
  fail,
  linger,
  lingerBelow,
  lingerLightly,
  spawnAndLinger,
  writeLog,
} from '#fixtures/surface.js'
import { collectEvents, isEnd, placeOfPhase, reports } from '../../support/events.js'

/** More than are kept for readers. */
const MORE_THAN_KEPT = 17_000

function numbered(events: readonly RuntimeEvent[]): ActionEvent[] {
  return events.filter((event): event is ActionEvent => event.type !== 'snapshot' && event.type !== 'gap')
}

function expectNoGaps(events: readonly RuntimeEvent[], first: number): void {
  const numbers = numbered(events).map(({ seq }) => seq)
  expect(numbers).toEqual(numbers.map((_, index) => first + index))
}

describe('runtime.events (S23)', () => {
  it('begins with a snapshot, and goes on with the number after the last one that it includes', async () => {
    const runtime = createRuntime({ threads: 1 })
    const first = collectEvents(runtime)
    await runtime.run(answer, 1, { name: 'before' })
    const live = runtime.run(lingerBelow, 1, { name: 'live' })
    await reports(live, 'up')
    const later = collectEvents(runtime)
    await runtime.close()
    await Promise.all([first.ended, later.ended])

    expect(first.seen[0]).toMatchObject({ type: 'snapshot', seq: 0, runs: [] })
    expectNoGaps(first.seen, 1)

    const [snapshot] = later.seen
    expect(snapshot).toMatchObject({
      type: 'snapshot',
      runs: [
        { run: 'before', phase: 'succeeded', actions: [{ id: 'a0', phase: 'succeeded' }] },
        {
          run: 'live',
          phase: 'running',
          actions: [{ id: 'a0' }, { id: 'a0.1', parent: 'a0', lastReport: 'up' }],
        },
      ],
    })
    const included = snapshot?.type === 'snapshot' ? snapshot.seq : -1
    expectNoGaps(later.seen, included + 1)
    // What the snapshot includes and what follows are all there was.
    expect(numbered(later.seen)).toEqual(numbered(first.seen).slice(included))
  })

  it('numbers without gaps for all readers alike, also with several runs at once', async () => {
    const runtime = createRuntime({ threads: 2 })
    const readers = [collectEvents(runtime), collectEvents(runtime)]
    const runs = [
      runtime.scope((ctx) => ctx.map(answer, [1, 2, 3, 4, 5])),
      runtime.run(countUp, 100),
      runtime.run(fail, { message: 'numbered' }),
      runtime.run(linger),
    ]
    await Promise.all(runs.slice(0, 3).map((run) => run.settled()))
    await runtime.close()
    await Promise.all(readers.map(({ ended }) => ended))
    expectNoGaps(readers[0]?.seen ?? [], 1)
    expect(readers[1]?.seen.slice(1)).toEqual(readers[0]?.seen.slice(1))
    expect(numbered(readers[0]?.seen ?? []).map(({ at }) => typeof at)).not.toContain('undefined')
  })

  it('tells each change of phase in order, with name, parent, attempt and thread', async () => {
    const runtime = createRuntime({ threads: 1 })
    const { seen, ended } = collectEvents(runtime)
    const run = runtime.scope((ctx) => ctx.spawn(answer, 1, { name: 'child' }), { name: 'told' })
    await run
    await runtime.close()
    await ended
    const phases = seen.flatMap((event) =>
      event.type === 'phase' && event.id === 'a0.1'
        ? [[event.run, event.name, event.phase, event.parent, event.attempt]]
        : [],
    )
    expect(phases).toEqual([
      ['told', 'child', 'queued', 'a0', 0],
      ['told', 'child', 'running', 'a0', 1],
      ['told', 'child', 'succeeded', 'a0', 1],
    ])
    expect(seen.findLast((event) => isEnd(event, 'told', 'a0.1'))).toMatchObject({
      thread: run.actions()[1]?.thread,
    })
  })

  it("puts an action's last report before its terminal event, and the end of a child before its parent's (S3)", async () => {
    const runtime = createRuntime({ threads: 1 })
    const { seen, ended } = collectEvents(runtime)
    await runtime.scope((ctx) => ctx.spawn(countUp, 1000), { name: 'counting' })
    await runtime.close()
    await ended
    const values = seen.flatMap((event) => (event.type === 'report' ? [event.value] : []))
    expect(values.at(-1)).toBe(1000)
    expect(values).toEqual((values as number[]).toSorted((a, b) => a - b))
    const lastReport = seen.findLastIndex(({ type }) => type === 'report')
    const childEnd = placeOfPhase(seen, 'counting', 'a0.1', 'succeeded')
    expect(lastReport).toBeLessThan(childEnd)
    expect(childEnd).toBeLessThan(placeOfPhase(seen, 'counting', 'a0', 'succeeded'))
  })

  it('publishes the terminal event before the handle settles for anyone', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const events = runtime.events()
    const run = runtime.run(answer, 1, { name: 'settling' })
    await run.settled()
    const published: RuntimeEvent[] = []
    // Everything that is there without waiting: each answer comes within the microtasks of this turn.
    const turnIsOver = new Promise<undefined>((resolve) => setImmediate(resolve, undefined))
    for (;;) {
      const next = await Promise.race([events.next(), turnIsOver])
      if (next?.value === undefined) break
      published.push(next.value)
      if (isEnd(next.value, 'settling', 'a0')) break
    }
    expect(published.at(-1)).toMatchObject({ type: 'phase', phase: 'succeeded' })
  })

  it('resumes with since, without a snapshot', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const { seen } = collectEvents(runtime)
    await runtime.run(answer, 1)
    const live = runtime.run(lingerLightly)
    await reports(live, 'up')
    const all = numbered(seen)
    const resumed = runtime.events({ since: 2 })
    for (const expected of all.slice(2)) expect((await resumed.next()).value).toEqual(expected)
    const last = all.at(-1)?.seq as number
    const upToDate = runtime.events({ since: last })
    live.cancel()
    expect((await upToDate.next()).value).toMatchObject({ type: 'abort', seq: last + 1 })
  })

  it('tells of the gap and gives a new snapshot where since is not kept', async () => {
    await using runtime = createRuntime({ threads: 1 })
    // Without a reader, nothing was kept.
    await runtime.run(answer, 1, { name: 'unread' })
    const events = runtime.events({ since: 1 })
    const gap = (await events.next()).value
    const snapshot = (await events.next()).value
    expect(gap).toMatchObject({ type: 'gap', from: 2 })
    expect(snapshot).toMatchObject({ type: 'snapshot', runs: [{ run: 'unread', phase: 'succeeded' }] })
    expect(gap?.type === 'gap' && gap.to).toBe(snapshot?.type === 'snapshot' && snapshot.seq)
    const run = runtime.run(lingerLightly)
    expect((await events.next()).value).toMatchObject({
      id: 'a0',
      phase: 'queued',
      seq: (snapshot?.seq ?? 0) + 1,
    })
    run.cancel()
  })

  it('tells a reader that has fallen behind of the gap, and gives it a new snapshot', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const events = runtime.events()
    expect((await events.next()).value).toMatchObject({ type: 'snapshot', seq: 0 })
    expect(
      (await Promise.all([events.next(), runtime.run(writeLog, MORE_THAN_KEPT, { name: 'wordy' })]))[0].value,
    ).toMatchObject({ type: 'phase', seq: 1 })
    const gap = (await events.next()).value
    const snapshot = (await events.next()).value
    expect(gap).toMatchObject({ type: 'gap', from: 2 })
    expect(snapshot).toMatchObject({ type: 'snapshot', runs: [{ run: 'wordy', phase: 'succeeded' }] })
    const included = snapshot?.type === 'snapshot' ? snapshot.seq : -1
    expect(gap).toMatchObject({ to: included })
    expect(included).toBeGreaterThan(MORE_THAN_KEPT)
    const run = runtime.run(lingerLightly)
    expect((await events.next()).value).toMatchObject({ seq: included + 1, phase: 'queued' })
    run.cancel()
  })

  it("doesn't hold up a quick reader for a slow one", async () => {
    const runtime = createRuntime({ threads: 1 })
    const slow = runtime.events()
    const quick = collectEvents(runtime)
    await runtime
      .run(spawnAndLinger, 500, { timeout: { deadlineMs: 60_000 } })
      .reports()
      .next()
    await runtime.close()
    await quick.ended
    expectNoGaps(quick.seen, 1)
    const read: RuntimeEvent[] = []
    for await (const event of slow) read.push(event)
    expect(numbered(read)).toEqual(numbered(quick.seen))
  })

  it('ends a reader that leaves, and one that is waiting', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const events = runtime.events()
    await events.next()
    const waiting = events.next()
    await events.return?.()
    expect(await waiting).toEqual({ done: true, value: undefined })
    expect(await events.next()).toEqual({ done: true, value: undefined })
  })

  it('answers several waiting calls of next in order', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const events = runtime.events()
    const waiting = [events.next(), events.next(), events.next()]
    await runtime.run(answer, 1)
    const values = (await Promise.all(waiting)).map(({ value }) => value)
    expect(values).toMatchObject([{ type: 'snapshot' }, { seq: 1 }, { seq: 2 }])
  })

  it.each([-1, 1.5, Number.NaN, 'one' as never])('refuses %o as since', async (since) => {
    await using runtime = createRuntime({ threads: 1 })
    expect(() => runtime.events({ since })).toThrow(expect.objectContaining({ code: 'ActionInputError' }))
  })

  it('carries log entries with level, message, fields, run, action and attempt', async () => {
    const runtime = createRuntime({ threads: 1 })
    const { seen, ended } = collectEvents(runtime)
    await runtime.run(writeLog, 2, { name: 'logged' })
    await runtime.close()
    await ended
    expect(seen.filter(({ type }) => type === 'log')).toMatchObject([
      { run: 'logged', id: 'a0', level: 'info', message: 'entry', fields: { number: 1 }, attempt: 1 },
      { run: 'logged', id: 'a0', level: 'info', message: 'entry', fields: { number: 2 }, attempt: 1 },
    ])
  })
})
