// Finds out when what was sent to a thread has started: by the first message of the body, or by its claim word, since
// nothing is told while a thread computes (S11). From the start on, an attempt's run time counts.

import { ClaimState } from '../../protocol/claims.js'
import type { ResolvedActionOptions } from '../../protocol/resolved-options.js'
import type { Action } from '../tree/action.js'
import type { Clock } from '../../protocol/clock.js'
import type { Dispatch } from './dispatch.js'
import { world } from '../../protocol/world.js'

/** How often the claim words of what was sent are looked at, in milliseconds, while something hasn't started. */
const SWEEP_MS = 5

const NO_LINE = { thread: undefined, host: undefined }

/** What was sent and isn't known to have started. */
export class StartTracker {
  readonly #now: Clock
  readonly #dispatch: Dispatch
  readonly #unstarted = new Set<Action>()
  #sweeping = false

  constructor(now: Clock, dispatch: Dispatch) {
    this.#now = now
    this.#dispatch = dispatch
  }

  /** It was sent; it may have started since. */
  expect(action: Action): void {
    this.#unstarted.add(action)
    this.#sweepSoon()
  }

  /** It isn't on a lane any more. */
  forget(action: Action): void {
    this.#unstarted.delete(action)
  }

  /** Looks whether it has started, by its claim word. */
  noteIfClaimed(action: Action): void {
    if (action.line === undefined || !this.#unstarted.has(action)) return
    const claim = action.line.claim(action)
    if (claim === ClaimState.running || claim === ClaimState.parked) this.note(action)
  }

  /** The same of all that was sent. */
  noteAllClaimed(): void {
    for (const action of this.#unstarted) this.noteIfClaimed(action)
  }

  /** It has started: now, as far as is known. Does nothing if that was known. */
  note(action: Action, startedAt: number = this.#now()): void {
    if (!this.#unstarted.delete(action)) return
    this.#letGoOfInput(action)
    action.clearTimer('queuedMs')
    this.#dispatch.started(action)
    const { thread, host } = action.line ?? NO_LINE
    action.send({ type: 'started', at: startedAt, thread, host })
  }

  /** Its module has been loaded: the options of an action that was a mere name are known now. */
  described(action: Action, options: ResolvedActionOptions): void {
    const { definition } = action
    definition.options = options
    definition.optionsKnown = true
    this.#dispatch.corrected(action, options.cpu)
    action.cpu = options.cpu
    this.note(action)
    this.#letGoOfInput(action)
    this.watchRunTime(action)
  }

  /** Its input isn't needed again, unless it may be tried again: an action that is a mere name yet may. */
  #letGoOfInput(action: Action): void {
    const { optionsKnown, options } = action.definition
    if (optionsKnown && options.retries.limit === 0) action.input = undefined
  }

  /** Bounds the time of a body that has begun, as far as that bound is known and set. */
  watchRunTime(action: Action): void {
    if (action.startedAt !== undefined) action.watchBound('runMs', action.startedAt)
  }

  #sweepSoon(): void {
    if (this.#sweeping) return
    this.#sweeping = true
    world.setTimeout(() => this.#sweep(), SWEEP_MS)
  }

  #sweep(): void {
    this.#sweeping = false
    for (const action of this.#unstarted) {
      // Timers come before messages: a thread that has just come up may have claimed it, and not be known by its id yet.
      // Its first message is there then; what it has said since may be more than a turn of the loop is for.
      if (action.line?.thread === undefined) action.line?.readOn()
      this.noteIfClaimed(action)
    }
    if (this.#unstarted.size > 0) this.#sweepSoon()
    this.#dispatch.checkStalled(this.#now())
    // An idle lane may take what is stuck elsewhere.
    this.#dispatch.schedule()
  }
}
