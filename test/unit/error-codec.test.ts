import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { inspect } from 'node:util'
import { runInNewContext } from 'node:vm'
import { MessageChannel } from 'node:worker_threads'
import { describe, expect, it, vi } from 'vitest'
import type { AbortReason } from '../../src/protocol/errors/abort-reason.js'
import { decodeError, decodeReason } from '../../src/protocol/errors/decode-error.js'
import { encodeError, encodeReason } from '../../src/protocol/errors/encode-error.js'
import { type EncodedError } from '../../src/protocol/errors/encoded-error.js'
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
import { SweepStorageError } from '../../src/protocol/errors/sweep-storage-error.js'
import { wrapThrown } from '../../src/protocol/errors/wrap-thrown.js'
import { cross, reason, ValueError, where } from '../support/error-crossing.js'

describe('error codec', () => {
  describe("with Heddle's errors", () => {
    const cause = new ValueError('x', -1)
    const oneOfEach: HeddleError[] = [
      new ActionFailedError('failed', { code: 'ValueError', retriable: false, cause, ...where }),
      new ActionAbortedError({ reason: { ...reason, cause }, how: 'forced', ...where }),
      new ActionTimedOutError('late', { bound: 'runMs', limitMs: 10, ...where }),
      new ThreadLostError('lost', { loss: 'crashed', thread: 3, exitCode: 1, ...where }),
      new ThreadLostError('lost', {
        loss: 'exited',
        blame: 'other',
        culprit: { run: 'other', action: 'a0.1' },
        ...where,
      }),
      new RunEndedError('ended', { cause: null }),
      new ActionNotFoundError('unknown', { cause: undefined }),
      new ActionInputError('wrong', {
        issues: [{ message: 'too small', path: ['x', 0] }, { message: 'bad' }],
      }),
      new NotCloneableError('not cloneable', where),
      new QueueFullError('full', { run: 'sweep' }),
      new RuntimeClosedError('closed'),
      new SweepStorageError('in use', '/tmp/study.jsonl', { cause }),
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
      const second = await import('../../src/protocol/errors/errors.js')
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
})
