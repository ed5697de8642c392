// One signal and what waits under it: the body's own, or that of a shield's block. An abort is first *noted*, which
// changes at once what a poll returns, and then *raised* in a turn of the loop of its own, which dispatches the event
// and rejects what waits (S12, S17).

import type { ActionAbortedError } from '../../../src/protocol/errors/errors.js'

/** Something pending that an abort ends. */
export interface PendingWait {
  /** Ends it without an answer: its owner is dead. */
  drop(): void
  /** Rejects it. */
  reject(reason: ActionAbortedError): void
}

/** A shield's block: its scope, and when its time is up. */
export interface Shield {
  readonly scope: AbortScope
  /** What was spawned in it. */
  readonly children: Set<{ ended(): Promise<unknown> }>
  /** Starts the clock: the action has been aborted. */
  start(): void
  /** Its signal fires, and the children in it are aborted. */
  expire(timedOut: boolean): void
}

/** A signal, made when it is first read, and the waits that it ends. */
export class AbortScope {
  readonly #poll: () => void
  /** Made when there is one. */
  #waits: Set<PendingWait> | undefined
  /** The reason, or what makes it once somebody asks: the error is most of what it takes to notice an abort. */
  #noted: ActionAbortedError | (() => ActionAbortedError) | undefined
  #state: 'open' | 'raised' | 'closed' = 'open'
  #controller: AbortController | undefined

  /** `poll` looks for aborts that have arrived but not been noted; it may call `note`. */
  constructor(poll: () => void) {
    this.#poll = poll
  }

  /** The reason as it stands, without a look at what may have arrived. */
  get reason(): ActionAbortedError | undefined {
    if (typeof this.#noted === 'function') this.#noted = this.#noted()
    return this.#noted
  }

  /** Whether there is one. */
  get isNoted(): boolean {
    return this.#noted !== undefined
  }

  /** Looks for an abort. */
  poll(): ActionAbortedError | undefined {
    if (this.#noted === undefined) this.#poll()
    return this.reason
  }

  /** The same, where only that matters. */
  isAborted(): boolean {
    if (this.#noted === undefined) this.#poll()
    return this.#noted !== undefined
  }

  /** Takes an abort in; `false` if there was one already (I3). */
  note(reason: ActionAbortedError | (() => ActionAbortedError)): boolean {
    if (this.#noted !== undefined) return false
    this.#noted = reason
    return true
  }

  /** Dispatches the event and rejects what waits. Once; call it from a fresh turn of the loop. */
  raise(): void {
    const { reason } = this
    if (this.#state !== 'open' || reason === undefined) return
    this.#state = 'raised'
    this.#controller?.abort(reason)
    for (const wait of this.#takeWaits()) wait.reject(reason)
  }

  /** Adds what the abort should end. */
  add(wait: PendingWait): void {
    this.#waits ??= new Set()
    this.#waits.add(wait)
  }

  /** It has ended by itself. */
  remove(wait: PendingWait): void {
    this.#waits?.delete(wait)
  }

  /** Its owner is dead: nothing that waits is ever answered. */
  drop(): void {
    for (const wait of this.#takeWaits()) wait.drop()
  }

  /** Its block has ended: nothing can be done under it any more. */
  close(): void {
    this.#state = 'closed'
    this.drop()
  }

  get isClosed(): boolean {
    return this.#state === 'closed'
  }

  /** A real `AbortSignal`, for anything that takes one. */
  get signal(): AbortSignal {
    this.#controller ??= this.#createController()
    return this.#controller.signal
  }

  /** What waits now; what is added meanwhile waits on. */
  #takeWaits(): Iterable<PendingWait> {
    const waits = this.#waits ?? []
    this.#waits = undefined
    return waits
  }

  #createController(): AbortController {
    const controller = new AbortController()
    const isAborted = (): boolean => this.isAborted()
    // All three, since overriding `aborted` alone doesn't reach `throwIfAborted` (S17).
    Object.defineProperties(controller.signal, {
      aborted: { get: isAborted, configurable: true },
      reason: { get: () => this.poll(), configurable: true },
      throwIfAborted: {
        value: () => {
          if (isAborted()) throw this.reason
        },
        configurable: true,
      },
    })
    // Raised earlier, or noted by a poll of a block that has ended.
    if (this.#state !== 'open' && this.isNoted) controller.abort(this.reason)
    return controller
  }
}
