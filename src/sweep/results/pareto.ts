// Trials that no other one beats in everything.

import type { Direction } from './progress.js'

/**
 * Those that aren't dominated: no other one is at least as good in all metrics and better in one. Sorted by the first
 * metric, best first. What lacks a metric, or has one that isn't finite, is left out.
 *
 * For two metrics in O(n log n), else in O(n · front).
 */
export function paretoFront<Item>(
  items: readonly Item[],
  directions: readonly Direction[],
  metricsOf: (item: Item) => readonly (number | undefined)[],
): Item[] {
  const scored = items
    .map((item) => ({
      item,
      losses: metricsOf(item).map((value, index) =>
        value === undefined ? NaN : directions[index] === 'maximize' ? -value : value,
      ),
    }))
    .filter(({ losses }) => losses.every((loss) => Number.isFinite(loss)))
    .toSorted((a, b) => compareInOrder(a.losses, b.losses))
  const front: typeof scored = []
  let lowestSecond = Infinity
  for (const candidate of scored) {
    // Sorted by the first metric, so with two of them a later one must be better than all before it in the second.
    if (directions.length === 2) {
      const second = candidate.losses[1] as number
      const twin = front.at(-1)
      const isTwin = twin !== undefined && compareInOrder(twin.losses, candidate.losses) === 0
      if (second >= lowestSecond && !isTwin) continue
      lowestSecond = second
    } else if (front.some((other) => dominates(other.losses, candidate.losses))) {
      continue
    }
    front.push(candidate)
  }
  return front.map(({ item }) => item)
}

function compareInOrder(a: readonly number[], b: readonly number[]): number {
  for (const [index, loss] of a.entries()) {
    if (loss !== b[index]) return loss - (b[index] as number)
  }
  return 0
}

/** Whether losses are at least as low as others in all, and lower in one. */
export function dominates(a: readonly number[], b: readonly number[]): boolean {
  let better = false
  for (const [index, loss] of a.entries()) {
    const other = b[index] as number
    if (loss > other) return false
    if (loss < other) better = true
  }
  return better
}
