// How trials stand to each other where there are several losses: which fronts they lie on, and how far apart.

import { dominates } from '../results/pareto.js'
import { compareApartFromLoss, type Ended } from './ranking.js'

/**
 * The front that each lies on, from 0 on: no one on a front is dominated by one of the same or a later front (Deb et al. 2002,
 * fast non-dominated sorting). What isn't complete, or violates constraints, is dominated by what is or doesn't.
 */
export function frontsOf(ended: readonly Ended[]): number[] {
  const dominatedBy = ended.map((one) => ended.flatMap((other, at) => (isDominated(one, other) ? [at] : [])))
  const fronts = ended.map(() => -1)
  let left = ended.length
  for (let front = 0; left > 0; front += 1) {
    const free = ended.flatMap((_, at) =>
      fronts[at] === -1 && dominatedBy[at]!.every((other) => fronts[other] !== -1) ? [at] : [],
    )
    for (const at of free) fronts[at] = front
    left -= free.length
  }
  return fronts
}

function isDominated(one: Ended, other: Ended): boolean {
  const order = compareApartFromLoss(other, one)
  return order === 0 ? dominates(other.losses, one.losses) : order < 0
}

/** How far the neighbours of each lie apart, in all losses together; infinite for those at an end (Deb et al. 2002). */
export function crowdingDistances(losses: readonly (readonly number[])[]): number[] {
  const distances = losses.map(() => 0)
  const metrics = losses[0]?.length ?? 0
  for (let metric = 0; metric < metrics; metric += 1) {
    const at = (index: number): number => losses[index]![metric] as number
    const order = losses.map((_, index) => index).toSorted((a, b) => at(a) - at(b))
    const range = at(order.at(-1) as number) - at(order[0] as number)
    for (const [place, index] of order.entries()) {
      const [before, after] = [order[place - 1], order[place + 1]]
      distances[index]! +=
        before === undefined || after === undefined
          ? Infinity
          : range > 0
            ? (at(after) - at(before)) / range
            : 0
    }
  }
  return distances
}
