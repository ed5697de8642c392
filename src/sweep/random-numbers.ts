// Seeded random numbers: a stream of their own for each seed, purpose and number, so that what one trial draws never
// depends on what was drawn for another, nor on whether the sweep was continued from a file.

import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'

/** A stream of random numbers. */
export class RandomNumbers {
  readonly #generator: ReturnType<typeof xoroshiro128plus>

  /** The stream of these whole numbers; the same ones give the same stream on every machine. */
  constructor(...seeds: readonly number[]) {
    let state = 0x811c9dc5
    for (const seed of seeds) {
      state = scramble(state ^ (seed | 0))
      state = scramble(state ^ Math.floor(seed / 2 ** 32))
    }
    this.#generator = xoroshiro128plus(state)
    // The generator's first numbers still show its seed.
    for (let skipped = 0; skipped < 8; skipped += 1) this.#generator.next()
  }

  /** The next number, uniform in [0, 1). */
  uniform(): number {
    return uniformFloat64(this.#generator)
  }

  /** The next whole number, uniform from 0 to below `count`. */
  index(count: number): number {
    return Math.floor(this.uniform() * count)
  }

  /** The next number of the standard normal distribution (Box and Muller 1958; 1 − u keeps the logarithm finite). */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.uniform())) * Math.cos(2 * Math.PI * this.uniform())
  }

  /** An order of 0 … count − 1, each as likely as another (Fisher and Yates). */
  permutation(count: number): number[] {
    const order = Array.from({ length: count }, (_, index) => index)
    for (let last = count - 1; last > 0; last -= 1) {
      const other = this.index(last + 1)
      const kept = order[last] as number
      order[last] = order[other] as number
      order[other] = kept
    }
    return order
  }
}

/** A seed where none was given. */
export function anySeed(): number {
  return Math.floor(Math.random() * 2 ** 32)
}

/** The finaliser of MurmurHash3 (Austin Appleby, public domain): every bit of the input reaches every bit of the result. */
function scramble(value: number): number {
  let bits = (value + 0x9e3779b9) | 0
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return bits ^ (bits >>> 16)
}
