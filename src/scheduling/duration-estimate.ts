// The estimate of how long a definition's bodies run: the base for sending short ones ahead of need.

/** The weight of the newest observation in the running mean. */
const WEIGHT = 0.2
/** Shorter than this can't be told from nothing, in milliseconds. */
const SHORTEST_MS = 0.001

/**
 * A definition's running estimate: a geometric mean, exponentially weighted. An arithmetic one would follow each pause
 * of the garbage collector, a thousand times as long as a short body, and stop the sending ahead for dozens of them.
 */
export class DurationEstimate {
  #logMean = 0
  #meanMs: number | undefined
  #branches = false

  /** Typical run time in milliseconds without the time spent parked; `undefined` before the first end. */
  get meanMs(): number | undefined {
    return this.#meanMs
  }

  /** Whether bodies may be sent ahead: they are known, and neither spawn nor park, so that they end by themselves. */
  get isLeaf(): boolean {
    return this.#meanMs !== undefined && !this.#branches
  }

  /** Takes in the end of one body. `branched`: it spawned or parked. */
  observe(busyMs: number, branched: boolean): void {
    if (branched) this.#branches = true
    const log = Math.log(Math.max(SHORTEST_MS, busyMs))
    this.#logMean = this.#meanMs === undefined ? log : this.#logMean + WEIGHT * (log - this.#logMean)
    this.#meanMs = Math.exp(this.#logMean)
  }
}
