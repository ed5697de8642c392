// Events of the runtime as server-sent events. The last ones are kept, each written out at most once however many
// streams it goes to, so that a stream costs no more than its place among them.

import type { ActionEvent } from '../../../events.js'
import { isPlainAbort } from '../../../protocol/errors/is-plain-abort.js'
import type { StreamEvent } from '../../api.js'
import { eventInfo } from '../../shown/event-info.js'
import type { ActionEntry } from '../mirror/catalog.js'

/** How many events are kept for streams that come back, or are behind. */
const KEPT_FRAMES = 65_536
/** How many characters of them. */
const KEPT_CHARACTERS = 32 * 1024 * 1024
/** Streams at the same place share their batches: these begin and end at multiples of this. */
const BATCH = 256
const KEPT_BATCHES = 64

/** One server-sent event. */
export function frame(event: StreamEvent, id?: number): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`
}

/** An event that is kept: as it is, or, once somebody has read it or it holds values of the app's, as text only. */
interface Kept {
  readonly run: string
  /** Not the action's entry: what is shown of that would stay for as long as its events do. */
  source: { readonly event: ActionEvent; readonly cpu: number | undefined } | undefined
  text: string
}

/** The last events, as frames. */
export class FrameLog {
  /** A ring: the event numbered `seq` is at `seq % KEPT_FRAMES`. */
  readonly #kept: (Kept | undefined)[] = []
  readonly #batches = new Map<string, Buffer>()
  #first: number
  #last: number
  #characters = 0

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
    if (seq - this.#first >= KEPT_FRAMES) this.#drop()
    const kept: Kept = { run, source: { event, cpu: entry?.action.cpu }, text: '' }
    this.#kept[seq % KEPT_FRAMES] = kept
    this.#last = seq
    // What it carries may be large: only what is shown of it is kept.
    if (carriesValues(event)) this.#write(kept)
  }

  /** Nobody reads: what was put together for several isn't needed. */
  forgetBatches(): void {
    this.#batches.clear()
  }

  /** The next events after one, of all runs or of one, in one piece; and the number of the last of them. */
  batch(after: number, run: string | undefined): { readonly to: number; readonly bytes: Buffer } {
    const to = Math.min(this.#last, (Math.floor(after / BATCH) + 1) * BATCH)
    const key = `${after} ${to} ${run ?? ''}`
    let bytes = this.#batches.get(key)
    if (bytes === undefined) {
      let text = ''
      for (let seq = after + 1; seq <= to; seq += 1) {
        const kept = this.#kept[seq % KEPT_FRAMES] as Kept
        if (run === undefined || kept.run === run) text += this.#write(kept)
      }
      bytes = Buffer.from(text)
      for (const oldest of this.#batches.keys()) {
        if (this.#batches.size < KEPT_BATCHES) break
        this.#batches.delete(oldest)
      }
      this.#batches.set(key, bytes)
    }
    return { to, bytes }
  }

  #write(kept: Kept): string {
    if (kept.source !== undefined) {
      const { event, cpu } = kept.source
      kept.source = undefined
      kept.text = frame(eventInfo(event, cpu), event.seq)
      this.#characters += kept.text.length
      while (this.#characters > KEPT_CHARACTERS && this.#first < event.seq) this.#drop()
    }
    return kept.text
  }

  #drop(): void {
    const at = this.#first % KEPT_FRAMES
    this.#characters -= this.#kept[at]?.text.length ?? 0
    this.#kept[at] = undefined
    this.#first += 1
  }
}

function carriesValues(event: ActionEvent): boolean {
  if (event.type === 'abortSeen') return false
  if (event.type === 'abort') return event.reason.cause !== undefined
  if (event.type !== 'phase') return true
  return (event.error !== undefined && !isPlainAbort(event.error)) || event.reason?.cause !== undefined
}
