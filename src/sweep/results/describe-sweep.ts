// What a sweep is, in the form that those who show it are given.

import type { Dimensions } from '../space/dimensions.js'
import { directionsOf } from './metrics.js'
import type { ResolvedOptions } from '../resolve-options.js'
import type { SweepDescription } from './progress.js'

/** The description of a study. */
export function describeSweep(
  study: string,
  { metrics, metric, direction, objective, stepKey, trials, concurrency, sampler, pruner }: ResolvedOptions,
  dimensions: Dimensions,
): SweepDescription {
  return {
    study,
    metric,
    direction,
    ...(metrics.length > 1 && { metrics: directionsOf(metrics) }),
    ...(objective !== 'best' && { objective }),
    stepKey,
    parameters: dimensions.describe(),
    ...(trials !== Infinity && { trials }),
    concurrency,
    sampler: sampler.name,
    pruner: pruner.name,
  }
}
