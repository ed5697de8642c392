// Estimates how much memory a value takes. It reads hostile values, too, and neither throws nor runs on.

/** What each item, field and number counts besides its text. */
export const ITEM_SIZE = 8
/** What lies deeper isn't looked at. */
const DEPTH = 16

/**
 * How much memory a value takes, about, in bytes. It looks no further than `most`: what takes more is said to take so much
 * or, where many items are alike, as much as they would all take.
 */
export function weigh(value: unknown, most: number): number {
  try {
    return weighPart(value, most, 0)
  } catch {
    // A trap of a proxy, a getter that throws.
    return most + 1
  }
}

function weighPart(value: unknown, most: number, depth: number): number {
  switch (typeof value) {
    case 'string':
      return ITEM_SIZE + value.length
    case 'bigint':
      // Its size isn't to be had without its text: of one that is no usual number, that isn't made.
      return BigInt.asIntN(1024, value) === value ? ITEM_SIZE + 128 : most + 1
    case 'function':
      return most + 1
    case 'object':
      return value === null ? ITEM_SIZE : weighObject(value, most, depth)
    default:
      return ITEM_SIZE
  }
}

function weighObject(value: object, most: number, depth: number): number {
  if (depth > DEPTH) return most + 1
  if (ArrayBuffer.isView(value)) return ITEM_SIZE + value.buffer.byteLength
  if (Array.isArray(value)) return weighItems(value, value.length, most, depth)
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Object.prototype || prototype === null) return weighFields(value, most, depth)
  const type = Object.prototype.toString.call(value).slice(8, -1)
  switch (type) {
    case 'Date':
    case 'Boolean':
    case 'Number':
      return ITEM_SIZE * 2
    case 'RegExp':
      return ITEM_SIZE + (value as RegExp).source.length
    case 'ArrayBuffer':
    case 'SharedArrayBuffer':
      return ITEM_SIZE + (value as ArrayBuffer).byteLength
    case 'Map':
      return weighItems(
        [...firstOf(value as Map<unknown, unknown>)].flat(),
        (value as Map<unknown, unknown>).size * 2,
        most,
        depth,
      )
    case 'Set':
      return weighItems([...firstOf(value as Set<unknown>)], (value as Set<unknown>).size, most, depth)
    case 'Error': {
      const { message, stack, cause, errors } = value as Error & { readonly errors?: unknown }
      return (
        weighFields(value, most, depth) +
        weighPart(message, most, depth + 1) +
        weighPart(stack, most, depth + 1) +
        // Of an error's own fields, these may be hidden.
        (Object.hasOwn(value, 'cause') ? weighPart(cause, most, depth + 1) : 0) +
        (Object.hasOwn(value, 'errors') ? weighPart(errors, most, depth + 1) : 0)
      )
    }
    default:
      // Nobody knows what it holds.
      return most + 1
  }
}

/** So many are looked at, and the rest is taken to be like them. */
const LOOKED_AT = 256

function* firstOf<Item>(items: Iterable<Item>): Generator<Item> {
  let count = 0
  for (const item of items) {
    if (count === LOOKED_AT) return
    count += 1
    yield item
  }
}

function weighItems(items: readonly unknown[], length: number, most: number, depth: number): number {
  let size = ITEM_SIZE
  let looked = 0
  while (looked < items.length && looked < LOOKED_AT && size <= most) {
    size += weighPart(items[looked], most, depth + 1)
    looked += 1
  }
  return looked < length ? Math.max(size * (length / Math.max(1, looked)), length * ITEM_SIZE) : size
}

function weighFields(value: object, most: number, depth: number): number {
  const keys = Object.keys(value)
  let size = ITEM_SIZE
  let looked = 0
  while (looked < keys.length && size <= most) {
    const key = keys[looked] as string
    size += ITEM_SIZE + key.length + weighPart((value as Record<string, unknown>)[key], most, depth + 1)
    looked += 1
  }
  return looked < keys.length ? size * (keys.length / looked) : size
}
