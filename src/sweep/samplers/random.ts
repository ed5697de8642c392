// Random search: each trial by itself. The baseline that every other sampler has to beat.

import { refuseUnknown } from '../../checks/refuse-unknown.js'
import { anySeed, RandomNumbers } from '../random-numbers.js'
import { snap, type Dimension } from '../space/dimensions.js'
import { completePoint, NOTHING } from '../space/known-point.js'
import type { FlatParameters } from '../results/progress.js'
import { checkSeed, createSampler, type Sampler } from './sampler.js'

/** What all seeded samplers take. */
export interface SeedOptions {
  /** A whole number. Default: another one each time, shown in the sampler's name. */
  readonly seed?: number | undefined
}

/** The names of the same. */
export const SEED_OPTIONS: ReadonlySet<string> = new Set<keyof SeedOptions>(['seed'])

/**
 * Random search (Bergstra & Bengio 2012, 'Random Search for Hyper-Parameter Optimization').
 *
 * Reproducible at any concurrency: what a trial gets depends on the seed and its number only.
 */
export function random(options: SeedOptions = {}): Sampler {
  refuseUnknown(options, SEED_OPTIONS, 'random()')
  const { seed = anySeed() } = options
  const name = `random(seed ${checkSeed(seed, 'random()')})`
  return createSampler(
    name,
    (dimensions) => ({
      propose: (number: number, known: FlatParameters = NOTHING) => {
        const numbers = new RandomNumbers(seed, number)
        return completePoint(dimensions, known, (dimension) => uniformCoordinate(dimension, numbers))
      },
    }),
    true,
  )
}

/** A coordinate, each value as likely as another. */
export function uniformCoordinate(dimension: Dimension, numbers: RandomNumbers): number {
  return coordinateAt(dimension, numbers.uniform())
}

/** The coordinate at a share of the values, 0 to below 1. */
export function coordinateAt(dimension: Dimension, share: number): number {
  return dimension.kind === 'choice' ? Math.floor(share * dimension.size) : snap(dimension, share)
}
