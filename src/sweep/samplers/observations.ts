// The observations that TPE splits into good ones and others: as far as they are needed, so that memory and the cost of a
// suggestion are the same after ten trials and after ten thousand.

import type { Point } from '../space/dimensions.js'
import { byContribution } from './hypervolume.js'
import { frontsOf } from './non-domination.js'
import { compareEnded, type Ended } from './ranking.js'

/** How many of the others are kept; the oldest go first. */
const MAX_OTHERS = 200

/** A trial that has ended. */
export interface Observed extends Ended {
  readonly point: Point
}

/** The best observations, in order, and the last of the others. */
export class Observations {
  readonly #maxGood: number
  readonly #insert: (best: Observed[], observed: Observed) => Observed[]
  #best: Observed[] = []
  #others: Point[] = []
  count = 0

  /** @param hasSeveral - Whether there are several losses: then the best are those on the first fronts. */
  constructor(maxGood: number, hasSeveral: boolean) {
    this.#maxGood = maxGood
    this.#insert = hasSeveral ? insertByFronts : insertByLoss
  }

  add(observed: Observed): void {
    this.count += 1
    this.#best = this.#insert(this.#best, observed)
    if (this.#best.length > this.#maxGood) this.#others.push((this.#best.pop() as Observed).point)
    if (this.#others.length >= 2 * MAX_OTHERS) this.#others = this.#others.slice(-MAX_OTHERS)
  }

  /** The best `count`, and the others. */
  split(count: number): { good: Point[]; others: Point[] } {
    const points = this.#best.map(({ point }) => point)
    return {
      good: points.slice(0, count),
      others: [...this.#others.slice(-MAX_OTHERS), ...points.slice(count)],
    }
  }
}

function insertByLoss(best: Observed[], observed: Observed): Observed[] {
  const place = best.findIndex((other) => compareEnded(observed, other) < 0)
  best.splice(place === -1 ? best.length : place, 0, observed)
  return best
}

/**
 * By front, and on each front by what it adds to the volume that is dominated (Ozaki et al. 2022, 'Multiobjective
 * Tree-Structured Parzen Estimator').
 */
function insertByFronts(best: Observed[], observed: Observed): Observed[] {
  const all = [...best, observed]
  const fronts = frontsOf(all)
  const last = Math.max(...fronts)
  return Array.from({ length: last + 1 }, (_, front) =>
    all.filter((_one, at) => fronts[at] === front),
  ).flatMap((members) =>
    members.some(({ losses }) => losses.includes(Infinity))
      ? members
      : byContribution(members.map(({ losses }) => losses)).map((at) => members[at] as Observed),
  )
}
