// Bodies that say more than the app's thread can take: what is on its way is bounded, and what is dropped is told. The
// app's thread is held until a body has said all, so that nothing is handled meanwhile.

import { createRuntime, type Run } from 'heddle'
import { flood, logInBreaths, type Flood } from '#fixtures/floods.js'
import { describe, expect, it } from 'vitest'
import { EventRecorder } from '../support/event-recorder.js'
import { word } from '../support/shared-words.js'

/** How many log entries of one body may be on their way, and how many events that it emits. */
const MOST_SAID = 262_144

interface Heard {
  readonly run: Run
  /** Log entries that the body wrote, and those about them. */
  readonly logged: number
  readonly told: readonly string[]
}

async function hear(input: Omit<Flood, 'gate' | 'done'>): Promise<Heard> {
  await using runtime = createRuntime({ threads: 1 })
  const recorder = new EventRecorder(runtime)
  const [gate, done] = [word(), word()]
  const run = runtime.run(flood, { ...input, gate, done })
  await recorder.report('a0')
  Atomics.store(gate, 0, 1)
  Atomics.notify(gate, 0)
  Atomics.wait(done, 0, 0)
  await run
  await recorder.phase('a0', 'succeeded')
  const entries = recorder.events.flatMap((event) => (event.type === 'log' ? event.message : []))
  const told = entries.filter((message) => !message.startsWith('xxxx'))
  return { run, logged: entries.length - told.length, told }
}

describe('a flood', () => {
  it('of a million log entries, without a pause, has so many on their way, and tells how many were dropped', async () => {
    const count = 1_000_000
    const { logged, told } = await hear({ kind: 'log', count })
    // The reader of events may have missed some of them (S23).
    expect(logged).toBeLessThanOrEqual(MOST_SAID)
    expect(told).toEqual([
      "log entries are being dropped: there are more than the app's thread takes",
      `${count - MOST_SAID} log entries were dropped: there were more than the app's thread took`,
    ])
  })

  it('of log entries from a body that yields is bounded as well', async () => {
    const count = MOST_SAID + 1000
    const { told } = await hear({ kind: 'log', count, yieldAfter: 1000 })
    expect(told.at(-1)).toMatch(new RegExp(`^${count - MOST_SAID} log entries were dropped`))
  })

  it('of long texts is bounded by their length', async () => {
    const [count, length] = [1000, 200_000]
    const { logged, told } = await hear({ kind: 'log', count, length })
    expect(logged * length).toBeLessThanOrEqual(2 ** 24 + 2 * length)
    expect(told.at(-1)).toMatch(new RegExp(`^${count - logged} log entries were dropped`))
  })

  it('of reports keeps the last one', async () => {
    const { run, told } = await hear({ kind: 'report', count: 30_000, yieldAfter: 1 })
    expect(run.lastReport).toBe(30_000)
    expect(told).toEqual([])
  })

  it('of emitted events is bounded, and tells how many were dropped', async () => {
    const count = MOST_SAID + 1000
    const { told } = await hear({ kind: 'emit', count })
    expect(told.at(-1)).toBe("1000 events were dropped: there were more than the app's thread took")
  })

  it('is none at an ordinary rate: a body that is heard loses nothing, however much it says', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const recorder = new EventRecorder(runtime)
    const run = runtime.run(logInBreaths, { breaths: 12, each: 5000 })
    for (let breath = 1; breath <= 12; breath += 1) {
      await recorder.next((event) => event.type === 'report' && event.value === breath)
      run.send({ type: 'goOn' })
    }
    await run
    await recorder.phase('a0', 'succeeded')
    expect(recorder.events.filter(({ type }) => type === 'log')).toHaveLength(60_000)
  })
})
