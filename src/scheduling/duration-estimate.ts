// What is known of how long a definition's bodies run: the base for sending short ones ahead of need.

/** The weight of the newest observation in the running mean. */
const WEIGHT = 0.2

/** A definition's running estimate. One outlier moves it by a fifth; a long body is seen at once. */
export class DurationEstimate {
  #meanMs: number | undefined
  #branches = false

  /** Mean run time in milliseconds without the time spent parked; `undefined` before the first end. */
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
    this.#meanMs = this.#meanMs === undefined ? busyMs : this.#meanMs + WEIGHT * (busyMs - this.#meanMs)
  }
}
