import { describe, expect, it } from 'vitest'
import { createRuntime } from 'heddle'
import { createTurnstile, open } from '#fixtures/gates.js'
import { holds, waitsLightly, whichThread } from '#fixtures/readying.js'
import { linger } from '#fixtures/surface.js'
import { reports } from '../../support/events.js'

const LONG_MS = 3_600_000

describe('close({ drainMs }) (S22)', () => {
  it('lets queued actions start and live ones spawn, and refuses what is new', async () => {
    const runtime = createRuntime({ threads: 1, maxQueued: 1 })
    const turnstile = createTurnstile()
    const running = runtime.run(holds, turnstile)
    const queued = runtime.run(whichThread)
    const spawning = runtime.run(waitsLightly)
    await reports(spawning, 'up')
    const waiting = runtime.ready().catch((error: Error) => error.name)
    const closed = runtime.close({ drainMs: LONG_MS })
    for (const refused of [runtime.run(whichThread), runtime.scope(() => 1)]) {
      expect(await refused.settled()).toMatchObject({ error: { code: 'RuntimeClosedError' } })
    }
    await expect(runtime.ready()).rejects.toMatchObject({ code: 'RuntimeClosedError' })
    await expect(runtime.warm()).rejects.toMatchObject({ code: 'RuntimeClosedError' })
    await expect(runtime.serve()).rejects.toMatchObject({ code: 'RuntimeClosedError' })
    expect(await waiting).toBe('RuntimeClosedError')
    open(turnstile)
    await queued
    spawning.send({ type: 'go' })
    await closed
    for (const run of [running, queued, spawning]) expect((await run.settled()).status).toBe('succeeded')
    expect(runtime.stats()).toMatchObject({ threads: 0, totals: { aborted: 0 } })
  })

  it('aborts what is left when the time is up, with source shutdown', async () => {
    const runtime = createRuntime({ threads: 1 })
    const run = runtime.run(linger)
    await reports(run, 'up')
    await runtime.close({ drainMs: 1 })
    expect(await run.settled()).toMatchObject({ status: 'aborted', reason: { source: 'shutdown' } })
  })

  it.each([
    ['a plain close', undefined],
    ['a smaller drainMs', { drainMs: 1 }],
    ['a graceMs, which comes without a drainMs', { graceMs: 0 }],
  ])('is shortened by %s, and every call returns the same promise', async (_what, options) => {
    const runtime = createRuntime({ threads: 1 })
    const run = runtime.run(linger)
    await reports(run, 'up')
    const first = runtime.close({ drainMs: Infinity })
    // A longer one changes nothing.
    expect(runtime.close({ drainMs: LONG_MS })).toBe(first)
    expect(runtime.close({ drainMs: Infinity, graceMs: LONG_MS })).toBe(first)
    expect(run.phase).toBe('running')
    expect(runtime.close(options)).toBe(first)
    await first
    expect(await run.settled()).toMatchObject({ status: 'aborted', reason: { source: 'shutdown' } })
  })

  it('is shortened by `await using`, too, and does not begin again', async () => {
    const runtime = createRuntime({ threads: 1 })
    const run = runtime.run(linger)
    await reports(run, 'up')
    const first = runtime.close({ drainMs: LONG_MS })
    expect(runtime[Symbol.asyncDispose]()).toBe(first)
    expect(run.phase).toBe('aborting')
    void runtime.close({ drainMs: LONG_MS })
    await first
    expect((await run.settled()).status).toBe('aborted')
  })

  it.each([[{ drainMs: -1 }], [{ drainMs: 'x' }], [{ drainms: 1 }], [5]])(
    'refuses %o, and goes on',
    async (options) => {
      await using runtime = createRuntime({ threads: 1 })
      expect(() => runtime.close(options as never)).toThrow(/runtime\.close.*(drainMs|options)/)
      expect(await runtime.scope(() => 1)).toBe(1)
    },
  )
})
