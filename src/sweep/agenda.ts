// The agenda of a sweep: which trial begins, or goes on, where there is room for one. What is to be tried again comes first,
// then what a scheduler (`pbt`, `successiveHalving`) wants, then what is new.

import { ActionInputError } from '../protocol/errors/errors.js'
import type { Checkpoint, Checkpoints } from './checkpoints.js'
import type { NextStep } from './pruners/pruner.js'
import type { PendingTrial, TrialLedger } from './trial-ledger.js'
import type { TrialRecord } from './trial.js'

/** A trial to launch. */
export interface Coming {
  readonly record: TrialRecord
  /** The point that it was made of. */
  readonly queued?: number
  /** What it goes on from. */
  readonly from?: Checkpoint | undefined
}

/** What comes next, for one session. */
export class Agenda {
  readonly #ledger: TrialLedger
  readonly #checkpoints: Checkpoints
  /** Its trials are programs, which go on from the files in a folder. */
  readonly #hasFolders: boolean
  /** A scheduler stops a trial for good that waits. */
  readonly #onStop: (record: TrialRecord, reason: string) => void
  /** Trials to run again, ahead of new ones. */
  #pending: PendingTrial[]

  constructor(
    ledger: TrialLedger,
    checkpoints: Checkpoints,
    pending: readonly PendingTrial[],
    isProgram: boolean,
    onStop: (record: TrialRecord, reason: string) => void,
  ) {
    this.#ledger = ledger
    this.#checkpoints = checkpoints
    this.#hasFolders = isProgram && ledger.options.storage !== undefined
    this.#pending = [...pending]
    this.#onStop = onStop
  }

  /** A trial is tried again, behind those that wait for that already. */
  again(record: TrialRecord): void {
    this.#pending.push({ record, attempt: record.attempt + 1 })
  }

  /** An attempt found no room, and is begun again before all else. */
  retryFirst(record: TrialRecord): void {
    this.#pending.unshift({ record, attempt: record.attempt })
  }

  /** The next trial, begun in the ledger; `undefined` if none can begin now. `isIdle`: no other one lives. */
  next(isIdle: boolean): Coming | undefined {
    const pending = this.#pending.shift()
    if (pending !== undefined) return this.#goOn(pending.record, pending.attempt)
    const mayBegin = (): boolean => this.#ledger.records.size < this.#ledger.options.trials
    for (const isLast of isIdle ? [false, true] : [false]) {
      for (;;) {
        const step = this.#ledger.next({ isIdle: isLast, mayCopy: mayBegin() })
        if (step === undefined) break
        const coming = this.#take(step)
        if (coming !== undefined) return coming
      }
      const proposal = mayBegin() && !isLast ? this.#ledger.suggest() : undefined
      if (proposal === undefined) continue
      return { record: this.#ledger.begin(proposal, Date.now()), ...queuedOf(proposal) }
    }
    return undefined
  }

  /** What waited for another attempt doesn't get one in this session; in the file, it stays unfinished. */
  drop(): void {
    const at = Date.now()
    for (const { record } of this.#pending) {
      const reason = 'the sweep ended before it was tried again'
      this.#ledger.end(record, { state: 'interrupted', reason, numbers: {}, threadMs: 0, at })
    }
    this.#pending = []
  }

  #take(step: NextStep): Coming | undefined {
    const record = this.#ledger.records.get(step.trial) as TrialRecord
    switch (step.kind) {
      case 'goOn':
        return this.#goOn(record, record.attempt + 1)
      case 'stop':
        this.#onStop(record, step.reason)
        return undefined
      case 'copy': {
        const from = this.#checkpoints.latest(record.number)
        if (from === undefined && !this.#hasFolders) {
          throw new ActionInputError(
            `${this.#ledger.options.pruner.name}: trial ${record.number} has left no checkpoint that another one could go on from: its body has to call ctx.checkpoint(…) ahead of its reports, and to begin with ctx.resumed (a program: the sweep needs storage)`,
          )
        }
        const copy = this.#ledger.beginCopy(record, record.step, step.explore, Date.now())
        if (from !== undefined) this.#checkpoints.take(copy.number, from)
        this.#checkpoints.reached(copy.number, copy.step)
        return { record: copy, from }
      }
    }
  }

  #goOn(record: TrialRecord, attempt: number): Coming {
    const from = this.#checkpoints.latest(record.number)
    if (from === undefined && record.state !== 'paused') {
      this.#checkpoints.drop(record.number)
      this.#ledger.restart(record, attempt, Date.now())
    } else {
      // Without a checkpoint, what waited begins anew, and what it has reported already stands.
      this.#ledger.goOn(record, attempt, Date.now(), from?.after ?? 0)
    }
    return { record, from }
  }
}

function queuedOf({ queued }: { readonly queued?: number }): { readonly queued?: number } {
  return queued === undefined ? {} : { queued }
}
