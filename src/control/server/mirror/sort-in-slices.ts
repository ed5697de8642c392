// Sorts a long list without holding the loop: short runs by the engine, which are then merged, all in slices.

import type { TimeSlices } from './time-slices.js'

/** So many are sorted in one go. */
const RUN = 512

/** A sorted copy. Equal ones stay in their order. */
export async function sortInSlices<Item>(
  items: readonly Item[],
  compare: (one: Item, other: Item) => number,
  slices: TimeSlices,
): Promise<Item[]> {
  let from: Item[] = []
  for (let at = 0; at < items.length; at += RUN) {
    if (slices.isOver) await slices.next()
    for (const item of items.slice(at, at + RUN).toSorted(compare)) from.push(item)
  }
  let to: Item[] = from.slice()
  for (let width = RUN; width < from.length; width *= 2) {
    for (let start = 0; start < from.length; start += 2 * width) {
      const middle = Math.min(start + width, from.length)
      const end = Math.min(start + 2 * width, from.length)
      let left = start
      let right = middle
      for (let at = start; at < end; at += 1) {
        if (at % 256 === 0 && slices.isOver) await slices.next()
        const takesLeft =
          left < middle && (right >= end || compare(from[left] as Item, from[right] as Item) <= 0)
        to[at] = (takesLeft ? from[left++] : from[right++]) as Item
      }
    }
    ;[from, to] = [to, from]
  }
  return from
}
