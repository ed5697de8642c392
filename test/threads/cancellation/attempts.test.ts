import { createRuntime, type Runtime } from 'heddle'
import { retried, shared, whole } from '#fixtures/stopping.js'
import { describe, expect, it } from 'vitest'
import { EventRecorder } from '../../support/event-recorder.js'
import { open, word } from '../../support/shared-words.js'

/** Has the threads up and the module loaded there, so that a short bound isn't spent on that. */
async function warmUp(runtime: Runtime): Promise<void> {
  await runtime.run(shared, { ending: 'all', children: [{ ending: 'return' }] })
}

describe('timeouts and retries', () => {
  it('ends an attempt that runs too long, and tries it again (S8)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    await warmUp(runtime)
    const mark = word()
    const run = runtime.run(retried, { ending: 'sleep', mark }, { timeout: 100 })
    await expect(run.settled()).resolves.toMatchObject({
      status: 'timedOut',
      how: 'cooperative',
      error: { code: 'ActionTimedOutError', bound: 'runMs', limitMs: 100 },
      reason: { source: 'timeout', origin: 'a0' },
    })
    expect(Atomics.load(mark, 0)).toBe(3)
  })

  it('aborts what is under an action that timed out, with its reason (S8, S16)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    await warmUp(runtime)
    const children = [{ on: 'shared', ending: 'sleep' }] as const
    const run = runtime.run(shared, { ending: 'await', children }, { timeout: 300 })
    await expect(run.settled()).resolves.toMatchObject({ status: 'timedOut' })
    expect(run.actions()[1]).toMatchObject({ phase: 'aborted', reason: { source: 'timeout', origin: 'a0' } })
  })

  it('ends what waits in the queue for too long, without its body (S8, S7)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const recorder = new EventRecorder(runtime)
    const gate = word()
    const mark = word()
    const blocking = runtime.run(whole, { ending: 'compute', gate, report: 'computes' })
    await recorder.report('a0')
    const waiting = runtime.run(whole, { ending: 'return', mark }, { timeout: { queuedMs: 10 } })
    await expect(waiting.settled()).resolves.toMatchObject({
      status: 'timedOut',
      how: 'never-started',
      error: { bound: 'queuedMs' },
    })
    open(gate)
    await blocking
    expect(Atomics.load(mark, 0)).toBe(0)
  })

  it('ends all attempts at the deadline (S8)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    await warmUp(runtime)
    const run = runtime.run(retried, { ending: 'sleep' }, { timeout: { deadlineMs: 200 } })
    await expect(run.settled()).resolves.toMatchObject({ status: 'timedOut', error: { bound: 'deadlineMs' } })
    expect(run.actions()[0]).toMatchObject({ attempt: 1 })
  })

  it('does not try again past the deadline, when it passes in the clean-up of an attempt (S8)', async () => {
    await using runtime = createRuntime({ threads: 1, graceMs: 500 })
    await warmUp(runtime)
    const mark = word()
    const run = runtime.run(retried, { ending: 'ignore', mark }, { timeout: { runMs: 100, deadlineMs: 200 } })
    await expect(run.settled()).resolves.toMatchObject({
      status: 'timedOut',
      how: 'forced',
      error: { bound: 'deadlineMs' },
      reason: { source: 'timeout' },
    })
    expect(Atomics.load(mark, 0)).toBe(1)
  })

  it('lets an abort in the clean-up of a timed-out attempt win, without another one (S8)', async () => {
    await using runtime = createRuntime({ threads: 1, graceMs: 10_000 })
    await warmUp(runtime)
    const recorder = new EventRecorder(runtime)
    const mark = word()
    const run = runtime.run(retried, { ending: 'ignore', mark }, { timeout: 100 })
    await recorder.phase('a0', 'aborting')
    expect(runtime.abort(run.run, { reason: 'enough', force: true })).toMatchObject({ accepted: true })
    await expect(run.settled()).resolves.toMatchObject({
      status: 'aborted',
      reason: { source: 'external', message: 'enough' },
    })
    expect(Atomics.load(mark, 0)).toBe(1)
  })

  it('lets an abort win while the children of a failed attempt drain, without another one (S8)', async () => {
    await using runtime = createRuntime({ threads: 2, graceMs: 3000 })
    const recorder = new EventRecorder(runtime)
    const children = [{ on: 'shared', ending: 'ignore', report: 'ignores' }] as const
    const gate = word()
    const run = runtime.run(retried, { ending: 'exit', gate, children })
    await recorder.report('a0.1')
    open(gate)
    await recorder.phase('a0.1', 'aborting')
    expect(run.phase).toBe('running')
    expect(runtime.abort(run.run, { force: true })).toEqual({ accepted: true, phase: 'aborting' })
    await expect(run.settled()).resolves.toMatchObject({
      status: 'aborted',
      how: 'forced',
      error: { cause: { code: 'ThreadLostError' } },
    })
    expect(run.actions()).toHaveLength(2)
  })

  it('does not try a child again whose parent ends meanwhile (I2, S8)', async () => {
    await using runtime = createRuntime({ threads: 2, graceMs: 100 })
    await warmUp(runtime)
    const recorder = new EventRecorder(runtime)
    const gate = word()
    const mark = word()
    const run = runtime.run(shared, {
      ending: 'compute',
      gate,
      children: [{ on: 'retried', ending: 'ignore', timeoutMs: 200, mark, graceMs: 500 }],
    })
    await recorder.phase('a0.1', 'aborting')
    open(gate)
    await expect(run.settled()).resolves.toMatchObject({ status: 'succeeded' })
    expect(run.actions()[1]).toMatchObject({ phase: 'aborted', attempt: 1, reason: { source: 'root' } })
    expect(Atomics.load(mark, 0)).toBe(1)
  })

  it('never tries again after an abort (S8)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const recorder = new EventRecorder(runtime)
    const mark = word()
    const run = runtime.run(retried, { ending: 'sleep', mark, report: 'sleeps' })
    await recorder.report('a0')
    run.cancel()
    await expect(run.settled()).resolves.toMatchObject({ status: 'aborted' })
    expect(Atomics.load(mark, 0)).toBe(1)
  })
})

