// Where runs of a soak are played, and what they add up to.

import type { Runtime } from 'heddle'
import type { ControlClient } from 'heddle/client'
import type { Mirror } from './mirror.js'
import type { Random } from './random.js'
import { Violation, type Totals } from './seen.js'
import type { Story } from './story.js'

/** What doesn't come with the events. */
export interface Counts {
  runs: number
  sweeps: number
  aborts: number
  accepted: number
  letters: number
  readonly warnings: string[]
}

/** The soak as a whole. */
export interface Soak {
  readonly totals: Totals
  readonly counts: Counts
  readonly onViolation: (violation: Violation) => void
  /** What hasn't moved for so long hangs, in milliseconds. */
  readonly hangMs?: number
}

/** A runtime in which runs are played. */
export interface Stage extends Soak {
  readonly runtime: Runtime
  readonly story: Story
  readonly random: Random
  /** Nobody may be forced: all are polite, and have all the time they need. */
  readonly calm: boolean
  /** The bodies run on other machines, some of which are lost on the way. */
  readonly isFar?: boolean
  /** By how many aborts a run may be struck, and within how many of its events, as often as each stands here. */
  readonly strikes?: { readonly counts: readonly number[]; readonly events: readonly number[] }
  /** Where the runtime is served: another way to abort, and what its streams tell. */
  readonly served?: { readonly client: ControlClient; readonly mirror: Mirror } | undefined
}

/** What hasn't moved for so long hangs, in milliseconds, unless its soak says otherwise. */
const HANG_MS = 25_000

/** How a hang is told, and told from what merely takes its time. */
export interface Watched {
  /** How far it has come: as long as that changes, it doesn't hang. */
  readonly progress?: () => number
  readonly history?: () => string[]
}

/** Waits, but not for ever; `undefined` if it hangs. */
export async function within<Value>(
  promise: Promise<Value>,
  what: string,
  { onViolation, hangMs = HANG_MS }: Pick<Soak, 'onViolation' | 'hangMs'>,
  { progress = () => 0, history = () => [] }: Watched = {},
): Promise<Value | undefined> {
  let timer: NodeJS.Timeout | undefined
  let seen = progress()
  const hangs = new Promise<undefined>((resolve) => {
    const look = (): void => {
      const now = progress()
      if (now === seen) {
        onViolation(new Violation(`${what} hangs: nothing for ${hangMs / 1000} s (I4)`, history()))
        resolve(undefined)
        return
      }
      seen = now
      timer = setTimeout(look, hangMs)
    }
    timer = setTimeout(look, hangMs)
  })
  try {
    return await Promise.race([promise, hangs])
  } finally {
    clearTimeout(timer)
  }
}
