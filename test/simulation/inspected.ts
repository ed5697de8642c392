// What an inspector is shown (X6): each actor once, ahead of all that it does; nothing after its end; and that of each.

import type { InspectionEvent } from 'xstate'
import type { Breaks } from './state.js'

/** Who is told. */
interface Told {
  readonly breaks: Breaks
  readonly cover: (rule: string) => void
}

/** The actors that an inspector has been shown. */
export class Inspected {
  readonly #told: Told
  /** Those that live, by their names. */
  readonly #live = new Map<object, string>()
  readonly #over = new WeakSet<object>()

  constructor(told: Told) {
    this.#told = told
  }

  take(event: InspectionEvent): void {
    const { breaks, cover } = this.#told
    const { actorRef } = event
    const called = `actor ${actorRef.sessionId}`
    cover('X6')
    if (event.type === '@xstate.actor') {
      // What stands in for an actor in a thread is named by its action and attempt.
      if (actorRef.sessionId.includes('#')) cover('X6 inside')
      if (this.#live.has(actorRef) || this.#over.has(actorRef)) breaks('X6', `${called} comes twice`)
      this.#live.set(actorRef, called)
      return
    }
    if (event.type !== '@xstate.snapshot') return
    if (this.#over.has(actorRef)) breaks('X6', `${called} is shown after its end`)
    else if (!this.#live.has(actorRef)) breaks('X6', `${called} is shown before it comes`)
    if (event.snapshot.status === 'active') return
    this.#live.delete(actorRef)
    this.#over.add(actorRef)
  }

  /** Once all is over. */
  finish(): void {
    for (const called of this.#live.values()) this.#told.breaks('X6', `${called} is never shown to end`)
  }
}
