import { describe, expect, it } from 'vitest'
import {
  catchesAbort,
  catchesThrown,
  detaches,
  doesNotCatch,
  leavesChildren,
  leavesContext,
  shields,
  shieldsChild,
  shieldsInPeace,
  shieldsTooLong,
  tellsSources,
  throwsItself,
  usesContextOfAnother,
} from '#fixtures/behaviour/tree-probes.js'
import { isHeddleError } from 'heddle'
import { abortWhenReady, places, reported, untilEvent } from '../../support/places.js'

describe.each(places)('an error that leaves a body $name', ({ create, start }) => {
  it('is wrapped once, where it was thrown, with all that it carries (S13, I12)', async () => {
    await using runtime = create()
    const outcome = await start(runtime, doesNotCatch, 'failure').settled()
    expect(outcome).toMatchObject({
      status: 'failed',
      error: {
        name: 'ActionFailedError',
        code: 'ValueError',
        action: 'a0.1',
        cause: { name: 'ValueError', message: 'on purpose', code: 'E_VALUE', field: 'size' },
      },
    })
    const error: unknown = outcome.status === 'failed' && outcome.error
    expect(isHeddleError(error, 'ValueError')).toBe(true)
    expect(((error as Error).cause as Error).stack).toContain('children')
  })

  it('climbs unchanged through any number of levels (S13)', async () => {
    await using runtime = create()
    const outcome = await start(runtime, doesNotCatch, 'climbs').settled()
    expect(outcome).toMatchObject({ status: 'failed', error: { code: 'ValueError', action: 'a0.1.1.1.1.1' } })
    const cause = outcome.status === 'failed' && (outcome.error.cause as Error)
    expect(cause).toMatchObject({ message: 'from below', field: 'size' })
    expect(cause && cause.cause).toBeUndefined()
  })

  it('keeps nested causes, and the errors of an AggregateError (S13)', async () => {
    await using runtime = create()
    expect(await start(runtime, doesNotCatch, 'deep').settled()).toMatchObject({
      error: {
        code: 'ValueError',
        cause: {
          message: 'the top',
          field: 'outer',
          cause: { message: 'the middle', cause: { name: 'TypeError', depth: 2 } },
        },
      },
    })
    expect(await start(runtime, doesNotCatch, 'together').settled()).toMatchObject({
      error: {
        code: 'AggregateError',
        cause: {
          message: 'both',
          errors: [
            { name: 'ValueError', field: 'a' },
            { name: 'RangeError', message: 'two' },
          ],
        },
      },
    })
  })

  it.each(['null', 'undefined', 'string', 'sync'] as const)(
    'need not be an error: %s (S13)',
    async (kind) => {
      await using runtime = create()
      expect(await start(runtime, throwsItself, kind).settled()).toMatchObject({
        status: 'failed',
        error: {
          code: 'NonError',
          action: 'a0',
          cause: kind === 'null' ? null : kind === 'undefined' ? undefined : kind,
        },
      })
      if (kind === 'sync') return
      expect(await start(runtime, catchesThrown, kind)).toMatchObject({
        code: 'NonError',
        action: 'a0.1',
        hasCause: true,
        cause: kind === 'null' ? null : kind === 'undefined' ? undefined : 'just a text',
      })
    },
  )

  it("fails the parent with the child's very abort or timeout, if it wasn't aborted itself (S13)", async () => {
    await using runtime = create()
    expect(await start(runtime, doesNotCatch, 'abort').settled()).toMatchObject({
      status: 'failed',
      error: {
        name: 'ActionAbortedError',
        action: 'a0.1',
        reason: { source: 'cancel', message: 'not needed', by: 'a0' },
      },
    })
    expect(await start(runtime, doesNotCatch, 'timeout').settled()).toMatchObject({
      status: 'failed',
      error: { name: 'ActionTimedOutError', action: 'a0.1', bound: 'runMs', limitMs: 1 },
    })
  })

  it("is told from one's own abort by its action (S13)", async () => {
    await using runtime = create()
    expect(await start(runtime, catchesAbort, undefined).settled()).toMatchObject({
      status: 'succeeded',
      output: { isAbort: true, isOwn: false, of: 'a0.1', aborted: false },
    })
  })
})

describe.each(places)('reasons of what is under a body $name', ({ create, start }) => {
  it('say which body ended by itself, which bound passed and which signal fired (S16, S22)', async () => {
    await using runtime = create()
    const run = start(runtime, tellsSources, undefined)
    expect(await run).toEqual({
      timedOut: { bound: 'runMs', limitMs: 1, source: 'timeout' },
      signal: { source: 'signal', how: 'never-started', message: 'gone', cause: 'RangeError' },
      later: { source: 'signal', message: 'later' },
    })
    const grandchild = run.actions().find(({ id }) => id === 'a0.1.1')
    expect(grandchild).toMatchObject({ phase: 'aborted', reason: { source: 'parent', origin: 'a0.1' } })
  })

  it('name the root when that has ended (S16, I1)', async () => {
    await using runtime = create()
    const run = start(runtime, leavesContext, undefined)
    expect(await run).toBe('ended')
    expect(run.actions()[1]).toMatchObject({ phase: 'aborted', reason: { source: 'root', origin: 'a0' } })
  })
})

