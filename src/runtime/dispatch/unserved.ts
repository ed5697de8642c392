// Looks, while lanes of other machines are wanted for long, whether there is anybody at all who could serve them (D6).

import { world } from '../../protocol/world.js'
import type { ClusterView } from './lane-source.js'

/** How long lanes are wanted before it is asked, and then how often, in milliseconds. */
const LOOK_MS = 5000

/** What is needed of whoever wants lanes. */
export interface WantingLanes {
  /** The destinations of those, each with the time since which some are wanted. */
  wanted(): Iterable<readonly [destination: string, since: number]>
  /** Nobody serves that, `why` says who is there; or somebody does, or that isn't known. */
  looked(destination: string, why: string | undefined): void
}

/** The watch of one runtime. It holds no process. */
export class UnservedWatch {
  readonly #view: Pick<ClusterView, 'whyUnserved'>
  readonly #lanes: WantingLanes
  #timer: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(view: Pick<ClusterView, 'whyUnserved'>, lanes: WantingLanes) {
    this.#view = view
    this.#lanes = lanes
  }

  /** Some are wanted. */
  begin(): void {
    if (this.#isClosed) return
    this.#timer ??= world.setTimeout(() => void this.#look(), LOOK_MS).unref()
  }

  /** Looks no more. */
  end(): void {
    this.#isClosed = true
    world.clearTimeout(this.#timer)
  }

  async #look(): Promise<void> {
    const wanted = [...this.#lanes.wanted()]
    for (const [destination, since] of wanted) {
      if (world.now() - since < LOOK_MS) continue
      const why = await this.#view.whyUnserved(destination)
      if (!this.#isClosed) this.#lanes.looked(destination, why)
    }
    this.#timer = undefined
    if (wanted.length > 0) this.begin()
  }
}
