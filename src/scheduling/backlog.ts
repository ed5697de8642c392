// All that waits for a lane: a queue for each set of places, and the runs, which share by one virtual time, whichever they wait for.

import { FairQueue, type FairShare } from './fair-queue.js'
import { ONLY_HERE, Place, Where } from './places.js'
import { isNext, type Schedulable } from './schedulable.js'

/** The queues of one scheduler. */
export class Backlog<T extends Schedulable> {
  /** By number. */
  readonly places: Place[] = [ONLY_HERE.here as Place]
  readonly #wheres: Where[] = [ONLY_HERE]
  readonly #first = new FairQueue<T>()
  /** Those of `#wheres`. */
  readonly #queues: FairQueue<T>[] = [this.#first]
  /** The round of placing in which the first one of each has found no place, and in which somebody has waited for each place. */
  readonly #blockedIn: number[] = [0]
  readonly #closedIn: number[] = [0]

  /** How many wait. */
  get size(): number {
    let size = 0
    for (const queue of this.#queues) size += queue.size
    return size
  }

  /** The place that a destination is. */
  placeOf(destination: string | undefined, takesOne = false): Place {
    const known = this.places.find((place) => place.destination === destination)
    if (known !== undefined) return known
    const place = new Place(this.places.length, destination, takesOne)
    this.places.push(place)
    this.#closedIn.push(0)
    return place
  }

  /** The same for the same places. */
  whereOf(isHere: boolean, destination: string, takesOne = false): Where {
    const here = isHere ? ONLY_HERE.here : undefined
    const elsewhere = this.placeOf(destination, takesOne)
    const known = this.#wheres.find((one) => one.here === here && one.elsewhere === elsewhere)
    if (known !== undefined) return known
    const where = new Where(this.#wheres.length, here, elsewhere)
    this.#wheres.push(where)
    this.#queues.push(new FairQueue(this.#first.clock))
    this.#blockedIn.push(0)
    return where
  }

  /** Whether somebody waits who may go where that one may. */
  isWaitedFor(where: Where): boolean {
    return this.#wheres.some((one) => this.#queueOf(one).size > 0 && one.overlaps(where))
  }

  add(item: T): void {
    const { group, where } = item
    const before = group.virtualTime
    this.#queueOf(where).add(item)
    if (group.virtualTime !== before) this.#reposition(group)
    where.elsewhere?.note(1, item.cpu)
  }

  /** Takes one out of the middle; `false` if it isn't here. */
  remove(item: T): boolean {
    if (!this.#queueOf(item.where).remove(item)) return false
    item.where.elsewhere?.note(-1, item.cpu)
    return true
  }

  /** Who is next, of those that haven't been found without a place in that round; it stays in its queue. */
  next(round: number): T | undefined {
    if (this.#queues.length === 1) return this.#blockedIn[0] === round ? undefined : this.#first.peek()
    let next: T | undefined
    for (const where of this.#wheres) {
      if (this.#blockedIn[where.number] === round) continue
      const first = this.#queueOf(where).peek()
      if (first !== undefined && (next === undefined || isNext(first, next))) next = first
    }
    return next
  }

  /** The same, of those that may go to a place. */
  nextAt(place: Place): T | undefined {
    let next: T | undefined
    for (const where of this.#wheres) {
      const first = where.includes(place) ? this.#queueOf(where).peek() : undefined
      if (first !== undefined && (next === undefined || isNext(first, next))) next = first
    }
    return next
  }

  /** The first one of a queue has found no place: it waits for these, and whoever comes after it mustn't take them from it. */
  block({ number, here, elsewhere }: Where, round: number): void {
    this.#blockedIn[number] = round
    if (here !== undefined) this.#closedIn[here.number] = round
    if (elsewhere !== undefined) this.#closedIn[elsewhere.number] = round
  }

  /** Whether somebody waits for a place who comes before all that are looked at later in that round. */
  isClosed({ number }: Place, round: number): boolean {
    return this.#closedIn[number] === round
  }

  /** Takes the first of a queue out and charges its run `cost` (milliseconds of one thread). */
  take(where: Where, cost: number): T | undefined {
    const item = this.#queueOf(where).take(cost)
    if (item === undefined) return undefined
    where.elsewhere?.note(-1, item.cpu)
    this.#reposition(item.group)
    return item
  }

  /** Takes all out that can go nowhere else than here, or nowhere but elsewhere, and charges nothing. */
  takeAll(from: 'here' | 'elsewhere'): T[] {
    const items: T[] = []
    for (const where of this.#wheres) {
      if (from === 'here' ? where !== ONLY_HERE : where.here !== undefined) continue
      for (let item = this.take(where, 0); item !== undefined; item = this.take(where, 0)) items.push(item)
    }
    return items
  }

  /** Corrects what a run was charged; negative to pay back. */
  charge(group: FairShare, cost: number): void {
    this.#first.charge(group, cost)
    this.#reposition(group)
  }

  #queueOf({ number }: Where): FairQueue<T> {
    return this.#queues[number] as FairQueue<T>
  }

  /** Where else its run waits, it may be another's turn. */
  #reposition(group: FairShare): void {
    if (this.#queues.length === 1) return
    for (const queue of this.#queues) queue.reposition(group)
  }
}
