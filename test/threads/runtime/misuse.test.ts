import { describe, expect, it } from 'vitest'
import { action, createRuntime, isActionThread, isHeddleError, type ActionContext } from 'heddle'
import { readLate } from '#fixtures/evaluated-late.js'
import { answer, linger } from '#fixtures/surface.js'
import {
  defineLate,
  missing,
  misspelt,
  nestRuntime,
  tellGuard,
  throwing,
  undefinedThere,
  unguarded,
  unparsable,
} from '#fixtures/misuse.js'
import { reports } from '../../support/events.js'

const url = 'file:///nowhere.js'

describe('wrong use, which gets a clear error and never hangs', () => {
  it.each([
    [
      'a module that defines none',
      undefinedThere,
      /gates\.js doesn't define an action 'undefinedThere'.*top level/,
    ],
    ['a module that defines others', misspelt, /'anwser'.*it defines .*'answer'/],
    [
      'a definition that is made inside a function',
      defineLate(),
      /misuse\.js.*'definedLate' at its top level/,
    ],
  ])('of %s', async (_what, definition, message) => {
    await using runtime = createRuntime({ threads: 1 })
    const error: unknown = await runtime.run(definition).catch((thrown: unknown) => thrown)
    expect(isHeddleError(error, 'ActionNotFoundError')).toBe(true)
    expect((error as Error).message).toMatch(message)
    expect(error).toMatchObject({ action: 'a0' })
  })

  it.each([
    ['that is not there', missing, /missing\.js/],
    ['that throws when it is imported', throwing, /throws-on-import\.js.*RangeError: thrown while importing/],
    ['that does not parse', unparsable, /unparsable.*SyntaxError/],
    ['that creates a runtime without the guard', unguarded, /isActionThread/],
  ])('of a module %s', async (_what, definition, message) => {
    await using runtime = createRuntime({ threads: 1 })
    const error: unknown = await runtime.run(definition).catch((thrown: unknown) => thrown)
    expect(isHeddleError(error)).toBe(true)
    expect((error as Error).message).toMatch(message)
    // The thread has survived it, and says so again.
    expect(await runtime.run(definition).settled()).toMatchObject({ status: 'failed' })
    expect(await runtime.run(answer, 1)).toBe(1)
  })

  it('of a module that is still being evaluated: no body is called before it is whole', async () => {
    await using runtime = createRuntime({ threads: 1 })
    expect(await runtime.scope((ctx) => ctx.map(readLate, ['one', 'two', 'three']))).toEqual(
      ['one', 'two', 'three'].map((input) => `${input}: evaluated`),
    )
  })

  it('of createRuntime in a body', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const error: unknown = await runtime.run(nestRuntime).catch((thrown: unknown) => thrown)
    expect((error as Error).message).toContain('if (!isActionThread)')
  })

  it('knows the threads of a runtime from the app', async () => {
    await using runtime = createRuntime({ threads: 1 })
    expect(isActionThread).toBe(false)
    expect(await runtime.run(tellGuard)).toBe(true)
  })

  it.each([undefined, null, 'train', 5, () => {}, {}])(
    'of a run of %o, which is no definition',
    async (wrong) => {
      await using runtime = createRuntime({ threads: 1 })
      for (const run of [runtime.run(wrong as never), runtime.scope((ctx) => ctx.spawn(wrong as never))]) {
        const error: unknown = await run.catch((thrown: unknown) => thrown)
        expect(isHeddleError(error, 'ActionInputError')).toBe(true)
        expect((error as Error).message).toMatch(/action\(\)/)
      }
    },
  )

  it.each([undefined, null, answer, 5])('of a scope of %o, which is no function', async (wrong) => {
    await using runtime = createRuntime({ threads: 1 })
    expect(await runtime.scope(wrong as never).settled()).toMatchObject({
      error: { code: 'ActionInputError' },
    })
  })

  it.each([
    ['name', { name: '' }],
    ['name', { name: 5 }],
    ['signal', { signal: {} }],
    ['signal', { signal: null }],
    ['timeout', { timeout: -1 }],
    ['timeout', { timeout: '5s' }],
    ['timeout', { timeout: null }],
    ['timeout.runMs', { timeout: { runMs: Number.NaN } }],
    ['graceMs', { graceMs: '1' }],
    ['priority', { priority: Number.NaN }],
    ['on', { on: 'there' }],
    ['on.label', { on: { label: 'no such' } }],
    ['options', null],
    ['options', 'name'],
  ])('of a call with a wrong %s, %o', async (named, options) => {
    await using runtime = createRuntime({ threads: 1 })
    for (const run of [
      runtime.run(answer, 1, options as never),
      runtime.scope(() => 1, options as never),
      runtime.scope((ctx) => ctx.spawn(answer, 1, options as never)),
    ]) {
      const error: unknown = await run.catch((thrown: unknown) => thrown)
      expect(isHeddleError(error, 'ActionInputError')).toBe(true)
      expect((error as Error).message).toContain(named)
    }
    expect(runtime.stats()).toMatchObject({ queued: 0, running: 0 })
  })

  it.each([
    ['threads', { threads: -1 }],
    ['threads', { threads: 1.5 }],
    ['threads', { threads: '2' }],
    ['threads', { threads: Infinity }],
    ['graceMs', { graceMs: -1 }],
    ['maxQueued', { maxQueued: Number.NaN }],
    ['retain', { retain: -1 }],
    ['retain.runs', { retain: { runs: 0.5 } }],
    ['retain.actions', { retain: { actions: '1' } }],
  ])('of createRuntime with a wrong %s, %o', (named, options) => {
    expect(() => createRuntime(options as never)).toThrow(
      expect.objectContaining({ code: 'ActionInputError', message: expect.stringContaining(named) }),
    )
  })

  it.each([
    ['timeout', { timeout: '5s' }],
    ['timeout', { timeout: null }],
    ['retries', { retries: -1 }],
    ['retries', { retries: null }],
    ['retries.limit', { retries: {} }],
    ['retries.factor', { retries: { limit: 1, factor: 0 } }],
    ['graceMs', { graceMs: Number.NaN }],
    ['priority', { priority: 'high' }],
    ['mailbox', { mailbox: null }],
    ['mailbox.overflow', { mailbox: { overflow: 'drop' } }],
    ['mailbox.limit', { mailbox: { limit: 0 } }],
    ['input', { input: {} }],
    ['output', { output: 'string' }],
    ['options', null],
  ])('of action() with a wrong %s, %o', (named, options) => {
    const name = `wrong ${named} ${JSON.stringify(options)}`
    expect(() => action(url, name, options as never, () => 1)).toThrow(
      expect.objectContaining({ code: 'ActionInputError', message: expect.stringContaining(named) }),
    )
  })

  it('of two definitions of one name in a module', () => {
    action(url, 'twice', () => 1)
    expect(() => action(url, 'twice', () => 2)).toThrow(/'twice' in file:\/\/\/nowhere\.js is defined twice/)
    expect(() => action('file:///elsewhere.js', 'twice', () => 3)).not.toThrow()
    action(import.meta, 'twice', () => 1)
    expect(() => action(import.meta, 'twice', () => 2)).toThrow(
      expect.objectContaining({ code: 'ActionInputError' }),
    )
  })

  it.each([
    ['no name', () => action(url, '', () => 1)],
    ['no body', () => action(url, 'no body', 5 as never)],
    ['no module', () => action(undefined as never, 'no module', () => 1)],
    ['null for a module', () => action(null as never, 'no module', () => 1)],
    ['a path for a module', () => action('./train.js', 'no url', () => 1)],
  ])('of action() with %s', (_what, define) => {
    expect(define).toThrow(expect.objectContaining({ code: 'ActionInputError' }))
  })

  it('of input that can not be cloned, without harm to the thread', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const error: unknown = await runtime.run(answer, { key: () => {} }).catch((thrown: unknown) => thrown)
    expect(isHeddleError(error, 'NotCloneableError')).toBe(true)
    expect((error as Error).message).toMatch(/'answer'.*plain data/)
    expect(await runtime.run(answer, 1)).toBe(1)
  })

  it.each([{ execArgv: ['--no-such-option'] }, { execArgv: ['--import', './missing.js'] }])(
    'of threads that can not start with %o',
    async (options) => {
      await using runtime = createRuntime({ threads: 1, ...options })
      const outcome = await runtime.run(answer, 1).settled()
      expect(outcome).toMatchObject({
        status: 'failed',
        error: { code: 'ThreadLostError', loss: 'failed-to-start' },
      })
      expect(outcome.status === 'failed' && outcome.error.message).toMatch(/execArgv/)
    },
  )

  it('of a context that is used after its action has ended', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const kept: ActionContext[] = []
    await runtime.scope((ctx) => void kept.push(ctx))
    for (const ctx of kept) {
      await expect(ctx.sleep(1)).rejects.toMatchObject({ code: 'RunEndedError' })
      await expect(ctx.spawn(answer, 1)).rejects.toMatchObject({ code: 'RunEndedError' })
    }
    expect(kept).toHaveLength(1)
  })

  it('of a handle that is returned by an async function, which collapses to its output', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const run = runtime.run(linger)
    await reports(run, 'up')
    run.cancel()
    await expect((async () => run)()).rejects.toMatchObject({ code: 'ActionAbortedError' })
  })
})
