// Sweeps, as tests look at them.

import { isHeddleError } from 'heddle'
import type { Observation, Sampler } from 'heddle/sweep'

/** Another sampler, whose calls are told of. */
export function listening(
  sampler: Sampler,
  onTell: (number: number, observation: Observation) => void,
  onRestore: (suggestion: unknown) => void = () => {},
): Sampler {
  return {
    name: 'listening',
    start: (searched, options) => {
      const search = sampler.start(searched, options)
      return {
        suggest: () => search.suggest(),
        restore: (suggestion) => {
          onRestore(suggestion)
          search.restore(suggestion)
        },
        tell: (number, observation) => {
          onTell(number, observation)
          search.tell(number, observation)
        },
      }
    },
  }
}

/** What an error says that refuses something. */
export async function refusal(of: PromiseLike<unknown> | (() => unknown)): Promise<string> {
  try {
    await (typeof of === 'function' ? of() : of)
  } catch (error) {
    if (isHeddleError(error, 'ActionInputError')) return error.message
    throw error
  }
  throw new Error('it was accepted')
}
