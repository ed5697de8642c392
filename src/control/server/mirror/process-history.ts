// How the process has stood in the last minutes, for whoever looks at it for the first time: as long as it is served, it is
// looked at now and then, and the oldest looks are forgotten.

import type { LoopWatch, RuntimeAccess } from '../../../runtime/runtime-access.js'
import type { StatsHistory } from '../../api.js'

/** How far apart looks are. */
const EVERY_MS = 2000
/** Five minutes. */
const MOST_LOOKS = 150

type Look = { readonly [Column in keyof StatsHistory]: StatsHistory[Column][number] }

/** The looks of the last minutes. */
export class ProcessHistory {
  readonly #access: Pick<RuntimeAccess, 'now' | 'counts'>
  /** Its own: what others are shown of the loop isn't taken from them. */
  readonly #loop: LoopWatch
  readonly #looks: Look[] = []
  readonly #timer: NodeJS.Timeout

  constructor(access: Pick<RuntimeAccess, 'now' | 'counts' | 'watchLoop'>) {
    this.#access = access
    this.#loop = access.watchLoop()
    this.#timer = setInterval(() => this.look(), EVERY_MS).unref()
    this.look()
  }

  /** Looks once more. */
  look(): void {
    this.#looks.push({
      at: this.#access.now(),
      queued: this.#access.counts.live.queued,
      loopP99Ms: this.#loop.read().p99Ms,
      rssBytes: process.memoryUsage.rss(),
    })
    if (this.#looks.length > MOST_LOOKS) this.#looks.shift()
  }

  /** Oldest first. */
  columns(): StatsHistory {
    return {
      at: this.#looks.map(({ at }) => at),
      queued: this.#looks.map(({ queued }) => queued),
      loopP99Ms: this.#looks.map(({ loopP99Ms }) => loopP99Ms),
      rssBytes: this.#looks.map(({ rssBytes }) => rssBytes),
    }
  }

  close(): void {
    clearInterval(this.#timer)
    this.#loop.close()
  }
}
