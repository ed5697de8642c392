import { readFileSync } from 'node:fs'
import { inspect, stripVTControlCharacters } from 'node:util'
import { runInNewContext } from 'node:vm'
import { describe, expect, it, vi } from 'vitest'
import type { AbortReason } from '../../src/protocol/errors/abort-reason.js'
import { describeValue } from '../../src/protocol/values/describe-value.js'
import {
  ActionAbortedError,
  ActionFailedError,
  ActionInputError,
  ActionNotFoundError,
  ActionTimedOutError,
  HeddleError,
  NotCloneableError,
  QueueFullError,
  RunEndedError,
  RuntimeClosedError,
  ThreadLostError,
} from '../../src/protocol/errors/errors.js'
import { isHeddleError } from '../../src/protocol/errors/is-heddle-error.js'
import { wrapThrown } from '../../src/protocol/errors/wrap-thrown.js'

const where = { run: 'sweep', action: 'a0.3' }
const reason: AbortReason = { source: 'external', message: 'not needed', by: 'cli', origin: 'a0', at: 1.5 }

const oneOfEach: HeddleError[] = [
  new ActionFailedError('failed', { code: 'ValueError', ...where }),
  new ActionAbortedError({ reason, ...where }),
  new ActionTimedOutError('late', { bound: 'runMs', limitMs: 10, ...where }),
  new ThreadLostError('lost', { loss: 'crashed', thread: 3, exitCode: 1, ...where }),
  new RunEndedError('ended', where),
  new ActionNotFoundError('unknown', where),
  new ActionInputError('wrong', where),
  new NotCloneableError('not cloneable', where),
  new QueueFullError('full', where),
  new RuntimeClosedError('closed', where),
]

describe('errors', () => {
  it.each(oneOfEach.map((error) => [error.constructor.name, error] as const))(
    '%s has the name of its class, a code, a place and a brand',
    (name, error) => {
      expect(error).toBeInstanceOf(HeddleError)
      expect(error).toBeInstanceOf(Error)
      expect(error.name).toBe(name)
      expect(error.code).toBe(name === 'ActionFailedError' ? 'ValueError' : name)
      expect(error).toMatchObject(where)
      expect(Reflect.get(error, Symbol.for('heddle.error'))).toBe(name)
      // An abort has no stack: it would show Heddle's own insides.
      const stack = name === 'ActionAbortedError' ? '' : '\n    at '
      expect(error.stack?.startsWith(`${name}: ${error.message}${stack}`)).toBe(true)
      expect(isHeddleError(error)).toBe(true)
      expect(isHeddleError(error, name)).toBe(true)
      expect(Object.keys(error)).not.toContain('name')
    },
  )

  it('has no own property for what is not known', () => {
    expect(Object.keys(new QueueFullError('full'))).toEqual(['code'])
    expect(Object.hasOwn(new QueueFullError('full'), 'cause')).toBe(false)
    expect(Object.keys(new ThreadLostError('lost', { loss: 'exited', thread: undefined }))).toEqual([
      'code',
      'loss',
      'blame',
    ])
    expect(
      Object.keys(new ActionFailedError('x', { code: 'Y', run: undefined, retriable: undefined })),
    ).toEqual(['code'])
  })

  it('keeps a cause, also undefined, out of the enumerable fields', () => {
    const error = new RunEndedError('ended', { cause: undefined })
    expect(Object.hasOwn(error, 'cause')).toBe(true)
    expect(Object.keys(error)).not.toContain('cause')
  })

  it('lets nobody define a second name by accident: a subclass of the app keeps the brand', () => {
    class Special extends ActionFailedError {}
    const error = new Special('special', { code: 'Special' })
    expect(isHeddleError(error, 'Special')).toBe(true)
    expect(isHeddleError(error, 'ActionFailedError')).toBe(true)
  })

  it('keeps the issues of a Standard Schema as plain data', () => {
    const error = new ActionInputError('wrong', {
      issues: [
        { message: 'a', path: ['x', 0, { key: 'y' }, Symbol('z')] },
        { message: 'b', path: [] },
        { message: 'c', path: undefined },
      ],
    })
    expect(error.issues).toStrictEqual([
      { message: 'a', path: ['x', 0, 'y', 'Symbol(z)'] },
      { message: 'b' },
      { message: 'c' },
    ])
  })
})

