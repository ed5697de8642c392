import { describe, expect, it } from 'vitest'
import { ActionNotFoundError, createRuntime, isHeddleError, type AbortReason } from 'heddle'
import { createTurnstile, open } from '#fixtures/gates.js'
import {
  answer,
  cleanUp,
  computeForEver,
  holdThread,
  linger,
  lingerBelow,
  lingerLightly,
} from '#fixtures/surface.js'
import { collectEvents, reports } from '../../support/events.js'

function caught(call: () => unknown): unknown {
  try {
    return call()
  } catch (error) {
    return error
  }
}

describe('runtime.abort', () => {
  it('shows the same reason in answer, error, outcome, events and records (I3)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const { seen, ended } = collectEvents(runtime)
    const run = runtime.run(lingerBelow, 1, { name: 'tree' })
    await reports(run, 'up')
    expect(runtime.abort('tree', { reason: 'not needed', by: 'operator' })).toEqual({
      accepted: true,
      phase: 'aborting',
    })
    const outcome = await run.settled()
    const expected = { source: 'external', message: 'not needed', by: 'operator', origin: 'a0' }
    expect(outcome).toMatchObject({
      status: 'aborted',
      reason: expected,
      escalations: [],
      how: 'cooperative',
    })
    const { at } = (outcome as { reason: AbortReason }).reason
    const error: unknown = await run.catch((thrown: unknown) => thrown)
    expect(isHeddleError(error, 'ActionAbortedError') && error.reason).toEqual({ ...expected, at })
    expect(error).toMatchObject({
      source: 'external',
      by: 'operator',
      origin: 'a0',
      run: 'tree',
      action: 'a0',
    })
    expect(run.actions().map(({ reason }) => reason)).toEqual([
      { ...expected, at },
      { ...expected, at },
    ])
    await runtime.close()
    await ended
    const told = seen.flatMap((event) =>
      (event.type === 'abort' || event.type === 'phase') && event.reason
        ? [[event.type, event.id, event.reason]]
        : [],
    )
    expect(told).toEqual([
      ['abort', 'a0', { ...expected, at }],
      ['phase', 'a0', { ...expected, at }],
      ['phase', 'a0.1', { ...expected, at }],
      ['phase', 'a0.1', { ...expected, at }],
      ['phase', 'a0', { ...expected, at }],
    ])
  })

  it("gives 'api' and a text of its own where it isn't told who and why", async () => {
    await using runtime = createRuntime({ threads: 1 })
    const run = runtime.run(linger)
    await reports(run, 'up')
    runtime.abort(run.run)
    expect(await run.settled()).toMatchObject({ reason: { by: 'api', message: expect.stringMatching(/\w/) } })
  })

  it('aborts one action with what is under it, and nothing else', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const run = runtime.scope(async (ctx) => {
      const [one, other] = [ctx.spawn(lingerBelow, 1), ctx.spawn(lingerLightly)]
      await Promise.all([reports(one, 'up'), reports(other, 'up')])
      expect(runtime.abort(ctx.info.run, 'a0.1', { by: 'operator' })).toEqual({
        accepted: true,
        phase: 'aborting',
      })
      const outcome = await one.settled()
      expect(outcome).toMatchObject({ status: 'aborted', reason: { origin: 'a0.1', by: 'operator' } })
      return other.phase
    })
    expect(await run).toBe('running')
    expect(run.actions().find(({ id }) => id === 'a0.1.1')).toMatchObject({
      phase: 'aborted',
      reason: { source: 'external', origin: 'a0.1', by: 'operator' },
    })
  })

  it('records a second abort as an escalation, which never changes the reason (I3)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const { seen, ended } = collectEvents(runtime)
    const run = runtime.run(computeForEver, undefined, { name: 'guilty' })
    await reports(run, 'up')
    expect(runtime.abort('guilty', { by: 'first' }).accepted).toBe(true)
    expect(runtime.abort('guilty', { by: 'second', force: true })).toEqual({
      accepted: true,
      phase: 'aborting',
    })
    expect(await run.settled()).toMatchObject({
      how: 'forced',
      reason: { by: 'first' },
      escalations: [{ by: 'second', source: 'external' }],
    })
    expect(run.actions()[0]).toMatchObject({ reason: { by: 'first' }, escalations: [{ by: 'second' }] })
    await runtime.close()
    await ended
    expect(
      seen.flatMap((event) => (event.type === 'abort' ? [[event.reason.by, event.escalation]] : [])),
    ).toEqual([
      ['first', false],
      ['second', true],
    ])
  })

  it('changes nothing once the action has ended (I4)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const run = runtime.run(answer, 1, { name: 'done' })
    await run
    expect(runtime.abort('done')).toEqual({ accepted: false, phase: 'succeeded' })
    expect(runtime.abort('done', 'a0', { force: true })).toEqual({ accepted: false, phase: 'succeeded' })
    expect(await run.settled()).toMatchObject({ status: 'succeeded' })
  })

  it('answers false while the children of a body that has ended drain, and passes its grace on to them (S4)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const run = runtime.scope(
      async (ctx) => {
        await reports(ctx.spawn(computeForEver), 'up')
        return 'ended first'
      },
      { name: 'draining' },
    )
    // The body's end has been handled once its child is told to stop.
    for await (const event of runtime.events()) {
      if (event.type === 'phase' && event.id === 'a0.1' && event.phase === 'aborting') break
    }
    expect(runtime.abort('draining', { force: true })).toEqual({ accepted: false, phase: 'running' })
    expect(await run).toBe('ended first')
    expect(run.actions()[1]).toMatchObject({ how: 'forced', reason: { source: 'root' } })
  })

  it('throws a typed error for a run that is not known, and names those that are', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const run = runtime.run(answer, 1, { name: 'known' })
    await run
    const error = caught(() => runtime.abort('unknown'))
    expect(error).toBeInstanceOf(ActionNotFoundError)
    expect(error).toMatchObject({ code: 'ActionNotFoundError', run: 'unknown' })
    expect((error as Error).message).toMatch(/'unknown'.*'known'/)
  })

  it.each(['a0.1', 'a0.0', 'a1', '', 'a0.', 'a0.x', 'a0.1.1', 'a00', '__proto__'])(
    'throws a typed error for the action %o, which is not known',
    async (id) => {
      await using runtime = createRuntime({ threads: 1 })
      await runtime.run(answer, 1, { name: 'known' })
      expect(caught(() => runtime.abort('known', id))).toMatchObject({
        code: 'ActionNotFoundError',
        run: 'known',
        action: id,
      })
    },
  )

  it('settles at once what never started, also behind a blocked thread (S10)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const held = createTurnstile()
    const holding = runtime.run(holdThread, held)
    await reports(holding, 'up')
    const queued = runtime.run(answer, 1, { name: 'behind' })
    expect(runtime.abort('behind')).toEqual({ accepted: true, phase: 'aborted' })
    expect(await queued.settled()).toMatchObject({ status: 'aborted', how: 'never-started' })
    expect(queued.actions()[0]).toMatchObject({ attempt: 0, how: 'never-started' })
    open(held)
    await holding
  })

  it('takes one grace for the whole subtree (S5)', async () => {
    await using runtime = createRuntime({ threads: 1, graceMs: 600_000 })
    const run = runtime.scope((ctx) => ctx.spawn(computeForEver), { name: 'tree' })
    for await (const event of runtime.events()) if (event.type === 'report') break
    runtime.abort('tree', { graceMs: 20 })
    expect(await run.settled()).toMatchObject({ status: 'aborted' })
    expect(run.actions()[1]).toMatchObject({ how: 'forced', reason: { source: 'external' } })
  })

  it('lets a body clean up within its grace', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const run = runtime.run(cleanUp)
    await reports(run, 'up')
    runtime.abort(run.run)
    expect(await run.settled()).toMatchObject({ status: 'aborted', how: 'cooperative' })
    expect(run.lastReport).toBe('clean')
  })

  it('refuses a grace that is no time, and changes nothing then', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const run = runtime.run(linger)
    await reports(run, 'up')
    expect(caught(() => runtime.abort(run.run, { graceMs: -1 }))).toMatchObject({
      code: 'ActionInputError',
      message: expect.stringContaining("'graceMs'"),
    })
    expect(caught(() => run.cancel('x', { graceMs: Number.NaN }))).toMatchObject({ code: 'ActionInputError' })
    expect(run.phase).toBe('running')
  })
})
