import { createRuntime, isHeddleError } from 'heddle'
import { describe, expect, it } from 'vitest'

describe('the body of a scope', () => {
  it('gives back the very thing that it returns', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const made = { method: () => 'called', since: new Date() }
    expect(await runtime.scope(() => made)).toBe(made)
    const outcome = await runtime.scope(async () => made.method).settled()
    expect(outcome.status === 'succeeded' && outcome.output).toBe(made.method)
  })

  it('fails with the very error that it throws as the cause', async () => {
    await using runtime = createRuntime({ threads: 1 })
    class RequestError extends Error {
      override readonly name = 'RequestError'
      readonly socket = { destroy: () => {} }
    }
    const thrown = new RequestError('refused')
    const outcome = await runtime
      .scope(() => {
        throw thrown
      })
      .settled()
    if (outcome.status !== 'failed') throw new Error(`it ended as ${outcome.status}`)
    expect(outcome.error.cause).toBe(thrown)
    expect(outcome.error).toMatchObject({ code: 'RequestError', action: 'a0' })
  })

  it("passes an error of Heddle's on as it is (S13)", async () => {
    await using runtime = createRuntime({ threads: 1 })
    const run = runtime.scope(async (ctx) => {
      const never = ctx.spawn(undefined as never)
      await never
    })
    const error: unknown = await run.catch((reason: unknown) => reason)
    expect(isHeddleError(error, 'ActionInputError') && error.action).toBe('a0.1')
  })

  it('causes no unhandled rejection by a wait that it has let go (I13, S12)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const unhandled: unknown[] = []
    const listener = (reason: unknown): void => void unhandled.push(reason)
    process.on('unhandledRejection', listener)
    try {
      const run = runtime.scope(async (ctx) => {
        void ctx.sleep(3_600_000)
        run.cancel('enough')
        await ctx.sleep(3_600_000)
      })
      expect((await run.settled()).status).toBe('aborted')
      await new Promise((resolve) => setImmediate(resolve))
      expect(unhandled).toEqual([])
    } finally {
      process.off('unhandledRejection', listener)
    }
  })
})

describe('a scope that has returned', () => {
  it.each([
    ['at once', () => 7],
    ['after a wait', () => Promise.resolve(7)],
  ])('%s is not aborted by what follows from it in the same tick (S4)', async (_when, give) => {
    await using runtime = createRuntime({ threads: 1 })
    const gone = new AbortController()
    const leave = (output: number): number => {
      process.nextTick(() => gone.abort(new Error('the client went away')))
      return output
    }
    const body = (): number | Promise<number> => {
      const given = give()
      return typeof given === 'number' ? leave(given) : given.then(leave)
    }
    expect(await runtime.scope(body, { signal: gone.signal }).settled()).toMatchObject({
      status: 'succeeded',
      output: 7,
    })
  })
})
