// Objects of which a copy keeps nothing that is of use: handles, and some of the platform's. A newer Node refuses most of
// them, an older one copies them as `{}`: here they are refused on each, before somebody misses them on the other side.

/** What to do instead, by class. */
const WAYS_OUT: Readonly<Record<string, string>> = {
  AbortSignal: 'give it as the option `signal` of the call; inside, `ctx.signal` is there',
  AbortController: 'give its signal as the option `signal` of the call',
  URL: 'give its `href`',
  URLSearchParams: 'give `Object.fromEntries(…)` of it, or its text',
  Headers: 'give `Object.fromEntries(…)` of it',
  FormData: 'give `Object.fromEntries(…)` of it, and files as bytes',
  Request: 'give its parts: `url`, `method`, the headers as an object, the body as bytes',
  Response: 'give its parts: `status`, the headers as an object, the body as bytes',
  WebSocket: 'it stays in its thread',
  Event: 'give its parts as plain data',
}

/** By it, a class of ours says that its objects stay where they are, and what to do instead. The same in every copy of the package. */
export const staysHere: unique symbol = Symbol.for('heddle.staysHere')

/** How many parts are looked at: a value that has more holds data. */
const MOST_PARTS = 10_000

/** What of a value would arrive as nothing, and the way out; `undefined` if nothing is found. Never throws. */
export function lossyPartOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const met = new Set<object>([value])
  try {
    for (const object of met) {
      const lossy = wayOutOf(object)
      if (lossy !== undefined) return lossy
      if (ArrayBuffer.isView(object)) continue
      const parts: Iterable<unknown> =
        object instanceof Map
          ? [...object.keys(), ...object.values()]
          : object instanceof Set
            ? object
            : Array.isArray(object)
              ? object.slice(0, MOST_PARTS)
              : partsOf(object)
      for (const part of parts) {
        if (met.size > MOST_PARTS) return undefined
        if (typeof part === 'object' && part !== null) met.add(part)
      }
    }
  } catch {
    // It can't be cloned either: posting it throws.
  }
  return undefined
}

/** @throws `TypeError` for a value of which something would arrive as nothing. */
export function refuseLossy(value: unknown): void {
  const lossy = lossyPartOf(value)
  if (lossy !== undefined) throw new TypeError(lossy)
}

/** Why an object would arrive as nothing, or as nothing of use, and the way out; `undefined` for any other. */
export function wayOutOf(object: object): string | undefined {
  const prototype: unknown = Object.getPrototypeOf(object)
  if (prototype === Object.prototype || prototype === Array.prototype || prototype === null) return undefined
  const { [staysHere]: stays } = object as { readonly [staysHere]?: unknown }
  if (typeof stays === 'string') return stays
  const tag = Object.prototype.toString.call(object).slice(8, -1)
  if (!Object.hasOwn(WAYS_OUT, tag)) return undefined
  const platformClass: unknown = (globalThis as Record<string, unknown>)[tag]
  if (typeof platformClass !== 'function' || !(object instanceof platformClass)) return undefined
  return `${/^[AEIOU]/.test(tag) && tag !== 'URL' && tag !== 'URLSearchParams' ? 'an' : 'a'} ${tag} would arrive as an empty object: ${WAYS_OUT[tag]}`
}

/** Without its getters, which are read where it is cloned. */
function partsOf(object: object): unknown[] {
  const parts: unknown[] = []
  for (const key of Object.keys(object)) {
    if (parts.length > MOST_PARTS) break
    parts.push(Object.getOwnPropertyDescriptor(object, key)?.value)
  }
  return parts
}