describe('a lost thread', () => {
  it('fails what ran on it, and aborts its children first (S21, S3)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const recorder = new EventRecorder(runtime)
    const run = runtime.run(whole, {
      ending: 'exit',
      sleepMs: 50,
      children: [{ on: 'shared', ending: 'sleep' }],
    })
    await expect(run.settled()).resolves.toMatchObject({
      status: 'failed',
      error: { code: 'ThreadLostError', loss: 'exited', exitCode: 3, action: 'a0' },
    })
    expect(run.actions()[1]).toMatchObject({ phase: 'aborted', reason: { source: 'root', origin: 'a0' } })
    await runtime.close()
    await recorder.ended
    const ends = recorder.phases().filter(({ phase }) => phase === 'aborted' || phase === 'failed')
    expect(ends.map(({ id }) => id)).toEqual(['a0.1', 'a0'])
  })

  it('says that a body started which ended its thread in its first line (S7, S11, S21)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const outcome = await runtime.run(whole, { ending: 'exit' }).settled()
    expect(outcome).toMatchObject({ status: 'failed', error: { code: 'ThreadLostError' } })
    expect(outcome.startedAt).toBeTypeOf('number')
  })

  it('tries a lost attempt again (S8, S21)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const mark = word()
    const run = runtime.run(retried, { ending: 'exit', mark })
    await expect(run.settled()).resolves.toMatchObject({
      status: 'failed',
      error: { code: 'ThreadLostError' },
    })
    expect(Atomics.load(mark, 0)).toBe(3)
  })

  it('puts what had not started back into the queue (S10)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const recorder = new EventRecorder(runtime)
    await runtime.run(shared, {
      ending: 'all',
      children: Array.from({ length: 20 }, () => ({ ending: 'return' }) as const),
    })
    const spinning = runtime.run(whole, { ending: 'spin', report: 'spins' }, { name: 'spinning' })
    await recorder.next((event) => event.type === 'report' && event.run === 'spinning')
    const waiting = Array.from({ length: 10 }, () => runtime.run(whole, { ending: 'return' }))
    await new Promise(setImmediate)
    spinning.cancel('enough', { force: true })
    await expect(spinning.settled()).resolves.toMatchObject({ how: 'forced' })
    for (const run of waiting) {
      await expect(run).resolves.toBe('returned')
      expect(run.actions()[0]?.attempt).toBe(1)
    }
  })
})
