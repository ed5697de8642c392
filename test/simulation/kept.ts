// Looks at what a runtime keeps of what has ended (S24, S29): no more records than `retain` says, and of each action what is
// shown of it, cut; no input, no output, no mailbox, and nobody whom only a live action needs.

import { Mailboxes } from '../../src/runtime/messaging/mailboxes.js'
import { Records } from '../../src/runtime/tree/records.js'
import { KEPT_EVENTS, KEPT_SIZE } from '../../src/protocol/values/value-limits.js'
import type { RuntimeEvent } from '../../src/index.js'
import type { Story } from './plan.js'
import { Held } from './held.js'
import type { Breaks, Inner } from './state.js'

/** An action that has settled, as its runtime keeps it. */
interface KeptAction {
  readonly id: string
  readonly run: KeptRun
  readonly parent: KeptAction | undefined
  readonly isSettled: boolean
  readonly input: unknown
  readonly line: unknown
  readonly lane: unknown
  readonly spawnedBy: unknown
  readonly granted: unknown
  readonly ticket: unknown
  readonly trial: unknown
  readonly shownActor: unknown
  readonly transfers: readonly unknown[]
  readonly children: { readonly size: number }
  readonly outcome: { readonly output?: unknown } | undefined
  readonly life: {
    readonly report: unknown
    readonly ending: { readonly kind: string; readonly [key: string]: unknown } | undefined
    readonly abort: unknown
  }
}

/** A run whose records are kept, or that lives. */
interface KeptRun {
  readonly name: string
  readonly keptActions: number
  readonly actions: { readonly size: number; values(): Iterable<KeptAction> }
}

interface KeptRecords {
  runs(): Iterable<KeptRun>
}

interface KeptMailboxes {
  readonly isEmpty: boolean
}

/** What only a live action has. */
const OF_LIVE_ONES = [
  'input',
  'line',
  'lane',
  'spawnedBy',
  'granted',
  'ticket',
  'trial',
  'shownActor',
] as const

/** What is cut has some structure around it. */
const MOST_KEPT = 2 * KEPT_SIZE
/** What is kept unless the app says otherwise. */
const DEFAULT_RETAIN = { runs: 100, actions: 10_000 }
/** Of so many that settle, one is looked at closely. */
const ONE_OF = 2

/** What one runtime keeps. */
export class Kept {
  readonly #breaks: Breaks
  readonly #cover: (rule: string) => void
  readonly #most: { readonly runs: number; readonly actions: number }
  #records: KeptRecords | undefined
  #mailboxes: KeptMailboxes | undefined
  /** Where it is looked, at the end, what is held in memory. */
  readonly #held: Held | undefined
  /** All that have had an end in them: the app holds their handles, and so what is on record of them. */
  readonly #runs = new Set<KeptRun>()
  #settled = 0

  constructor(
    { retain }: Pick<Story, 'retain'>,
    isWeighed: boolean,
    breaks: Breaks,
    cover: (rule: string) => void,
  ) {
    this.#held = isWeighed ? new Held() : undefined
    this.#breaks = breaks
    this.#cover = cover
    this.#most = retain === undefined ? DEFAULT_RETAIN : { runs: retain, actions: retain }
  }

