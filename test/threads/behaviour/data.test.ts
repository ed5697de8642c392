import { isHeddleError, transfer } from 'heddle'
import { describe, expect, it } from 'vitest'
import {
  fills,
  flakyRef,
  increments,
  missingRef,
  moves,
  passesOn,
  refers,
  reportsEverything,
  reportsUncloneable,
  returnsUncloneable,
  sendsUncloneable,
  sharesMemory,
  validated,
  validates,
} from '#fixtures/behaviour/data-probes.js'
import { echo } from '#fixtures/behaviour/children.js'
import { places, scope, thread, untilEvent } from '../../support/places.js'

describe.each(places)('what a body $name sends', ({ name, create, start }) => {
  it('is moved where it is marked, as input and output and through a parent', async () => {
    await using runtime = create()
    expect(await start(runtime, moves, undefined)).toEqual({
      length: 8 * 1024 * 1024,
      afterSend: 0,
      back: [8 * 1024 * 1024, 7, 7],
      left: 0,
      copied: 3,
      asProperty: 0,
    })
  })

  it('is shared if it is a SharedArrayBuffer', async () => {
    await using runtime = create()
    expect(await start(runtime, sharesMemory, undefined)).toBe(3)
  })

  it('fails with NotCloneableError alone if it cannot be cloned', async () => {
    await using runtime = create()
    expect(await start(runtime, sendsUncloneable, undefined)).toMatchObject({
      status: 'failed',
      input: { code: 'NotCloneableError', action: 'a0.1' },
      inside: 'NotCloneableError',
      neighbour: 'unharmed',
      failed: 'NotCloneableError',
      output: { code: 'NotCloneableError', action: 'a0.5' },
      cause: 'DataCloneError',
    })
  })

  it('fails its own action if it returns what cannot be cloned', async () => {
    await using runtime = create()
    expect(await start(runtime, returnsUncloneable, undefined).settled()).toMatchObject(
      // What a scope returns doesn't leave its thread.
      name === scope.name
        ? { status: 'succeeded' }
        : { status: 'failed', error: { code: 'NotCloneableError', action: 'a0' } },
    )
  })

  it('is dropped with a warning if it is a report that cannot be cloned, and copied at once otherwise', async () => {
    await using runtime = create()
    const events = runtime.events()
    const run = start(runtime, reportsUncloneable, undefined)
    expect(await run).toBe('went on')
    expect(run.lastReport).toEqual({ count: 1 })
    for (let dropped = 0; dropped < 3; dropped += 1) {
      const { message, id } = await untilEvent(events, 'log', ({ level }) => level === 'warn')
      expect(message).toContain('report')
      expect(id).toBe('a0')
    }
    expect(await untilEvent(events, 'log')).toMatchObject({ level: 'info', message: 'odd fields' })
  })

  it('may be any cloneable report', async () => {
    await using runtime = create()
    const run = start(runtime, reportsEverything, undefined)
    const seen: unknown[] = []
    for await (const report of run.reports()) seen.push(report)
    expect(seen).toEqual([0, null, '', false, [1], new Map([['a', 1]])])
  })

  it('is validated by schemas: input before the body, output after it', async () => {
    await using runtime = create()
    const seen = await start(runtime, validates, undefined)
    expect(seen).toMatchObject({
      good: { sum: 2 },
      later: 4,
      bad: {
        code: 'ActionInputError',
        action: 'a0.1',
        issues: [{ path: ['x'] }, { path: ['y'] }],
      },
      badLater: [{ message: 'must not be bad' }],
      output: { action: 'a0.3' },
      withinBounds: { sum: 10 },
    })
  })

  it('may name an action whose module is only loaded where it runs; its options are learned there', async () => {
    await using runtime = create()
    const run = start(runtime, refers, undefined)
    expect(await run).toMatchObject({
      flaky: { input: { payload: 'kept for the next attempt' }, attempt: 2 },
      late: { code: 'ActionTimedOutError', action: 'a0.2' },
      missing: { code: 'ActionNotFoundError', action: 'a0.3' },
    })
  })
})

describe('what the app sends to a run', () => {
  it('is moved where it is marked, and comes back moved', async () => {
    await using runtime = thread.create()
    const made = await runtime.run(fills, 1024 * 1024)
    expect([made.length, made[0]]).toEqual([1024 * 1024, 7])
    const { bytes, left } = await runtime.run(passesOn, transfer(made))
    expect([made.length, bytes.length, left]).toEqual([0, 1024 * 1024, 0])
    const shared = new SharedArrayBuffer(4)
    await Promise.all([runtime.run(increments, shared), runtime.run(increments, shared)])
    expect(new Int32Array(shared)[0]).toBe(2)
  })

  it('is refused if it cannot be cloned or is not valid, and harms nothing else', async () => {
    await using runtime = thread.create()
    const [good, bad] = [runtime.run(echo, 1), runtime.run(echo, () => 1)]
    expect(await bad.settled()).toMatchObject({
      status: 'failed',
      error: { code: 'NotCloneableError', action: 'a0' },
    })
    expect(await good).toBe(1)
    const error = await runtime.run(validated, { x: {} }).catch((thrown: unknown) => thrown)
    expect(isHeddleError(error, 'ActionInputError') && error.issues?.[0]?.path).toEqual(['x'])
  })

  it('may name an action whose module is only loaded where it runs', async () => {
    await using runtime = thread.create()
    expect(await runtime.run(flakyRef, { payload: 'kept' })).toEqual({
      input: { payload: 'kept' },
      attempt: 2,
    })
    const error = await runtime.run(missingRef).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'ActionNotFoundError' })
    expect((error as Error).message).toContain("'late'")
  })
})
