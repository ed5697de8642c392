// Values that go to another machine: what arrives is what a structured clone gives, and what can't go is refused by name and
// place.

import { createSecretKey } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  decodeThrown,
  decodeValue,
  encodeThrown,
  encodeValue,
} from '../../../src/cluster/link/value-codec.js'
import { ActionFailedError, NotCloneableError } from '../../../src/protocol/errors/errors.js'

const OPTIONS = { name: 'input', maxBytes: 1024 * 1024 }
const cross = (value: unknown): unknown => decodeValue(encodeValue(value, OPTIONS), OPTIONS)

/** An empty one. Node's types don't have the class. */
function wasmModule(): object {
  const { WebAssembly } = globalThis as unknown as { WebAssembly: { Module: new (of: Uint8Array) => object } }
  return new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]))
}

/** Why a value isn't encoded. */
function refusal(value: unknown): string {
  try {
    encodeValue(value, OPTIONS)
  } catch (error) {
    expect(error).toBeInstanceOf(NotCloneableError)
    return (error as Error).message
  }
  throw new Error('it was encoded')
}

describe('a value for another machine', () => {
  it.each([
    ['undefined', undefined],
    ['numbers', [0, -0, 1.5, NaN, Infinity, 2 ** 53]],
    ['texts', ['', 'ä', '💧', '\ud800', 'x'.repeat(5000)]],
    ['bigints', [0n, -1n, 10n ** 400n]],
    ['dates and patterns', [new Date(5), new Date(-5), /a+/giu]],
    ['boxed values', [Object(1), Object('x'), Object(true), Object(7n)]],
    ['maps', new Map<unknown, unknown>([[{ a: 1 }, new Map([[NaN, 'x']])]])],
    ['sets', new Set<unknown>([1, 'a', { b: 2 }])],
    ['holes', [1, , undefined, , 5]], // oxlint-disable-line no-sparse-arrays
    ['keys that mean something', JSON.parse('{"__proto__": 1, "constructor": 2}')],
    ['objects without a prototype', Object.assign(Object.create(null), { a: 1 })],
    [
      'instances',
      new (class A {
        readonly x = 1
      })(),
    ],
    ['buffers', [new ArrayBuffer(8), new Uint8Array([1, 2, 3]).buffer]],
  ])('arrives as a structured clone: %s', (_name, value) => {
    expect(isDeepStrictEqual(cross(value), structuredClone(value))).toBe(true)
  })

  it.each([
    new Int8Array([-1, 2]),
    new Uint8Array([1, 255]),
    new Uint8ClampedArray([1, 255]),
    new Int16Array([-1, 2]),
    new Uint16Array([1, 65535]),
    new Int32Array([-1, 2]),
    new Uint32Array([1, 2 ** 32 - 1]),
    new Float32Array([0.5, NaN]),
    new Float64Array([0.1, -0]),
    new BigInt64Array([-1n, 2n]),
    new BigUint64Array([1n, 2n ** 64n - 1n]),
    new DataView(new Uint8Array([1, 2, 3]).buffer),
    new Float64Array(0),
  ])('has views of each kind: %o', (view) => {
    const copy = cross({ view }) as { view: ArrayBufferView }
    expect(isDeepStrictEqual(copy, structuredClone({ view }))).toBe(true)
    expect(copy.view.buffer.byteLength).toBe(view.byteLength)
  })

  it('has a view of half floats where the Node knows them', () => {
    const kind = (globalThis as { Float16Array?: new (of: number[]) => ArrayBufferView }).Float16Array
    if (kind === undefined) return
    expect(cross(new kind([0.5, 2]))).toEqual(new kind([0.5, 2]))
  })

  it("has a view's own bytes only, in a buffer of its own", () => {
    const large = new Float64Array(100_000)
    const part = large.subarray(7, 9)
    part[0] = 1.5
    const block = encodeValue({ part, again: part }, OPTIONS)
    expect(block.byteLength).toBeLessThan(100)
    const copy = decodeValue(block, OPTIONS) as { part: Float64Array; again: Float64Array }
    expect(copy.part).toEqual(new Float64Array([1.5, 0]))
    expect(copy.part.buffer.byteLength).toBe(16)
    expect(copy.again).toBe(copy.part)
    block.fill(0)
    expect(copy.part[0]).toBe(1.5)
  })

  it('has a Buffer as a clone has it: as bytes', () => {
    const copy = cross(Buffer.from('abc')) as Uint8Array
    expect(Object.getPrototypeOf(copy)).toBe(Uint8Array.prototype)
    expect([...copy]).toEqual([97, 98, 99])
  })

  it('keeps who refers to whom', () => {
    const a: Record<string, unknown> = { name: 'a' }
    a['self'] = a
    a['list'] = [a, new Map([[a, new Set([a])]])]
    const copy = cross(a) as typeof a
    expect(copy['self']).toBe(copy)
    const [first, map] = copy['list'] as [unknown, Map<unknown, Set<unknown>>]
    expect(first).toBe(copy)
    expect(map.get(copy)?.has(copy)).toBe(true)
  })

  it('leaves what was given as it is', () => {
    const buffer = new Uint8Array([1, 2])
    cross(buffer)
    expect([...buffer]).toEqual([1, 2])
  })

  it('arrives as a structured clone, whatever it is (D7)', () => {
    // Without dates: an invalid one equals nothing.
    const anything = fc.anything({
      withBigInt: true,
      withMap: true,
      withSet: true,
      withTypedArray: true,
      withSparseArray: true,
      withNullPrototype: true,
      withBoxedValues: true,
    })
    fc.assert(
      fc.property(anything, (value) => isDeepStrictEqual(cross(value), structuredClone(value))),
      { numRuns: 2000 },
    )
  })

  describe('is refused', () => {
    const shared = new SharedArrayBuffer(16)
    const proxy = new Proxy({}, {})
    const { port1, port2 } = new MessageChannel()
    port1.close()
    port2.close()
    it.each<[string, unknown, RegExp]>([
      ['a SharedArrayBuffer', { a: [shared] }, /input\.a\[0\] is a SharedArrayBuffer/],
      [
        'a view over one',
        { a: { view: new Int32Array(shared) } },
        /input\.a\.view is a Int32Array over a Shared/,
      ],
      ['a part of one', new DataView(shared, 4, 4), /input is a DataView over a SharedArrayBuffer/],
      ['a Blob', { 'a b': new Blob(['x']) }, /input\['a b'\] is a Blob/],
      ['a File in a map', new Map([['k', new File([], 'f')]]), /input\.get\('k'\) is a File/],
      ['a function', { a: { f() {} } }, /input\.a\.f is \[Function: f\]/],
      ['a class in a set', new Set([class A {}]), /input\.values\(\) is \[class A\]/],
      ['a symbol', [1, Symbol('s')], /input\[1\] is Symbol\(s\)/],
      ['a proxy', { proxy }, /input\.proxy is a proxy/],
      ['a port', { port1 }, /input\.port1 is a MessagePort/],
      [
        'an AbortSignal',
        { signal: AbortSignal.abort() },
        /input\.signal is an AbortSignal: give it as the option/,
      ],
      ['an AbortController', [new AbortController()], /input\[0\] is an AbortController/],
      ['a URL', { url: new URL('http://x') }, /input\.url is a URL: give its `href`/],
      ['headers', { h: new Headers() }, /input\.h is a Headers/],
      ['a stream', { s: new ReadableStream() }, /input\.s is a ReadableStream/],
      ['a DOMException', { e: new DOMException('x', 'AbortError') }, /input\.e is a DOMException/],
      ['a promise', { p: Promise.resolve() }, /input\.p is a Promise/],
      ['a WeakMap', { w: new WeakMap() }, /input\.w is a WeakMap/],
      ['a WeakRef', { w: new WeakRef({}) }, /input\.w is a WeakRef/],
      ['a key', { key: createSecretKey(Buffer.from('abc')) }, /input\.key is a SecretKeyObject/],
      ['a module', { m: wasmModule() }, /input\.m is a WebAssembly\.Module/],
    ])('%s', (_name, value, why) => {
      expect(refusal(value)).toMatch(/^the input can't be sent to another machine: /)
      expect(refusal(value)).toMatch(why)
    })

    it('a view of a buffer that has been transferred', () => {
      const view = new Uint8Array(8)
      structuredClone(view, { transfer: [view.buffer] })
      expect(refusal({ view })).toMatch(/detached/)
    })

    it('what is nested too deeply', () => {
      let deep: unknown = {}
      for (let level = 0; level < 200_000; level += 1) deep = { deep }
      expect(refusal(deep)).toMatch(/nested too deeply/)
    })

    it('what throws when it is read', () => {
      const value = {
        get a(): never {
          throw new Error('not now')
        },
      }
      expect(refusal(value)).toMatch(/not now/)
    })

    it.each([
      ['text', 'x'.repeat(2 * 1024 * 1024)],
      ['bytes', new Uint8Array(2 * 1024 * 1024)],
      ['numbers', Array.from({ length: 400_000 }, (_, n) => n + 0.5)],
    ])('what is too large: %s', (_name, value) => {
      expect(refusal([value])).toMatch(
        /^the input has \d{7} bytes, more than the 1048576 .*\(maxValueBytes\): put it where both can read it/,
      )
    })
  })

  it("that can't be read is refused, whatever its bytes are", () => {
    expect(() => decodeValue(new Uint8Array([255, 15, 34, 200]), OPTIONS)).toThrow(NotCloneableError)
    expect(() => decodeValue(new Uint8Array(), OPTIONS)).toThrow(
      /the input from another machine can't be read/,
    )
    expect(() => decodeValue(encodeValue('long enough', OPTIONS), { name: 'x', maxBytes: 4 })).toThrow(
      /more than the 4/,
    )
    const block = encodeValue({ a: [1, 'b', new Map([[1, new Float64Array(3)]])] }, OPTIONS)
    fc.assert(
      fc.property(
        fc.nat(block.length - 1),
        fc.integer({ min: 0, max: 255 }),
        fc.nat(block.length),
        (at, byte, length) => {
          const bad = block.slice(0, length)
          bad[at] = byte
          try {
            decodeValue(bad, OPTIONS)
          } catch (error) {
            return error instanceof NotCloneableError
          }
          return true
        },
      ),
      { numRuns: 5000 },
    )
  })
})

describe('an error for another machine', () => {
  const MAX = 64 * 1024

  it('arrives as the same class, with its fields and causes', () => {
    const cause = Object.assign(new RangeError('inner'), { at: new Float64Array([1]) })
    const error = new ActionFailedError('outer', { code: 'RangeError', cause, run: 'r' })
    const copy = decodeThrown(encodeThrown(error, MAX)) as ActionFailedError
    expect(copy).toBeInstanceOf(ActionFailedError)
    expect(copy).toMatchObject({ message: 'outer', code: 'RangeError', run: 'r', stack: error.stack })
    expect(copy.cause).toBeInstanceOf(RangeError)
    expect(copy.cause).toMatchObject({ at: new Float64Array([1]) })
  })

  it.each([[undefined], [null], ['text'], [7n], [{ a: 1 }]])('may be no error: %o', (thrown) => {
    expect(decodeThrown(encodeThrown(thrown, MAX))).toEqual(thrown)
  })

  it("has a text in place of what can't travel", () => {
    const error = Object.assign(new Error('x', { cause: new Map([['b', { at: new Blob([]) }]]) }), {
      shared: new Int32Array(new SharedArrayBuffer(4)),
      key: createSecretKey(Buffer.from('abc')),
      nested: [new Set([new SharedArrayBuffer(4)])],
      fine: 1,
    })
    const copy = decodeThrown(encodeThrown(error, MAX)) as typeof error
    expect(copy.fine).toBe(1)
    for (const text of [copy.shared, copy.key, [...(copy.nested[0] ?? [])][0]]) {
      expect(text).toMatch(/^\[not cloneable: /)
    }
    expect(decodeThrown(encodeThrown(new Blob([]), MAX))).toMatch(/Blob/)
  })

  it('that is too large keeps what tells which one it is', () => {
    const error = Object.assign(new TypeError('y'.repeat(100_000)), {
      code: 'E_LARGE',
      list: Array(9000).fill('z'),
    })
    const block = encodeThrown(error, MAX)
    expect(block.byteLength).toBeLessThan(MAX)
    const copy = decodeThrown(block) as typeof error
    expect(copy).toBeInstanceOf(TypeError)
    expect(copy.code).toBe('E_LARGE')
    expect(copy.message).toMatch(/^yyyy.*\[cut: 100000 characters\]$/)
    expect(decodeThrown(encodeThrown(['z'.repeat(100_000)], MAX))).toMatch(/^\[the error has \d+ bytes/)
  })

  it("that can't be read is refused", () => {
    expect(() => decodeThrown(encodeValue(undefined, OPTIONS))).toThrow(NotCloneableError)
  })
})