  /** Looks at each action that settles; gives what ends that. */
  watch(isOthers: () => boolean): () => void {
    type Settled = (this: KeptRecords, action: KeptAction) => void
    type Put = (this: KeptMailboxes, ...rest: unknown[]) => unknown
    const records = Records.prototype as unknown as { settled: Settled }
    const mailboxes = Mailboxes.prototype as unknown as { put: Put }
    const { settled } = records
    const { put } = mailboxes
    const noteRecords = (of: KeptRecords): void => void (this.#records = of)
    const noteMailboxes = (of: KeptMailboxes): void => void (this.#mailboxes = of)
    const look = (action: KeptAction): void => {
      this.#settled += 1
      this.#lookAt(action, this.#settled % ONE_OF === 0)
      this.#runs.add(action.run)
      // The root's goes with its run, which whoever has its handle holds.
      if (action.parent !== undefined) this.#held?.add(action)
    }
    records.settled = function settle(action) {
      settled.call(this, action)
      if (isOthers()) return
      noteRecords(this)
      look(action)
    }
    mailboxes.put = function putIn(...rest) {
      if (!isOthers()) noteMailboxes(this)
      return put.apply(this, rest)
    }
    return () => {
      Object.assign(records, { settled })
      Object.assign(mailboxes, { put })
    }
  }

  /** Counts the records. `liveRuns`: how many runs live. `hasTree`: whether a run has ever had more than its root. */
  look({ live }: Pick<Inner, 'live'>, liveRuns: number, hasTree: (run: string) => boolean): void {
    if (this.#records === undefined) return
    let runs = 0
    let actions = 0
    let counted = 0
    for (const run of this.#records.runs()) {
      runs += 1
      counted += run.keptActions
      // Of a run of one action, no list is made for those who only count.
      if (hasTree(run.name)) actions += run.actions.size - 1
    }
    const kept = actions - (live.queued + live.running + live.aborting - liveRuns)
    const { runs: mostRuns, actions: mostActions } = this.#most
    if (runs - liveRuns > mostRuns)
      this.#breaks('S24', `${runs - liveRuns} runs that have ended are kept, of ${mostRuns}`)
    if (kept > mostActions) this.#breaks('S24', `${kept} records of actions are kept, of ${mostActions}`)
    if (kept !== counted)
      this.#breaks('S24', `${kept} records of actions are kept, and ${counted} are counted`)
    if (kept === mostActions && mostActions > 0) this.#cover('S29')
  }

  /** Nothing lives any more: looks at all that is kept. */
  finish({ events }: Pick<Inner, 'events'>, within: (call: () => void) => void): void {
    for (const run of this.#records?.runs() ?? [])
      for (const action of run.actions.values()) this.#lookAt(action, true)
    if (this.#mailboxes?.isEmpty === false)
      this.#breaks('S29', 'there are messages for actions that have ended')
    const before = events.seq - KEPT_EVENTS - 1
    if (before <= 0) return
    let first: string | undefined
    within(() => {
      const reader = events.read(before)
      void reader.next().then(({ value }) => {
        first = (value as RuntimeEvent | undefined)?.type
        return reader.return?.()
      })
    })
    if (first !== 'gap') this.#breaks('S29', `event ${before + 1} of ${events.seq} is kept: it is ${first}`)
  }

  /** Looks whether anybody holds what isn't on record any more. */
  weigh(within: (call: () => void) => void): void {
    const kept = new Set<object>()
    for (const run of this.#runs) for (const action of run.actions.values()) kept.add(action)
    this.#held?.look((action) => kept.has(action), within, this.#breaks)
  }

  #lookAt(action: KeptAction, isClose: boolean): void {
    const called = `${action.run.name} ${action.id}`
    if (!action.isSettled) {
      this.#breaks('S24', `${called} is kept as if it had settled`)
      return
    }
    for (const name of OF_LIVE_ONES)
      if (action[name] !== undefined) this.#breaks('S29', `${called} has settled, and its ${name} is kept`)
    if (action.transfers.length > 0 || action.children.size > 0)
      this.#breaks('S29', `${called} has settled, and what it moves, or its children, are kept`)
    if (!isClose) return
    const { report, ending, abort } = action.life
    const isSuccess = ending?.kind === 'succeeded'
    if (isSuccess && (ending['output'] !== undefined || action.outcome?.output !== undefined))
      this.#breaks('S29', `${called} has settled, and its output is kept`)
    const parts = { report, ending, abort, outcome: isSuccess ? undefined : action.outcome }
    for (const [name, part] of Object.entries(parts)) {
      const size = sizeOf(part, MOST_KEPT * 2, new Set())
      // What is cut to as much as is shown of one text.
      if (size > KEPT_SIZE / 5) this.#cover('S29 cut')
      if (size > MOST_KEPT) this.#breaks('S29', `${called} has settled, and ${size} of its ${name} are kept`)
    }
  }
}

/** How many characters a value has, about, with what it holds; of one that has more than `most`, no more is counted. */
function sizeOf(value: unknown, most: number, seen: Set<unknown>): number {
  if (typeof value === 'string') return value.length
  if (typeof value !== 'object' || value === null || seen.has(value)) return 8
  seen.add(value)
  let size = 8
  for (const key of Reflect.ownKeys(value)) {
    // Of an error, it repeats the message.
    if (key === 'stack') continue
    size += sizeOf(Object.getOwnPropertyDescriptor(value, key)?.value, most, seen)
    if (size > most) break
  }
  return size
}
