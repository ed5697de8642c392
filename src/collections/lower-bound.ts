// Binary search: the lower bound.

/**
 * The first index of `length` for which `isBefore` says no, `length` if there is none. What it says yes to must stand
 * ahead of all else.
 */
export function lowerBound(length: number, isBefore: (index: number) => boolean): number {
  let low = 0
  let high = length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (isBefore(middle)) low = middle + 1
    else high = middle
  }
  return low
}
