import { half, whole } from '#fixtures/stopping.js'
import { describe, expect, it } from 'vitest'
import { createRuntime, threadsHere } from '../../support/elsewhere.js'
import { EventRecorder } from '../../support/event-recorder.js'
import { open, word } from '../../support/shared-words.js'

// All suites of threads run over such lanes with HEDDLE_TESTED_PLACE=elsewhere: here is what tells them apart.
describe('a lane to another machine', () => {
  it('runs bodies there: this process starts no thread for them (D10)', async () => {
    await using runtime = createRuntime({ threads: 2 })
    const children = [{ ending: 'return' }, { ending: 'return' }] as const
    await expect(runtime.run(whole, { ending: 'await', children })).resolves.toBe('returned')
    const { lanes } = runtime.stats()
    expect(threadsHere(runtime)).toBe(0)
    expect(new Set(lanes.map(({ role }) => role))).toEqual(new Set(['cpu']))
  })

  it('tells that a body runs which says nothing (S11, D14)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const recorder = new EventRecorder(runtime)
    const gate = word()
    const run = runtime.run(whole, { ending: 'compute', gate })
    await recorder.phase('a0', 'running')
    open(gate)
    await expect(run).resolves.toBe('computed')
  })

  it('aborts what a blocked thread has not begun, which never begins (S10, D13)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const recorder = new EventRecorder(runtime)
    for (let count = 0; count < 5; count += 1) await runtime.run(whole, { ending: 'return' })
    const gate = word()
    const marks = word()
    const blocking = runtime.run(whole, { ending: 'compute', gate, report: 'computes' }, { name: 'blocking' })
    const behind = runtime.run(whole, { ending: 'return', mark: marks }, { name: 'behind' })
    await recorder.next((event) => event.type === 'report' && event.run === 'blocking')
    behind.cancel()
    await expect(behind.settled()).resolves.toMatchObject({ status: 'aborted', how: 'never-started' })
    expect(blocking.phase).toBe('running')
    open(gate)
    await expect(blocking).resolves.toBe('computed')
    expect(Atomics.load(marks, 0)).toBe(0)
  })

  it('has the thread killed there for a body that does not stop, and nobody else (S6, I7, D15)', async () => {
    await using runtime = createRuntime({ threads: 2, graceMs: 3000 })
    const recorder = new EventRecorder(runtime)
    const gate = word()
    const other = runtime.run(whole, { ending: 'compute', gate, report: 'computes' }, { name: 'other' })
    const spinning = runtime.run(whole, { ending: 'spin', report: 'spins' }, { name: 'spinning' })
    await recorder.next((event) => event.type === 'report' && event.run === 'spinning')
    spinning.cancel('enough', { graceMs: 1 })
    await expect(spinning.settled()).resolves.toMatchObject({ status: 'aborted', how: 'forced' })
    open(gate)
    await expect(other).resolves.toBe('computed')
    await expect(runtime.run(whole, { ending: 'return' })).resolves.toBe('returned')
  })

  it('leaves a body behind among others, and takes nothing new on that thread (S6 d)', async () => {
    await using runtime = createRuntime({ threads: 1, graceMs: 3000 })
    const recorder = new EventRecorder(runtime)
    const ignoring = runtime.run(half, { ending: 'ignore', report: 'ignores' }, { name: 'ignoring' })
    await recorder.next((event) => event.type === 'report' && event.run === 'ignoring')
    const other = runtime.run(half, { ending: 'sleep', report: 'sleeps' }, { name: 'other' })
    await recorder.next((event) => event.type === 'report' && event.run === 'other')
    ignoring.cancel('enough', { graceMs: 1 })
    await expect(ignoring.settled()).resolves.toMatchObject({ status: 'aborted', how: 'abandoned' })
    const next = runtime.run(half, { ending: 'return' })
    await expect(next).resolves.toBe('returned')
    expect(next.actions()[0]?.thread).not.toBe(other.actions()[0]?.thread)
    other.cancel()
    await expect(other.settled()).resolves.toMatchObject({ how: 'cooperative' })
    await runtime.close()
    expect(runtime.stats()).toMatchObject({ abandoned: 0, lanes: [] })
  })

  it('loses with a thread what had begun there, and gives back the rest, uncounted (S10, S21)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const recorder = new EventRecorder(runtime)
    for (let count = 0; count < 5; count += 1) await runtime.run(whole, { ending: 'return' })
    const gate = word()
    const exiting = runtime.run(whole, { ending: 'exit', gate, report: 'waits' }, { name: 'exiting' })
    const behind = runtime.run(whole, { ending: 'return' }, { name: 'behind' })
    await recorder.next((event) => event.type === 'report' && event.run === 'exiting')
    open(gate)
    await expect(exiting.settled()).resolves.toMatchObject({
      status: 'failed',
      error: { code: 'ThreadLostError', loss: 'exited', blame: 'self' },
    })
    await expect(behind).resolves.toBe('returned')
    expect(behind.actions()[0]).toMatchObject({ attempt: 1 })
  })

  it('moves what waits behind a long body to a lane that idles', async () => {
    await using runtime = createRuntime({ threads: 2 })
    const recorder = new EventRecorder(runtime)
    for (let count = 0; count < 5; count += 1) await runtime.run(whole, { ending: 'return' })
    const gates = [word(), word()] as const
    const first = runtime.run(whole, { ending: 'compute', gate: gates[0], report: 1 }, { name: 'first' })
    const second = runtime.run(whole, { ending: 'compute', gate: gates[1], report: 2 }, { name: 'second' })
    const waiting = Array.from({ length: 4 }, () => runtime.run(whole, { ending: 'return' }))
    await recorder.next((event) => event.type === 'report' && event.run === 'second')
    open(gates[1])
    await expect(second).resolves.toBe('computed')
    await expect(Promise.all(waiting)).resolves.toHaveLength(4)
    expect(first.phase).toBe('running')
    open(gates[0])
    await expect(first).resolves.toBe('computed')
  })
})
