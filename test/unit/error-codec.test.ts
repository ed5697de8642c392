import { EventEmitter, once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { inspect, isDeepStrictEqual } from 'node:util'
import { runInNewContext } from 'node:vm'
import { MessageChannel } from 'node:worker_threads'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import type { AbortReason } from '../../src/protocol/abort-reason.js'
import { decodeError, decodeReason } from '../../src/protocol/decode-error.js'
import { encodeError, encodeReason } from '../../src/protocol/encode-error.js'
import { errorCodecLimits, type EncodedError } from '../../src/protocol/encoded-error.js'
import {
  ActionAbortedError,
  ActionFailedError,
  ActionInputError,
  ActionNotFoundError,
  ActionTimedOutError,
  HeddleError,
  isHeddleError,
  NotCloneableError,
  QueueFullError,
  RunEndedError,
  RuntimeClosedError,
  ThreadLostError,
} from '../../src/protocol/errors.js'
import { wrapThrown } from '../../src/protocol/wrap-thrown.js'

/** There and back as between two threads: only a structured clone of the encoded form arrives. */
function cross<T>(value: T): T {
  return decodeError(structuredClone(encodeError(value))) as T
}

const where = { run: 'sweep', action: 'a0.3' }
const reason: AbortReason = { source: 'external', message: 'not needed', by: 'cli', origin: 'a0', at: 1.5 }

class ValueError extends Error {
  override name = 'ValueError'
  readonly code = 'E_VALUE'
  readonly given: unknown
  constructor(message: string, given: unknown, options?: ErrorOptions) {
    super(message, options)
    this.given = given
  }
}

describe('error codec', () => {
  describe("with Heddle's errors", () => {
    const cause = new ValueError('x', -1)
    const oneOfEach: HeddleError[] = [
      new ActionFailedError('failed', { code: 'ValueError', retriable: false, cause, ...where }),
      new ActionAbortedError({ reason: { ...reason, cause }, how: 'forced', ...where }),
      new ActionTimedOutError('late', { bound: 'runMs', limitMs: 10, ...where }),
      new ThreadLostError('lost', { loss: 'crashed', thread: 3, exitCode: 1, ...where }),
      new RunEndedError('ended', { cause: null }),
      new ActionNotFoundError('unknown', { cause: undefined }),
      new ActionInputError('wrong', {
        issues: [{ message: 'too small', path: ['x', 0] }, { message: 'bad' }],
      }),
      new NotCloneableError('not cloneable', where),
      new QueueFullError('full', { run: 'sweep' }),
      new RuntimeClosedError('closed'),
    ]

    it.each(oneOfEach.map((error) => [error.constructor.name, error] as const))(
      'keeps %s whole',
      (name, error) => {
        const decoded = cross(error)
        expect(decoded).toBeInstanceOf(HeddleError)
        expect(decoded.constructor).toBe(error.constructor)
        expect(isHeddleError(decoded, name)).toBe(true)
        expect(decoded.stack).toBe(error.stack)
        expect(decoded.message).toBe(error.message)
        expect(Object.keys(decoded)).toEqual(Object.keys(error))
        expect(Object.hasOwn(decoded, 'cause')).toBe(Object.hasOwn(error, 'cause'))
        expect(decoded).toEqual(error)
        // Node adds the class that is left to the name of one it doesn't know.
        expect(inspect(decoded, { depth: 5 }).replaceAll('Error [ValueError]', 'ValueError')).toBe(
          inspect(error, { depth: 5 }),
        )
      },
    )

    it('keeps the reason of an abort, with its cause', () => {
      const error = new ActionAbortedError({ reason: { ...reason, cause }, how: 'cooperative', ...where })
      const decoded = cross(error)
      expect([decoded.source, decoded.by, decoded.origin, decoded.how]).toEqual([
        'external',
        'cli',
        'a0',
        'cooperative',
      ])
      expect(decoded.reason).toEqual({ ...reason, cause })
      expect(decoded.reason.cause).toBeInstanceOf(Error)
      expect(decoded.reason.cause).toBe(decoded.cause)
      expect(decoded.reason.cause).toMatchObject({ name: 'ValueError', code: 'E_VALUE', given: -1 })
    })

    it('keeps fields that the app added, and the name of a subclass', () => {
      class Special extends QueueFullError {
        override readonly name = 'Special' as never
      }
      const decoded = cross(Object.assign(new Special('full'), { tries: 3 }))
      expect(decoded).toBeInstanceOf(QueueFullError)
      expect(decoded).toMatchObject({ name: 'Special', tries: 3 })
    })

    it('makes an error of a second copy of the package one of this copy', async () => {
      vi.resetModules()
      const second = await import('../../src/protocol/errors.js')
      const error = new second.ThreadLostError('lost', {
        loss: 'exited',
        cause: new second.RunEndedError('ended'),
      })
      expect(error).not.toBeInstanceOf(ThreadLostError)
      const decoded = cross(error)
      expect(decoded).toBeInstanceOf(ThreadLostError)
      expect(decoded.loss).toBe('exited')
      expect(decoded.cause).toBeInstanceOf(RunEndedError)
    })

    it('keeps the brand of a class that only another version knows', () => {
      const error = Object.assign(new Error('new'), { code: 'ThreadTiredError' })
      Object.defineProperty(error, 'name', { value: 'ThreadTiredError' })
      Object.defineProperty(error, Symbol.for('heddle.error'), { value: 'ThreadTiredError' })
      const decoded = cross(cross(error))
      expect(decoded).toBeInstanceOf(HeddleError)
      expect(isHeddleError(decoded)).toBe(true)
      expect(decoded).toMatchObject({ name: 'ThreadTiredError', message: 'new', code: 'ThreadTiredError' })
      expect(Object.keys(decoded)).toEqual(['code'])
    })

    it('does not let an error of the app pass for one of them', () => {
      const impostor = Object.assign(new Error('x'), { name: 'RunEndedError', code: 'RunEndedError' })
      const decoded = cross(impostor)
      expect(decoded).not.toBeInstanceOf(HeddleError)
      expect(isHeddleError(decoded)).toBe(false)
      expect(decoded.name).toBe('RunEndedError')
      expect(isHeddleError(cross(wrapThrown(impostor, where)), 'RunEndedError')).toBe(false)
    })

    it('wraps once, however often it crosses', () => {
      const first = wrapThrown(new ValueError('x', -1), where)
      const third = wrapThrown(cross(wrapThrown(cross(first), { run: 'r', action: 'a0' })), where)
      expect(third).toEqual(first)
      expect(third.stack).toBe(first.stack)
      expect(third.action).toBe('a0.3')
    })
  })

  describe('with built-in errors', () => {
    it.each([Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError])(
      'keeps the class %o',
      (ErrorClass) => {
        const error = new ErrorClass('x', { cause: new ErrorClass('y') })
        const decoded = cross(error)
        expect(decoded.constructor).toBe(ErrorClass)
        expect(decoded.cause).toBeInstanceOf(ErrorClass)
        expect(decoded).toEqual(error)
        expect(decoded.stack).toBe(error.stack)
        expect(Object.keys(decoded)).toEqual([])
        expect(Object.hasOwn(decoded, 'name')).toBe(false)
        expect(inspect(decoded)).toBe(inspect(error))
      },
    )

    it('keeps an AggregateError with its errors', () => {
      const shared = new ValueError('shared', 1)
      const error = new AggregateError([shared, new TypeError('t'), 'text', shared], 'all failed')
      const decoded = cross(error)
      expect(decoded).toBeInstanceOf(AggregateError)
      expect(decoded.message).toBe('all failed')
      expect(decoded.errors).toHaveLength(4)
      expect(decoded.errors[0]).toMatchObject({ name: 'ValueError', message: 'shared', given: 1 })
      expect(decoded.errors[1]).toBeInstanceOf(TypeError)
      expect(decoded.errors[2]).toBe('text')
      expect(decoded.errors[3]).toBe(decoded.errors[0])
      expect(Object.keys(decoded)).toEqual([])
    })

    it('keeps the failures of a thousand children', () => {
      const errors = Array.from({ length: 1000 }, (_, index) =>
        wrapThrown(new ValueError(`x${index}`, index), { run: 'sweep', action: `a0.${index + 1}` }),
      )
      const decoded = cross(new AggregateError(errors))
      expect(decoded.errors).toHaveLength(1000)
      expect((decoded.errors[999] as Error).cause).toMatchObject({ name: 'ValueError', given: 999 })
    })

    it('keeps the name, message and code of a DOMException', () => {
      const error = new DOMException('stop', { name: 'AbortError', cause: new TypeError('why') })
      const decoded = cross(error)
      expect(decoded).toBeInstanceOf(DOMException)
      expect([decoded.name, decoded.message, decoded.code]).toEqual(['AbortError', 'stop', 20])
      expect(decoded.cause).toBeInstanceOf(TypeError)
      expect(decoded.stack).toBe(error.stack)
      expect(cross(AbortSignal.abort().reason)).toMatchObject({ name: 'AbortError' })
      expect(cross(new DOMException('plain'))).toMatchObject({ name: 'Error', message: 'plain' })
    })

    it("keeps the fields of Node's errors", async () => {
      const missing: unknown = await readFile('/does/not/exist').catch((error: unknown) => error)
      expect(cross(missing)).toMatchObject({
        code: 'ENOENT',
        syscall: 'open',
        path: '/does/not/exist',
        errno: -2,
      })
      let notFound: unknown
      try {
        createRequire(import.meta.url)('./does-not-exist.cjs')
      } catch (error) {
        notFound = error
      }
      expect(cross(notFound)).toMatchObject({ code: 'MODULE_NOT_FOUND', requireStack: expect.any(Array) })
    })

    it('keeps the class of an error of another realm', () => {
      const decoded = cross(
        runInNewContext('Object.assign(new RangeError("far"), { data: { a: [1] } })') as RangeError,
      )
      expect(decoded).toBeInstanceOf(RangeError)
      expect(decoded).toMatchObject({ message: 'far', data: { a: [1] } })
      const custom = cross(runInNewContext('class E extends TypeError { name = "E" }; new E("far")') as Error)
      expect(custom).toBeInstanceOf(TypeError)
      expect(custom.name).toBe('E')
    })
  })

  describe("with the app's errors", () => {
    it('keeps name, message, stack, code and fields', () => {
      const error = new ValueError('must be positive', -1)
      const decoded = cross(error)
      expect(decoded).toBeInstanceOf(Error)
      expect(decoded).toMatchObject({ message: 'must be positive', code: 'E_VALUE', given: -1 })
      expect(decoded.stack).toBe(error.stack)
      expect(decoded).toEqual(error)
      expect(inspect(decoded)).toBe(inspect(error).replace(/^ValueError/, 'Error [ValueError]'))
    })

    it('keeps a name from a prototype, a getter or an invisible property', () => {
      class ByGetter extends Error {
        override get name(): string {
          return 'ByGetter'
        }
      }
      class ByPrototype extends TypeError {}
      ByPrototype.prototype.name = 'ByPrototype'
      const invisible = Object.defineProperty(new Error('x'), 'name', { value: 'Invisible' })
      expect(cross(new ByGetter('x')).name).toBe('ByGetter')
      expect(cross(new ByPrototype('x')).name).toBe('ByPrototype')
      expect(cross(new ByPrototype('x'))).toBeInstanceOf(TypeError)
      expect(cross(invisible).name).toBe('Invisible')
      expect(Object.keys(cross(invisible))).toEqual([])
      const shown = Object.assign(new Error('x'), { name: 'Shown', message: 'y', stack: 'z', cause: 1 })
      expect(cross(shown)).toEqual(shown)
      expect({ ...cross(shown) }).toEqual({ ...shown })
      expect(cross(Object.assign(new Error('x'), { name: '' })).name).toBe('')
    })

    it('keeps a code that is not enumerable or inherited', () => {
      class Coded extends Error {
        get code(): string {
          return 'E_CODED'
        }
      }
      expect(cross(new Coded('x')).code).toBe('E_CODED')
      expect(cross(Object.defineProperty(new Error('x'), 'code', { value: 7 }))).toMatchObject({ code: 7 })
    })

    it('keeps errors made without a constructor call, as of old', () => {
      function OldError(this: Error, message: string): void {
        this.message = message
      }
      OldError.prototype = Object.create(Error.prototype, { name: { value: 'OldError' } })
      const decoded = cross(Reflect.construct(OldError, ['x']) as Error)
      expect(decoded).toBeInstanceOf(Error)
      expect([decoded.name, decoded.message, decoded.stack]).toEqual(['OldError', 'x', 'OldError: x'])
    })

    it('keeps the error behind a proxy', () => {
      const decoded = cross(new Proxy(new ValueError('x', -1), {}))
      expect(decoded).toBeInstanceOf(Error)
      expect(decoded).toMatchObject({ name: 'ValueError', given: -1 })
    })

    it('keeps an enumerable cause, but not a method of that name', () => {
      expect(cross(Object.assign(new Error('x'), { cause: 'why' })).cause).toBe('why')
      const old = Object.setPrototypeOf(
        new Error('x'),
        Object.create(Error.prototype, { cause: { value: () => 1 } }),
      )
      expect(Object.hasOwn(cross(old as Error), 'cause')).toBe(false)
    })

    it('never shows the stack of the codec', () => {
      const error = new ValueError('x', 1)
      delete (error as Partial<Error>).stack
      expect(cross(error).stack).toBe('ValueError: x')
      expect(cross(Object.assign(new Error('x'), { stack: [1] })).stack).toBe('Error: x')
      const limit = Error.stackTraceLimit
      cross(new Error('x'))
      expect(Error.stackTraceLimit).toBe(limit)
    })

    it('makes text of a message that is none', () => {
      expect(cross(Object.assign(new Error(), { message: { a: 1 } })).message).toBe('{ a: 1 }')
      expect(cross(Object.assign(new Error(), { message: undefined }) as Error).message).toBe('')
    })
  })

  describe('with causes', () => {
    it('keeps a chain of them', () => {
      let error = new Error('0')
      for (let level = 1; level <= errorCodecLimits.depth; level++)
        error = new Error(String(level), { cause: error })
      let decoded: unknown = cross(error)
      for (let level = errorCodecLimits.depth; level >= 0; level--) {
        expect((decoded as Error).message).toBe(String(level))
        decoded = (decoded as Error).cause
      }
      expect(decoded).toBeUndefined()
    })

    it.each([0, '', 'text', false, null, undefined, 10n, Number.NaN, -0, { a: 1 }, [1, 'b'], new Date(5)])(
      'keeps the cause %o',
      (cause) => {
        const decoded = cross(new Error('x', { cause }))
        expect(Object.hasOwn(decoded, 'cause')).toBe(true)
        expect(decoded.cause).toStrictEqual(cause)
      },
    )

    it('tells no cause from an undefined one', () => {
      expect(Object.hasOwn(cross(new Error('x')), 'cause')).toBe(false)
    })

    it('keeps an error that is its own cause, and longer loops', () => {
      const self: Error = new Error('self')
      self.cause = self
      const decodedSelf = cross(self)
      expect(decodedSelf.cause).toBe(decodedSelf)

      const outer: Error & { list?: unknown[] } = new TypeError('outer')
      const inner = new AggregateError([outer], 'inner', { cause: outer })
      outer.cause = inner
      outer.list = [outer, { inner }]
      outer.list.push(outer.list)
      const decoded = cross(outer)
      const decodedInner = decoded.cause as AggregateError
      expect(decodedInner.cause).toBe(decoded)
      expect(decodedInner.errors[0]).toBe(decoded)
      expect(decoded.list?.[0]).toBe(decoded)
      expect(decoded.list?.[1]).toEqual({ inner: decodedInner })
      expect(decoded.list?.[2]).toBe(decoded.list)
    })
  })

  describe('with values that are no errors', () => {
    it.each([undefined, null, true, 0, -0, Number.NaN, Infinity, 12n, '', 'text'])('keeps %o', (value) => {
      expect(Object.is(cross(value), value)).toBe(true)
    })

    it('keeps plain data, also where it holds errors', () => {
      const value = {
        list: [1, [2], { three: 3 }],
        nothing: undefined,
        map: new Map<unknown, unknown>([
          ['a', new ValueError('x', 1)],
          [{ key: 1 }, new Set([1, 'b'])],
        ]),
        date: new Date(1e12),
        pattern: /a+/gi,
        boxed: Object(1) as unknown,
        bytes: new Uint8Array([1, 2, 3]),
        buffer: new Uint16Array([1, 2]).buffer,
        error: new TypeError('t'),
      }
      const decoded = cross(value)
      expect(decoded).toEqual(value)
      expect(decoded.error).toBeInstanceOf(TypeError)
      expect(decoded.map.get('a')).toMatchObject({ name: 'ValueError' })
    })

    it('keeps the platform objects that have a clone', async () => {
      const { blob } = cross({ blob: new Blob(['hello']) })
      expect(await blob.text()).toBe('hello')
    })

    it('keeps who refers to whom', () => {
      const shared = { a: 1 }
      const date = new Date(0)
      const decoded = cross({ one: shared, two: [shared], date, again: date })
      expect(decoded.two[0]).toBe(decoded.one)
      expect(decoded.again).toBe(decoded.date)
    })

    it('keeps the fields of an instance, as a clone does', () => {
      class Point {
        #hidden = 1
        x = 1
        get double(): number {
          return this.#hidden
        }
      }
      expect(cross({ point: new Point() })).toStrictEqual({ point: { x: 1 } })
    })

    it('describes what can not cross', () => {
      const abort = new AbortController()
      const decoded = cross(
        Object.assign(new Error('x'), {
          named: function foo() {},
          arrow: (
            () => () =>
              1
          )(),
          made: class Foo {},
          symbol: Symbol('s'),
          nested: { list: [Symbol.iterator, Math.max] },
          promise: Promise.resolve(1),
          weak: new WeakMap(),
          url: new URL('http://example.org/path'),
          signal: abort.signal,
          emitter: new EventEmitter(),
          socket: new (class Socket {
            readonly write = (): void => {}
            readonly host = 'example.org'
          })(),
        }),
      )
      expect(decoded).toMatchObject({
        named: '[function foo]',
        arrow: '[function anonymous]',
        made: '[function Foo]',
        symbol: '[Symbol(s)]',
        nested: { list: ['[Symbol(Symbol.iterator)]', '[function max]'] },
        promise: expect.stringMatching(/^\[not cloneable: Promise/),
        weak: expect.stringMatching(/^\[not cloneable: WeakMap/),
        url: expect.stringContaining('http://example.org/path'),
        signal: expect.stringMatching(/^\[not cloneable: AbortSignal/),
        emitter: expect.stringMatching(/^\[not cloneable: EventEmitter/),
        socket: expect.stringMatching(/^\[not cloneable: Socket.*example\.org/),
      })
      expect(cross(Symbol('root'))).toBe('[Symbol(root)]')
      expect(cross(function root() {})).toBe('[function root]')
      expect(cross(Promise.resolve(1))).toMatch(/^\[not cloneable: Promise/)
    })
  })

  describe('with hostile values', () => {
    const fight = (): never => {
      throw new Error('no')
    }
    const fighter = new Proxy({}, { get: () => fight }) as ProxyHandler<object>

    it('says which getter threw, and keeps the rest', () => {
      const error = Object.defineProperties(new TypeError('x'), {
        bad: { get: fight, enumerable: true },
        worse: {
          get() {
            throw null
          },
          enumerable: true,
        },
        good: { value: 1, enumerable: true },
      })
      const decoded = cross(error)
      expect(decoded).toBeInstanceOf(TypeError)
      expect(decoded).toMatchObject({
        bad: '[getter threw Error: no]',
        worse: '[getter threw null]',
        good: 1,
      })
      expect(
        cross({
          get a() {
            return fight()
          },
          b: 1,
        }),
      ).toEqual({ a: '[getter threw Error: no]', b: 1 })
    })

    it('keeps an error whose every part throws an error', () => {
      const error = new TypeError('x')
      for (const key of ['stack', 'name', 'message', 'cause', 'code', 'errors']) {
        Object.defineProperty(error, key, { get: fight })
      }
      const decoded = cross(error)
      expect(decoded).toBeInstanceOf(TypeError)
      expect(decoded.message).toBe('[getter threw Error: no]')
      expect(decoded.name).toBe('TypeError')
    })

    it('survives proxies, revoked ones too', () => {
      const revoked = Proxy.revocable({}, {})
      const revokedError = Proxy.revocable(new Error('x'), {})
      const revokedList = Proxy.revocable([], {})
      for (const { revoke } of [revoked, revokedError, revokedList]) revoke()
      for (const { proxy } of [revoked, revokedError, revokedList]) {
        expect(cross(proxy)).toBe('[not cloneable: <Revoked Proxy>]')
        expect(cross(new Error('x', { cause: proxy })).cause).toBe('[not cloneable: <Revoked Proxy>]')
      }
      expect(cross(new Proxy({}, fighter))).toMatch(/^\[not cloneable/)
      expect(cross(new Proxy({ a: [1] }, {}))).toStrictEqual({ a: [1] })
      expect(cross(new Proxy([1, 2], {}))).toStrictEqual([1, 2])
      expect(cross(new Proxy(() => 1, fighter))).toBe('[function anonymous]')
      expect(() => cross(new Proxy(new Error('x'), fighter))).not.toThrow()
      expect(cross(Object.setPrototypeOf(new Error('x'), new Proxy({}, fighter)))).toBeInstanceOf(Error)
    })

    it('is done with objects that go on for ever', () => {
      const wide: unknown = new Proxy([], { get: (_, key) => (key === 'length' ? 2 ** 32 : 1) })
      expect((cross(wide) as unknown[]).length).toBeLessThanOrEqual(errorCodecLimits.values + 1)
      const deep = (): object =>
        new Proxy(
          {},
          {
            get: deep,
            ownKeys: () => ['a', 'b'],
            getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }),
          },
        )
      expect(() => cross(deep())).not.toThrow()
      const ancestors = (): object => new Proxy({}, { getPrototypeOf: ancestors })
      const error = Object.setPrototypeOf(new Error('x'), ancestors()) as Error
      expect(() => cross(error)).not.toThrow()
    })

    it('does not run a subclass that iterates in its own way', () => {
      class Strange extends Map<string, number> {
        override entries = fight
        override [Symbol.iterator] = fight
      }
      expect(cross(new Strange([['a', 1]]))).toStrictEqual(new Map([['a', 1]]))
    })

    it('does not pollute a prototype', () => {
      const error = new Error('x')
      const inner = JSON.parse(
        '{ "__proto__": { "polluted": 1 }, "constructor": { "prototype": { "polluted": 1 } } }',
      )
      Object.defineProperty(error, '__proto__', { value: inner, enumerable: true })
      Object.assign(error, { constructor: inner, prototype: inner, toString: 1, hasOwnProperty: 1 })
      const decoded = cross(error)
      expect(Object.getPrototypeOf(decoded)).toBe(Error.prototype)
      expect(Object.getOwnPropertyDescriptor(decoded, '__proto__')?.value).toEqual(inner)
      expect(Object.hasOwn(decoded, 'hasOwnProperty')).toBe(true)
      const plain = cross(inner) as object
      expect(Object.getPrototypeOf(plain)).toBe(Object.prototype)
      expect(({} as { polluted?: number }).polluted).toBeUndefined()
      const aborted = cross(
        Object.defineProperty(new ActionAbortedError({ reason }), 'source', { value: 1, enumerable: true }),
      )
      expect(aborted.source).toBe(1)
    })

    it('never throws, whatever the inspection of a value does', () => {
      const inspecting = Object.assign(() => {}, { [inspect.custom]: fight })
      class Tagged {
        get [Symbol.toStringTag](): string {
          return fight()
        }
      }
      class Inspected extends EventEmitter {
        [inspect.custom] = fight
      }
      for (const value of [inspecting, new Tagged(), new Inspected()])
        expect(cross(value)).toBeTypeOf('string')
    })

    it('survives a stack that is nearly used up', () => {
      const error = new ValueError('x', { a: [{ b: 1 }] }, { cause: new TypeError('y') })
      const decoded: unknown[] = []
      const dive = (): void => {
        try {
          dive()
        } catch {
          // Overflown: from here up, each frame has a little more room than the last.
        }
        if (decoded.length < 50) {
          let encoded: EncodedError | undefined
          try {
            encoded = encodeError(error)
          } catch {
            return // no room for the call itself
          }
          decoded.push(encoded)
        }
      }
      dive()
      for (const encoded of decoded) expect(decodeError(encoded as EncodedError)).toBeInstanceOf(Error)
      expect(decoded.length).toBeGreaterThan(0)
    })
  })

  describe('and its limits', () => {
    const { depth, values, stringLength, totalLength, bytes } = errorCodecLimits

    it('cuts what is too deep, and says what was there', () => {
      let error = new Error('innermost')
      for (let level = 0; level <= depth; level++) error = new Error('outer', { cause: error })
      let decoded: unknown = cross(error)
      for (let level = 0; level <= depth; level++) decoded = (decoded as Error).cause
      expect(decoded).toBe(`[cut at depth ${depth}: Error: innermost]`)
    })

    it('cuts long lists, maps, sets and objects', () => {
      const numbers = Array.from({ length: values + 5 }, (_, index) => index)
      const mark = `[cut: more than ${values} values]`
      expect(cross(numbers)).toEqual([...numbers.slice(0, values), mark])
      expect(cross(new AggregateError(numbers)).errors).toEqual([...numbers.slice(0, values), mark])
      expect(cross(new Set(numbers))).toEqual(new Set([...numbers.slice(0, values), mark]))
      const map = cross(new Map(numbers.map((number) => [number, number])))
      expect(map.size).toBe(values / 2 + 1)
      expect(map.get('…' as never)).toBe(mark)
      const fields = cross(
        Object.assign(new Error('x'), Object.fromEntries(numbers.map((number) => [`k${number}`, 1]))),
      )
      expect(Object.keys(fields)).toHaveLength(values + 1)
      expect(fields).toMatchObject({ '…': mark })
    })

    it('keeps the cause and the code of an error with too many fields', () => {
      const error = Object.assign(new Error('x', { cause: new TypeError('y') }), {
        data: Array(values).fill(0),
      })
      Object.defineProperty(error, 'code', { value: 'E' })
      expect(cross(error)).toMatchObject({ cause: { message: 'y' }, code: 'E' })
    })

    it('cuts a long text once, however often it crosses', () => {
      const error = new Error('m'.repeat(stringLength + 1))
      const decoded = cross(error)
      expect(decoded.message).toHaveLength(stringLength)
      expect(decoded.message).toMatch(/m… \[cut: \d+ characters\]$/)
      expect(decoded.stack).toHaveLength(stringLength)
      expect(cross(decoded).message).toBe(decoded.message)
      expect(cross(new Error('m'.repeat(stringLength))).message).toBe('m'.repeat(stringLength))
      expect(cross('m'.repeat(stringLength + 1))).toHaveLength(stringLength)
    })

    it('keeps the beginning of each text when all of them are too long', () => {
      const text = 'm'.repeat(stringLength)
      const texts = cross(Array(200).fill(text) as string[])
      expect(texts).toHaveLength(200)
      expect(texts.join('').length).toBeLessThan(totalLength + 200 * 200)
      expect(texts[0]).toBe(text)
      expect(texts[199]).toMatch(/^m+… \[cut/)
    })

    it('describes a large buffer, also one behind a small view', () => {
      const large = new Uint8Array(bytes + 1)
      expect(cross(large)).toMatch(/^\[cut: Uint8Array\(\d+\)/)
      expect(cross(large.buffer)).toMatch(/^\[cut: ArrayBuffer/)
      expect(cross(large.subarray(0, 1))).toMatch(/^\[cut: Uint8Array/)
      const half = new Uint8Array(bytes / 2 + 1)
      expect(cross([half, half.slice()])).toEqual([half, expect.stringMatching(/^\[cut/)])
      const detached = new ArrayBuffer(8)
      structuredClone(detached, { transfer: [detached] })
      expect(cross({ detached, one: 1 })).toMatchObject({ one: 1 })
    })
  })

  it('crosses a real port, with what a clone would lose', async () => {
    const { port1, port2 } = new MessageChannel()
    try {
      const error = wrapThrown(
        new ValueError('x', () => 1, { cause: new AggregateError([new DOMException('stop', 'AbortError')]) }),
        where,
      )
      const arrived = once(port2, 'message') as Promise<[EncodedError]>
      port1.postMessage(encodeError(error))
      const decoded = decodeError((await arrived)[0])
      if (!isHeddleError(decoded, 'ValueError')) throw new Error('unreachable')
      expect(decoded).toBeInstanceOf(ActionFailedError)
      expect(decoded.stack).toBe(error.stack)
      const thrown = decoded.cause as ValueError
      expect(thrown).toMatchObject({ name: 'ValueError', code: 'E_VALUE', message: 'x' })
      expect(thrown.given).toMatch(/^\[function/)
      const [stop] = (thrown.cause as AggregateError).errors as [DOMException]
      expect(stop).toBeInstanceOf(DOMException)
      expect(stop.name).toBe('AbortError')
    } finally {
      port1.close()
      port2.close()
    }
  })

  it('is small for a plain error', () => {
    const error = new Error('x')
    expect(encodeError(error)).toStrictEqual({
      kind: 'error',
      class: 'Error',
      message: 'x',
      stack: error.stack,
    })
    expect(encodeError(null)).toStrictEqual({ kind: 'primitive', value: null })
  })

  describe('with reasons', () => {
    it('keeps them, with a cause of any kind', () => {
      const all: AbortReason[] = [
        reason,
        { source: 'root', message: 'the root ended', origin: 'a0', at: 2 },
        { ...reason, cause: undefined },
        { ...reason, cause: null },
        { ...reason, cause: new ValueError('x', 1) },
        { ...reason, cause: new ActionTimedOutError('late', { bound: 'runMs', limitMs: 1 }) },
      ]
      for (const each of all) {
        const decoded = decodeReason(structuredClone(encodeReason(each)))
        expect(decoded).toEqual(each)
        expect(new Set(Object.keys(decoded))).toEqual(new Set(Object.keys(each)))
      }
    })

    it('makes text of a message that is none', () => {
      const encoded = encodeReason({ ...reason, message: Symbol('s') as never, by: (() => 1) as never })
      expect(decodeReason(structuredClone(encoded))).toMatchObject({
        message: 'Symbol(s)',
        by: expect.any(String),
      })
    })
  })

  describe('for any value', () => {
    const builtins = [Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError]
    const key = fc.oneof(
      fc.string(),
      fc.constantFrom(
        'name',
        'message',
        'stack',
        'cause',
        'code',
        'errors',
        '__proto__',
        'constructor',
        'toString',
      ),
    )
    const primitive = fc.oneof(
      fc.string(),
      fc.double(),
      fc.integer(),
      fc.bigInt(),
      fc.boolean(),
      fc.constantFrom(null, undefined),
    )

    function withFields<T extends object>(object: T, fields: [string, unknown][]): T {
      for (const [name, value] of fields) {
        Object.defineProperty(object, name, { value, enumerable: true, writable: true, configurable: true })
      }
      return object
    }

    const { data } = fc.letrec<{ data: unknown; plain: unknown }>((tie) => ({
      data: fc.oneof({ maxDepth: 4 }, primitive, tie('plain')),
      plain: fc.oneof(
        fc.array(tie('data'), { maxLength: 4 }),
        fc.array(fc.tuple(key, tie('data')), { maxLength: 4 }).map((fields) => withFields({}, fields)),
        fc.array(fc.tuple(fc.string(), tie('data')), { maxLength: 3 }).map((entries) => new Map(entries)),
        fc.date(),
        fc.uint8Array({ maxLength: 8 }),
      ),
    }))

    it('keeps plain data as it is', () => {
      fc.assert(
        fc.property(data, (value) => {
          expect(isDeepStrictEqual(cross(value), value)).toBe(true)
        }),
      )
    })

    it('keeps class, name, message, stack, code, fields and cause of an error', () => {
      const fieldName = fc.string().filter((name) => !['name', 'message', 'stack', 'cause'].includes(name))
      fc.assert(
        fc.property(
          fc.constantFrom(...builtins),
          fc.record({
            message: fc.string(),
            name: fc.option(fc.string()),
            code: fc.option(fc.string()),
            cause: data,
          }),
          fc.array(fc.tuple(fieldName, data), { maxLength: 4 }),
          (ErrorClass, { message, name, code, cause }, fields) => {
            const error = withFields(new ErrorClass(message, { cause }), fields)
            if (name !== null) error.name = name
            if (code !== null) Object.assign(error, { code })
            const decoded = cross(error)
            expect(decoded).toBeInstanceOf(ErrorClass)
            expect([decoded.name, decoded.message, decoded.stack]).toEqual([
              error.name,
              error.message,
              error.stack,
            ])
            expect(isDeepStrictEqual(decoded.cause, cause)).toBe(true)
            expect(isDeepStrictEqual({ ...decoded }, { ...error })).toBe(true)
          },
        ),
      )
    })

    const fight = (): never => {
      throw new Error('no')
    }
    const revoked = Proxy.revocable({}, {})
    revoked.revoke()
    // fast-check looks at what it makes, which some of these don't stand: so it makes their makers.
    type Make = () => unknown
    const odd = fc.constantFrom<Make[]>(
      () => fight,
      () => Symbol('s'),
      () => class Foo {},
      () => Promise.resolve(),
      () => new WeakSet(),
      () => new EventEmitter(),
      () => new URL('http://example.org'),
      () => new DOMException('stop', 'AbortError'),
      () => new ActionAbortedError({ reason }),
      () => new ThreadLostError('lost', { loss: 'exited' }),
      () => Object.create(null) as unknown,
      () => Object.create(Error.prototype) as unknown,
      () => Object.create(DOMException.prototype) as unknown,
      () => Object.create(ActionAbortedError.prototype) as unknown,
      () => runInNewContext('new (class E extends TypeError {})()') as unknown,
      () => revoked.proxy,
      () => new Proxy(new Error('x'), {}),
      () => new Proxy({}, { ownKeys: fight }),
      () => new Proxy([], { get: fight }),
      () => new Proxy(new Map(), {}),
      () => new Proxy({}, { getPrototypeOf: fight }),
      () => new Proxy(new Error('x'), { get: fight }),
      () => new Proxy({}, { get: () => 'ActionAbortedError' }),
      () => new Proxy({}, { getPrototypeOf: () => Error.prototype, get: (_, name) => name }),
      () => Object.defineProperty(new Error('x'), 'stack', { get: fight }),
      () => Object.defineProperty({}, 'a', { get: fight, enumerable: true }),
      () => Object.freeze(new Error('x')),
      () =>
        (function (..._: unknown[]) {
          return arguments
        })(1, 2),
      () =>
        (function* () {
          yield 1
        })(),
      () => new SharedArrayBuffer(4),
      () => Object(Symbol('boxed')) as unknown,
      () => globalThis,
      () => process,
    )

    const { anything } = fc.letrec<{ anything: Make; error: Make; plain: Make }>((tie) => {
      const items = fc
        .array(tie('anything'), { maxLength: 4 })
        .map((makers) => () => makers.map((make) => make()))
      const fields = fc
        .array(fc.tuple(key, tie('anything')), { maxLength: 5 })
        .map((pairs) => () => pairs.map(([name, make]): [string, unknown] => [name, make()]))
      return {
        anything: fc.oneof(
          { maxDepth: 4 },
          primitive.map((value) => () => value),
          odd,
          tie('plain'),
          tie('error'),
        ),
        plain: fc.oneof(
          items,
          items.map((make) => () => new Set(make())),
          items.map((make) => () => new Map(make().map((item) => [item, item]))),
          fields.map((make) => () => withFields({}, make())),
        ),
        error: fc
          .tuple(fc.constantFrom(...builtins), fc.string(), fields, fc.boolean())
          .map(([ErrorClass, message, makeFields, isLoop]) => () => {
            const error = new ErrorClass(message)
            void error.stack // V8 writes it now, while its name is still one
            withFields(error, makeFields())
            return isLoop ? withFields(error, [['cause', [error]]]) : error
          }),
      }
    })

    it('never throws, is always cloneable, and loses nothing more on a second crossing', () => {
      fc.assert(
        fc.property(anything, (make) => {
          const value = make()
          const arrived = cross(value)
          const encodedAgain = encodeError(arrived)
          const twice = decodeError(structuredClone(encodedAgain))
          expect(isDeepStrictEqual(encodeError(twice), encodedAgain)).toBe(true)
          expect(wrapThrown(value, where)).toBeInstanceOf(HeddleError)
          expect(Object.keys(Object.prototype)).toEqual([])
        }),
        { numRuns: 1000 },
      )
    })
  })
})
