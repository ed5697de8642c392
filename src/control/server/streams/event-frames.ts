// Events of the runtime as server-sent events. The last ones are kept, each written out at most once however many
// streams it goes to, so that a stream costs no more than its place among them.

import type { ActionEvent } from '../../../events.js'
import type { StreamEvent } from '../../api.js'
import { eventInfo } from '../../shown/event-info.js'
import type { ActionEntry } from '../mirror/catalog.js'

/** How many events are kept for streams that come back, or are behind. */
const KEPT_FRAMES = 65_536
/** How many bytes of them. */
const KEPT_BYTES = 32 * 1024 * 1024
/** How many are told in one piece at least, if there are as many. */
const PIECE = 256

/** One server-sent event. */
export function frame(event: StreamEvent, id?: number): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`
}

/** An event that nobody has read yet. Not with its action's entry: what is shown of that would stay for as long. */
interface Unwritten {
  readonly event: ActionEvent
  readonly cpu: number | undefined
}

/** The same of one that carries values of the app's: only what is shown of it is kept. */
interface Shown {
  readonly run: string
  readonly text: string
}

/** Frames one after the other, as bytes: outside the heap, where they would be moved about. */
class Piece {
  /** Number of the first. */
  readonly #first: number
  /** Where each ends. */
  readonly #ends: Uint32Array
  /** The run of all, or of each. */
  readonly #runs: string | readonly string[]
  readonly #bytes: Buffer

  constructor(first: number, runs: readonly string[], ends: Uint32Array, bytes: Buffer) {
    this.#first = first
    this.#ends = ends
    this.#bytes = bytes
    const [run] = runs as [string]
    this.#runs = runs.every((one) => one === run) ? run : runs
  }

  get last(): number {
    return this.#first + this.#ends.length - 1
  }

  get size(): number {
    return this.#bytes.length
  }

  /** The frames from one event on, of all runs or of one. */
  read(from: number, run: string | undefined): readonly Buffer[] {
    const start = from - this.#first
    if (run === undefined || run === this.#runs) return [this.#bytes.subarray(this.#startOf(start))]
    if (typeof this.#runs === 'string') return []
    const parts: Buffer[] = []
    for (let index = start; index < this.#ends.length; index += 1) {
      if (this.#runs[index] === run) parts.push(this.#bytes.subarray(this.#startOf(index), this.#ends[index]))
    }
    return parts
  }

  #startOf(index: number): number {
    return index === 0 ? 0 : (this.#ends[index - 1] as number)
  }
}

/** The last events, as frames. */
export class FrameLog {
  /** A ring: the event numbered `seq` is at `seq % KEPT_FRAMES`, by itself or within its piece. */
  readonly #kept: (Unwritten | Shown | Piece | undefined)[] = []
  #first: number
  #last: number
  #size = 0
  /** Where frames are written before they are one piece. */
  #buffer = Buffer.allocUnsafeSlow(64 * 1024)

  /** Events up to `seq` aren't known here. */
  constructor(seq: number) {
    this.#first = seq + 1
    this.#last = seq
  }

  /** Number of the last event. */
  get last(): number {
    return this.#last
  }

  /** Whether all that followed an event is still kept. */
  has(after: number): boolean {
    return after + 1 >= this.#first && after <= this.#last
  }

  add(event: ActionEvent, entry: ActionEntry | undefined): void {
    const { seq, run } = event
    const cpu = entry?.action.cpu
    if (seq - this.#first >= KEPT_FRAMES) this.#drop()
    this.#last = seq
    if (!carriesValues(event)) {
      this.#kept[seq % KEPT_FRAMES] = { event, cpu }
      return
    }
    const text = frame(eventInfo(event, cpu), seq)
    this.#kept[seq % KEPT_FRAMES] = { run, text }
    this.#grow(text.length, seq)
  }

  /** Some of the events after one, of all runs or of one, in one piece; and the number of the last of them. */
  batch(after: number, run: string | undefined): { readonly to: number; readonly bytes: Buffer } {
    const parts: Buffer[] = []
    let to = after
    // Who follows finds what is new in one piece; who is late finds many small ones.
    while (to < this.#last && to - after < PIECE) {
      const piece = this.#pieceAt(to + 1)
      parts.push(...piece.read(to + 1, run))
      to = piece.last
    }
    const [only] = parts
    return { to, bytes: parts.length === 1 && only !== undefined ? only : Buffer.concat(parts) }
  }

  /** The piece of an event; it is made of what has been in none until now. */
  #pieceAt(from: number): Piece {
    const runs: string[] = []
    const ends: number[] = []
    let size = 0
    let taken = 0
    for (let seq = from; seq <= this.#last && runs.length < PIECE; seq += 1) {
      const kept = this.#kept[seq % KEPT_FRAMES] as Unwritten | Shown | Piece
      if (kept instanceof Piece) {
        if (seq === from) return kept
        break
      }
      if ('text' in kept) {
        runs.push(kept.run)
        size = this.#put(kept.text, size)
        taken += kept.text.length
      } else {
        const { event, cpu } = kept
        runs.push(event.run)
        size = this.#put(`id: ${seq}\nevent: ${event.type}\ndata: `, size)
        size = this.#put(JSON.stringify(eventInfo(event, cpu)), size)
        size = this.#put('\n\n', size)
      }
      ends.push(size)
    }
    const bytes = Buffer.from(this.#buffer.subarray(0, size))
    const piece = new Piece(from, runs, Uint32Array.from(ends), bytes)
    for (let seq = from; seq <= piece.last; seq += 1) this.#kept[seq % KEPT_FRAMES] = piece
    this.#grow(size - taken, from)
    return piece
  }

  /** Writes a text into the buffer; gives where it ends. */
  #put(text: string, at: number): number {
    // A character takes three bytes at most.
    const needed = at + 3 * text.length
    if (needed > this.#buffer.length) {
      const larger = Buffer.allocUnsafeSlow(2 * needed)
      this.#buffer.copy(larger, 0, 0, at)
      this.#buffer = larger
    }
    return at + this.#buffer.write(text, at)
  }

  /** What is kept has grown: as much of the oldest goes. */
  #grow(size: number, seq: number): void {
    this.#size += size
    while (this.#size > KEPT_BYTES && this.#first < seq) this.#drop()
  }

  #drop(): void {
    const at = this.#first % KEPT_FRAMES
    const kept = this.#kept[at]
    if (kept instanceof Piece) this.#size -= kept.last === this.#first ? kept.size : 0
    else if (kept !== undefined && 'text' in kept) this.#size -= kept.text.length
    this.#kept[at] = undefined
    this.#first += 1
  }
}

function carriesValues(event: ActionEvent): boolean {
  if (event.type === 'abortSeen') return false
  if (event.type === 'abort') return event.reason.cause !== undefined
  if (event.type !== 'phase') return true
  return event.error !== undefined || event.reason?.cause !== undefined
}