describe('ActionAbortedError', () => {
  it('has the parts of its reason as shortcuts', () => {
    const error = new ActionAbortedError({ reason, ...where })
    expect(error.reason).toBe(reason)
    expect([error.source, error.by, error.origin, error.how]).toEqual(['external', 'cli', 'a0', undefined])
    expect(new ActionAbortedError({ reason, how: 'forced' }).how).toBe('forced')
  })

  it('says what was stopped, by whom, how and why', () => {
    expect(new ActionAbortedError({ reason, ...where }).message).toBe(
      "action a0.3 of run 'sweep' was aborted by 'cli' (source external, origin a0): not needed",
    )
    expect(new ActionAbortedError({ reason, action: 'a0', how: 'never-started' }).message).toBe(
      "action a0 was aborted by 'cli' before it started (source external): not needed",
    )
    expect(new ActionAbortedError({ reason, action: 'a0', how: 'forced' }).message).toContain('with force')
    expect(new ActionAbortedError({ reason, action: 'a0', how: 'abandoned' }).message).toContain('abandoned')
    expect(new ActionAbortedError({ reason, message: 'just so' }).message).toBe('just so')
  })

  it('has the cause of its reason, unless it is given one', () => {
    const cause = new Error('why')
    expect(new ActionAbortedError({ reason: { ...reason, cause } }).cause).toBe(cause)
    expect(new ActionAbortedError({ reason: { ...reason, cause }, cause: 1 }).cause).toBe(1)
    expect(Object.hasOwn(new ActionAbortedError({ reason }), 'cause')).toBe(false)
  })
})

describe('isHeddleError', () => {
  it('tells the classes apart', () => {
    for (const error of oneOfEach) {
      const matching = oneOfEach.filter((other) => isHeddleError(other, error.name))
      expect(matching).toEqual([error])
    }
  })

  it("matches a body's error by its name, and every body's error by the class", () => {
    const error = wrapThrown(new TypeError('x'), where)
    expect(isHeddleError(error, 'TypeError')).toBe(true)
    expect(isHeddleError(error, 'ActionFailedError')).toBe(true)
    expect(isHeddleError(error, 'ValueError')).toBe(false)
    expect(isHeddleError(new TypeError('x'), 'TypeError')).toBe(false)
  })

  it("does not take a body's error for one of Heddle's because of its name", () => {
    const impostor = Object.assign(new Error('x'), { name: 'ActionAbortedError', code: 'ActionAbortedError' })
    expect(isHeddleError(impostor)).toBe(false)
    const wrapped = wrapThrown(impostor, where)
    expect(wrapped.code).toBe('ActionAbortedError')
    expect(isHeddleError(wrapped, 'ActionAbortedError')).toBe(false)
    expect(isHeddleError(wrapped, 'ActionFailedError')).toBe(true)
  })

  it('does not mistake a key of every object for a class', () => {
    expect(isHeddleError(new RunEndedError('ended'), 'constructor')).toBe(false)
    expect(
      isHeddleError(wrapThrown(Object.assign(new Error(), { name: 'toString' }), where), 'toString'),
    ).toBe(true)
  })

  it('recognises the errors of a second copy of the package', async () => {
    vi.resetModules()
    const second = await import('../../src/protocol/errors/errors.js')
    const error = new second.ActionAbortedError({ reason, ...where })
    expect(error).not.toBeInstanceOf(ActionAbortedError)
    expect(isHeddleError(error, 'ActionAbortedError')).toBe(true)
    expect(isHeddleError(error, 'RunEndedError')).toBe(false)
    expect(wrapThrown(error, { run: 'other', action: 'a1' })).toBe(error)
  })

  it('is false for everything else, without throwing', () => {
    const answersAll = new Proxy(new Error('x'), { get: () => 'ActionAbortedError' })
    const throwing = new Proxy(
      {},
      {
        get: () => {
          throw new Error('no')
        },
      },
    )
    const revoked = Proxy.revocable({}, {})
    revoked.revoke()
    const branded = { [Symbol.for('heddle.error')]: 'RunEndedError', code: 'RunEndedError' }
    for (const value of [undefined, null, 1, 'RunEndedError', Symbol('x'), () => 1, {}, [], new Error('x')]) {
      expect(isHeddleError(value)).toBe(false)
      expect(isHeddleError(value, 'RunEndedError')).toBe(false)
    }
    for (const value of [answersAll, throwing, revoked.proxy, branded])
      expect(isHeddleError(value)).toBe(false)
  })

  it('narrows', () => {
    const error: unknown = oneOfEach[1]
    if (!isHeddleError(error, 'ActionAbortedError')) throw new Error('unreachable')
    expect(error.reason.at).toBe(1.5)
    const failed: unknown = oneOfEach[0]
    if (!isHeddleError(failed, 'ValueError')) throw new Error('unreachable')
    expect(failed.retriable).toBeUndefined()
  })
})

