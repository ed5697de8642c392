// What of a value can't travel to another machine, and where in it that is: looked for ahead of its serialisation, since V8
// names no place, writes some objects as `{}` without a word, and copies what is meant to be shared.

import { types } from 'node:util'
import { MessagePort } from 'node:worker_threads'
import { describeValue } from '../../protocol/values/describe-value.js'
import { wayOutOf } from '../../protocol/values/lossy-objects.js'

/** All objects of a value, each with the way to it. */
export class ValueParts {
  readonly #name: string
  readonly #takesPorts: boolean
  readonly #objects: object[] = []
  /** Where each one stands in `#objects`. */
  readonly #places = new Map<object, number>()
  readonly #parents: number[] = []
  readonly #steps: string[] = []
  /** What it takes at least, in bytes. */
  leastBytes = 0

  /** `name`: of the value as a whole, as errors say it. `takesPorts`: ports in it can travel. */
  constructor(name: string, takesPorts = false) {
    this.#name = name
    this.#takesPorts = takesPorts
  }

  /** What of the value can't travel, as a text; `undefined` if nothing is found. Calls no getters. */
  refusalOf(value: unknown): string | undefined {
    const refusal = this.#add(value, -1, '')
    if (refusal !== undefined) return refusal
    for (let place = 0; place < this.#objects.length; place += 1) {
      const found = this.#lookInto(this.#objects[place] as object, place)
      if (found !== undefined) return found
    }
    return undefined
  }

  /** The way to an object of the value. */
  wayTo(object: object): string {
    return this.#wayToPlace(this.#places.get(object) ?? -1)
  }

  #wayToPlace(place: number): string {
    const steps: string[] = []
    for (let at = place; at > 0; at = this.#parents[at] as number) steps.push(this.#steps[at] as string)
    // A long way is told by its end.
    return (
      this.#name +
      (steps.length > 20 ? `…${steps.slice(0, 20).toReversed().join('')}` : steps.toReversed().join(''))
    )
  }

  /** Notes a part; gives why it is refused. */
  #add(part: unknown, parent: number, step: string): string | undefined {
    switch (typeof part) {
      case 'string':
        this.leastBytes += part.length
        return undefined
      case 'object':
        break
      case 'function':
      case 'symbol':
        return `${this.#wayToPlace(parent)}${step} is ${describeValue(part, 60, 0)}`
      default:
        return undefined
    }
    if (part === null || this.#places.has(part)) return undefined
    if (this.#takesPorts && part instanceof MessagePort) return undefined
    const why = refusedKind(part)
    if (why !== undefined) return `${this.#wayToPlace(parent)}${step} is ${why}`
    if (types.isAnyArrayBuffer(part) || ArrayBuffer.isView(part)) this.leastBytes += part.byteLength
    this.#places.set(part, this.#objects.length)
    this.#objects.push(part)
    this.#parents.push(parent)
    this.#steps.push(step)
    return undefined
  }

  #lookInto(object: object, place: number): string | undefined {
    if (hasNoParts(object)) return undefined
    if (Array.isArray(object) && object.length <= MOST_DENSE) {
      for (let at = 0; at < object.length; at += 1) {
        const found = this.#add(object[at], place, `[${at}]`)
        if (found !== undefined) return found
      }
      return undefined
    }
    if (types.isMap(object)) {
      for (const [key, item] of Map.prototype.entries.call(object)) {
        const step = (): string => `.get(${describeValue(key, 40, 0)})`
        const found = this.#add(key, place, '.keys()') ?? this.#addLazily(item, place, step)
        if (found !== undefined) return found
      }
      return undefined
    }
    if (types.isSet(object)) {
      for (const item of Set.prototype.values.call(object)) {
        const found = this.#add(item, place, '.values()')
        if (found !== undefined) return found
      }
      return undefined
    }
    for (const key of Object.keys(object)) {
      this.leastBytes += key.length
      const part: unknown = Object.getOwnPropertyDescriptor(object, key)?.value
      const found = this.#addLazily(part, place, () =>
        /^[\p{L}_$][\p{L}\d_$]*$/u.test(key) ? `.${key}` : `[${describeValue(key, 60, 0)}]`,
      )
      if (found !== undefined) return found
    }
    return undefined
  }

  /** Most parts are no objects, and need no step. */
  #addLazily(part: unknown, parent: number, step: () => string): string | undefined {
    const isPlain = typeof part !== 'object' && typeof part !== 'function' && typeof part !== 'symbol'
    return this.#add(part, parent, isPlain || part === null ? '' : step())
  }
}

/** A longer array may have few items, and is looked at by its keys. */
const MOST_DENSE = 2 ** 20

/** Platform objects that V8 writes whole. */
const WRITTEN: ReadonlySet<string> = new Set([
  'Object',
  'Array',
  'Map',
  'Set',
  'Date',
  'RegExp',
  'Error',
  'Boolean',
  'Number',
  'String',
  'BigInt',
  'ArrayBuffer',
  'DataView',
])

/** Whether V8 writes nothing of it that a program has put there as a field. */
function hasNoParts(object: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(object)
  if (prototype === Object.prototype || prototype === Array.prototype || prototype === null) return false
  return (
    ArrayBuffer.isView(object) ||
    types.isAnyArrayBuffer(object) ||
    types.isNativeError(object) ||
    types.isDate(object) ||
    types.isRegExp(object) ||
    types.isBoxedPrimitive(object)
  )
}

/** Why an object can't travel, whatever is in it: what it is, and the way out. */
function refusedKind(object: object): string | undefined {
  if (types.isProxy(object)) return 'a proxy: give a copy of what it stands for'
  if (types.isSharedArrayBuffer(object))
    return 'a SharedArrayBuffer, which no other machine can share: give a copy of what is in it'
  if (ArrayBuffer.isView(object)) {
    if (!types.isSharedArrayBuffer(object.buffer)) return undefined
    return `a ${nameOf(object)} over a SharedArrayBuffer, which no other machine can share: give a copy, by slice()`
  }
  const prototype: unknown = Object.getPrototypeOf(object)
  if (prototype === Object.prototype || prototype === Array.prototype || prototype === null) return undefined
  if (isUnwritable(object)) return `a ${nameOf(object)}`
  const wayOut = wayOutOf(object)
  if (wayOut !== undefined) return wayOut.replace(' would arrive as an empty object', '')
  // A native error on some Nodes, of which no more than the message would arrive.
  if (object instanceof DOMException) return 'a DOMException: give its name and message as plain data'
  if (types.isNativeError(object)) return undefined
  const tag = Object.prototype.toString.call(object).slice(8, -1)
  if (tag.startsWith('WebAssembly.')) return `a ${tag}`
  if (WRITTEN.has(tag)) return undefined
  const platformClass: unknown = (globalThis as Record<string, unknown>)[tag]
  const isPlatforms = typeof platformClass === 'function' && object instanceof platformClass
  return isPlatforms ? `a ${nameOf(object)}: give what is in it as plain data` : undefined
}

function isUnwritable(object: object): boolean {
  return (
    types.isPromise(object) ||
    types.isWeakMap(object) ||
    types.isWeakSet(object) ||
    types.isGeneratorObject(object) ||
    types.isModuleNamespaceObject(object) ||
    types.isMapIterator(object) ||
    types.isSetIterator(object) ||
    object instanceof WeakRef
  )
}

/** The name of an object's class. */
export function nameOf(object: object): string {
  try {
    const { name } = object.constructor
    if (typeof name === 'string' && name !== '') return name
  } catch {
    // Then by its tag.
  }
  return Object.prototype.toString.call(object).slice(8, -1)
}
