// Values that no option can have, and arguments that are none, are told where they are given, and not where they would be used.

import { action, actionRef, createRuntime, isHeddleError } from 'heddle'
import { fromAction } from 'heddle/actors'
import { connectCluster, startWorker } from 'heddle/cluster'
import { sweep, uniform } from 'heddle/sweep'
import { answer, answerLightly, lingerLightly } from '#fixtures/surface.js'
import { describe, expect, it } from 'vitest'

/** The message of the `ActionInputError` that a call throws or rejects with. */
async function refusalOf(call: () => unknown): Promise<string> {
  try {
    await call()
  } catch (error) {
    if (isHeddleError(error, 'ActionInputError')) return error.message
    throw error
  }
  return 'accepted'
}

describe('an odd value', () => {
  it.each([
    ['threads', null],
    ['minThreads', null],
    ['idleTimeoutMs', null],
    ['graceMs', null],
    ['maxQueued', null],
    ['resourceLimits', 5],
    ['resourceLimits', null],
    ['resourceLimits', { maxOldGenerationSize: 64 }],
    ['resourceLimits', { maxOldGenerationSizeMb: '64' }],
    ['resourceLimits', { maxOldGenerationSizeMb: -1 }],
    ['env', 5],
    ['env', null],
    ['env', ['A=1']],
    ['execArgv', '--no-warnings'],
    ['execArgv', [5]],
    ['inspect', {}],
    ['inspect', null],
    ['processSignals', 'yes'],
    ['processSignals', null],
    ['retain', []],
  ])('of createRuntime: %s of %o', async (option, value) => {
    expect(await refusalOf(() => createRuntime({ [option]: value }))).toMatch(
      new RegExp(`^createRuntime.*'${option}`),
    )
  })

  it('of startWorker is refused as that of createRuntime is', async () => {
    const options = { redis: 'redis://127.0.0.1:1', actions: [new URL(import.meta.url)] }
    for (const wrong of [{ resourceLimits: 5 }, { env: 'A=1' }, { execArgv: '--no-warnings' }]) {
      const [option] = Object.keys(wrong)
      expect(await refusalOf(() => startWorker({ ...options, ...wrong } as never))).toContain(`'${option}'`)
    }
  })

  it('of a secret that seals nothing is refused', async () => {
    expect(await refusalOf(() => connectCluster({ redis: 'redis://127.0.0.1:1', secret: [] }))).toBe(
      "connectCluster: the option 'secret' is an empty list, which would seal nothing: give one, or leave the option out",
    )
  })

  it.each([null, 0, false, ''])('of a schema: %o is none', async (wrong) => {
    for (const option of ['input', 'output']) {
      expect(
        await refusalOf(() => action('file:///odd.js', 'schema', { [option]: wrong } as object, () => 1)),
      ).toContain(`the option '${option}' is`)
    }
  })

  it('of options: an array has none', async () => {
    await using runtime = createRuntime({ threads: 1 })
    expect(await refusalOf(() => createRuntime([] as object))).toContain('takes an object of options')
    for (const options of [[], { timeout: [] }, { mailbox: [] }]) {
      expect(await refusalOf(() => action('file:///odd.js', 'array', options as object, () => 1))).toContain(
        'takes an object of options',
      )
    }
    expect(await refusalOf(() => runtime.run(answer, 1, [] as object))).toContain(
      'takes an object of options',
    )
    expect(await refusalOf(() => runtime.close([] as object))).toContain('takes an object of options')
  })

  it.each(['', undefined, 5])('of the name of an actionRef: %o', async (name) => {
    expect(await refusalOf(() => actionRef('file:///odd.js', name as string))).toContain(
      "must be a text that isn't empty",
    )
  })

  it('of an action to abort, of a listener, of an actor, of a sweep', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const run = runtime.run(lingerLightly, undefined, { name: 'odd' })
    expect(await refusalOf(() => runtime.abort('odd', 5 as never))).toContain('the action is 5')
    expect(await refusalOf(() => run.on(5 as never, () => {}))).toContain('the type is 5')
    expect(await refusalOf(() => run.on('word', 5 as never))).toContain('the listener is 5')
    for (const wrong of [null, 5, {}]) {
      expect(await refusalOf(() => fromAction(answer, { runtime: wrong as never }))).toContain("'runtime'")
    }
    expect(run.phase).not.toBe('aborting')
    const options = { space: { x: uniform(0, 1) }, metric: 'loss', direction: 'minimize' } as const
    for (const wrong of [undefined, null, 5, {}, { info: 1 }]) {
      expect(await refusalOf(() => sweep(wrong as never, answer, options as never))).toContain(
        'needs a runtime',
      )
    }
    expect(
      await refusalOf(() => sweep(runtime, answer, { ...options, trials: 1, failures: 5 } as never)),
    ).toContain("the option 'failures' is 5")
  })
})

describe('what a body gives to ctx', () => {
  it('never makes map throw, and is looked at also where there is nothing to do (S20)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    await runtime.scope(async (ctx) => {
      for (const wrong of [null, 5, [], { timeout: -1 }, { priority: 'high' }, { on: 'there' }]) {
        const mapped = ctx.map(answer, [], wrong as object)
        expect(await refusalOf(() => mapped)).not.toBe('accepted')
      }
      expect(await refusalOf(() => ctx.map(answer, [1], { outcomes: 'yes' } as never))).toContain(
        "'outcomes'",
      )
      const unreadable = {
        get name(): string {
          throw new TypeError('unreadable')
        },
      }
      await expect(ctx.map(answer, [1], unreadable)).rejects.toThrow('unreadable')
      expect(await refusalOf(() => ctx.map(5 as never, []))).toContain('needs what action()')
      expect(await refusalOf(() => ctx.map(answer, Object.create(null) as never))).toContain('the inputs are')
      const noSteps = { [Symbol.iterator]: () => ({ next: () => 5 }) }
      await expect(ctx.map(answerLightly, noSteps as never)).rejects.toThrow(
        'a step of the inputs is no object',
      )
      expect(await ctx.map(answer, 'abc')).toEqual(['a', 'b', 'c'])
    })
  })

  it('is detached or not: nothing else', async () => {
    await using runtime = createRuntime({ threads: 1 })
    await runtime.scope(async (ctx) => {
      expect(await refusalOf(() => ctx.spawn(answer, 1, { detached: 'yes' } as never))).toContain(
        "'detached'",
      )
      expect(await ctx.spawn(answer, 1, { detached: false })).toBe(1)
    })
  })

  it('may be null where first is told to accept any', async () => {
    await using runtime = createRuntime({ threads: 1 })
    expect(await runtime.scope((ctx) => ctx.first([ctx.spawn(answer, 1)], null as never))).toBe(1)
  })
})
