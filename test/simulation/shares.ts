// Looks whether runs share fairly (S25): while something of one run waits, no other is served more than that run has had, but for
// what was under way.

import { Scheduler } from '../../src/scheduling/scheduler.js'
import type { InnerRun, Shared } from './live.js'
import type { Breaks } from './state.js'

interface Wait {
  readonly item: Shared
  /** The number of what was sent last when it began. */
  readonly from: number
  /** What each other run has had of what was sent since: what was sent before goes on, however often it is parked. */
  readonly had: Map<InnerRun, number>
}

/** What may be on its way when somebody begins to wait: bodies that were thought to be short are sent ahead of need, and take what they take. */
const AHEAD_MS = 60
/** So many at a time are under way on a lane, with the smallest share that is drawn; each may turn out shorter than it was charged. */
const AT_A_TIME = 4

/** What the runs of one runtime have had, in milliseconds of one thread. */
export class Shares {
  readonly #breaks: Breaks
  readonly #cover: (rule: string) => void
  /** What each has had, with what was charged and never known better. */
  readonly #charged = new Map<InnerRun, number>()
  readonly #waits = new Map<InnerRun, Wait>()
  readonly #sent = new WeakMap<Shared, number>()
  #count = 0
  #longest = 0

  constructor(breaks: Breaks, cover: (rule: string) => void) {
    this.#breaks = breaks
    this.#cover = cover
  }

  /** Looks at what ends; gives what stops that. */
  watch(isOthers: () => boolean): () => void {
    type Ended = (this: unknown, item: Shared, busyMs: number | undefined, branched: boolean) => void
    const prototype = Scheduler.prototype as unknown as { ended: Ended }
    const { ended } = prototype
    const note = (item: Shared, busyMs: number | undefined): void => this.#ended(item, busyMs)
    prototype.ended = function end(item, busyMs, branched) {
      if (!isOthers()) note(item, busyMs)
      ended.call(this, item, busyMs, branched)
    }
    return () => void Object.assign(prototype, { ended })
  }

  #ended(item: Shared, busyMs: number | undefined): void {
    const { run, cpu, isCleanUp, needs, where, charged = 0 } = item
    const cost = busyMs === undefined ? 0 : busyMs * cpu
    this.#longest = Math.max(this.#longest, cost)
    this.#charged.set(run, (this.#charged.get(run) ?? 0) + (busyMs === undefined ? charged : cost))
    // What cleans up or holds a resource goes ahead of all runs.
    if (isCleanUp || needs !== undefined || cost === 0) return
    const number = this.#sent.get(item) ?? 0
    // Whoever goes elsewhere takes nothing from it.
    for (const [waiting, { item: other, from, had }] of this.#waits)
      if (waiting !== run && number > from && other.where === where) had.set(run, (had.get(run) ?? 0) + cost)
  }

  /** One is sent to a lane. */
  sent(item: Shared): void {
    this.#count += 1
    this.#sent.set(item, this.#count)
    this.#longest = Math.max(this.#longest, item.charged ?? 0)
    this.#waits.delete(item.run)
  }

  /**
   * Looks at a run while something of another one is sent. `items`: all that lives of it. What was sent ahead of need, as short as it
   * was thought to be, may have turned out to be long; who has had that is sent nothing more, and only that is looked for.
   */
  look(run: InnerRun, items: readonly Shared[], sent: Shared, lanes: number): void {
    const wait = this.#waits.get(run)
    if (wait === undefined || !isWaiting(wait.item)) {
      const item = items.find(isWaiting)
      if (item === undefined) this.#waits.delete(run)
      else this.#waits.set(run, { item, from: this.#count, had: new Map() })
      return
    }
    const ms = wait.had.get(sent.run)
    if (ms === undefined || sent.isCleanUp || sent.needs !== undefined || sent.where !== wait.item.where)
      return
    this.#cover('S25 shares')
    let own = this.#charged.get(run) ?? 0
    for (const { charged, placement } of items) if (placement !== 'queued') own += charged ?? 0
    const most = own + lanes * (AT_A_TIME * this.#longest + AHEAD_MS)
    if (ms > most)
      this.#breaks(
        'S25',
        `${sent.run.name} is sent ${sent.id}, and has had ${ms} ms since ${run.name} ${wait.item.id} waits, of ${most}`,
      )
  }
}

/** It waits in the queue between runs, and could be sent. */
function isWaiting({ placement, phase, cpu, needs, isCleanUp }: Shared): boolean {
  return placement === 'queued' && phase === 'queued' && cpu > 0 && needs === undefined && !isCleanUp
}
