import { EventEmitter } from 'node:events'
import { isDeepStrictEqual } from 'node:util'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeError } from '../../src/protocol/errors/decode-error.js'
import { encodeError } from '../../src/protocol/errors/encode-error.js'
import { ActionAbortedError, HeddleError, ThreadLostError } from '../../src/protocol/errors/errors.js'
import { wrapThrown } from '../../src/protocol/errors/wrap-thrown.js'
import { cross, reason, where } from '../support/error-crossing.js'

describe('error codec', () => {
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
        // Not all Nodes hold two that are invalid to be equal.
        fc.date({ noInvalidDate: true }),
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

    it('keeps a date that is invalid', () => {
      expect(cross(new Date(NaN))).toStrictEqual(new Date(NaN))
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
