import { describe, expect, it } from 'vitest'
import { ActionAbortedError, ActionFailedError } from '../../src/protocol/errors/errors.js'
import { isHeddleError } from '../../src/protocol/errors/is-heddle-error.js'
import {
  CutValue,
  isSmall,
  keptError,
  keptReason,
  keptValue,
  plainValue,
} from '../../src/protocol/values/kept-value.js'
import { weigh } from '../../src/protocol/values/weigh.js'

const KIBIBYTES_4 = 4096

describe('what is kept of values (S29)', () => {
  it('is the value itself where it is small', () => {
    const small = { step: 1, loss: 0.5, label: 'ok', when: new Date(0), at: new Map([['a', new Set([1])]]) }
    expect(keptValue(small)).toBe(small)
    expect(keptValue(undefined)).toBeUndefined()
    expect(keptValue('x'.repeat(4000))).toHaveLength(4000)
  })

  it('is what is shown of it where it is large, whatever makes it so', () => {
    const cycle: Record<string, unknown> = { text: 'x'.repeat(10_000) }
    cycle['self'] = cycle
    const large: unknown[] = [
      'x'.repeat(1e6),
      new Uint8Array(1e6),
      // It holds all of its buffer.
      new Uint8Array(new ArrayBuffer(1e6), 0, 1),
      new ArrayBuffer(1e6),
      Array.from({ length: 10_000 }, (_, at) => at),
      new Map(Array.from({ length: 10_000 }, (_, at) => [at, at])),
      Object.fromEntries(Array.from({ length: 10_000 }, (_, at) => [`key-${at}`, at])),
      { deep: { deeper: { text: 'x'.repeat(10_000) } } },
      cycle,
      () => undefined,
      new (class Unknown {})(),
      2n ** 100_000n,
    ]
    for (const value of large) {
      const kept = keptValue(value)
      expect(kept).toBeInstanceOf(CutValue)
      expect(JSON.stringify(plainValue(kept)).length).toBeLessThan(2 * KIBIBYTES_4)
    }
    expect(plainValue(keptValue(new Uint8Array(1e6)))).toMatchObject({ $type: 'Uint8Array', length: 1e6 })
  })

  it('is an error of the same class, with its texts, fields and causes cut', () => {
    const cause = Object.assign(new TypeError('x'.repeat(50_000), { cause: new RangeError('deep') }), {
      data: new Uint8Array(1e6),
      status: 503,
    })
    const error = new ActionFailedError('y'.repeat(50_000), {
      code: 'TypeError',
      run: 'run',
      action: 'a0.1',
      retriable: false,
      cause,
    })
    // However deep the call and long the paths were.
    const calls = `\n    at someFunction (file:///${'long/'.repeat(40)}path.js:1:1)`.repeat(10)
    for (const one of [error, cause, cause.cause as Error]) one.stack = `${one.name}: ${one.message}${calls}`
    const kept = keptError(error)
    expect(kept).not.toBe(error)
    expect(isSmallEnough(kept)).toBe(true)
    expect(isHeddleError(kept, 'TypeError')).toBe(true)
    expect(kept).toBeInstanceOf(ActionFailedError)
    expect(kept).toMatchObject({ code: 'TypeError', run: 'run', action: 'a0.1', retriable: false })
    expect(kept.message).toMatch(/^y{1024}…$/)
    expect(kept.cause).toBeInstanceOf(TypeError)
    expect(kept.cause).toMatchObject({ status: 503, data: { $type: 'Uint8Array', length: 1e6 } })
    // And it is done once.
    expect(isSmall(keptError(new Error('small')))).toBe(true)
    const small = new Error('small')
    expect(keptError(small)).toBe(small)
  })

  it('is one reason for all that have it, with its cause cut', () => {
    const reason = {
      source: 'cancel' as const,
      message: 'enough',
      origin: 'a0',
      at: 1,
      cause: Object.assign(new Error('enough'), { data: new Uint8Array(1e6) }),
    }
    const kept = keptReason(reason)
    expect(keptReason(reason)).toBe(kept)
    expect(keptReason(kept)).toBe(kept)
    expect(kept).toMatchObject({ source: 'cancel', message: 'enough', origin: 'a0', at: 1 })
    expect(isSmallEnough(kept.cause)).toBe(true)
    const aborted = keptError(new ActionAbortedError({ reason, run: 'run', action: 'a0.1' }))
    expect(isHeddleError(aborted, 'ActionAbortedError')).toBe(true)
    expect(aborted.origin).toBe('a0')
    expect(isSmallEnough(aborted)).toBe(true)
  })

  it('reads what is hostile without a word', () => {
    const hostile: unknown[] = [
      new Proxy(
        {},
        {
          ownKeys: () => {
            throw new Error('no')
          },
        },
      ),
      Object.defineProperty({}, 'x', {
        enumerable: true,
        get: () => {
          throw new Error('no')
        },
      }),
      Object.defineProperty(new Error('x'.repeat(10_000)), 'cause', {
        get: () => {
          throw new Error('no')
        },
      }),
    ]
    for (const value of hostile) {
      expect(() => keptValue(value)).not.toThrow()
      expect(() => keptError(value)).not.toThrow()
    }
  })

  it('says about how much a value takes, and looks only so far', () => {
    expect(weigh(new Uint8Array(1e6), 100)).toBeGreaterThanOrEqual(1e6)
    const rows = Array.from({ length: 100_000 }, (_, at) => ({ at, text: 'x'.repeat(92) }))
    expect(weigh(rows, 4096)).toBeGreaterThan(5e6)
    expect(weigh(rows, 4096)).toBeLessThan(5e7)
  })
})

/** Cut to 4 KiB, with what each text and field costs besides. */
function isSmallEnough(value: unknown): boolean {
  return weigh(value, 1e6) <= 1.5 * KIBIBYTES_4
}
