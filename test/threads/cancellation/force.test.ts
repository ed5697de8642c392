import { createRuntime, type ActionTimes } from 'heddle'
import { blocker, half, shared, sleeper, whole } from '#fixtures/stopping.js'
import { describe, expect, it } from 'vitest'
import { EventRecorder } from '../../support/event-recorder.js'
import { open, word } from '../../support/shared-words.js'

describe('force', () => {
  it('ends a loop that polls its signal without force (I5, S7)', async () => {
    await using runtime = createRuntime({ threads: 1, graceMs: 3000 })
    const recorder = new EventRecorder(runtime)
    const run = runtime.run(whole, { ending: 'poll', report: 'polls' })
    await recorder.report('a0')
    run.cancel()
    const outcome = await run.settled()
    expect(outcome).toMatchObject({ status: 'aborted', how: 'cooperative' })
    const { queuedAt, startedAt, abortRequestedAt, abortDeliveredAt, settledAt } = outcome as ActionTimes
    const steps = [queuedAt, startedAt, abortRequestedAt, abortDeliveredAt, settledAt]
    expect(steps).toEqual(steps.toSorted((a, b) => (a as number) - (b as number)))
  })

  it('kills the thread of a loop that is blocked, and gives the next action a fresh one (S6 a, I11)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const recorder = new EventRecorder(runtime)
    const run = runtime.run(whole, { ending: 'spin', report: 'spins' })
    await recorder.report('a0')
    run.cancel('enough', { graceMs: 10 })
    await expect(run.settled()).resolves.toMatchObject({ status: 'aborted', how: 'forced' })
    const next = runtime.run(whole, { ending: 'return' })
    await expect(next).resolves.toBe('returned')
    expect(next.actions()[0]?.thread).not.toBe(run.actions()[0]?.thread)
  })

  it('drops a parked body whose thread an innocent blocks, which survives (S6 b, I7)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const recorder = new EventRecorder(runtime)
    const gate = word()
    const parked = runtime.run(shared, { ending: 'sleep', report: 'sleeps' }, { name: 'parked' })
    await recorder.report('a0')
    const innocent = runtime.run(
      shared,
      { ending: 'compute', gate, report: 'computes' },
      { name: 'innocent' },
    )
    await recorder.next((event) => event.type === 'report' && event.run === 'innocent')
    parked.cancel('enough', { graceMs: 0 })
    await expect(parked.settled()).resolves.toMatchObject({ status: 'aborted', how: 'forced' })
    expect(innocent.phase).toBe('running')
    open(gate)
    await expect(innocent).resolves.toBe('computed')
    expect(innocent.actions()[0]?.thread).toBe(parked.actions()[0]?.thread)
    // The thread lives on, and the dropped body with its sleep leaves nothing in it.
    await expect(runtime.run(shared, { ending: 'return' })).resolves.toBe('returned')
  })

  it('has a parked body that was dropped not go on, though its time comes before that is told (S6 b, S15)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const [gate, starts, blocks, went] = [word(), word(), word(), word()]
    const innocent = runtime.run(blocker, { ms: 100, starts, blocks, gate })
    const parked = runtime.run(sleeper, { ms: 100, starts, went })
    await expect.poll(() => Atomics.load(blocks, 0), { timeout: 30_000 }).toBe(1)
    parked.cancel('enough', { graceMs: 0 })
    await expect(parked.settled()).resolves.toMatchObject({ status: 'aborted', how: 'forced' })
    // Once its timer is due, the thread comes to that ahead of all that was posted to it: both are in one list of Node's.
    await new Promise((resolve) => setTimeout(resolve, 200))
    open(gate)
    await innocent
    await runtime.run(half, { ending: 'return' })
    expect(Atomics.load(went, 0)).toBe(0)
    expect(innocent.actions()[0]?.thread).toBe(parked.actions()[0]?.thread)
  })

  it('drops a parent that waits for its child, while an innocent computes on its thread (S6 b, S3)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const recorder = new EventRecorder(runtime)
    const gate = word()
    const parent = runtime.run(
      shared,
      { ending: 'await', children: [{ ending: 'spin', report: 'spins' }] },
      { name: 'parent' },
    )
    await recorder.report('a0.1')
    const innocent = runtime.run(
      shared,
      { ending: 'compute', gate, report: 'computes' },
      { name: 'innocent' },
    )
    await recorder.next((event) => event.type === 'report' && event.run === 'innocent')
    parent.cancel('enough', { graceMs: 1 })
    await expect(parent.settled()).resolves.toMatchObject({ status: 'aborted', how: 'forced' })
    await recorder.next(
      (event) =>
        event.type === 'phase' && event.run === 'parent' && event.id === 'a0' && event.phase === 'aborted',
    )
    const ends = recorder.phases().filter(({ run, phase }) => run === 'parent' && phase === 'aborted')
    expect(ends.map(({ id, how }) => `${id} ${how}`)).toEqual(['a0.1 forced', 'a0 forced'])
    open(gate)
    await expect(innocent).resolves.toBe('computed')
  })

  it('kills the thread of a responsive body that is alone there (S6 c)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const recorder = new EventRecorder(runtime)
    const run = runtime.run(whole, { ending: 'ignore', report: 'ignores' })
    await recorder.report('a0')
    run.cancel('enough', { graceMs: 1 })
    await expect(run.settled()).resolves.toMatchObject({ status: 'aborted', how: 'forced' })
    expect(runtime.stats().abandoned).toBe(0)
    await expect(runtime.run(whole, { ending: 'return' })).resolves.toBe('returned')
  })

  it('abandons a responsive body among others, and replaces the thread when they have ended (S6 d)', async () => {
    await using runtime = createRuntime({ threads: 1, graceMs: 3000 })
    const recorder = new EventRecorder(runtime)
    const ignoring = runtime.run(half, { ending: 'ignore', report: 'ignores' }, { name: 'ignoring' })
    await recorder.report('a0')
    const other = runtime.run(half, { ending: 'sleep', report: 'sleeps' }, { name: 'other' })
    await recorder.next((event) => event.type === 'report' && event.run === 'other')
    const { thread } = other.actions()[0] ?? {}
    expect(ignoring.actions()[0]?.thread).toBe(thread)
    ignoring.cancel('enough', { graceMs: 1 })
    await expect(ignoring.settled()).resolves.toMatchObject({ status: 'aborted', how: 'abandoned' })
    expect(runtime.stats().abandoned).toBe(1)
    expect(other.phase).toBe('running')
    // Its thread takes nothing new.
    const next = runtime.run(half, { ending: 'return' })
    await expect(next).resolves.toBe('returned')
    expect(next.actions()[0]?.thread).not.toBe(thread)
    other.cancel()
    await expect(other.settled()).resolves.toMatchObject({ how: 'cooperative' })
    await runtime.close()
    expect(runtime.stats()).toMatchObject({ abandoned: 0, threads: 0 })
  })

  it('tells the innocents on a killed thread why, and tries them again uncounted (S6, S21)', async () => {
    await using runtime = createRuntime({ threads: 1, graceMs: 3000 })
    const recorder = new EventRecorder(runtime)
    const sleeping = runtime.run(half, { ending: 'sleep', report: 'sleeps' }, { name: 'sleeping' })
    await recorder.report('a0')
    const spinning = runtime.run(half, { ending: 'spin', report: 'spins' }, { name: 'spinning' })
    await recorder.next((event) => event.type === 'report' && event.run === 'spinning')
    spinning.cancel('enough', { graceMs: 1 })
    await expect(spinning.settled()).resolves.toMatchObject({ status: 'aborted', how: 'forced' })
    await expect(sleeping.settled()).resolves.toMatchObject({
      status: 'failed',
      error: { code: 'ThreadLostError', loss: 'killed-for-neighbour' },
    })
  })

  it('settles an unstarted action behind a blocked thread at once (S10, S7)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const recorder = new EventRecorder(runtime)
    // Short bodies are learned to be short, and then sent ahead of need.
    await runtime.run(shared, {
      ending: 'all',
      children: Array.from({ length: 20 }, () => ({ ending: 'return' }) as const),
    })
    const gate = word()
    const mark = word()
    const blocking = runtime.run(whole, { ending: 'compute', gate, report: 'computes' }, { name: 'blocking' })
    await recorder.next((event) => event.type === 'report' && event.run === 'blocking')
    const waiting = [1, 2, 3].map(() => runtime.run(whole, { ending: 'return', mark }))
    await new Promise(setImmediate)
    for (const run of waiting) run.cancel('not needed')
    for (const run of waiting) {
      await expect(run.settled()).resolves.toMatchObject({ status: 'aborted', how: 'never-started' })
    }
    expect(blocking.phase).toBe('running')
    open(gate)
    await blocking
    await runtime.close()
    expect(Atomics.load(mark, 0)).toBe(0)
  })

  it('abandons a scope that outlives its grace, and forces what is under it (S15)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const recorder = new EventRecorder(runtime)
    const run = runtime.scope(
      async (ctx) => {
        ctx.spawn(whole, { ending: 'spin', report: 'spins' })
        await new Promise(() => {})
      },
      { name: 'request' },
    )
    await recorder.report('a0.1')
    run.cancel('enough', { graceMs: 1 })
    await expect(run.settled()).resolves.toMatchObject({ status: 'aborted', how: 'abandoned' })
    expect(run.actions()[1]).toMatchObject({ phase: 'aborted', how: 'forced' })
    const warning = await recorder.next((event) => event.type === 'log' && event.level === 'warn')
    expect(warning).toMatchObject({ id: 'a0', message: expect.stringContaining('abandoned') as string })
  })
})
