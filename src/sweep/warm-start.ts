// The option `warmStart`: what another study has found, as it is given.

import { checkNumber } from '../checks/check-number.js'
import { wrongOption } from '../checks/wrong-value.js'
import type { TrialState } from './results/progress.js'

const OF = 'sweep'

/** A trial of another study: one of `result.trials`, say. Only those that have ended are taken in. */
export interface EarlierTrial {
  /** As nested as the parameters of the space are. */
  readonly parameters: unknown
  /** The metric; left out if it has none: it counts as worse than all others. */
  readonly value?: number | undefined
  /** The metrics by name, where there are several. */
  readonly values?: Readonly<Record<string, number>> | undefined
  /** What its constraints said. Default: nothing is violated. */
  readonly constraints?: readonly number[] | undefined
  /** Default `'completed'`. */
  readonly state?: TrialState | undefined
  /** The last step that it came to. Default 0. */
  readonly step?: number | undefined
}

/** Checks the option `warmStart`. @throws `ActionInputError` for what isn't one. */
export function resolveWarmStart(warmStart: unknown): string | readonly EarlierTrial[] | undefined {
  if (warmStart === undefined || (typeof warmStart === 'string' && warmStart !== '')) return warmStart
  const wanted = "the path of a study's file, or an array of trials"
  if (!Array.isArray(warmStart)) throw wrongOption(OF, 'warmStart', warmStart, wanted)
  const trials: readonly EarlierTrial[] = warmStart
  for (const [at, trial] of trials.entries()) {
    const isTrial = typeof trial === 'object' && trial !== null && typeof trial.parameters === 'object'
    if (!isTrial) throw wrongOption(OF, `warmStart[${at}]`, trial, 'a trial: { parameters, value, … }')
    const { value, step } = trial
    if (value !== undefined && typeof value !== 'number')
      throw wrongOption(OF, `warmStart[${at}].value`, value, 'a number')
    if (step !== undefined) checkNumber(step, OF, `warmStart[${at}].step`)
  }
  return trials
}
