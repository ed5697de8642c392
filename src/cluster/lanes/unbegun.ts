// What was sent to a lane's thread and isn't known to have begun: as claim words say so, its runtime is told (D14).

import { ClaimState } from '../../protocol/claims.js'
import type { Clock } from '../../protocol/clock.js'
import type { FromFarHost } from '../../protocol/far-messages.js'
import type { Lane } from '../../threads/lane.js'
import type { FarItem } from './far-item.js'

/** Those of one lane. */
export class Unbegun {
  readonly #lane: () => Lane<FarItem>
  readonly #now: Clock
  readonly #tell: (message: FromFarHost) => void
  readonly #items = new Set<FarItem>()

  constructor(lane: () => Lane<FarItem>, now: Clock, tell: (message: FromFarHost) => void) {
    this.#lane = lane
    this.#now = now
    this.#tell = tell
  }

  get size(): number {
    return this.#items.size
  }

  /** In the order in which they came. */
  [Symbol.iterator](): Iterator<FarItem> {
    return this.#items.values()
  }

  has(item: FarItem): boolean {
    return this.#items.has(item)
  }

  add(item: FarItem): void {
    this.#items.add(item)
  }

  delete(item: FarItem): void {
    this.#items.delete(item)
  }

  clear(): void {
    this.#items.clear()
  }

  /** Tells which have begun meanwhile. */
  tellBegun(): void {
    const begun = [...this.#items].filter((item) => {
      const claim = this.#lane().claim(item)
      return claim === ClaimState.running || claim === ClaimState.parked
    })
    if (begun.length === 0) return
    for (const item of begun) this.#items.delete(item)
    this.#tell({ type: 'started', tickets: begun.map(({ given }) => given), at: this.#now() })
  }

  /** The same, and whose modules are being loaded. */
  tellClaims(): void {
    this.tellBegun()
    const loading = [...this.#items].filter((item) => this.#lane().isLoading(item))
    if (loading.length > 0) this.#tell({ type: 'loading', tickets: loading.map(({ given }) => given) })
  }
}
