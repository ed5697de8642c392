import { EventEmitter } from 'node:events'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { decodeError } from '../../src/protocol/errors/decode-error.js'
import { encodeError } from '../../src/protocol/errors/encode-error.js'
import { errorCodecLimits, type EncodedError } from '../../src/protocol/errors/encoded-error.js'
import { ActionAbortedError } from '../../src/protocol/errors/errors.js'
import { cross, reason, ValueError } from '../support/error-crossing.js'

describe('error codec', () => {
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
})
