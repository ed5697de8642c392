// What a copy keeps of a value, and of an error that holds very many.
import { describe, expect, it } from 'vitest'
import { createRuntime, transfer, type Services } from 'heddle'
import {
  callsMissing,
  decodes,
  passesOn,
  returnsHandle,
  saysLossy,
  shows,
  throwsMany,
  throwsNameless,
  waits,
} from '#fixtures/values.js'
import { answerLightly } from '#fixtures/surface.js'
import { collectEvents } from '../../support/events.js'

describe('a handle', () => {
  it.each([0, 1])(
    'is refused where it would lose its methods, and its ref is not (threads: %s)',
    async (threads) => {
      await using runtime = createRuntime({ threads })
      const refusal = {
        status: 'failed',
        error: { code: 'NotCloneableError', message: expect.stringContaining('give its `ref`') as string },
      }
      const run = runtime.run(waits)
      expect(await runtime.run(answerLightly, [run]).settled()).toMatchObject(refusal)
      expect(await runtime.run(answerLightly, [run.ref])).toEqual([run.ref])
      expect(await runtime.run(returnsHandle).settled()).toMatchObject(refusal)
      expect(() => run.send({ type: 'handle', run } as never)).toThrow('give its `ref`')
      await runtime.scope(async (ctx) => {
        const child = ctx.spawn(waits)
        expect(await ctx.spawn(answerLightly, { child }).settled()).toMatchObject(refusal)
      })
    },
  )
})

describe('an error that holds very many values', () => {
  const cases = [
    { holds: 'errors', count: 20_000, code: 'AggregateError' },
    { holds: 'fields', count: 20_000, code: 'RangeError' },
    { holds: 'list', count: 100_000, code: 'RangeError' },
    { holds: 'message', count: 50_000_000, code: 'RangeError' },
    { holds: 'causes', count: 10_000, code: 'RangeError' },
  ] as const

  it.each(cases)('is what it was, wrapped once: $count $holds (S13)', async ({ holds, count, code }) => {
    await using runtime = createRuntime({ threads: 1 })
    const run = runtime.run(throwsMany, { holds, count })
    expect(await run.settled()).toMatchObject({
      status: 'failed',
      error: {
        name: 'ActionFailedError',
        code,
        action: 'a0',
        run: run.run,
        retriable: false,
        cause: { name: code, code: 'E_MANY' },
      },
    })
    // It said that it isn't to be tried again.
    expect(run.actions()[0]?.attempt).toBe(1)
    const above = runtime.run(passesOn, { holds, count })
    expect(await above.settled()).toMatchObject({
      status: 'failed',
      error: { code, action: 'a0.1', run: above.run, retriable: false, cause: { name: code } },
    })
  })

  it('is the whole reason of an abort (I3)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const run = runtime.run(waits)
    const cause = Object.assign(new RangeError('many'), {
      list: Array.from({ length: 20_000 }, (_, n) => ({ n })),
    })
    run.cancel(cause)
    const outcome = await run.settled()
    expect(outcome).toMatchObject({
      status: 'aborted',
      error: { code: 'ActionAbortedError', source: 'cancel', origin: 'a0' },
    })
  })
})

describe('a thrown value', () => {
  it('is an Error also without a name (S13)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    expect(await runtime.run(throwsNameless).settled()).toMatchObject({
      error: { code: 'Error', message: expect.stringMatching(/failed with Error: quota is used up$/) },
    })
  })
})

describe('a value of which a copy would keep nothing', () => {
  it.each([
    ['an AbortSignal', new AbortController().signal, /option `signal`/],
    ['a URL', new URL('http://a/b'), /`href`/],
    ['a URLSearchParams', new URLSearchParams('a=1'), /its text/],
    ['a Headers', new Headers(), /Object\.fromEntries/],
    ['a Response', new Response('x'), /the body as bytes/],
    ['a FormData', new FormData(), /files as bytes/],
  ])('is refused as an input, with the way out: %s', async (name, value, wayOut) => {
    await using runtime = createRuntime({ threads: 1 })
    for (const input of [value, { deep: [new Map([['key', value]])] }]) {
      const outcome = await runtime.run(shows, input).settled()
      expect(outcome).toMatchObject({ status: 'failed', error: { code: 'NotCloneableError' } })
      const message = outcome.status === 'failed' ? outcome.error.message : ''
      expect(message).toContain(`${name} would arrive as an empty object`)
      expect(message).toMatch(wayOut)
    }
    expect(() => runtime.run(waits).send({ type: 'x', value } as never)).toThrow(/would arrive as an empty/)
  })

  it('is refused as an output, a report and an event', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const { seen, ended } = collectEvents(runtime)
    expect(await runtime.run(saysLossy).settled()).toMatchObject({
      status: 'failed',
      error: { code: 'NotCloneableError', message: expect.stringContaining('an AbortSignal would arrive') },
    })
    await runtime.close()
    await ended
    expect(seen.filter((event) => event.type === 'report' || event.type === 'emit')).toEqual([])
    expect(seen.filter((event) => event.type === 'log')).toHaveLength(2)
  })
})

describe('a small Buffer', () => {
  it('is copied where it is marked for transfer, since its pool is not its own', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const bytes = Buffer.from('small')
    expect(await runtime.run(decodes, transfer(bytes))).toBe('small')
    expect(bytes.toString()).toBe('small')
    expect(await runtime.run(shows, { bytes: transfer(Buffer.from('a')) })).toMatch(/97|"0"/)
  })
})

describe('a call of what is not there', () => {
  it('says what there is, and what is nearest', async () => {
    const store = { query: () => 1, users: { find: () => 1, findAll: () => 2 } }
    await using runtime = createRuntime({ threads: 1, services: { store } as unknown as Services })
    expect(await runtime.run(callsMissing)).toEqual([
      'service store has no method qurey: it has query',
      'service store.users has no method findAl: it has find, findAll; did you mean findAll?',
      'service store.users has no property x: it has find, findAll',
      "what action a0.1 'exposes' exposes has no method mak: it has make",
    ])
  })
})

describe('a signal that is aborted with a text', () => {
  it('gives that as the cause of the abort', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const signal = AbortSignal.abort('text')
    expect(await runtime.run(shows, 1, { signal }).settled()).toMatchObject({
      status: 'aborted',
      reason: { source: 'signal', message: 'text', cause: 'text' },
    })
  })
})
