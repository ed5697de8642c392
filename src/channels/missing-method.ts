// The message of a call whose method doesn't exist.

import { describeValue } from '../protocol/values/describe-value.js'
import { nearestTo } from '../checks/nearest.js'
import type { WireCall } from './wire-call.js'

/** How many names are told. */
const MOST_NAMES = 20

/** The error of a call of what the object doesn't have; `undefined` where it has it. `thrown`: what the call has thrown. */
export function mistakeIn(
  served: object,
  { type, path }: WireCall,
  name: (path: readonly string[]) => string,
  thrown: unknown,
): TypeError | undefined {
  try {
    let owner: unknown = served
    for (const [at, key] of path.entries()) {
      const value = (owner as Record<string, unknown>)[key]
      const isLast = at === path.length - 1
      if (isLast ? type !== 'APPLY' || typeof value === 'function' : value !== undefined && value !== null) {
        owner = value
        continue
      }
      return new TypeError(text(owner as object, name(path.slice(0, at)), key, value, isLast), {
        cause: thrown,
      })
    }
  } catch {
    // A getter that throws has given its own error.
  }
  return undefined
}

function text(owner: object, ownerName: string, key: string, value: unknown, isMethod: boolean): string {
  const kind = isMethod ? 'method' : 'property'
  const known = isMethod ? methodsOf(owner) : Object.keys(owner)
  const nearest = known.length > 1 ? nearestTo(key, known) : undefined
  const names = known.length > MOST_NAMES ? [...known.slice(0, MOST_NAMES), '…'] : known
  return (
    `${ownerName} has no ${kind} ${key}: ` +
    (value === undefined ? '' : `that is ${describeValue(value)}; `) +
    (known.length === 0 ? 'it has none' : `it has ${names.join(', ')}`) +
    (nearest === undefined ? '' : `; did you mean ${nearest}?`)
  )
}

/** Its own methods and those of its classes, without a look through getters. */
function methodsOf(owner: object): string[] {
  const names = new Set<string>()
  let level: object | null = owner
  for (let depth = 0; level !== null && level !== Object.prototype && depth < 10; depth += 1) {
    if (level === Function.prototype) break
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(level))) {
      if (typeof value === 'function' && name !== 'constructor') names.add(name)
    }
    level = Object.getPrototypeOf(level) as object | null
  }
  return [...names]
}
