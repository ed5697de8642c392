// Reads of values that may do anything when they are read, getters that throw and revoked proxies included: each read is
// answered, none throws.

import { describeValue } from './describe-value.js'

/** `Array.isArray` throws for a revoked proxy. */
export function isArray(object: object): object is readonly unknown[] {
  try {
    return Array.isArray(object)
  } catch {
    return false
  }
}

/** The value of a property; `undefined` if its getter throws. */
export function peek(object: object, key: PropertyKey): unknown {
  try {
    return (object as Record<PropertyKey, unknown>)[key]
  } catch {
    return undefined
  }
}

/** The value of an own enumerable property that is no getter. */
export function ownValue(object: object, key: string): unknown {
  try {
    const property = Object.getOwnPropertyDescriptor(object, key)
    return property?.enumerable === true ? (property.value as unknown) : undefined
  } catch {
    return undefined
  }
}

/** The value of a property, or a text that says that its getter threw. */
export function read(object: object, key: PropertyKey): unknown {
  try {
    return (object as Record<PropertyKey, unknown>)[key]
  } catch (thrown) {
    return `[getter threw ${brief(thrown)}]`
  }
}

/** Its own enumerable keys; none if they can't be had. */
export function keysOf(object: object): readonly string[] {
  try {
    return Object.keys(object)
  } catch {
    return []
  }
}

/** Whether it has a property of its own; `false` if that can't be had. */
export function hasOwn(object: object, key: PropertyKey): boolean {
  try {
    return Object.hasOwn(object, key)
  } catch {
    return false
  }
}

/** A value in a few words: an error by name and message. */
export function brief(value: unknown): string {
  try {
    const { name, message } = value as Error
    if (typeof name === 'string' && typeof message === 'string') return `${name}: ${message}`
  } catch {
    // Then as any other value.
  }
  return describeValue(value, 200, 0)
}

/** A text as it is, any other value described. */
export function asText(value: unknown): string {
  return typeof value === 'string' ? value : describeValue(value)
}

/** A text that isn't empty; `undefined` for all else. */
export function nonEmptyText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
