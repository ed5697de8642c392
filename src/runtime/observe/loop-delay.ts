// How late the app's event loop is, for whoever looks from time to time.

import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { LoopDelayFigures, LoopWatch } from '../runtime-access.js'

/** The interval of the histogram, which it counts, too. */
const RESOLUTION_MS = 10
/** Somebody who looks sooner is shown what the one before was shown: looks don't take from each other what they are to see. */
const LEAST_MS = 1000

const NANOSECONDS = 1e6

/** What is used of `monitorEventLoopDelay`. In nanoseconds; not finite, or of no meaning, before its first tick. */
export interface DelayHistogram {
  readonly mean: number
  readonly max: number
  percentile(percent: number): number
  reset(): void
  enable(): boolean
  disable(): boolean
}

/** Watches the loop from its making on, until it is closed. */
export class LoopDelay implements LoopWatch {
  readonly #histogram: DelayHistogram
  readonly #now: () => number
  #since: number
  #shown: LoopDelayFigures | undefined

  constructor(
    histogram: DelayHistogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS }),
    now: () => number = () => performance.now(),
  ) {
    this.#histogram = histogram
    this.#now = now
    this.#since = now()
    histogram.enable()
  }

  read(): LoopDelayFigures {
    const now = this.#now()
    if (now - this.#since < LEAST_MS) return this.#shown ?? this.#figures()
    this.#shown = this.#figures()
    this.#histogram.reset()
    this.#since = now
    return this.#shown
  }

  close(): void {
    this.#histogram.disable()
  }

  #figures(): LoopDelayFigures {
    const { mean, max } = this.#histogram
    return {
      meanMs: late(mean),
      p50Ms: late(this.#histogram.percentile(50)),
      p99Ms: late(this.#histogram.percentile(99)),
      maxMs: late(max),
    }
  }
}

function late(nanoseconds: number): number {
  return Number.isFinite(nanoseconds) ? Math.max(0, nanoseconds / NANOSECONDS - RESOLUTION_MS) : 0
}
