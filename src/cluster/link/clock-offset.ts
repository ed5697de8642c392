// What has to be added to this side's epoch clock to get the other's (D25): from the midpoint of the best of eight exchanges.

/** Four times of an exchange, in milliseconds: the outer two by this side's clock, the inner two by the other's. */
export interface Exchange {
  readonly sentAt: number
  readonly receivedAt: number
  readonly answeredAt: number
  readonly heardAt: number
}

/** How many of the last exchanges are kept. */
const KEPT = 8

/** The offset of the other side's clock, renewed with each exchange. */
export class ClockOffset {
  readonly #exchanges: { readonly roundTripMs: number; readonly offsetMs: number }[] = []

  /** How many exchanges it is by. */
  get count(): number {
    return this.#exchanges.length
  }

  /** What to add to a time of this side to get the other's, in milliseconds; `undefined` before the first exchange. */
  get offsetMs(): number | undefined {
    return this.#best?.offsetMs
  }

  /** The shortest round trip of the last ones, in milliseconds: the offset is wrong by half of that at most. */
  get roundTripMs(): number | undefined {
    return this.#best?.roundTripMs
  }

  /** Takes in an exchange. */
  add({ sentAt, receivedAt, answeredAt, heardAt }: Exchange): void {
    const roundTripMs = Math.max(0, heardAt - sentAt - (answeredAt - receivedAt))
    const offsetMs = (receivedAt - sentAt + (answeredAt - heardAt)) / 2
    this.#exchanges.push({ roundTripMs, offsetMs })
    if (this.#exchanges.length > KEPT) this.#exchanges.shift()
  }

  get #best(): { readonly roundTripMs: number; readonly offsetMs: number } | undefined {
    let best = this.#exchanges[0]
    for (const one of this.#exchanges) {
      if (best === undefined || one.roundTripMs < best.roundTripMs) best = one
    }
    return best
  }
}

/** Puts the times of an attempt, translated, in an order that they must have had: sent ≤ started ≤ ended ≤ received. */
export function clampTimes(times: {
  readonly sentAt: number
  readonly startedAt: number
  readonly endedAt: number
  readonly receivedAt: number
}): { readonly startedAt: number; readonly endedAt: number } {
  const { sentAt, receivedAt } = times
  const within = (time: number, least: number): number => Math.max(least, Math.min(time, receivedAt))
  const startedAt = within(times.startedAt, sentAt)
  return { startedAt, endedAt: within(times.endedAt, startedAt) }
}
