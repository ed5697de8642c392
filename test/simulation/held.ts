// Looks whether anybody still holds actions that aren't on record any more (S29), by what the garbage collector leaves: whatever
// list, timer or listener it was that forgot to let go.

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Breaks } from './state.js'

/** Of so many that settle, one is watched. */
const ONE_OF = 3
/** Whoever looks may have met one last. */
const MOST_HELD = 3

let collector: (() => void) | undefined

function collect(): void {
  if (collector === undefined) {
    setFlagsFromString('--expose-gc')
    collector = runInNewContext('gc') as () => void
  }
  collector()
}

/** Those of one runtime. */
export class Held {
  readonly #watched: { readonly called: string; readonly ref: WeakRef<object> }[] = []
  #settled = 0

  /** One has settled. */
  add(action: { readonly id: string; readonly run: { readonly name: string } }): void {
    this.#settled += 1
    if (this.#settled % ONE_OF === 0)
      this.#watched.push({ called: `${action.run.name} ${action.id}`, ref: new WeakRef(action) })
  }

  /** `isKept`: whether one is on record, or its run is, or the app holds that. `within`: runs a turn of the loop. */
  look(isKept: (action: object) => boolean, within: (call: () => void) => void, breaks: Breaks): void {
    // What has been looked at in a turn is held until its end.
    within(() => {})
    collect()
    const held = this.#watched.filter(({ ref }) => {
      const action = ref.deref()
      return action !== undefined && !isKept(action)
    })
    if (held.length > MOST_HELD)
      breaks(
        'S29',
        `${held.length} of ${this.#watched.length} actions are held by somebody, and aren't on record: ${held
          .slice(0, 3)
          .map(({ called }) => called)
          .join(', ')}`,
      )
  }
}
