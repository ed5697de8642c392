// Where actions may go: this process, destinations elsewhere, or either. Those that may go to the same places wait in one queue, so
// that whoever waits for one place holds up nobody who may go to another.

/** Shares are sums of fractions. */
export const EPSILON = 1e-9

/** Lanes that are all the same to whoever may go there: those of this process, or those that serve one destination elsewhere. */
export class Place {
  /** Counted up from 0, which is this process. */
  readonly number: number
  /** `undefined`: in this process. */
  readonly destination: string | undefined
  /** Its lanes hold resources for one at a time, from its start to its end, also while it is parked. */
  readonly takesOne: boolean
  /** How many wait that may go here, and the sum of their shares; kept of places elsewhere. */
  #waiting = 0
  #shares = 0
  /** The shares of what lanes there were given beyond what runs at a time. */
  #ahead = 0

  constructor(number: number, destination: string | undefined, takesOne = false) {
    this.number = number
    this.destination = destination
    this.takesOne = takesOne
  }

  get isHere(): boolean {
    return this.destination === undefined
  }

  /** How many more lanes would take all that waits, on a lane ahead of its time, too. */
  get demand(): number {
    const lanes = Math.ceil(this.#shares + this.#ahead - EPSILON)
    return this.#waiting === 0 ? Math.max(0, lanes) : Math.max(1, lanes)
  }

  /** A lane here was given more, or less, beyond what runs at a time. */
  noteAhead(by: number): void {
    this.#ahead += by
  }

  /** One more waits, or one less. */
  note(by: 1 | -1, cpu: number): void {
    this.#waiting += by
    this.#shares = this.#waiting === 0 ? 0 : this.#shares + by * cpu
  }
}

/** Where those may go that wait in one queue. */
export class Where {
  /** Counted up from 0, which is this process alone. */
  readonly number: number
  /** Left out where they may not run in this process. It is tried first. */
  readonly here: Place | undefined
  /** Left out where they may run in this process only. */
  readonly elsewhere: Place | undefined

  constructor(number: number, here: Place | undefined, elsewhere: Place | undefined) {
    this.number = number
    this.here = here
    this.elsewhere = elsewhere
  }

  includes(place: Place | undefined): boolean {
    return place !== undefined && (place === this.here || place === this.elsewhere)
  }

  /** Whether who waits here may go to a place where that one may go, too. */
  overlaps({ here, elsewhere }: Where): boolean {
    return this.includes(here) || this.includes(elsewhere)
  }
}

/** Where everything goes that says nothing else: in a runtime without other machines, all there is. */
export const ONLY_HERE: Where = new Where(0, new Place(0, undefined), undefined)
