// Options that are misspelt are told, and not taken for left out.

import { action, createRuntime, isHeddleError } from 'heddle'
import { fromAction } from 'heddle/actors'
import { answer, linger } from '#fixtures/surface.js'
import { describe, expect, it } from 'vitest'

/** The message of the `ActionInputError` that a call rejects with. */
async function refusalOf(call: PromiseLike<unknown>): Promise<string> {
  try {
    await call
  } catch (error) {
    if (isHeddleError(error, 'ActionInputError')) return error.message
    throw error
  }
  return 'accepted'
}

describe('a misspelt option', () => {
  it('of action() is thrown, with the nearest that there is', () => {
    const options = { cpus: 0.5 } as object
    expect(() => action('file:///nowhere.js', 'misspelt', options, () => 1)).toThrow(
      "action 'misspelt' in file:///nowhere.js: there is no option 'cpus': did you mean 'cpu'? the options are 'cpu', 'timeout', 'retries', 'graceMs', 'priority', 'mailbox', 'resources', 'on', 'input', 'output'",
    )
    // It wasn't defined.
    action('file:///nowhere.js', 'misspelt', { cpu: 0.5 }, () => 1)
  })

  it('of createRuntime is thrown', () => {
    expect(() => createRuntime({ treads: 1 } as object)).toThrow(
      "createRuntime: there is no option 'treads': did you mean 'threads'?",
    )
    expect(() => createRuntime({ retain: { run: 1 } } as object)).toThrow("did you mean 'retain.runs'?")
    expect(() => createRuntime({ retain: null } as object)).toThrow("the option 'retain' is null")
  })

  it('of a call rejects its handle, and nothing is started', async () => {
    await using runtime = createRuntime({ threads: 1 })
    expect(await refusalOf(runtime.run(answer, 1, { timeoutMs: 5 } as object))).toContain(
      "runtime.run: there is no option 'timeoutMs': did you mean 'timeout'?",
    )
    expect(await refusalOf(runtime.scope(() => 1, { prio: 1 } as object))).toContain(
      "runtime.scope: there is no option 'prio'",
    )
    // Only what a run spawns can be detached from something.
    expect(await refusalOf(runtime.run(answer, 1, { detached: true } as object))).toContain("'detached'")
    await runtime.scope(async (ctx) => {
      expect(await refusalOf(ctx.spawn(answer, 1, { detatched: true } as object))).toContain(
        "spawn of action 'answer': there is no option 'detatched': did you mean 'detached'?",
      )
    })
    expect(runtime.stats().totals).toEqual({ succeeded: 1, failed: 0, aborted: 0, timedOut: 0 })
  })

  it('of map rejects it before an input is taken', async () => {
    await using runtime = createRuntime({ threads: 1 })
    let taken = 0
    const inputs = function* (): Generator<number> {
      for (;;) yield (taken += 1)
    }
    await runtime.scope(async (ctx) => {
      expect(await refusalOf(ctx.map(answer, inputs(), { concurency: 2 } as object))).toContain(
        "there is no option 'concurency': did you mean 'concurrency'?",
      )
      expect(taken).toBe(0)
    })
  })

  it('is no mistake where it is undefined, and every documented one is taken', async () => {
    await using runtime = createRuntime({ threads: 1, treads: undefined } as object)
    const { signal } = new AbortController()
    const options = { name: 'all', signal, timeout: { runMs: 1e6 }, graceMs: 5, priority: 1, nam: undefined }
    expect(await runtime.run(answer, 1, options)).toBe(1)
    await runtime.scope(async (ctx) => {
      expect(await ctx.spawn(answer, 1, { ...options, detached: true })).toBe(1)
      const forMap = { ...options, concurrency: 1, outcomes: false as const }
      expect(await ctx.map(answer, [1, 2], forMap)).toEqual([1, 2])
    })
  })

  it('of what stops, waits or looks is refused, and nothing is done', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const run = runtime.run(linger)
    const thrown = (call: () => unknown): string => {
      try {
        call()
      } catch (error) {
        if (isHeddleError(error, 'ActionInputError')) return error.message
        throw error
      }
      return 'accepted'
    }
    const wrong = { gracems: 5 } as object
    const hint = "there is no option 'gracems': did you mean 'graceMs'?"
    expect(thrown(() => run.cancel('x', wrong))).toBe(
      `cancel of run '${run.run}': ${hint} the options are 'graceMs', 'force'`,
    )
    expect(thrown(() => run.cancel('x', { force: 1 } as never))).toContain("the option 'force' is 1")
    expect(thrown(() => run.cancel('x', null as never))).toContain('the options are null')
    expect(thrown(() => runtime.abort(run.run, wrong))).toContain(hint)
    expect(thrown(() => runtime.abort(run.run, 'a0', { resaon: 'x' } as object))).toContain("'reason'")
    expect(thrown(() => runtime.events({ sinse: 1 } as object))).toContain("did you mean 'since'?")
    expect(thrown(() => runtime.close(wrong))).toContain(`runtime.close: ${hint}`)
    expect(await refusalOf(runtime.serve({ hots: 'x' } as object))).toContain("did you mean 'host'?")
    expect(await refusalOf(runtime.serve({ limits: { steams: 1 } } as object))).toContain("'limits.streams'?")
    expect(thrown(() => fromAction(answer, { runtimes: runtime } as object))).toContain("'runtime'?")
    expect(run.phase).not.toBe('aborting')
    await runtime.scope(async (ctx) => {
      const child = ctx.spawn(answer, 1)
      expect(thrown(() => child.cancel('x', wrong))).toContain(`cancel of action a0.1: ${hint}`)
      expect(await refusalOf(ctx.all([child], wrong))).toContain(`ctx.all in action a0 'scope': ${hint}`)
      expect(await refusalOf(ctx.first([child], undefined, wrong))).toContain(`ctx.first in action a0`)
      expect(await refusalOf(ctx.first([child], { graceMs: 1 } as never))).toContain('needs a function')
      expect(await refusalOf(ctx.receive({ timeout: 5 } as object))).toContain("did you mean 'timeoutMs'?")
      expect(await child).toBe(1)
    })
  })

  it('and other wrong arguments get an error that names them (S20)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    await runtime.scope(async (ctx) => {
      const of = "in action a0 'scope'"
      expect(await refusalOf(ctx.sleep(-1))).toBe(
        `ctx.sleep ${of} was given -1, but needs milliseconds, 0 or more`,
      )
      expect(await refusalOf(ctx.sleep(Number.NaN))).toContain('was given NaN')
      expect(await refusalOf(ctx.shield(10, undefined as never))).toContain('needs a function (ctx) => …')
      expect(await refusalOf(ctx.shield(-1, () => 1))).toContain("'ms' is -1")
      expect(await refusalOf(ctx.completed([Promise.resolve(1)] as never).next())).toBe(
        `ctx.completed ${of} was given a promise at index 0, but needs handles, as ctx.spawn returns them: a plain promise has no outcome`,
      )
      expect(await refusalOf(ctx.completed(5 as never).next())).toContain('was given 5, but needs handles')
      expect(await ctx.first([7] as never)).toBe(7)
      // Longer than a timer of Node's can wait: it waits all the same.
      const sleeping = ctx.sleep(2 ** 31)
      expect(await Promise.race([sleeping, ctx.sleep(5).then(() => 'still')])).toBe('still')
    })
  })

  it('gives the errors of first in the order of its input, however they came (S20)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const error: unknown = await runtime.scope(async (ctx) => {
      const failures = [1, 2, 3].map((number) => () => Promise.reject(new Error(String(number))))
      const [one, two, three] = failures as [() => Promise<never>, () => Promise<never>, () => Promise<never>]
      const late = ctx.sleep(20).then(one)
      const soon = ctx.sleep(1).then(two)
      return ctx.first([late, soon, three()]).catch((thrown: unknown) => thrown)
    })
    expect((error as AggregateError).errors.map((one: Error) => one.message)).toEqual(['1', '2', '3'])
  })
})
