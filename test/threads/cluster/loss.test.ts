import { retried, shared, whole } from '#fixtures/stopping.js'
import { whereAmI } from '#fixtures/elsewhere.js'
import { describe, expect, it } from 'vitest'
import type { Runtime, RuntimeOptions } from '../../../dist/src/index.js'
import { createRuntime, machineOf } from '../../support/elsewhere.js'
import { EventRecorder } from '../../support/event-recorder.js'
import { open, word } from '../../support/shared-words.js'

const SHUTDOWN = 'its owner has not been heard for 5000 ms'

/** A runtime whose actions run on a machine that has a name. */
function runtimeElsewhere(options: RuntimeOptions = { threads: 1 }): {
  runtime: Runtime
  recorder: EventRecorder
  machine: ReturnType<typeof machineOf>
} {
  const runtime = createRuntime(options, { isNamed: true })
  return { runtime, recorder: new EventRecorder(runtime), machine: machineOf(runtime) }
}

describe('a body on another machine', () => {
  it('is told of with that machine: to itself, in events, records and statistics', async () => {
    const { runtime, recorder } = runtimeElsewhere()
    await using _ = runtime
    const run = runtime.run(whereAmI)
    const { host, hostInstance } = await run
    expect([host, hostInstance]).toEqual(['here', '0'.repeat(32)])
    const running = await recorder.phase('a0', 'running')
    for (const told of [running, run.actions()[0], runtime.stats().lanes[0]])
      expect(told).toMatchObject({ host, hostInstance })
    const own = runtime.run(shared, { ending: 'return' })
    await own
    expect(own.actions()[0]).not.toHaveProperty('host')
  })
})

describe('a machine that is lost', () => {
  it('takes its attempts with it, which says so in words; what they come to is dropped (D11, D12)', async () => {
    const { runtime, recorder, machine } = runtimeElsewhere()
    await using _ = runtime
    const gate = word()
    const run = runtime.run(whole, { ending: 'compute', gate, report: 'computes' })
    await recorder.report('a0')
    machine.lose(10_000)
    open(gate)
    const outcome = await run.settled()
    expect(outcome).toMatchObject({
      status: 'failed',
      error: {
        code: 'ThreadLostError',
        loss: 'host-lost',
        blame: 'unknown',
        host: 'here',
        hostInstance: '0'.repeat(32),
      },
    })
    expect('error' in outcome && outcome.error.message).toMatch(
      /lost its thread \d+ on host 'here': that host has not been heard for 10000 ms: what it did there may be done/,
    )
    await expect(runtime.run(whole, { ending: 'return' })).resolves.toBe('returned')
    expect(
      recorder.phases('a0').filter(({ phase, run: name }) => name === run.run && phase === 'failed'),
    ).toHaveLength(1)
  })

  it('uses up an attempt each time: retries are the word that it may run twice (D12)', async () => {
    const { runtime, recorder, machine } = runtimeElsewhere()
    await using _ = runtime
    const marks = word()
    const run = runtime.run(retried, { ending: 'sleep', mark: marks, report: 'sleeps' })
    for (const attempt of [1, 2, 3]) {
      await recorder.next(
        (event) => event.type === 'phase' && event.phase === 'running' && event.attempt === attempt,
      )
      machine.lose(10_000)
    }
    await expect(run.settled()).resolves.toMatchObject({ status: 'failed', error: { loss: 'host-lost' } })
    expect(run.actions()[0]).toMatchObject({ attempt: 3 })
  })

  it('forces what was being aborted there (S21)', async () => {
    const { runtime, recorder, machine } = runtimeElsewhere({ threads: 1, graceMs: 60_000 })
    await using _ = runtime
    const run = runtime.run(whole, { ending: 'ignore', report: 'ignores' })
    await recorder.report('a0')
    run.cancel()
    machine.lose(10_000)
    await expect(run.settled()).resolves.toMatchObject({ status: 'aborted', how: 'forced' })
  })

  it('aborts the children elsewhere of what it takes along, and nobody else', async () => {
    const { runtime, recorder, machine } = runtimeElsewhere()
    await using _ = runtime
    const parent = runtime.run(whole, {
      ending: 'await',
      children: [{ on: 'shared', ending: 'sleep', report: 'sleeps' }],
    })
    const other = runtime.run(shared, { ending: 'sleep', report: 'sleeps' }, { name: 'other' })
    await recorder.report('a0.1')
    await recorder.next((event) => event.type === 'report' && event.run === 'other')
    machine.lose(10_000)
    await expect(parent.settled()).resolves.toMatchObject({ error: { loss: 'host-lost' } })
    expect(parent.actions().find(({ id }) => id === 'a0.1')).toMatchObject({
      phase: 'aborted',
      how: 'cooperative',
    })
    expect(other.phase).toBe('running')
    other.cancel()
    await other.settled()
  })
})

