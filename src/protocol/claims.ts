// Claim words: shared memory in which a lane's two sides agree, without a message, on who has an action. Each action
// that is sent to a thread has a slot with one 32-bit word, (generation, state). The host must win a compare-exchange
// before it enters the body; the main thread takes an unstarted action back, or drops a parked one, by the same
// exchange, also while the thread computes (S10, S6 b). The generation keeps a late writer from hitting the slot's
// next owner.

import { world } from './world.js'

/** Identifies one attempt of one action on one lane: generation and slot in one number, below 2^48. */
export type AttemptTicket = number

/** No body's: generations begin at 1. */
export const NO_TICKET: AttemptTicket = 0

/** What a claim word can say. */
export const ClaimState = {
  free: 0,
  /** Sent to the thread; either side may still take it. */
  offered: 1,
  /** The host has it: the body runs. */
  running: 2,
  /** The host has it: the body waits for something of Heddle's. */
  parked: 3,
  /** The main thread has taken it (back): the body must not start, or must not continue. */
  taken: 4,
  /** The host has it, and imports its module: the body hasn't been entered. Either side may still take it. */
  loading: 5,
} as const

/** One of the values of `ClaimState`. */
export type ClaimStateValue = (typeof ClaimState)[keyof typeof ClaimState]

const CHUNK_BITS = 10
const SLOTS_PER_CHUNK = 2 ** CHUNK_BITS
/** More than a heap of 4 GB holds actions. */
const MAX_SLOTS = 2 ** 22
const GENERATIONS = 2 ** 26

/** The words of one chunk of slots. */
export type ClaimChunk = Int32Array<SharedArrayBuffer>

function generationOf(ticket: AttemptTicket): number {
  return Math.floor(ticket / MAX_SLOTS)
}

/**
 * The slot of a ticket: no two attempts that are held at a time share one, and as a key of a map it is a small integer, whose
 * hash is no call into C. Not by `%`, which of numbers above 2^31 is such a call, too.
 */
export function slotOf(ticket: AttemptTicket): number {
  return ticket - generationOf(ticket) * MAX_SLOTS
}

/** Where in its chunk a slot is. */
function placeOf(slot: number): number {
  return slot & (SLOTS_PER_CHUNK - 1)
}

function word(generation: number, state: ClaimStateValue): number {
  return generation * 8 + state
}

/** Both sides' view of the words. The main thread makes the chunks, the host is sent each one before its first use. */
export class Claims {
  readonly #chunks: ClaimChunk[] = []

  /** Makes a chunk known. Chunks come in order. */
  addChunk(chunk: ClaimChunk): void {
    this.#chunks.push(chunk)
  }

  /** Moves a ticket's word from one state to another; `false` if the other side was first. */
  exchange(ticket: AttemptTicket, from: ClaimStateValue, to: ClaimStateValue): boolean {
    const slot = slotOf(ticket)
    const generation = generationOf(ticket)
    const expected = word(generation, from)
    const chunk = this.#chunks[slot >> CHUNK_BITS]
    if (chunk === undefined) return false
    return world.compareExchange(chunk, placeOf(slot), expected, word(generation, to)) === expected
  }

  /** What a ticket's word says now; `undefined` if its slot has another owner by now. */
  read(ticket: AttemptTicket): ClaimStateValue | undefined {
    const slot = slotOf(ticket)
    const chunk = this.#chunks[slot >> CHUNK_BITS]
    if (chunk === undefined) return undefined
    const current = world.load(chunk, placeOf(slot))
    if (current >> 3 !== generationOf(ticket)) return undefined
    return (current & 7) as ClaimStateValue
  }

  protected write(ticket: AttemptTicket, state: ClaimStateValue): void {
    const slot = slotOf(ticket)
    const chunk = this.#chunks[slot >> CHUNK_BITS] as ClaimChunk
    world.store(chunk, placeOf(slot), word(generationOf(ticket), state))
  }
}

/** Tickets, given out by one side. */
export class Tickets {
  readonly #generations: number[] = []
  readonly #free: number[] = []

  /** One that was never given out. */
  next(): AttemptTicket {
    let slot = this.#free.pop()
    if (slot === undefined) {
      slot = this.#generations.length
      if (slot === MAX_SLOTS) throw new RangeError(`a thread holds at most ${MAX_SLOTS} actions at a time`)
      this.#generations.push(0)
    }
    const generation = ((this.#generations[slot] as number) % (GENERATIONS - 1)) + 1
    this.#generations[slot] = generation
    return generation * MAX_SLOTS + slot
  }

  /** Gives a slot back, once nothing can arrive for the ticket any more. */
  free(ticket: AttemptTicket): void {
    this.#free.push(slotOf(ticket))
  }
}

/** The words of the side that offers. Grows by a chunk at a time. */
export class OfferedClaims extends Claims {
  readonly #onChunk: (chunk: ClaimChunk) => void
  #slots = 0

  /** `onChunk` must send the chunk to the host ahead of any ticket in it. */
  constructor(onChunk: (chunk: ClaimChunk) => void) {
    super()
    this.#onChunk = onChunk
  }

  /** Puts a ticket into the state `offered`. */
  protected put(ticket: AttemptTicket): void {
    const slot = slotOf(ticket)
    while (slot >= this.#slots) {
      const chunk = new Int32Array(new SharedArrayBuffer(SLOTS_PER_CHUNK * Int32Array.BYTES_PER_ELEMENT))
      this.addChunk(chunk)
      this.#onChunk(chunk)
      this.#slots += SLOTS_PER_CHUNK
    }
    this.write(ticket, ClaimState.offered)
  }
}

/** The main thread's side, which gives slots out and takes them back. */
export class ClaimTable extends OfferedClaims {
  readonly #tickets = new Tickets()

  /** A fresh ticket in the state `offered`. */
  offer(): AttemptTicket {
    const ticket = this.#tickets.next()
    this.put(ticket)
    return ticket
  }

  /** Gives a slot back, once nothing can arrive for the ticket any more. */
  release(ticket: AttemptTicket): void {
    // The word keeps its state until the next offer: a host that comes late finds `taken`, or another generation.
    this.#tickets.free(ticket)
  }
}

/** Counts in shared memory that the two sides of a lane keep for each other. */
export type LaneCounters = Int32Array<SharedArrayBuffer>

/** What is counted where; what the sides write in two cache lines, so that neither takes the other's. */
export const Counter = {
  /** Arrays of aborts that the main thread posts, so that a poll is one atomic read. */
  raised: 0,
  /** All arrays that the main thread posts. */
  toHost: 1,
  /** How many arrays the main thread has taken and handled, so that a host sees what of a body's is undelivered. */
  handled: 2,
  /** All arrays that the host posts. */
  toRuntime: 16,
  /** How many arrays the host has taken from its port and handled, so that the main thread sees what isn't. */
  handledByHost: 17,
  /** The system's number of the host's thread; 0 if it isn't known. Written once. */
  osThread: 18,
} as const

/** Counters at zero. */
export function createLaneCounters(): LaneCounters {
  return new Int32Array(new SharedArrayBuffer(32 * Int32Array.BYTES_PER_ELEMENT))
}