describe('wrapThrown', () => {
  it("returns an error of Heddle's as it is", () => {
    for (const error of oneOfEach) expect(wrapThrown(error, { run: 'r', action: 'a9' })).toBe(error)
  })

  it('wraps any other error once, with its name as code', () => {
    class ValueError extends Error {
      override name = 'ValueError'
    }
    const thrown = new ValueError('x must be positive')
    const error = wrapThrown(thrown, where)
    expect(error).toBeInstanceOf(ActionFailedError)
    expect(error).toMatchObject({ code: 'ValueError', ...where })
    expect(error.cause).toBe(thrown)
    expect(error.message).toBe("action a0.3 of run 'sweep' failed with ValueError: x must be positive")
    expect(wrapThrown(error, { run: 'r', action: 'a0' })).toBe(error)
  })

  it('takes the name from a prototype, another realm, a DOMException, or what merely looks like an error', () => {
    class Named extends Error {
      override get name(): string {
        return 'Named'
      }
    }
    expect(wrapThrown(new Named(), where).code).toBe('Named')
    expect(wrapThrown(runInNewContext('new RangeError("far")'), where).code).toBe('RangeError')
    expect(wrapThrown(new DOMException('stop', 'AbortError'), where).code).toBe('AbortError')
    expect(wrapThrown({ name: 'Like', message: 'an error' }, where).code).toBe('Like')
  })

  it.each([
    ['null', null],
    ['undefined', undefined],
    ["'boom'", 'boom'],
    ['42', 42],
    ['Symbol(s)', Symbol('s')],
    ['[Function: thrown]', function thrown() {}],
    ["{ name: 'Bob' }", { name: 'Bob' }],
  ])('calls %s no error, and shows it', (shown, thrown) => {
    const error = wrapThrown(thrown, where)
    expect(error.code).toBe('NonError')
    expect(error.cause).toBe(thrown)
    expect(Object.hasOwn(error, 'cause')).toBe(true)
    expect(error.message).toContain(shown)
    expect(error.message).toContain('a0.3')
  })

  it('carries an own `retriable: false` over, and nothing else of that name', () => {
    const retriableOf = (thrown: unknown) => (wrapThrown(thrown, where) as ActionFailedError).retriable
    expect(retriableOf(Object.assign(new Error('x'), { retriable: false }))).toBe(false)
    expect(retriableOf({ retriable: false })).toBe(false)
    expect(retriableOf(Object.assign(new Error('x'), { retriable: true }))).toBeUndefined()
    expect(retriableOf(Object.create({ retriable: false }))).toBeUndefined()
    expect(retriableOf(new Error('x'))).toBeUndefined()
  })

  it('survives values that fight back', () => {
    const fight = (): never => {
      throw new Error('no')
    }
    const handler = new Proxy({}, { get: () => fight }) as ProxyHandler<object>
    const revoked = Proxy.revocable(new Error('x'), {})
    revoked.revoke()
    const hostile: unknown[] = [
      new Proxy({}, handler),
      new Proxy(new Error('x'), handler),
      new Proxy(() => 1, handler),
      revoked.proxy,
      Object.defineProperties(new Error('x'), {
        stack: { get: fight }, // first: defining it reads the name
        name: { get: fight },
        message: { get: fight },
        retriable: { get: fight },
      }),
      {
        get [Symbol.toStringTag]() {
          return fight()
        },
      },
      { [inspect.custom]: fight },
      Object.create(null),
      Object.setPrototypeOf(new Error('x'), new Proxy({}, handler)),
      { name: { toString: fight }, message: 'x' },
    ]
    for (const thrown of hostile) {
      const error = wrapThrown(thrown, where)
      expect(error).toBeInstanceOf(ActionFailedError)
      expect(typeof error.message).toBe('string')
      expect(error.code).toBeTypeOf('string')
      expect(Object.is(error.cause, thrown)).toBe(true)
    }
  })
})

describe('describeValue', () => {
  it('is one short line', () => {
    expect(describeValue({ a: { b: { c: 1 } }, d: [1, 2] })).toBe('{ a: { b: [Object] }, d: [ 1, 2 ] }')
    expect(describeValue('x'.repeat(1000))).toHaveLength(200)
    expect(describeValue(new Error('x'))).not.toContain('\n')
    expect(stripVTControlCharacters(describeValue(1))).toBe('1')
  })
})

describe('errors and the docs', () => {
  it('has a CodeMap of all classes with a fixed code', () => {
    const source = readFileSync(new URL('../../src/protocol/errors/errors.ts', import.meta.url), 'utf8')
    const classes = [...source.matchAll(/^export class (\w+) /gm)].map(([, name]) => name)
    expect(classes).toHaveLength(oneOfEach.length)
  })
})