describe('a machine that does not hear the runtime any more', () => {
  it('aborts the bodies there; those that end by that are lost with it, and not aborted (D26)', async () => {
    const { runtime, recorder, machine } = runtimeElsewhere()
    await using _ = runtime
    const run = runtime.run(whole, { ending: 'sleep', report: 'sleeps' })
    await recorder.report('a0')
    machine.abortAll('host-lost', SHUTDOWN)
    await expect(run.settled()).resolves.toMatchObject({
      status: 'failed',
      error: { code: 'ThreadLostError', loss: 'host-lost', host: 'here' },
    })
    expect(recorder.phases('a0').map(({ phase }) => phase)).not.toContain('aborting')
    // That lane is closed, and another one takes what comes.
    await expect(runtime.run(whole, { ending: 'return' })).resolves.toBe('returned')
  })

  it('lets a body end as it does that returns all the same (D26)', async () => {
    const { runtime, recorder, machine } = runtimeElsewhere()
    await using _ = runtime
    const gate = word()
    const run = runtime.run(whole, { ending: 'compute', gate, report: 'computes' })
    await recorder.report('a0')
    machine.abortAll('host-lost', SHUTDOWN)
    open(gate)
    await expect(run).resolves.toBe('computed')
  })

  it('gives back what had not begun there (D13, D26)', async () => {
    const { runtime, recorder, machine } = runtimeElsewhere()
    await using _ = runtime
    for (let count = 0; count < 5; count += 1) await runtime.run(whole, { ending: 'return' })
    const gate = word()
    const first = runtime.run(whole, { ending: 'compute', gate, report: 'computes' }, { name: 'first' })
    const behind = runtime.run(whole, { ending: 'return' }, { name: 'behind' })
    await recorder.next((event) => event.type === 'report' && event.run === 'first')
    machine.abortAll('host-lost', SHUTDOWN)
    open(gate)
    await expect(first).resolves.toBe('computed')
    await expect(behind).resolves.toBe('returned')
    const [moved] = behind.actions()
    expect(moved).toMatchObject({ attempt: 1 })
    expect(moved?.thread).not.toBe(first.actions()[0]?.thread)
  })

  it('lets the abort of the runtime count, where that has come, too (I3)', async () => {
    const { runtime, recorder, machine } = runtimeElsewhere({ threads: 1, graceMs: 60_000 })
    await using _ = runtime
    const run = runtime.run(whole, { ending: 'sleep', report: 'sleeps', cleanUpTurns: 50 })
    await recorder.report('a0')
    run.cancel('no longer wanted')
    machine.abortAll('host-lost', SHUTDOWN)
    await expect(run.settled()).resolves.toMatchObject({
      status: 'aborted',
      how: 'cooperative',
      reason: { source: 'cancel', message: 'no longer wanted' },
    })
  })
})

describe('a machine that is leaving', () => {
  it('cuts attempts that are not counted where another one may follow (D29)', async () => {
    const { runtime, recorder, machine } = runtimeElsewhere()
    await using _ = runtime
    const run = runtime.run(retried, { ending: 'sleep', report: 'sleeps' })
    for (let attempt = 1; attempt < 6; attempt += 1) {
      await recorder.next(
        (event) => event.type === 'phase' && event.phase === 'running' && event.attempt === attempt,
      )
      machine.abortAll('host-drained', 'its machine is leaving')
      const retry = await recorder.next((event) => event.type === 'retry' && event.attempt === attempt)
      expect(retry).toMatchObject({
        error: { loss: 'host-drained', blame: 'other', host: 'here' },
        delayMs: 0,
      })
    }
    run.cancel()
    await run.settled()
  })

  it('fails what may not be tried again (D29)', async () => {
    const { runtime, recorder, machine } = runtimeElsewhere()
    await using _ = runtime
    const run = runtime.run(whole, { ending: 'sleep', report: 'sleeps' })
    await recorder.report('a0')
    machine.abortAll('host-drained', 'its machine is leaving')
    const outcome = await run.settled()
    expect(outcome).toMatchObject({ status: 'failed', error: { loss: 'host-drained' } })
    expect('error' in outcome && outcome.error.message).toContain('that host is leaving')
  })
})

describe('a machine that nothing is to be offered to', () => {
  it('gets nothing new until it may, and what runs there goes on (D24, D26)', async () => {
    const { runtime, recorder, machine } = runtimeElsewhere()
    await using _ = runtime
    const gate = word()
    const first = runtime.run(whole, { ending: 'compute', gate, report: 'computes' }, { name: 'first' })
    await recorder.next((event) => event.type === 'report' && event.run === 'first')
    machine.pause(true)
    open(gate)
    await expect(first).resolves.toBe('computed')
    expect(runtime.stats().lanes.filter(({ role }) => role === 'cpu')).toHaveLength(1)
    machine.pause(false)
    await expect(runtime.run(whole, { ending: 'return' })).resolves.toBe('returned')
  })
})
