// What few actions have: apart from the action itself, since a million of them may wait.

import type { ActionPlace } from '../../protocol/resolved-options.js'
import type { TrialParts } from '../../protocol/trial-parts.js'
import type { ResolvedTimeout } from '../../protocol/resolved-options.js'

/** What sets an action apart from the others of its definition. */
export interface Specials {
  /** Left out where it is the definition's. */
  readonly name: string | undefined
  /** What the call was given, which takes precedence over the definition's. */
  readonly timeout: ResolvedTimeout | undefined
  readonly graceMs: number | undefined
  readonly on: ActionPlace | undefined
  /** What of the input is moved. */
  transfers: readonly object[]
  /** The shield in whose block it was spawned. */
  readonly shield: number | undefined
  /** That block lasts. */
  isInBlock: boolean
  readonly isCleanUp: boolean
  /** It is a trial of a sweep; another attempt goes on from its last checkpoint. */
  trial?: TrialParts | undefined
}

/** What of an input is moved, where nothing is. */
export const NO_TRANSFERS: readonly object[] = []

/** `undefined` where it is like all others. */
export function specialsOf(given: Omit<Specials, 'isInBlock'>): Specials | undefined {
  const { name, timeout, graceMs, on, transfers, shield, isCleanUp, trial } = given
  const isSpecial =
    name !== undefined ||
    timeout !== undefined ||
    graceMs !== undefined ||
    on !== undefined ||
    transfers.length > 0 ||
    shield !== undefined ||
    isCleanUp ||
    trial !== undefined
  return isSpecial
    ? { name, timeout, graceMs, on, transfers, shield, isInBlock: shield !== undefined, isCleanUp, trial }
    : undefined
}

/** Lets go of what only a live action needs. */
export function retireSpecials(specials: Specials): void {
  specials.transfers = NO_TRANSFERS
  specials.trial = undefined
}
