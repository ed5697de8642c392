// Readers that are slower than what they read: bounded, and told so.

import { createRuntime } from 'heddle'
import { counting, lateReader } from '#fixtures/faults.js'
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

describe('the console of a thread', () => {
  it('loses no line when the runtime is closed', async () => {
    const { stdout, code } = await runProgram('printing')
    expect(code).toBe(0)
    expect(stdout.trim().split('\n')).toEqual(Array.from({ length: 200 }, (_, index) => `line ${index + 1}`))
  })
})
