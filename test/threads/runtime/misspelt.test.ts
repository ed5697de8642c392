// Options that are misspelt are told, and not taken for left out.

import { action, createRuntime, isHeddleError } from 'heddle'
import { answer } from '#fixtures/surface.js'
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
      "action 'misspelt' in file:///nowhere.js: there is no option 'cpus': did you mean 'cpu'? the options are 'cpu', 'timeout', 'retries', 'graceMs', 'priority', 'mailbox', 'input', 'output'",
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
})
