// How many there are of each named thing, and which of them are free: whoever takes some holds them by their indices.

/** How many of each. */
export type Counts = Readonly<Record<string, number>>

/** Which of each. */
export type Indices = Readonly<Record<string, readonly number[]>>

/** Whether there are so many of each, whoever holds them. */
export function covers(counts: Counts, needs: Counts): boolean {
  return Object.entries(needs).every(
    ([name, count]) => Object.hasOwn(counts, name) && (counts[name] as number) >= count,
  )
}

/** The free ones, in order, by name. */
export class FreeIndices {
  readonly #free = new Map<string, number[]>()

  constructor(counts: Counts) {
    for (const [name, count] of Object.entries(counts))
      this.#free.set(
        name,
        Array.from({ length: count }, (_, index) => index),
      )
  }

  /** How many of a name are free. */
  freeOf(name: string): number {
    return this.#free.get(name)?.length ?? 0
  }

  /** Takes the first ones of each; `undefined`, and nothing is taken, while not all of them are free. */
  take(needs: Iterable<readonly [name: string, count: number]>): Indices | undefined {
    const entries = [...needs]
    if (!entries.every(([name, count]) => this.freeOf(name) >= count)) return undefined
    return Object.fromEntries(
      entries.map(([name, count]) => [name, (this.#free.get(name) as number[]).splice(0, count)]),
    )
  }

  /** Gives back what was taken. */
  giveBack(taken: Indices): void {
    for (const [name, indices] of Object.entries(taken)) {
      const free = this.#free.get(name) as number[]
      free.push(...indices)
      free.sort((a, b) => a - b)
    }
  }
}
