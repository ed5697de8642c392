// How much of the space of losses is dominated by some of them, up to a point that is worse than all.

import { dominates } from '../results/pareto.js'

/**
 * The volume that points dominate within a reference point: of two losses by a sweep, of more as While et al. 2012, 'A Fast Way of
 * Calculating Exact Hypervolumes'.
 */
export function hypervolume(points: readonly (readonly number[])[], reference: readonly number[]): number {
  const front = frontOf(points)
  if (reference.length === 2) return areaOf(front, reference)
  return front.reduce((sum, point, at) => sum + exclusiveTo(point, front.slice(at + 1), reference), 0)
}

/** What a point adds to others. */
export function exclusiveTo(
  point: readonly number[],
  others: readonly (readonly number[])[],
  reference: readonly number[],
): number {
  const own = point.reduce((volume, loss, at) => volume * ((reference[at] as number) - loss), 1)
  if (others.length === 0) return own
  const limited = others.map((other) => other.map((loss, at) => Math.max(loss, point[at] as number)))
  return own - hypervolume(limited, reference)
}

function areaOf(front: readonly (readonly number[])[], [right = 0, top = 0]: readonly number[]): number {
  let area = 0
  let height = top
  for (const [x = 0, y = 0] of front.toSorted((a, b) => (a[0] as number) - (b[0] as number))) {
    if (y >= height) continue
    area += (right - x) * (height - y)
    height = y
  }
  return area
}

/** Those that no other dominates, and of equal ones the first. */
function frontOf(points: readonly (readonly number[])[]): (readonly number[])[] {
  return points.filter(
    (point, at) =>
      !points.some(
        (other, index) =>
          dominates(other, point) || (index < at && other.every((loss, metric) => loss === point[metric])),
      ),
  )
}

/**
 * An order of losses by what each adds to the dominated volume: first the one that adds most to nothing, then the one that adds
 * most to that (greedy, as in Guerreiro et al. 2016).
 */
export function byContribution(losses: readonly (readonly number[])[]): number[] {
  const scaled = scaleToUnit(losses)
  const reference = (losses[0] ?? []).map(() => REFERENCE)
  const left = new Set(losses.keys())
  const order: number[] = []
  while (left.size > 0) {
    const chosen = order.map((at) => scaled[at] as readonly number[])
    let [best, most] = [-1, -Infinity]
    for (const at of left) {
      const added = exclusiveTo(scaled[at] as readonly number[], chosen, reference)
      if (added > most) [best, most] = [at, added]
    }
    left.delete(best)
    order.push(best)
  }
  return order
}

/** The reference point lies beyond the worst by a tenth, so that those at the ends add something, too. */
const REFERENCE = 1.1

function scaleToUnit(losses: readonly (readonly number[])[]): number[][] {
  const ranges = (losses[0] ?? []).map((_, metric) => {
    const of = losses.map((one) => one[metric] as number)
    return [Math.min(...of), Math.max(...of)] as const
  })
  return losses.map((one) =>
    one.map((loss, metric) => {
      const [low, high] = ranges[metric] as readonly [number, number]
      return high > low ? (loss - low) / (high - low) : 0
    }),
  )
}
