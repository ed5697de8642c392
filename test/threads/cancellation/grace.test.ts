import { createRuntime } from 'heddle'
import { parentOf } from '#fixtures/clean-ups.js'
import { shared, whole } from '#fixtures/stopping.js'
import { describe, expect, it } from 'vitest'
import { EventRecorder } from '../../support/event-recorder.js'
import { open, word } from '../../support/shared-words.js'

/** Goes on in that part of the loop behind which timers come, and not messages: what is due then is due first. */
function beforeTimers(): Promise<unknown> {
  return new Promise(setImmediate)
}

describe('grace', () => {
  it('starts for a parent only when its children have settled (S5)', async () => {
    await using runtime = createRuntime({ threads: 2, graceMs: 10_000 })
    const recorder = new EventRecorder(runtime)
    const gate = word()
    // The parent's grace would be over long before its child has cleaned up.
    const run = runtime.run(parentOf, gate, { graceMs: 200 })
    await recorder.report('a0.1')
    const deaf = runtime.run(whole, { ending: 'ignore', report: 'ignores' }, { graceMs: 300 })
    await deaf.reports().next()
    run.cancel()
    deaf.cancel()
    await deaf.settled()
    const [parent, child] = run.actions()
    expect([parent?.phase, child?.phase]).toEqual(['aborting', 'aborting'])
    // When force comes is on record where it is known, and as long as it may come.
    expect(parent).not.toHaveProperty('forceAt')
    expect(child?.forceAt).toBeGreaterThanOrEqual((child?.abortRequestedAt as number) + 10_000)
    open(gate)
    await run.settled()
    expect(run.actions()[1]).not.toHaveProperty('forceAt')
    await runtime.close()
    await recorder.ended
    const ends = recorder.phases().filter(({ phase, run: of }) => phase === 'aborted' && of === run.run)
    expect(ends.map(({ id, how }) => `${id} ${how}`)).toEqual(['a0.1 cooperative', 'a0 cooperative'])
  })

  it('makes the graceMs of a cancel one deadline for the whole subtree (S5)', async () => {
    await using runtime = createRuntime({ threads: 2, graceMs: 1e9 })
    const recorder = new EventRecorder(runtime)
    const run = runtime.run(whole, {
      ending: 'spin',
      children: [{ ending: 'spin', report: 'spins' }],
    })
    await recorder.report('a0.1')
    run.cancel('enough', { graceMs: 20 })
    await expect(run.settled()).resolves.toMatchObject({ how: 'forced' })
    expect(run.actions()).toMatchObject([{ how: 'forced' }, { how: 'forced' }])
  })

  it('lets a later, shorter deadline replace a longer one, and a longer one nothing (S5, I3)', async () => {
    await using runtime = createRuntime({ threads: 1, graceMs: 1e9 })
    const recorder = new EventRecorder(runtime)
    const run = runtime.run(whole, { ending: 'spin', report: 'spins' })
    await recorder.report('a0')
    run.cancel('first')
    runtime.abort(run.run, { reason: 'shorter', graceMs: 10 })
    runtime.abort(run.run, { reason: 'longer', graceMs: 1e8 })
    await expect(run.settled()).resolves.toMatchObject({
      how: 'forced',
      reason: { message: 'first' },
      escalations: [{ message: 'shorter' }, { message: 'longer' }],
    })
  })

  it('shortens what close() waits for by a later close() (S5, S22)', async () => {
    const runtime = createRuntime({ threads: 1, graceMs: 1e9 })
    const recorder = new EventRecorder(runtime)
    const run = runtime.run(whole, { ending: 'spin', report: 'spins' })
    await recorder.report('a0')
    const closed = runtime.close()
    expect(runtime.close({ graceMs: 5 })).toBe(closed)
    await closed
    await expect(run.settled()).resolves.toMatchObject({ how: 'forced', reason: { source: 'shutdown' } })
    expect(runtime.stats()).toMatchObject({ threads: 0, abandoned: 0, aborting: 0 })
  })

  // The second grace is longer than what a kill's replacement is got ready in.
  it.each([50, 200])(
    'does not take a stall of the main thread for a body that is late (I7)',
    async (graceMs) => {
      await using runtime = createRuntime({ threads: 1 })
      const recorder = new EventRecorder(runtime)
      const run = runtime.run(whole, { ending: 'sleep', report: 'sleeps' }, { graceMs })
      await recorder.report('a0')
      const { thread } = run.actions()[0] ?? {}
      await beforeTimers()
      run.cancel()
      // The body ends at once; the app doesn't come to hear of it before the grace is over.
      Atomics.wait(word(), 0, 0, graceMs + 250)
      await expect(run.settled()).resolves.toMatchObject({ how: 'cooperative' })
      const next = runtime.run(whole, { ending: 'return' })
      await next
      expect(next.actions()[0]?.thread).toBe(thread)
    },
  )

  it('does not take a stall of the main thread for a thread that is blocked (S6 d, I7)', async () => {
    await using runtime = createRuntime({ threads: 1, graceMs: 1000 })
    const recorder = new EventRecorder(runtime)
    const neighbour = runtime.run(shared, { ending: 'sleep', report: 'sleeps' }, { name: 'neighbour' })
    await recorder.report('a0')
    const run = runtime.run(shared, { ending: 'ignore', report: 'ignores' }, { name: 'ignoring' })
    await recorder.next((event) => event.type === 'report' && event.run === 'ignoring')
    await beforeTimers()
    run.cancel('enough', { force: true })
    Atomics.wait(word(), 0, 0, 600)
    await expect(run.settled()).resolves.toMatchObject({ how: 'abandoned' })
    expect(neighbour.phase).toBe('running')
  })

  it('ends a computing body as succeeded that ends before it is aborted, and as aborted after (S4)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const recorder = new EventRecorder(runtime)
    const gate = word()
    const run = runtime.run(whole, { ending: 'compute', gate, report: 'computes' })
    await recorder.report('a0')
    run.cancel('too late for the body to notice')
    open(gate)
    const outcome = await run.settled()
    expect(outcome).toMatchObject({ status: 'aborted', how: 'cooperative' })
    expect(outcome).not.toHaveProperty('output')
  })
})
