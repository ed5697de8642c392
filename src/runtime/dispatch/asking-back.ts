// What was sent to another machine and hasn't started is asked back, when somebody else could start it: at once, or when it has had
// the time to start there.

import type { LaneLoad } from '../../scheduling/lane-load.js'
import { world } from '../../protocol/world.js'
import type { Action } from '../tree/action.js'

/** How long the first one of a row may go on waiting there, in milliseconds, while another lane idles. */
const WAIT_MS = 50

/** The first one of a row, and since when it has been waited for, or something was asked back. */
interface Waited {
  readonly first: Action
  readonly since: number
}

/** Asks back from the lanes of other machines. */
export class AskingBack {
  readonly #ask: (load: LaneLoad<Action>, actions: readonly Action[]) => void
  readonly #schedule: () => void
  readonly #waited = new Map<LaneLoad<Action>, Waited>()
  #timer: NodeJS.Timeout | undefined

  /** `schedule`: another lane may still idle. */
  constructor(ask: (load: LaneLoad<Action>, actions: readonly Action[]) => void, schedule: () => void) {
    this.#ask = ask
    this.#schedule = schedule
  }

  /** Asks for the last ones of a row, so many. */
  askBack(load: LaneLoad<Action>, count: number, when: 'now' | 'soon'): void {
    const unstarted = [...load.offered].filter((one) => one.lane === load && one.placement === 'offered')
    const [first] = unstarted
    if (first === undefined) return
    if (when === 'now' || this.#hasWaited(load, first)) this.#ask(load, unstarted.slice(-count))
  }

  /** A lane is gone. */
  forget(load: LaneLoad<Action>): void {
    this.#waited.delete(load)
    if (this.#waited.size === 0) this.#stop()
  }

  #hasWaited(load: LaneLoad<Action>, first: Action): boolean {
    const known = this.#waited.get(load)
    const now = world.now()
    const isOver = known?.first === first && now - known.since >= WAIT_MS
    if (known?.first !== first || isOver) this.#waited.set(load, { first, since: now })
    this.#lookAgain()
    return isOver
  }

  #lookAgain(): void {
    this.#timer ??= world.setTimeout(() => {
      this.#timer = undefined
      this.#schedule()
    }, WAIT_MS)
  }

  #stop(): void {
    world.clearTimeout(this.#timer)
    this.#timer = undefined
  }
}
