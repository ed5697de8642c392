// Quasi-random search: points that fill the space more evenly than random ones do. A scrambled Halton sequence rather
// than Sobol's, because it needs no table of direction numbers and has no favoured lengths.

import { ActionInputError } from '../../protocol/errors/errors.js'
import { refuseUnknown } from '../../checks/refuse-unknown.js'
import { completePoint, NOTHING } from '../space/known-point.js'
import type { FlatParameters } from '../results/progress.js'
import { anySeed, RandomNumbers } from '../random-numbers.js'
import { coordinateAt, SEED_OPTIONS, type SeedOptions } from './random.js'
import { checkSeed, createSampler, type Sampler } from './sampler.js'

/**
 * Quasi-random search by a scrambled Halton sequence: coordinate `i` of point `n` is the radical inverse `φ_b(n)` in the
 * `i`-th prime base `b`, with the digits of each place permuted at random.
 *
 * Halton 1960, 'On the efficiency of certain quasi-random sequences of points'; scrambling as in Owen 2017, 'A randomized
 * Halton algorithm in R'. Why it suits parallel searches: Bousquet et al. 2017, 'Critical Hyper-Parameters: No Random, No
 * Cry'. Reproducible at any concurrency. A conditional parameter uses up its coordinate also where it doesn't exist.
 */
export function halton(options: SeedOptions = {}): Sampler {
  refuseUnknown(options, SEED_OPTIONS, 'halton()')
  const { seed = anySeed() } = options
  const name = `halton(seed ${checkSeed(seed, 'halton()')})`
  return createSampler(
    name,
    (dimensions) => {
      const bases = firstPrimes(dimensions.list.length)
      const scrambled = bases.map(
        (base, index) => new ScrambledRadicalInverse(base, new RandomNumbers(seed, index)),
      )
      return {
        propose: (number: number, known: FlatParameters = NOTHING) =>
          completePoint(dimensions, known, (dimension, index) =>
            coordinateAt(dimension, (scrambled[index] as ScrambledRadicalInverse).at(number - 1)),
          ),
      }
    },
    true,
  )
}

/** `φ_b(n)` with a random permutation of the digits for each place. */
class ScrambledRadicalInverse {
  readonly #base: number
  /** One permutation for each place; places past the last digit of `n` are zeros, which are permuted, too. */
  readonly #permutations: readonly (readonly number[])[]

  constructor(base: number, numbers: RandomNumbers) {
    this.#base = base
    // As many places as a double has room for.
    const places = Math.ceil(53 / Math.log2(base))
    this.#permutations = Array.from({ length: places }, () => numbers.permutation(base))
  }

  at(number: number): number {
    let rest = number
    let scale = 1 / this.#base
    let value = 0
    for (const permutation of this.#permutations) {
      value += (permutation[rest % this.#base] as number) * scale
      rest = Math.floor(rest / this.#base)
      scale /= this.#base
    }
    return Math.min(value, 1 - Number.EPSILON)
  }
}

function firstPrimes(count: number): number[] {
  const primes: number[] = []
  for (let candidate = 2; primes.length < count; candidate += 1) {
    if (candidate > 1e6) throw new ActionInputError('halton(): the space has too many parameters')
    if (primes.every((prime) => candidate % prime !== 0)) primes.push(candidate)
  }
  return primes
}
