// The numbers that the actions of a run have reported, as curves: those from before, asked for page by page, and those
// that the event stream tells from then on.

import { signal, type ReadonlySignal } from '@preact/signals'
import type { ActionEventInfo, Json, Shown } from '../../../control/api.js'
import { oncePerFrame } from '../frames.js'
import type { Curve, ReportedSeries } from './reported-series.js'
import type { RunStore } from '../runs/run-store.js'
import { typeOf } from '../words/brief-value.js'

/** A curve with more points than this keeps every second one of them. */
const MOST_POINTS = 2000
const ASK_FOR_INPUTS_EVERY_MS = 1500
/** Actions whose curves are remembered: beyond, those that have been silent for longest are forgotten. */
const MOST_ACTIONS = 20_000
const STEP_FIELDS: ReadonlySet<string> = new Set(['step', 'epoch', 'iteration'])

/** The curves of a run, live. */
export class SeriesStore {
  readonly #run: RunStore
  readonly #byId = new Map<string, ReportedSeries>()
  readonly #revision = signal(0)
  readonly #isLoading = signal(true)
  readonly #stop = new AbortController()
  readonly #show: { (): void; cancel(): void } = oncePerFrame(() => {
    this.#revision.value += 1
  })
  #off: (() => void) | undefined
  #timer: ReturnType<typeof setInterval> | undefined
  #isAsking = false

  constructor(run: RunStore) {
    this.#run = run
  }

  /** By id, in the order in which they first reported. */
  get byId(): ReadonlyMap<string, ReportedSeries> {
    return this.#byId
  }

  /** Counted up at each frame before which something was added. */
  get revision(): ReadonlySignal<number> {
    return this.#revision
  }

  get isLoading(): ReadonlySignal<boolean> {
    return this.#isLoading
  }

  /** Begins to gather. */
  start(): void {
    this.#off = this.#run.onEvent((event) => this.#take(event))
    void this.#load().finally(() => {
      this.#isLoading.value = false
      this.#show()
    })
    this.#timer = setInterval(() => void this.#askForInputs(), ASK_FOR_INPUTS_EVERY_MS)
  }

  /** Stops gathering. */
  stop(): void {
    this.#off?.()
    clearInterval(this.#timer)
    this.#stop.abort()
    this.#show.cancel()
  }

  async #load(): Promise<void> {
    const options = { signal: this.#stop.signal }
    let cursor: string | undefined
    try {
      do {
        const page = await this.#run.client.series(
          this.#run.run,
          { limit: 1000, points: 500, ...(cursor !== undefined && { cursor }) },
          options,
        )
        for (const item of page.items) {
          const known = this.#entry(item.id)
          known.input = item.input
          for (const { field, at, step, value } of item.series) {
            const live = known.curves.get(field)
            const curve: Curve = { at: [...at], step: [...step], value: [...value] }
            // What was told meanwhile may be on this page already, or not yet.
            const last = curve.at.at(-1) ?? -Infinity
            live?.at.forEach((moment, index) => {
              if (moment > last) push(curve, moment, live.step[index]!, live.value[index]!)
            })
            known.curves.set(field, curve)
          }
        }
        cursor = page.next
        this.#show()
      } while (cursor !== undefined && !this.#stop.signal.aborted)
    } catch {
      // The event stream notices that the server is gone, and says so.
    }
  }

  #take(event: ActionEventInfo): void {
    if (event.type !== 'report') return
    const numbers: [string, number][] = []
    gather(event.value.value, '', numbers, 0)
    if (numbers.length === 0) return
    const entry = this.#entry(event.id)
    if (this.#byId.size > MOST_ACTIONS) this.#forget()
    const told = numbers.find(([field]) => STEP_FIELDS.has(field))?.[1]
    for (const [field, value] of numbers) {
      let curve = entry.curves.get(field)
      if (curve === undefined) {
        curve = { at: [], step: [], value: [] }
        entry.curves.set(field, curve)
      }
      if (event.at > (curve.at.at(-1) ?? -Infinity)) push(curve, event.at, told ?? curve.at.length, value)
    }
    this.#show()
  }

  /** Reports don't tell what an action was given: that is asked for, for all that are new together. */
  async #askForInputs(): Promise<void> {
    if (this.#isAsking || this.#run.link.peek().kind !== 'live') return
    const missing = [...this.#byId.values()].filter(({ input }) => input === undefined)
    if (missing.length === 0 || this.#isLoading.peek()) return
    this.#isAsking = true
    try {
      const page = await this.#run.client.actions(
        this.#run.run,
        { include: 'input', phase: 'running,aborting', limit: 1000 },
        { signal: this.#stop.signal },
      )
      const known = new Map(page.items.map((item) => [item.id, item.input]))
      for (const entry of missing) {
        const input = known.get(entry.id) ?? (await this.#inputOf(entry.id))
        // Asked for once: nothing is shown for what isn't kept any more.
        entry.input = input ?? { value: null, cut: false }
      }
      this.#show()
    } catch {
      // Asked again next time.
    } finally {
      this.#isAsking = false
    }
  }

  async #inputOf(id: string): Promise<Shown | undefined> {
    try {
      return (await this.#run.client.action(this.#run.run, id, { signal: this.#stop.signal })).input
    } catch {
      return undefined
    }
  }

  /** A tenth at once. */
  #forget(): void {
    const byLastPoint = [...this.#byId.values()].toSorted(
      (one, other) => lastPointOf(one) - lastPointOf(other),
    )
    for (const { id } of byLastPoint.slice(0, MOST_ACTIONS / 10)) this.#byId.delete(id)
  }

  #entry(id: string): ReportedSeries {
    let entry = this.#byId.get(id)
    if (entry === undefined) {
      entry = { id, curves: new Map(), input: undefined }
      this.#byId.set(id, entry)
    }
    return entry
  }
}

/** When it reported last; of one that has only just begun to, never yet. */
function lastPointOf({ curves }: ReportedSeries): number {
  let last = -Infinity
  for (const { at } of curves.values()) last = Math.max(last, at.at(-1) ?? -Infinity)
  return last === -Infinity ? Infinity : last
}

/** All numbers in a report, by their path; not those in arrays, which would be curves of their own. */
function gather(value: Json, path: string, into: [string, number][], depth: number): void {
  if (typeof value === 'number') into.push([path, value])
  else if (value !== null && typeof value === 'object' && !Array.isArray(value) && depth < 4) {
    if (typeOf(value) !== undefined) return
    for (const [key, item] of Object.entries(value as { readonly [key: string]: Json })) {
      gather(item, path === '' ? key : `${path}.${key}`, into, depth + 1)
    }
  }
}

function push(curve: Curve, at: number, step: number, value: number): void {
  curve.at.push(at)
  curve.step.push(step)
  curve.value.push(value)
  if (curve.at.length > MOST_POINTS) {
    for (const column of [curve.at, curve.step, curve.value]) {
      const last = column.at(-1)!
      const kept = column.filter((_, index) => index % 2 === 0)
      kept[kept.length - 1] = last
      column.splice(0, column.length, ...kept)
    }
  }
}
