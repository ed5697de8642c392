// The actions of one run that live or are on record, in the order of their spawns. By id they are found once somebody has asked
// for one: most runs are never asked, however many actions they have.

import { NumberedRow } from '../../collections/numbered-row.js'
import { ROOT_ID } from '../../protocol/ids.js'
import type { ActionsById } from '../runtime-access.js'

/** What an action carries for its run. */
export interface RunActionsItem {
  readonly id: string
  /** Its number among the actions of its run. The run's own. */
  numberInRun: number
}

/** All actions of one run. */
export class RunActions<Member extends RunActionsItem> implements ActionsById<Member> {
  readonly #row = new NumberedRow<Member>()
  #count = 0
  #byId: Map<string, Member> | undefined

  get size(): number {
    return this.#row.size
  }

  /** Adds one, which is the last. */
  set(id: string, action: Member): void {
    this.#count += 1
    action.numberInRun = this.#count
    this.#row.add(this.#count, action)
    this.#byId?.set(id, action)
  }

  remove(action: Member): void {
    this.#row.delete(action.numberInRun)
    this.#byId?.delete(action.id)
  }

  get(id: string): Member | undefined {
    // To stop a whole run, nobody else is looked for.
    if (id === ROOT_ID) return this.#row.get(1)
    if (this.#byId === undefined) {
      this.#byId = new Map()
      for (const action of this.#row.values()) this.#byId.set(action.id, action)
    }
    return this.#byId.get(id)
  }

  has(id: string): boolean {
    return this.get(id) !== undefined
  }

  *keys(): MapIterator<string> {
    for (const { id } of this.#row.values()) yield id
  }

  *values(): MapIterator<Member> {
    yield* this.#row.values()
  }
}
