// Tells values that can be read wherever they are posted to, as far as a glance shows. Not all can: a thread's stack of 4
// MB writes what is nested thousands deep, and the main thread's of 1 MB can't read it; Node 20 writes a view of a buffer
// that was transferred away, and can't read it. What can't be read takes all with it that was posted together with it
// (S26).

/** How many fields and items are looked at. What has more travels alone: next to its own size, that costs nothing. */
const MOST_PARTS = 512
/** How deep it is looked: as deep as is read wherever there is room for a batch. */
const MOST_LEVELS = 64
/** A view that is longer needs memory to be read, which there may not be. */
const MOST_BYTES = 65_536

let partsLeft = 0

/** True for primitives, and for few plain data; false for what may be as well, but isn't looked at. Reads getters. */
export function isSurelyReadable(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true
  partsLeft = MOST_PARTS
  try {
    return isPlainData(value, 0)
  } catch {
    return false
  }
}

function isPlainData(object: object, level: number): boolean {
  if (level > MOST_LEVELS) return false
  const prototype: unknown = Object.getPrototypeOf(object)
  if (prototype !== Object.prototype && prototype !== Array.prototype && prototype !== null) {
    if (ArrayBuffer.isView(object)) return object.byteLength > 0 && object.byteLength <= MOST_BYTES
    if (prototype === Map.prototype) {
      return (
        areParts((object as Map<unknown, unknown>).keys(), level) &&
        areParts((object as Map<unknown, unknown>).values(), level)
      )
    }
    return prototype === Set.prototype
      ? areParts((object as Set<unknown>).values(), level)
      : prototype === Date.prototype
  }
  if (Array.isArray(object)) return isPlainList(object, level)
  for (const key in object) {
    partsLeft -= 1
    if (partsLeft < 0) return false
    const part = (object as Record<string, unknown>)[key]
    if (typeof part === 'object' && part !== null && !isPlainData(part, level + 1)) return false
  }
  return true
}

/** Not one with holes, or with more than its items: to look at all keys of a list takes as long as to copy it. */
function isPlainList(list: readonly unknown[], level: number): boolean {
  partsLeft -= list.length
  if (partsLeft < 0 || Object.keys(list).length !== list.length) return false
  for (const part of list) {
    if (typeof part === 'object' && part !== null && !isPlainData(part, level + 1)) return false
  }
  return true
}

function areParts(parts: Iterable<unknown>, level: number): boolean {
  for (const part of parts) {
    partsLeft -= 1
    if (partsLeft < 0) return false
    if (typeof part === 'object' && part !== null && !isPlainData(part, level + 1)) return false
  }
  return true
}
