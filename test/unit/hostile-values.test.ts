// The codec under values that are made to break it: graphs that are built by commands, against a model of what must
// arrive, and single values that are too large, too deep or not what they seem.

import { serialize } from 'node:v8'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeError, decodeReason } from '../../src/protocol/errors/decode-error.js'
import { describeValue, messageOf } from '../../src/protocol/values/describe-value.js'
import { encodeError, encodeReason } from '../../src/protocol/errors/encode-error.js'
import { errorCodecLimits } from '../../src/protocol/errors/encoded-error.js'
import { HeddleError } from '../../src/protocol/errors/errors.js'
import { decodeOutcome, encodeOutcome } from '../../src/protocol/outcome-codec.js'
import { wrapThrown } from '../../src/protocol/errors/wrap-thrown.js'
import { ArrivedPayloads } from '../../src/protocol/payloads.js'
import { flattenToHost, readToHost } from '../../src/protocol/wire.js'

const where = { run: 'job', action: 'a0' }

/** As it arrives in another thread. */
function cross(value: unknown): unknown {
  return decodeError(structuredClone(encodeError(value)))
}

type Kind = 'error' | 'object' | 'array' | 'map' | 'set'

/** What must arrive of one object: its kind, and what it refers to, by the numbers of the others. */
interface Node {
  readonly kind: Kind
  /** In order, for those that have keys. */
  readonly fields: Map<string, number | string>
  readonly items: (number | string)[]
}

interface Graph {
  readonly nodes: Node[]
}

interface Objects {
  readonly objects: object[]
}

type GraphCommand = fc.Command<Graph, Objects>

/** Values that nobody can clone or even look at, and the text that must arrive in their place. */
const hostile: readonly { readonly make: () => unknown; readonly arrives: string }[] = [
  { make: () => fight, arrives: '[function fight]' },
  { make: () => Symbol('s'), arrives: '[Symbol(s)]' },
  { make: () => revoked(), arrives: '[not cloneable: <Revoked Proxy>]' },
  { make: () => Promise.resolve(1), arrives: '[not cloneable: Promise { 1 }]' },
  { make: () => new WeakSet(), arrives: '[not cloneable: WeakSet { <items unknown> }]' },
  // How Node shows it differs by version.
  { make: () => detached(), arrives: `[not cloneable: ${describeValue(detached(), 1000, 0)}]` },
]

function fight(): never {
  throw new Error('no')
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

function detached(): ArrayBuffer {
  const buffer = new ArrayBuffer(8)
  structuredClone(buffer, { transfer: [buffer] })
  return buffer
}

function create(kind: Kind): object {
  switch (kind) {
    case 'error':
      return new TypeError('of the graph')
    case 'object':
      return {}
    case 'array':
      return []
    case 'map':
      return new Map()
    case 'set':
      return new Set()
  }
}

/** Adds one to another, under a key where it takes keys. */
function attach(object: object, key: string, value: unknown): void {
  if (Array.isArray(object)) object.push(value)
  else if (object instanceof Map) object.set(key, value)
  else if (object instanceof Set) object.add(value)
  else Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true })
}

function note({ kind, fields, items }: Node, key: string, value: number | string): void {
  if (kind === 'array') items.push(value)
  else if (kind === 'set') {
    if (!items.includes(value)) items.push(value)
  } else fields.set(key, value)
}

class Create implements GraphCommand {
  readonly kind: Kind

  constructor(kind: Kind) {
    this.kind = kind
  }
  check = (): boolean => true
  run({ nodes }: Graph, { objects }: Objects): void {
    nodes.push({ kind: this.kind, fields: new Map(), items: [] })
    objects.push(create(this.kind))
  }
  toString = (): string => `create(${this.kind})`
}

class Refer implements GraphCommand {
  readonly from: number
  readonly key: string
  readonly to: number

  constructor(from: number, key: string, to: number) {
    this.from = from
    this.key = key
    this.to = to
  }
  check = ({ nodes }: Graph): boolean => nodes.length > 0
  run({ nodes }: Graph, { objects }: Objects): void {
    const [from, to] = [this.from % nodes.length, this.to % nodes.length]
    note(nodes[from] as Node, this.key, to)
    attach(objects[from] as object, this.key, objects[to])
  }
  toString = (): string => `refer(${this.from} → ${this.to} as ${JSON.stringify(this.key)})`
}

class Plant implements GraphCommand {
  readonly at: number
  readonly key: string
  readonly what: number

