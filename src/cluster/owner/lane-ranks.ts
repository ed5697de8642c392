// How many lanes an owner holds or asks for ahead of each one: hosts serve lower ranks first, and ask higher ones back, so that the
// first lane of one owner goes ahead of the second one of another, however many either asks for (D18).

/** The ranks of one owner's lanes in one queue: first those that are held, then those that are asked for. */
export class LaneRanks<Lane> {
  /** By rank. */
  readonly #held: Lane[] = []
  readonly #rankOf = new Map<Lane, number>()
  readonly #asked = new Set<number>()

  /** How many lanes are held. */
  get held(): number {
    return this.#held.length
  }

  /** The lowest that no request has. */
  get lowest(): number {
    let rank = this.#held.length
    while (this.#asked.has(rank)) rank += 1
    return rank
  }

  /** That one is asked for. */
  ask(): number {
    const { lowest } = this
    this.#asked.add(lowest)
    return lowest
  }

  /** A request is over, or has another rank. */
  giveBack(rank: number): void {
    this.#asked.delete(rank)
  }

  /** A lane is held from now on. */
  hold(lane: Lane): number {
    const rank = this.#held.push(lane) - 1
    this.#rankOf.set(lane, rank)
    return rank
  }

  /** It isn't any more, if it was. Gives the lane that stands in its place from now on: the last one. */
  letGo(lane: Lane): { readonly lane: Lane; readonly rank: number } | undefined {
    const rank = this.#rankOf.get(lane)
    if (rank === undefined) return undefined
    this.#rankOf.delete(lane)
    const last = this.#held.pop() as Lane
    if (last === lane) return undefined
    this.#held[rank] = last
    this.#rankOf.set(last, rank)
    return { lane: last, rank }
  }
}
