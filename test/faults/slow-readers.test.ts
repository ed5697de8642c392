// Readers that are slower than what they read: bounded, and told so.

import { createRuntime, type RuntimeEvent } from 'heddle'
import { counting, lateReader } from '#fixtures/faults.js'
import { countMe } from '#fixtures/many-inputs.js'
import { describe, expect, it } from 'vitest'
import { EventRecorder } from '../support/event-recorder.js'
import { runProgram } from '../support/program.js'
import { open, word } from '../support/shared-words.js'

describe('a slow reader of reports()', () => {
  it('misses the oldest, is told how many, and gets the last ones', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const recorder = new EventRecorder(runtime)
    const run = runtime.run(counting, 3000)
    const reports = run.reports()
    await run
    const values: number[] = []
    for await (const value of reports) values.push(value)
    expect(values).toHaveLength(1000)
    expect(values.at(-1)).toBe(3000)
    expect(values).toEqual(values.toSorted((a, b) => a - b))
    expect(reports.missed).toBe(2000)
    await recorder.next(
      (event) => event.type === 'log' && event.message.includes('has fallen behind by 1000'),
    )
    expect(recorder.events.filter(({ type }) => type === 'log')).toHaveLength(1)
  })

  it('that computes gets a part of what its child reports, in order, and the last one for sure', async () => {
    await using runtime = createRuntime({ threads: 2 })
    const recorder = new EventRecorder(runtime)
    const gate = word()
    const count = 16 * 400
    const run = runtime.run(lateReader, { count, gate })
    await recorder.phase('a0.1', 'succeeded')
    open(gate)
    const { read, last } = await run
    expect(last).toBe(count)
    expect(read).toBeLessThan(count)
    expect(read).toBeGreaterThan(0)
  })
})

describe('many readers of events() that read nothing', () => {
  it('share what is kept for them, are told of the rest, and go on from there (S23)', async () => {
    const readers = 100
    const kept = 16_384
    const runtime = createRuntime({ threads: 1, retain: 10 })
    const iterators = Array.from({ length: readers }, () => runtime.events())
    // Each has begun: what comes from now on is for them.
    for (const iterator of iterators) await iterator.next()
    await runtime.scope((ctx) =>
      ctx.map(
        countMe,
        Array.from({ length: 10_000 }, () => word()),
      ),
    )
    await runtime.close()
    const read: RuntimeEvent[][] = []
    for (const iterator of iterators) {
      const events: RuntimeEvent[] = []
      for await (const event of iterator) events.push(event)
      read.push(events)
    }
    const [first] = read as [RuntimeEvent[]]
    expect(first.slice(0, 2).map(({ type }) => type)).toEqual(['gap', 'snapshot'])
    expect(first.length).toBeLessThanOrEqual(kept + 2)
    for (const events of read) {
      // The very same objects: a reader costs its place, and no copies.
      expect(events.slice(2).every((event, at) => event === first[at + 2])).toBe(true)
      expect(events).toHaveLength(first.length)
    }
  })
})

describe('the console of a thread', () => {
  it.each([
    [200, 'closed'],
    [200, 'unclosed'],
    [20_000, 'unclosed'],
  ])('loses no line of %i when the process ends, with its runtime %s', async (lines, end) => {
    const { stdout, code } = await runProgram('printing', { args: [String(lines), end] })
    expect(code).toBe(0)
    const expected = Array.from({ length: lines }, (_, index) => `line ${index + 1}`)
    expect(stdout.trim().split('\n')).toEqual(expected)
  })
})