  constructor(at: number, key: string, what: number) {
    this.at = at
    this.key = key
    this.what = what
  }
  check = ({ nodes }: Graph): boolean => nodes.length > 0
  run({ nodes }: Graph, { objects }: Objects): void {
    const at = this.at % nodes.length
    const { make, arrives } = hostile[this.what] as (typeof hostile)[number]
    // In a set, two hostile values are two; their texts are one.
    note(nodes[at] as Node, this.key, arrives)
    attach(objects[at] as object, this.key, make())
  }
  toString = (): string =>
    `plant(${hostile[this.what]?.arrives} in ${this.at} as ${JSON.stringify(this.key)})`
}

class Cross implements GraphCommand {
  readonly from: number

  constructor(from: number) {
    this.from = from
  }
  check = ({ nodes }: Graph): boolean => nodes.length > 0
  run({ nodes }: Graph, { objects }: Objects): void {
    const start = this.from % nodes.length
    const arrived = new Map<number, unknown>()
    const compare = (expected: number | string, value: unknown): void => {
      if (typeof expected === 'string') {
        expect(value).toBe(expected)
        return
      }
      // Who refers to whom: the same object each time.
      if (arrived.has(expected)) {
        expect(value).toBe(arrived.get(expected))
        return
      }
      arrived.set(expected, value)
      const { kind, fields, items } = nodes[expected] as Node
      expect(Object.getPrototypeOf(value)).toBe(Object.getPrototypeOf(create(kind)))
      if (value instanceof Map || value instanceof Set || Array.isArray(value)) {
        const found: unknown[] = [...value.values()]
        const wanted = kind === 'map' ? [...fields.values()] : items
        if (value instanceof Map) expect([...value.keys()]).toEqual([...fields.keys()])
        expect(found).toHaveLength(wanted.length)
        for (const [index, item] of wanted.entries()) compare(item, found[index])
        return
      }
      // In an object, keys like numbers come first: the order is the platform's.
      const own = kind === 'error' ? [...fields.keys()] : Object.keys(value as object)
      expect(new Set(own)).toEqual(new Set(fields.keys()))
      // The walk must go as the codec's: which of two paths is the shorter decides nothing, since nothing is cut.
      for (const [key, field] of fields) {
        compare(field, Object.getOwnPropertyDescriptor(value, key)?.value)
      }
    }
    compare(start, cross(objects[start]))
    expect(Object.keys(Object.prototype)).toEqual([])
    expect(Object.getOwnPropertyNames(Error.prototype).toSorted()).toEqual([
      'constructor',
      'message',
      'name',
      'toString',
    ])
  }
  toString = (): string => `cross(${this.from})`
}

const key = fc.oneof(
  fc.string({ maxLength: 5 }).filter((text) => !['name', 'message', 'stack', 'code'].includes(text)),
  fc.constantFrom(
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'prototype',
    'valueOf',
    'then',
    '0',
  ),
)
const place = fc.nat(20)