describe.each(places)('shield in a body $name', ({ create, start }) => {
  it('lets only the context passed in go on after an abort (S14)', async () => {
    await using runtime = create()
    const { outcome, report } = await abortWhenReady(start(runtime, shields, undefined))
    expect(report).toMatchObject({
      result: {
        before: false,
        after: false,
        spawned: 'saved',
        mapped: [1, 2],
        idle: 3,
        outer: true,
        outerSpawn: true,
        sameInfo: true,
      },
      outerAborted: true,
    })
    expect(outcome).toMatchObject({ status: 'aborted', how: 'cooperative' })
  })

  it('keeps its children from the abort, and ends them with its block (S14)', async () => {
    await using runtime = create()
    const run = start(runtime, shieldsChild, undefined)
    const { report } = await abortWhenReady(run)
    expect(report).toEqual({ outer: true, inner: false, child: 'running', id: 'a0.1' })
    expect(run.actions()[1]).toMatchObject({
      phase: 'aborted',
      reason: { source: 'cancel', message: 'enough', origin: 'a0' },
    })
  })

  it('fires its signal when its time is up, and aborts its children with it (S14)', async () => {
    await using runtime = create()
    const { outcome, report } = await abortWhenReady(start(runtime, shieldsTooLong, undefined))
    expect(report).toEqual({ child: 'aborted', aborted: true, reason: true, refused: true, events: 1 })
    expect(outcome).toMatchObject({ status: 'aborted', how: 'cooperative' })
  })

  it('counts its time from the abort, gives what its block gives, and is closed with it (S14)', async () => {
    await using runtime = create()
    expect(await start(runtime, shieldsInPeace, undefined)).toEqual({
      returned: 'plain',
      thrown: { kind: 'RangeError', message: 'in the block' },
      wrong: 'ActionInputError',
      left: 'aborted',
      closed: 'RunEndedError',
      closedSleep: 'RunEndedError',
    })
  })
})

describe.each(places)('a context whose body $name has ended', ({ create, start }) => {
  it('refuses to start or wait, and never settles what was pending (S12, S14, S15)', async () => {
    await using runtime = create()
    expect(await start(runtime, leavesContext, undefined)).toBe('ended')
    expect(await start(runtime, usesContextOfAnother, undefined)).toEqual({
      codes: {
        spawn: 'RunEndedError',
        sleep: 'RunEndedError',
        map: 'RunEndedError',
        all: 'RunEndedError',
        shield: 'RunEndedError',
      },
      settledLate: 0,
    })
  })
})

describe.each(places)('a failed child of a body $name', ({ create, start }) => {
  it.each(['unheard', 'timedOut'] as const)(
    'raises an event and a warning if nobody had asked: %s (S19)',
    async (how) => {
      await using runtime = create()
      const events = runtime.events()
      const run = start(runtime, leavesChildren, how)
      expect(await run.settled()).toMatchObject({ status: 'succeeded' })
      expect(run.unheard).toBe(1)
      expect(await untilEvent(events, 'unheard')).toMatchObject({
        run: run.run,
        id: 'a0.1',
        error: { code: how === 'unheard' ? 'ValueError' : 'ActionTimedOutError' },
      })
      expect(await untilEvent(events, 'log')).toMatchObject({ level: 'warn', id: 'a0.1' })
    },
  )

  it.each(['awaited', 'settled'] as const)('is heard if it was %s (S19)', async (how) => {
    await using runtime = create()
    const run = start(runtime, leavesChildren, how)
    await run
    expect(run.unheard).toBe(0)
  })
})

describe.each(places)('a detached descendant of a body $name', ({ create, start }) => {
  it.each(['returns', 'throws'] as const)(
    'outlives a spawner that %s, until the root ends (S18)',
    async (ending) => {
      await using runtime = create()
      const run = start(runtime, detaches, ending)
      await run
      const left = run.actions().find(({ name }) => name === 'left')
      expect(left).toMatchObject({
        id: 'a0.1.1',
        parent: 'a0',
        phase: 'aborted',
        reason: { source: 'root', origin: 'a0' },
      })
    },
  )

  it('is not touched by an abort of its spawner, but by one of the root (S18)', async () => {
    await using runtime = create()
    const run = start(runtime, detaches, 'waits')
    await reported(run, 'ready')
    const phases = Object.fromEntries(run.actions().map(({ name, phase }) => [name, phase]))
    expect(phases).toMatchObject({ spawner: 'aborted', left: 'running' })
    run.cancel('enough')
    await run.settled()
    expect(run.actions().find(({ name }) => name === 'left')).toMatchObject({
      phase: 'aborted',
      reason: { message: 'enough', origin: 'a0' },
    })
  })
})
