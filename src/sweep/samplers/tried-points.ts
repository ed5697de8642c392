// The points of a space that were tried, where there are only so many: so that none is tried twice while others wait.

import type { Dimensions, Point } from '../space/dimensions.js'

/** A set of points. */
export class TriedPoints {
  readonly #keys = new Set<string>()

  add(point: Point): void {
    this.#keys.add(keyOf(point))
  }

  has(point: Point): boolean {
    return this.#keys.has(keyOf(point))
  }

  /** Returns whether it was among them. */
  delete(point: Point): boolean {
    return this.#keys.delete(keyOf(point))
  }
}

/** Whether a space has only so many points. */
export function isFiniteSpace({ list }: Dimensions): boolean {
  return list.every(({ size }) => size < Infinity)
}

/** Equal for a point and for the same one made of its stored values. */
function keyOf(point: Point): string {
  return Array.from(point, (coordinate) => coordinate.toFixed(9)).join(' ')
}
