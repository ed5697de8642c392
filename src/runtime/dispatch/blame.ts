// Blame for the loss of a thread (S28): who it was killed for, who has ended it, or who alone computed there.

import type { LaneLoss } from '../../../actors/thread-events.js'
import { ClaimState } from '../../protocol/claims.js'
import type { EndsThreadMessage } from '../../protocol/messages.js'
import type { Lane } from '../../threads/lane.js'
import type { Action } from '../tree/action.js'
import type { Guilty } from '../tree/thread-lost-error.js'

/** The thread was ended by code that is no action's. */
const NOT_KNOWN = 'not known'

/** The guilty of all lanes of one runtime. */
export class Blame {
  readonly #guilty = new Map<Lane<Action>, Guilty[] | typeof NOT_KNOWN>()
  readonly #actionAt: (run: string, id: string) => Action | undefined

  /** `actionAt`: the action at an address, if it lives or its record is kept. */
  constructor(actionAt: (run: string, id: string) => Action | undefined) {
    this.#actionAt = actionAt
  }

  /** The thread of a lane is killed for the sake of an action. */
  noteKill(lane: Lane<Action>, action: Action): void {
    this.#add(lane, guiltyOf(action))
  }

  /** A host has said who is ending its thread. */
  noteEnd(lane: Lane<Action>, { by, module }: EndsThreadMessage, action: Action | undefined): void {
    if (action !== undefined) this.#add(lane, guiltyOf(action))
    else if (by === undefined) {
      this.#guilty.set(lane, NOT_KNOWN)
      // The doing of a module is that of all who wait for it to be loaded.
      for (const item of lane.items()) {
        if (item.definition.url === module && lane.isLoading(item)) this.#add(lane, guiltyOf(item))
      }
    } else {
      // Code that a body has left behind: of an earlier attempt, or of an action that has ended. Not of a namesake's.
      const named = this.#actionAt(by.run, by.id)
      const isIts = named !== undefined && (named.isSettled || named.attempt > by.attempt)
      this.#add(lane, { run: by.run, action: by.id, name: by.name, node: isIts ? named : undefined })
    }
  }

  /** By whom, or for whom, a lane was lost; `undefined` where that can't be known. The lane is forgotten. */
  take(lane: Lane<Action>, loss: LaneLoss | undefined): readonly Guilty[] | undefined {
    const told = this.#guilty.get(lane)
    this.#guilty.delete(lane)
    if (told === NOT_KNOWN) return undefined
    // Killed for code that nobody who lives there has anything to do with.
    if (told !== undefined || loss?.killed === true) return told ?? []
    if (loss === undefined || loss.whileStarting || lane.abandoned > 0) return undefined
    return computingAlone(lane)
  }

  #add(lane: Lane<Action>, guilty: Guilty): void {
    const known = this.#guilty.get(lane)
    if (known === undefined || known === NOT_KNOWN) this.#guilty.set(lane, [guilty])
    else known.push(guilty)
  }
}

/** A thread that dies without a word is out of memory, or in native code: it was who computed there, if that was one alone. */
function computingAlone(lane: Lane<Action>): readonly Guilty[] | undefined {
  const claimed = [...lane.items()].filter((action) => lane.claim(action) !== ClaimState.offered)
  const computing = claimed.filter((action) => lane.claim(action) !== ClaimState.parked)
  const suspects = claimed.length === 1 ? claimed : computing
  const [first] = suspects
  if (first === undefined) return undefined
  // Or several, who wait for the same module to be loaded.
  const isOne = suspects.every((action) => action === first || areLoadingTheSame(lane, action, first))
  return isOne ? suspects.map(guiltyOf) : undefined
}

function areLoadingTheSame(lane: Lane<Action>, action: Action, other: Action): boolean {
  return action.definition.url === other.definition.url && lane.isLoading(action) && lane.isLoading(other)
}

function guiltyOf(action: Action): Guilty {
  return { run: action.run.name, action: action.id, name: action.name, node: action }
}
