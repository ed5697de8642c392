// The end of a runtime: when what lives is aborted, and with which grace. Several calls may say so, each of which may only
// shorten what those before it have left (S22).

import { LONGEST_TIMER_MS } from '../../options.js'
import { world } from '../../protocol/world.js'

/** The time that what lives has to end by itself. */
export class Draining {
  readonly #onOver: () => void
  #until = Infinity
  #timer: NodeJS.Timeout | undefined
  #state: 'open' | 'draining' | 'over' = 'open'
  /** Why what is left is aborted: what the call said that has ended the drain. */
  message: string = ''
  /** The shortest that was asked for; `undefined`: each action's own. */
  graceMs: number | undefined

  /** `onOver`: what is left is to be aborted; told again where the grace has become shorter. */
  constructor(onOver: () => void) {
    this.#onOver = onOver
  }

  /** One more call wants it to end. */
  request(message: string, drainMs: number, graceMs: number | undefined): void {
    if (this.#state === 'over') {
      // What is being aborted is only hastened: the deadline counts from this call.
      if (graceMs === undefined) return
      this.graceMs = graceMs
      this.#onOver()
      return
    }
    if (graceMs !== undefined) this.graceMs = Math.min(graceMs, this.graceMs ?? Infinity)
    const until = world.now() + drainMs
    // The first one counts in any case, also where it has no end.
    if (this.#state === 'draining' && until >= this.#until) return
    this.#state = 'draining'
    this.message = message
    this.#until = until
    world.clearTimeout(this.#timer)
    if (drainMs === 0) this.#over()
    else this.#wait()
  }

  /** Nothing is left. */
  end(): void {
    world.clearTimeout(this.#timer)
    this.#state = 'over'
  }

  #wait(): void {
    const leftMs = this.#until - world.now()
    if (leftMs <= 0) {
      this.#over()
      return
    }
    // It holds the process, as what it waits for may not.
    this.#timer = world.setTimeout(() => this.#wait(), Math.min(Math.ceil(leftMs), LONGEST_TIMER_MS))
  }

  #over(): void {
    world.clearTimeout(this.#timer)
    this.#state = 'over'
    this.#onOver()
  }
}
