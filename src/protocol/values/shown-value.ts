// Values of the app's as JSON of a bounded size, whatever they are: inputs, outputs, reports, fields of log entries. It
// reads hostile ones, too (getters that throw, proxies, cycles, a million items), and neither throws nor runs on.

import { copyText } from './copy-text.js'
import { VALUE_LIMITS, type ShowLimits } from './value-limits.js'

/** Whatever JSON can hold. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/**
 * A value of the app's, as far as it is shown: JSON, cut to a size. What JSON doesn't have is an object with a `$type`:
 * `{ $type: 'bigint', value: '12' }`, `{ $type: 'Float64Array', length: 1000, value: [0, 1] }`,
 * `{ $type: 'undefined' }`, `{ $type: 'number', value: 'NaN' }`, `{ $type: 'cut' }` where something was left out.
 */
export interface Shown {
  readonly value: Json
  /** Whether anything was left out or shortened. */
  readonly cut: boolean
}

/** What each item counts besides its text. */
const ITEM_CHARACTERS = 4
/** Numbers of one typed array that are shown. */
const TYPED_ITEMS = 20

/** Shows a value. */
export function show(value: unknown, limits: ShowLimits = VALUE_LIMITS): Shown {
  return showSized(value, limits).shown
}

/** The same, with how many characters that took, about. */
export function showSized(value: unknown, limits: ShowLimits = VALUE_LIMITS): { shown: Shown; size: number } {
  const writer = new Writer(limits)
  const json = writer.write(value, 0)
  return { shown: { value: json, cut: writer.cut }, size: limits.characters - Math.max(0, writer.left) }
}

class Writer {
  readonly #limits: ShowLimits
  /** The objects that lead to the present one. */
  readonly #path: object[] = []
  left: number
  cut = false

  constructor(limits: ShowLimits) {
    this.#limits = limits
    this.left = limits.characters
  }

  write(value: unknown, depth: number): Json {
    this.left -= ITEM_CHARACTERS
    switch (typeof value) {
      case 'string':
        return this.#text(value)
      case 'boolean':
        return value
      case 'number':
        return Number.isFinite(value) ? value : { $type: 'number', value: String(value) }
      case 'bigint':
        return { $type: 'bigint', value: this.#text(value.toString()) }
      case 'undefined':
        return { $type: 'undefined' }
      case 'symbol':
        return { $type: 'symbol', value: this.#text(value.description ?? '') }
      case 'function':
        return { $type: 'function' }
      case 'object':
        return value === null ? null : this.#object(value, depth)
    }
  }

  #text(text: string): string {
    const room = Math.min(this.#limits.stringLength, Math.max(0, this.left))
    this.left -= Math.min(text.length, room)
    if (text.length <= room) return text
    this.cut = true
    return `${copyText(text.slice(0, room))}…`
  }

  #object(value: object, depth: number): Json {
    if (this.#path.includes(value)) return { $type: 'cycle' }
    if (depth >= this.#limits.depth || this.left <= 0) return this.#cut()
    this.#path.push(value)
    try {
      return this.#contents(value, depth + 1)
    } catch {
      // A trap of a proxy, say.
      return { $type: 'unreadable' }
    } finally {
      this.#path.pop()
    }
  }

  #contents(value: object, depth: number): Json {
    if (Array.isArray(value)) return this.#items(value, value.length, depth)
    if (ArrayBuffer.isView(value)) return this.#view(value)
    const type = Object.prototype.toString.call(value).slice(8, -1)
    switch (type) {
      case 'Date':
        return { $type: 'Date', value: dateText(value as Date) }
      case 'Map': {
        const map = value as Map<unknown, unknown>
        return { $type: 'Map', length: map.size, value: this.#items(map.entries(), map.size, depth) }
      }
      case 'Set': {
        const set = value as Set<unknown>
        return { $type: 'Set', length: set.size, value: this.#items(set.values(), set.size, depth) }
      }
      case 'ArrayBuffer':
      case 'SharedArrayBuffer':
        return { $type: type, length: (value as ArrayBuffer).byteLength }
      case 'RegExp':
        return { $type: 'RegExp', value: this.#text(RegExp.prototype.toString.call(value)) }
      case 'Error': {
        const { name, message } = value as { name?: unknown; message?: unknown }
        return { $type: 'Error', name: this.#text(String(name)), message: this.#text(String(message)) }
      }
      default:
        return this.#fields(value, depth)
    }
  }

  #items(values: Iterable<unknown>, length: number, depth: number): Json[] {
    const shown: Json[] = []
    for (const value of values) {
      if (shown.length >= this.#limits.items || this.left <= 0) {
        shown.push(this.#cut(length - shown.length))
        break
      }
      shown.push(this.write(value, depth))
    }
    return shown
  }

  #view(view: ArrayBufferView): Json {
    const type = Object.prototype.toString.call(view).slice(8, -1)
    if (type === 'DataView') return { $type: type, length: view.byteLength }
    const items = view as unknown as ArrayLike<number | bigint>
    const value: Json[] = []
    for (let at = 0; at < items.length && at < TYPED_ITEMS; at += 1) value.push(this.write(items[at], 0))
    if (value.length < items.length) this.cut = true
    return { $type: type, length: items.length, value }
  }

  #fields(value: object, depth: number): Json {
    const shown: Record<string, Json> = {}
    let count = 0
    for (const key of Object.keys(value)) {
      if (count >= this.#limits.items || this.left <= 0) {
        shown['…'] = this.#cut()
        break
      }
      count += 1
      let field: unknown
      try {
        field = (value as Record<string, unknown>)[key]
      } catch {
        define(shown, this.#text(key), { $type: 'unreadable' })
        continue
      }
      // As JSON has it: a field that is undefined isn't there.
      if (field !== undefined) define(shown, this.#text(key), this.write(field, depth))
    }
    return shown
  }

  #cut(left?: number): Json {
    this.cut = true
    return left === undefined ? { $type: 'cut' } : { $type: 'cut', length: left }
  }
}

/** A key may be `__proto__`. */
function define(target: Record<string, Json>, key: string, value: Json): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true })
  } else target[key] = value
}

function dateText(date: Date): string {
  const time = Date.prototype.getTime.call(date)
  return Number.isNaN(time) ? 'Invalid Date' : new Date(time).toISOString()
}
