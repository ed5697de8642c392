// Threads that don't answer: coordinators that compute, native calls, threads that never come up; and what is heard of
// bodies that never yield.

import { createRuntime, type ActionEvent, type RuntimeEvent } from 'heddle'
import { echo, faulty, rude, sleeper, spawning, talkative } from '#fixtures/faults.js'
import { describe, expect, it } from 'vitest'
import { EventRecorder } from '../support/event-recorder.js'
import { open, word } from '../support/shared-words.js'

function isReport(value: unknown): (event: ActionEvent) => boolean {
  return (event) => event.type === 'report' && event.value === value
}

describe('a shared thread that is silent', () => {
  it('is told of by an event that names what is not parked there, and replaced for new actions (S6)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const recorder = new EventRecorder(runtime)
    const gate = word()
    const parked = runtime.run(sleeper, undefined, { name: 'parked' })
    await recorder.next((event) => event.type === 'report' && event.run === 'parked')
    const blocking = runtime.run(rude, gate, { name: 'blocking' })
    await recorder.next(isReport('computing'))
    // Sent to the silent thread, it is taken back and starts on another one.
    const waiting = runtime.run(sleeper, undefined, { name: 'waiting' })
    const event = await recorder.next((one) => one.type === 'unresponsive')
    expect(event).toMatchObject({
      run: 'blocking',
      id: 'a0',
      thread: blocking.actions()[0]?.thread,
      actions: [{ run: 'blocking', id: 'a0', name: 'rude' }],
    })
    await recorder.next((one) => one.type === 'report' && one.run === 'waiting')
    expect(runtime.stats().lanes.filter(({ role }) => role === 'shared')).toHaveLength(2)
    expect(runtime.stats().lanes.some(({ silentMs }) => silentMs >= 1000)).toBe(true)
    expect(waiting.actions()[0]?.thread).not.toBe(blocking.actions()[0]?.thread)
    open(gate)
    await expect(blocking).resolves.toBe('computed')
    // Nobody was hurt, and the first one is used again.
    parked.cancel()
    waiting.cancel()
    await expect(parked.settled()).resolves.toMatchObject({ how: 'cooperative' })
    await expect(waiting.settled()).resolves.toMatchObject({ how: 'cooperative' })
  })
})

describe('a native call', () => {
  it('delays the exit of its thread, which shows, and the capacity is back meanwhile (S6 a)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const recorder = new EventRecorder(runtime)
    const run = runtime.run(faulty, { fault: 'native' })
    await recorder.next(isReport('ready'))
    // It is in the call when its loop doesn't answer any more; that it reports is just ahead of that.
    await new Promise(setImmediate)
    run.cancel('enough')
    const late = await recorder.next((event) => event.type === 'exitLate')
    expect(late).toMatchObject({ run: run.run, id: 'a0', thread: run.actions()[0]?.thread })
    expect(run.phase).toBe('aborting')
    const lanes = runtime.stats().lanes.filter(({ exitPendingMs }) => exitPendingMs > 0)
    expect(lanes).toMatchObject([{ state: 'terminating' }])
    await expect(runtime.run(echo, 1)).resolves.toBe(1)
    await expect(run.settled()).resolves.toMatchObject({ status: 'aborted', how: 'forced' })
  })
})

describe('a thread that dies while it starts', () => {
  it('is tried again ten times, ever later, and then fails what waits for one (I11)', async () => {
    await using runtime = createRuntime({
      threads: 1,
      execArgv: ['--import', 'data:text/javascript,process.exit(9)'],
    })
    const run = runtime.run(echo, 1)
    const other = runtime.run(sleeper)
    // They wait for threads of their own, and either may fail first.
    const outcomes = await Promise.all([run.settled(), other.settled()])
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({
        status: 'failed',
        error: { code: 'ThreadLostError', loss: 'failed-to-start' },
      })
    }
    expect(runtime.stats()).toMatchObject({ queued: 0, running: 0, aborting: 0 })
  })

  it('does not keep close() waiting, nor an abort (S22)', async () => {
    const runtime = createRuntime({
      threads: 1,
      execArgv: ['--import', 'data:text/javascript,process.exit(9)'],
    })
    const run = runtime.run(echo, 1)
    await new Promise(setImmediate)
    await runtime.close()
    await expect(run.settled()).resolves.toMatchObject({ status: 'aborted', how: 'never-started' })
    expect(runtime.stats().threads).toBe(0)
  })
})

describe('a body that never yields', () => {
  it('is heard with all that it says first, though it never looks at ctx again (S11)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const recorder = new EventRecorder(runtime)
    const run = runtime.run(talkative)
    await recorder.next(isReport('second'))
    await recorder.next((event) => event.type === 'log' && event.message === 'third')
    run.cancel()
    await expect(run.settled()).resolves.toMatchObject({ how: 'forced' })
  })

  it('is heard with what it spawns, when it polls its signal (S11)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const recorder = new EventRecorder(runtime)
    const run = runtime.run(spawning)
    await recorder.report('a0.2')
    run.cancel()
    await expect(run.settled()).resolves.toMatchObject({ how: 'cooperative' })
  })
})

describe('an inspector', () => {
  it('that throws, aborts or closes meets no step in its middle, and breaks nothing', async () => {
    const warnings: Error[] = []
    const onWarning = (warning: Error): void => void warnings.push(warning)
    process.on('warning', onWarning)
    let closing: Promise<void> | undefined
    const runtime = createRuntime({
      threads: 1,
      inspect: () => {
        closing ??= runtime.close()
        throw new Error('of the inspector')
      },
    })
    const events: RuntimeEvent[] = []
    const reading = (async () => {
      for await (const event of runtime.events()) events.push(event)
    })()
    const run = runtime.run(sleeper)
    await expect(run.settled()).resolves.toMatchObject({ status: 'aborted', reason: { source: 'shutdown' } })
    await closing
    await reading
    expect(events.map((event) => (event.type === 'phase' ? event.phase : event.type))).toEqual([
      'snapshot',
      'queued',
      'abort',
      'aborting',
      'aborted',
    ])
    await new Promise(setImmediate)
    process.off('warning', onWarning)
    expect(warnings.map(({ message }) => message)).toEqual([expect.stringContaining('of the inspector')])
  })
})
