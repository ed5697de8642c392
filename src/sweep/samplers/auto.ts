// Chooses a sampler by what it is for: nobody should have to know them all to begin.

import { refuseUnknown } from '../../checks/refuse-unknown.js'
import { Dimensions } from '../space/dimensions.js'
import { anySeed } from '../random-numbers.js'
import type { ParametersOf, Space } from '../space/parameter.js'
import { cmaes, isNumeric } from './cmaes.js'
import { gp } from './gp.js'
import { SEED_OPTIONS, type SeedOptions } from './random.js'
import { checkSeed, type Sampler, type SamplerSearch, type SearchOptions } from './sampler.js'
import { tpe } from './tpe.js'

/** With more parameters, a Gaussian process learns too little of each. */
const MOST_GP_PARAMETERS = 20
/** With more trials at a time, what it computes for each is time in which threads wait. */
const MOST_GP_CONCURRENCY = 16
/** With more trials, strategies that need more of them come further, and it learns from a part of them only. */
const MOST_GP_TRIALS = 300
/** So many trials for each parameter, and at least that many generations, make a strategy pay. */
const LEAST_CMAES_TRIALS = 50

/**
 * Chooses a sampler when the search starts, by space, number of trials and concurrency:
 *
 * - `gp` for 300 trials or less of 20 parameters or less, 16 at a time at most, that aren't stopped early
 * - `cmaes` for numbers alone and more trials than that, if there are 50 for each parameter, on the same condition
 * - `tpe` for all else: trials that a pruner stops, many at a time, several metrics, a number of trials that nobody has said
 */
export function auto(options: SeedOptions = {}): Sampler {
  const of = 'auto()'
  refuseUnknown(options, SEED_OPTIONS, of)
  const seed = checkSeed(options.seed ?? anySeed(), of)
  const name = `auto(seed ${seed})`
  return {
    name,
    multiObjective: true,
    start: <const S extends Space>(space: S, search: SearchOptions): SamplerSearch<ParametersOf<S>> =>
      chooseFor(new Dimensions(space, `sampler ${name}`), search)({ seed }).start(space, search),
  }
}

/** What makes the sampler that suits a search. */
function chooseFor(
  dimensions: Dimensions,
  { directions = [], trials = Infinity, concurrency = 1, prunes = false }: SearchOptions,
): (options: SeedOptions) => Sampler {
  const count = dimensions.list.length
  if (directions.length > 1 || prunes || trials === Infinity) return tpe
  if (trials <= MOST_GP_TRIALS && count <= MOST_GP_PARAMETERS && concurrency <= MOST_GP_CONCURRENCY) return gp
  const isLong = trials > MOST_GP_TRIALS && trials >= LEAST_CMAES_TRIALS * count
  return isLong && isNumeric(dimensions) && concurrency <= MOST_GP_CONCURRENCY ? cmaes : tpe
}
