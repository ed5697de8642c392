import { createRuntime, type Run } from 'heddle'
import { retried, shared, whole } from '#fixtures/stopping.js'
import { lingerLightly } from '#fixtures/surface.js'
import { describe, expect, it } from 'vitest'
import { EventRecorder } from '../../support/event-recorder.js'
import { reports } from '../../support/events.js'
import { open, word } from '../../support/shared-words.js'

describe('cancellation of a tree', () => {
  it('aborts every descendant when the root ends, and settles after them (I1, S3, S16)', async () => {
    await using runtime = createRuntime({ threads: 2 })
    const recorder = new EventRecorder(runtime)
    const children = [{ ending: 'sleep' }, { ending: 'await', children: [{ ending: 'poll' }] }] as const
    const run = runtime.run(shared, { ending: 'return', children })
    await expect(run.settled()).resolves.toMatchObject({ status: 'succeeded', output: 'returned' })
    for (const { id, phase, reason } of run.actions().slice(1)) {
      expect({ id, phase, reason }).toMatchObject({
        phase: 'aborted',
        reason: { source: 'root', origin: 'a0' },
      })
    }
    await recorder.phase('a0', 'succeeded')
    const ends = recorder.phases().filter(({ phase }) => phase === 'aborted' || phase === 'succeeded')
    expect(ends.at(-1)?.id).toBe('a0')
    expect(run.actions().map(({ phase }) => phase)).not.toContain('running')
  })

  it('aborts what a failed parent has spawned, but not what is detached (I2, S16, S18)', async () => {
    await using runtime = createRuntime({ threads: 2 })
    const recorder = new EventRecorder(runtime)
    const gate = word()
    const run = runtime.run(shared, {
      ending: 'sleep',
      children: [
        {
          on: 'shared',
          ending: 'throw',
          children: [
            { on: 'shared', ending: 'sleep' },
            { ending: 'compute', gate, detached: true, report: 'computes' },
          ],
        },
      ],
    })
    await recorder.phase('a0.1', 'failed')
    await recorder.report('a0.1.2')
    await recorder.phase('a0.1.1', 'aborted')
    expect(recorder.phases('a0.1.1').at(-1)).toMatchObject({
      phase: 'aborted',
      reason: { source: 'parent', origin: 'a0.1' },
    })
    expect(run.actions().find(({ id }) => id === 'a0.1.2')).toMatchObject({ phase: 'running', parent: 'a0' })
    open(gate)
    await recorder.phase('a0.1.2', 'succeeded')
    run.cancel()
    await run.settled()
  })

  it('moves the whole subtree to aborting in one synchronous step, with one reason (S2, I3, S16)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const recorder = new EventRecorder(runtime)
    const sleeper = { on: 'shared', ending: 'sleep', report: 'sleeps' } as const
    const run = runtime.run(shared, {
      ending: 'await',
      children: [{ on: 'shared', ending: 'await', children: [sleeper, sleeper] }],
    })
    await Promise.all([recorder.report('a0.1.1'), recorder.report('a0.1.2')])
    expect(runtime.abort(run.run, 'a0.1', { reason: 'enough', by: 'test' })).toEqual({
      accepted: true,
      phase: 'aborting',
    })
    const phases = Object.fromEntries(run.actions().map(({ id, phase }) => [id, phase]))
    expect(phases).toEqual({ a0: 'running', 'a0.1': 'aborting', 'a0.1.1': 'aborting', 'a0.1.2': 'aborting' })
    await run.settled()
    const expected = { source: 'external', message: 'enough', by: 'test', origin: 'a0.1' }
    for (const { id, reason } of run.actions().slice(1)) {
      expect({ id, reason }).toMatchObject({ reason: expected })
    }
    await recorder.phase('a0', 'succeeded')
    for (const event of recorder.phases().filter(({ phase }) => phase === 'aborted')) {
      expect(event.error).toMatchObject({ code: 'ActionAbortedError', reason: expected })
    }
  })

  it('keeps the first reason and records later ones as escalations (I3)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const recorder = new EventRecorder(runtime)
    const controller = new AbortController()
    const run = runtime.run(shared, { ending: 'ignore', report: 'ignores' }, { signal: controller.signal })
    await recorder.report('a0')
    run.cancel('first')
    runtime.abort(run.run, { reason: 'second' })
    controller.abort('third')
    run.cancel('fourth', { force: true })
    const outcome = await run.settled()
    expect(outcome).toMatchObject({
      status: 'aborted',
      how: 'forced',
      reason: { source: 'cancel', message: 'first' },
      error: { reason: { message: 'first' } },
    })
    if (outcome.status !== 'aborted') return
    expect(outcome.escalations.map(({ source, message }) => `${source} ${message}`)).toEqual([
      'external second',
      'signal third',
      'cancel fourth',
    ])
  })

  it('records one of the same step also where the thread has answered the first meanwhile (I3)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const pause = new Int32Array(new SharedArrayBuffer(4))
    const again: Record<string, (run: Run) => void> = {
      cancel: (run) => run.cancel('again'),
      abort: (run) => void runtime.abort(run.run, { reason: 'again' }),
      'abort of the root': (run) => void runtime.abort(run.run, 'a0', { reason: 'again' }),
    }
    for (const [name, abortAgain] of Object.entries(again)) {
      const run = runtime.run(lingerLightly)
      await reports(run, 'up')
      run.cancel('once')
      Atomics.wait(pause, 0, 0, 20)
      abortAgain(run)
      const outcome = await run.settled()
      expect([name, outcome.status, 'how' in outcome && outcome.how]).toEqual([
        name,
        'aborted',
        'cooperative',
      ])
      expect(outcome).toMatchObject({ reason: { message: 'once' }, escalations: [{ message: 'again' }] })
    }
  })

  it('notes no escalation in what only one abort has reached, however it is forced (I3, S5)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const recorder = new EventRecorder(runtime)
    const run = runtime.run(shared, {
      ending: 'await',
      children: [{ ending: 'await', children: [{ on: 'shared', ending: 'ignore', report: 'ignores' }] }],
    })
    await recorder.report('a0.1.1')
    run.cancel('once', { force: true })
    await expect(run.settled()).resolves.toMatchObject({ status: 'aborted', escalations: [] })
    for (const { id, escalations } of run.actions()) expect({ id, escalations }).toEqual({ id })
    await recorder.phase('a0', 'aborted')
    expect(recorder.events.filter(({ type }) => type === 'abort')).toHaveLength(1)
  })

  it('refuses an abort after the body has ended, but hands its force to the children (S4)', async () => {
    await using runtime = createRuntime({ threads: 2, graceMs: 10_000 })
    const recorder = new EventRecorder(runtime)
    const gate = word()
    const run = runtime.run(shared, {
      ending: 'all',
      children: [
        { ending: 'compute', gate, children: [{ on: 'shared', ending: 'ignore', report: 'ignores' }] },
      ],
    })
    await recorder.report('a0.1.1')
    open(gate)
    await recorder.phase('a0.1.1', 'aborting')
    expect(runtime.abort(run.run, 'a0.1', { reason: 'late' })).toEqual({ accepted: false, phase: 'running' })
    expect(runtime.abort(run.run, 'a0.1', { force: true })).toEqual({ accepted: false, phase: 'running' })
    await expect(run.settled()).resolves.toMatchObject({ status: 'succeeded' })
    expect(run.actions().slice(1)).toMatchObject([
      { id: 'a0.1', phase: 'succeeded' },
      { id: 'a0.1.1', phase: 'aborted', reason: { source: 'parent', origin: 'a0.1' } },
    ])
    expect(run.actions()[2]?.escalations).toBeUndefined()
  })

  it('changes nothing of what has ended, and throws for an unknown id (I4)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const run = runtime.run(shared, { ending: 'return' })
    await run
    const before = run.actions()
    expect(runtime.abort(run.run)).toEqual({ accepted: false, phase: 'succeeded' })
    run.cancel('late', { force: true })
    expect(run.actions()).toEqual(before)
    expect(() => runtime.abort(run.run, 'a0.7')).toThrow(
      expect.objectContaining({ code: 'ActionNotFoundError' }),
    )
    expect(() => runtime.abort('nobody')).toThrow(expect.objectContaining({ code: 'ActionNotFoundError' }))
  })

  it('never starts what is aborted in the tick that started it (I4, S7)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const mark = word()
    const run = runtime.run(whole, { ending: 'return', mark })
    run.cancel('at once')
    await expect(run.settled()).resolves.toMatchObject({ status: 'aborted', how: 'never-started' })
    await runtime.run(whole, { ending: 'return' })
    expect(Atomics.load(mark, 0)).toBe(0)
  })

  it('gives a retried parent other ids for its children (S9)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const children = [{ on: 'shared', ending: 'sleep' }] as const
    const run = runtime.run(retried, { ending: 'throw', children })
    await expect(run.settled()).resolves.toMatchObject({ status: 'failed', error: { code: 'TypeError' } })
    expect(run.actions().map(({ id }) => id)).toEqual(['a0', 'a0.1', 'a0.2', 'a0.3'])
  })
})
