// What a soak adds up to, and its waits: none is for ever, and what hangs is told.

import { Violation, type Totals } from './seen.js'

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
