// An action whose module is being loaded hasn't started: what its phase, its times and its end say of that.

import { actionRef, createRuntime, type ActionTimes } from 'heddle'
import { neverCalled, triedInVain } from '#fixtures/import-exits.js'
import { neverLoaded } from '#fixtures/import-hangs.js'
import { loadedLate } from '#fixtures/import-waits.js'
import { whole } from '#fixtures/stopping.js'
import { describe, expect, it } from 'vitest'
import { EventRecorder } from '../../support/event-recorder.js'
import { ImportSignals } from '../../support/import-signals.js'

describe('while its module is being loaded, an action', () => {
  it('is queued, and its run time does not count (S8, S11)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    using signals = new ImportSignals('import-waits')
    const recorder = new EventRecorder(runtime)
    const run = runtime.run(loadedLate, undefined, { name: 'late', timeout: { runMs: 100 } })
    await signals.loading()
    expect(run.phase).toBe('queued')
    // By then more than that has passed.
    await runtime.scope(async (ctx) => ctx.sleep(150))
    expect(run.actions()[0]).not.toHaveProperty('startedAt')
    const wentOnAt = Date.now()
    signals.go()
    await expect(run).resolves.toBe('called')
    const { startedAt } = (await run.settled()) as ActionTimes
    expect(startedAt).toBeGreaterThanOrEqual(wentOnAt)
    const phases = recorder.phases().filter((event) => event.run === 'late')
    expect(phases.map(({ phase }) => phase)).toEqual(['queued', 'running', 'succeeded'])
  })

  it('times out by its time in the queue, and has never started (S7, S8)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const run = runtime.run(neverLoaded, undefined, { timeout: { queuedMs: 200 } })
    const outcome = await run.settled()
    expect(outcome).toMatchObject({
      status: 'timedOut',
      how: 'never-started',
      error: { bound: 'queuedMs' },
    })
    expect(outcome).not.toHaveProperty('startedAt')
    // Its thread is free: nothing of it waits there.
    await expect(runtime.run(whole, { ending: 'return' })).resolves.toBe('returned')
  })

  it('never starts if it is aborted, and gives its share back (S7, S10)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    using signals = new ImportSignals('import-hangs')
    const run = runtime.run(neverLoaded)
    await signals.loading()
    run.cancel('it hangs')
    const outcome = await run.settled()
    expect(outcome).toMatchObject({ status: 'aborted', how: 'never-started' })
    expect(outcome).not.toHaveProperty('startedAt')
    expect(run.actions()[0]).not.toHaveProperty('startedAt')
    await expect(runtime.run(whole, { ending: 'return' })).resolves.toBe('returned')
    expect(runtime.stats().threads).toBe(1)
  })

  it('is ended by a close, as what waits is (S10, S22)', async () => {
    const runtime = createRuntime({ threads: 1 })
    using signals = new ImportSignals('import-hangs')
    const run = runtime.run(neverLoaded)
    await signals.loading()
    await runtime.close()
    await expect(run.settled()).resolves.toMatchObject({ status: 'aborted', how: 'never-started' })
  })

  it('fails if the module ends its thread, once for each of its attempts (S8, S10, S28)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const recorder = new EventRecorder(runtime)
    const run = runtime.run(triedInVain)
    const outcome = await run.settled()
    expect(outcome).toMatchObject({
      status: 'failed',
      error: { code: 'ThreadLostError', loss: 'failed-to-start', blame: 'self', exitCode: 4 },
    })
    expect(outcome).not.toHaveProperty('startedAt')
    expect(run.actions()[0]).toMatchObject({ attempt: 2 })
    expect(recorder.events.filter(({ type }) => type === 'retry')).toHaveLength(1)
  })

  it('loses its thread through the module of another one, which is named (S10, S28)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    using signals = new ImportSignals('import-waits')
    const bystander = runtime.run(loadedLate, undefined, { name: 'bystander' })
    await signals.loading()
    const guilty = runtime.run(triedInVain, undefined, { name: 'guilty' })
    await expect(bystander.settled()).resolves.toMatchObject({
      status: 'failed',
      error: {
        code: 'ThreadLostError',
        loss: 'failed-to-start',
        blame: 'other',
        culprit: { run: 'guilty', action: 'a0' },
      },
    })
    await expect(guilty.settled()).resolves.toMatchObject({ status: 'failed', error: { blame: 'self' } })
  })

  it('fails with all that wait for the same module, as named by mere references (S10, S28)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const ref = actionRef<typeof neverCalled>(neverCalled.url, 'neverCalled')
    for (const run of [runtime.run(ref), runtime.run(ref)]) {
      await expect(run.settled()).resolves.toMatchObject({
        status: 'failed',
        error: { loss: 'failed-to-start', blame: 'self' },
      })
    }
  })
})