describe('codec', () => {
  it('brings every graph over whole: who refers to whom, keys of prototypes, texts for the hostile (I12)', () => {
    const kind = fc.constantFrom<Kind>('error', 'object', 'array', 'map', 'set')
    fc.assert(
      fc.property(
        fc.commands(
          [
            kind.map((of) => new Create(of)),
            fc.tuple(place, key, place).map((parts) => new Refer(...parts)),
            fc.tuple(place, key, place).map((parts) => new Refer(...parts)),
            fc.tuple(place, key, fc.nat(hostile.length - 1)).map((parts) => new Plant(...parts)),
            place.map((from) => new Cross(from)),
          ],
          { maxCommands: 60, size: 'max' },
        ),
        (commands) => fc.modelRun(() => ({ model: { nodes: [] }, real: { objects: [] } }), commands),
      ),
      { numRuns: 300 },
    )
  })

  /** A chain of so many, each made around the last. */
  function chain<Link>(innermost: Link, wrap: (inner: Link) => Link): Link {
    let link = innermost
    for (let level = 0; level < 100_000; level += 1) link = wrap(link)
    return link
  }

  const extremes: Record<string, () => unknown> = {
    'a chain of 100 000 causes': () =>
      chain(new Error('innermost'), (cause) => new Error('outer', { cause })),
    '100 000 levels of an object': () => chain<object>({}, (inner) => ({ inner })),
    '100 000 levels of a list': () => chain<unknown[]>([], (inner) => [inner]),
    '100 000 AggregateErrors': () =>
      chain(new AggregateError([]), (inner) => new AggregateError([inner, inner])),
    '100 000 levels of prototypes': () =>
      Object.create(chain<object>(Error.prototype, Object.create)) as unknown,
    'a message of 32 MB': () => new Error('m'.repeat(2 ** 25)),
    'a name of 32 MB': () => Object.assign(new Error('x'), { name: 'n'.repeat(2 ** 25) }),
    'a key of 32 MB': () => Object.assign(new Error('x'), { ['k'.repeat(2 ** 25)]: 1 }),
    'a text of 32 MB': () => 'x'.repeat(2 ** 25),
    'a boxed text of 32 MB': () => Object('x'.repeat(2 ** 25)) as unknown,
    'hundreds of long boxed texts': () =>
      Array.from({ length: 400 }, (_, at) => Object(`${at}`.repeat(50_000)) as unknown),
    'hundreds of long patterns': () => {
      const pattern = 'a'.repeat(100_000)
      return Array.from({ length: 400 }, () => new RegExp(pattern))
    },
    'hundreds of huge bigints': () => {
      const huge = 1n << 900_000n
      return Array.from({ length: 200 }, (_, at) => huge + BigInt(at))
    },
    'a boxed bigint of a megabyte': () => Object(1n << 8_000_000n) as unknown,
    'a symbol of 8 MB': () => Symbol('s'.repeat(2 ** 23)),
    'a function with a name of 8 MB': () =>
      Object.defineProperty(() => {}, 'name', { value: 'f'.repeat(2 ** 23) }),
    'a sparse list': () => Object.assign([], { [2 ** 32 - 2]: 1 }),
    'a field with a sparse list': () => Object.assign(new Error('x'), { list: Array(1e9) as unknown }),
    'a list of errors without an end': () =>
      Object.assign(new AggregateError([]), { errors: { length: Infinity } }),
    'a list of errors that throws': () =>
      Object.defineProperty(new AggregateError([]), 'errors', { get: fight }),
    'a typed array of 100 MB': () => new Uint8Array(1e8),
    'a detached typed array': () => {
      const array = new Uint8Array(8)
      structuredClone(array, { transfer: [array.buffer] })
      return array
    },
    'a set of a million': () => new Set(Array.from({ length: 1_000_000 }, (_, at) => at)),
    'a message that is an object which throws': () =>
      Object.assign(new Error('x'), { message: { toString: fight, [Symbol.toPrimitive]: fight } }),
    'a name that is a symbol': () => Object.defineProperty(new Error('x'), 'name', { value: Symbol('n') }),
    'a stack that throws': () => Object.defineProperty(new Error('x'), 'stack', { get: fight }),
    'a stack that is a number': () => Object.defineProperty(new Error('x'), 'stack', { value: 42 }),
  }

  it.each(Object.entries(extremes))('stands %s, and sends no more than its limits allow', (_, make) => {
    const { totalLength, bytes, values } = errorCodecLimits
    const value = make()
    const encoded = encodeError(value)
    // Two bytes a character at most, and some for what stands around each value.
    expect(serialize(encoded).length).toBeLessThan(2 * totalLength + bytes + 200 * values)
    expect(() => decodeError(structuredClone(encoded))).not.toThrow()
    expect(describeValue(value).length).toBeLessThanOrEqual(200)
    expect(messageOf(value).length).toBeLessThanOrEqual(errorCodecLimits.stringLength)
    const wrapped = wrapThrown(value, where)
    expect(wrapped).toBeInstanceOf(HeddleError)
    expect(wrapped.message.length).toBeLessThanOrEqual(errorCodecLimits.stringLength)
    const times = { queuedAt: 0, settledAt: 1 }
    const outcome = encodeOutcome({ status: 'failed', error: wrapped, ...times })
    const together = { type: 'childSettled' as const, ticket: 1, id: 'a0.1', outcome }
    const [received] = readToHost(structuredClone(flattenToHost([together])), new ArrivedPayloads())
    if (received?.type !== 'childSettled') throw new Error('another message has come out')
    expect(decodeOutcome(received.outcome, { run: 'r', action: 'a0.1' }, undefined)).toMatchObject({
      status: 'failed',
      error: { name: wrapped.name, message: wrapped.message },
    })
  })

  it('cuts the texts of a reason, whoever made them', () => {
    const long = 'm'.repeat(2 ** 25)
    const { stringLength } = errorCodecLimits
    const encoded = encodeReason({
      source: 'cancel',
      message: long,
      by: long,
      origin: long,
      at: 0,
      cause: new Error(long),
    })
    const reason = decodeReason(structuredClone(encoded))
    for (const text of [reason.message, reason.by, reason.origin, (reason.cause as Error).message]) {
      expect(text).toHaveLength(stringLength)
      expect(text).toMatch(/m… \[cut: 33554432 characters\]$/)
    }
  })
})
