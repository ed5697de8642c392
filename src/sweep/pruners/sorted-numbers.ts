// Numbers kept in order, for quantiles of what trials have reached.

import { lowerBound } from '../../collections/lower-bound.js'

/** Numbers kept in order. */
export class SortedNumbers {
  readonly #values: number[] = []

  get size(): number {
    return this.#values.length
  }

  /** How many are below a value. */
  below(value: number): number {
    return lowerBound(this.#values.length, (at) => (this.#values[at] as number) < value)
  }

  add(value: number): void {
    this.#values.splice(this.below(value), 0, value)
  }

  /** Takes out a value that was added. */
  remove(value: number): void {
    this.#values.splice(this.below(value), 1)
  }

  /** The value of a rank, 0 for the lowest; NaN beyond. */
  at(rank: number): number {
    return this.#values[rank] ?? NaN
  }

  /** The value below which a share of them lies, between two of them where it falls there. */
  quantile(share: number): number {
    const place = share * (this.size - 1)
    const left = this.at(Math.floor(place))
    const right = this.at(Math.ceil(place))
    return left === right ? left : left + (place - Math.floor(place)) * (right - left)
  }
}
