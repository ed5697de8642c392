// The bounds of what is kept of `ctx.checkpoint`.

import { checkCount } from '../../checks/check-number.js'
import { refuseUnknown } from '../../checks/refuse-unknown.js'

/** The bounds of what is kept of `ctx.checkpoint`. */
export interface CheckpointOptions {
  /** How large one may be, in bytes. Default 16 MiB, at most 1 GiB. */
  readonly mostBytes?: number | undefined
  /** How many trials have one at a time. Default 256; beyond that the oldest go, and their trials begin anew. */
  readonly most?: number | undefined
}

/** The same, filled in. */
export interface ResolvedCheckpoints {
  readonly mostBytes: number
  readonly most: number
}

const OPTIONS: ReadonlySet<string> = new Set<keyof CheckpointOptions>(['mostBytes', 'most'])
/** What a message between threads surely holds. */
const LARGEST = 2 ** 30

/** Fills in the defaults; throws an `ActionInputError` that names the wrong option. */
export function resolveCheckpoints(given: CheckpointOptions | undefined, sweep: string): ResolvedCheckpoints {
  const of = `${sweep}, option 'checkpoints'`
  if (given !== undefined) refuseUnknown(given, OPTIONS, of)
  const { mostBytes = 16 * 2 ** 20, most = 256 } = given ?? {}
  return {
    mostBytes: checkCount(mostBytes, of, 'mostBytes', 1, LARGEST),
    most: checkCount(most, of, 'most', 1),
  }
}
