import { describe, expect, it } from 'vitest'
import type { AnyActorRef, InspectionEvent } from 'xstate'
import { createRuntime } from 'heddle'
import { answer, fail, failUnheard, leaveDetached, lingerBelow, lingerLightly } from '#fixtures/surface.js'
import { collectEvents, reports } from '../../support/events.js'

describe('Run', () => {
  it('has the names by which it is found, and no url while nothing is served', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const run = runtime.run(answer, 1, { name: 'named' })
    expect(run).toMatchObject({ run: 'named', id: 'a0', name: 'answer', url: undefined, unheard: 0 })
    expect(run.ref).toEqual({ run: 'named', action: 'a0', name: 'answer' })
    expect(structuredClone(run.ref)).toEqual(run.ref)
    await run
  })
})

describe('Run.actions', () => {
  it('has id, name, parent, phase, times, attempt, thread, last report, error and reason', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const run = runtime.scope(
      async (ctx) => {
        await ctx.spawn(fail, { message: 'kept' }).settled()
        const shown = ctx.spawn(lingerLightly, undefined, { name: 'shown' })
        await reports(shown, 'up')
        shown.cancel('seen enough')
        await shown.settled()
      },
      { name: 'listed' },
    )
    await run
    const [root, failed, shown] = run.actions()
    expect(root).toMatchObject({ id: 'a0', name: 'listed', phase: 'succeeded', attempt: 1, thread: 0 })
    expect(root).not.toHaveProperty('parent')
    expect(failed).toMatchObject({
      id: 'a0.1',
      name: 'fail',
      parent: 'a0',
      phase: 'failed',
      error: { code: 'RangeError', action: 'a0.1', run: 'listed' },
    })
    expect(shown).toMatchObject({
      id: 'a0.2',
      name: 'shown',
      phase: 'aborted',
      attempt: 1,
      lastReport: 'up',
      how: 'cooperative',
      reason: { source: 'cancel', by: 'a0', message: 'seen enough', origin: 'a0.2' },
    })
    const { queuedAt, startedAt, abortRequestedAt, abortDeliveredAt, settledAt } = shown ?? {}
    const times = [queuedAt, startedAt, abortRequestedAt, abortDeliveredAt, settledAt] as number[]
    expect(times).toEqual(times.toSorted((a, b) => a - b))
    expect(shown?.thread).toBeGreaterThan(0)
  })

  it('counts failures that nobody had asked for, and tells of each (S19)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const { seen, ended } = collectEvents(runtime)
    const run = runtime.run(failUnheard, undefined, { name: 'deaf' })
    await run
    expect(run.unheard).toBe(1)
    await runtime.close()
    await ended
    expect(seen).toContainEqual(
      expect.objectContaining({
        type: 'unheard',
        run: 'deaf',
        id: 'a0.1',
        error: expect.objectContaining({ code: 'RangeError' }),
      }),
    )
    expect(seen).toContainEqual(expect.objectContaining({ type: 'log', level: 'warn', id: 'a0.1' }))
  })

  it('counts them with retain: 0, too (S19, S24)', async () => {
    await using runtime = createRuntime({ threads: 1, retain: 0 })
    const run = runtime.run(failUnheard)
    await run
    expect(run.unheard).toBe(1)
  })

  it('shows a detached child under the root, where it is bound (S18)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const run = runtime.scope(async (ctx) => {
      await ctx.spawn(leaveDetached)
      const [, , detached] = run.actions()
      expect(detached).toMatchObject({ id: 'a0.1.1', parent: 'a0', phase: 'running' })
    })
    await run
    expect(run.actions().find(({ id }) => id === 'a0.1.1')).toMatchObject({
      phase: 'aborted',
      reason: { source: 'root', origin: 'a0' },
    })
  })
})

describe('Run.actor', () => {
  it('is the XState actor of the root, whose snapshots follow it', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const run = runtime.run(lingerLightly)
    const phases: string[] = []
    run.actor?.subscribe({ next: (snapshot) => phases.push(snapshot.phase), error() {}, complete() {} })
    await reports(run, 'up')
    expect(run.actor?.getSnapshot()).toMatchObject({
      status: 'active',
      phase: 'running',
      report: 'up',
      attempt: 1,
    })
    run.cancel('enough')
    await run.settled()
    expect(phases).toContain('running')
    expect(phases).toContain('aborting')
    expect(run.actor?.getSnapshot()).toMatchObject({
      status: 'stopped',
      phase: 'aborted',
      reason: { message: 'enough' },
    })
  })

  it('has the output of one that succeeded, and the error of one that failed', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const [done, failed] = [runtime.run(answer, 5), runtime.run(fail, { message: 'shown' })]
    await Promise.allSettled([done, failed])
    expect(done.actor?.getSnapshot()).toMatchObject({ status: 'done', output: 5, phase: 'succeeded' })
    expect(failed.actor?.getSnapshot()).toMatchObject({
      status: 'error',
      error: { code: 'RangeError' },
      phase: 'failed',
    })
  })

  it('aborts the run with everything under it when it is stopped', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const run = runtime.run(lingerBelow, 2)
    await reports(run, 'up')
    ;(run.actor as unknown as { stop(): void }).stop()
    expect(await run.settled()).toMatchObject({
      status: 'aborted',
      how: 'cooperative',
      reason: { source: 'cancel' },
    })
    expect(run.actions().map(({ phase }) => phase)).toEqual(['aborted', 'aborted', 'aborted'])
  })

  it('never starts a run whose actor is stopped at once (I4)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const run = runtime.run(lingerBelow, 2)
    ;(run.actor as unknown as { stop(): void }).stop()
    expect(await run.settled()).toMatchObject({ status: 'aborted', how: 'never-started' })
  })

  it('shows the whole tree to an inspector, each action with the actor of its parent', async () => {
    const parents = new Map<string, string | undefined>()
    const told: string[] = []
    const inspect = (event: InspectionEvent): void => {
      const { id, _parent: parent } = event.actorRef as AnyActorRef
      if (event.type === '@xstate.actor') parents.set(id, parent?.id)
      if (event.type === '@xstate.event') told.push(id)
    }
    await using runtime = createRuntime({ threads: 1, inspect })
    const run = runtime.run(lingerBelow, 2)
    await reports(run, 'up')
    run.cancel()
    await run.settled()
    expect([...parents]).toEqual([
      ['a0', undefined],
      ['a0.1', 'a0'],
      ['a0.1.1', 'a0.1'],
    ])
    expect(new Set(told)).toEqual(new Set(['a0', 'a0.1', 'a0.1.1']))
  })
})
