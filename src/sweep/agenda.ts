// The agenda of a sweep: which trial begins, or goes on, where there is room for one. What is to be tried again comes first,
// then what a scheduler (`pbt`, `successiveHalving`) wants, then what is new.

import { ActionInputError } from '../protocol/errors/errors.js'
import type { Checkpoint, Checkpoints } from './trials/checkpoints.js'
import type { NextStep } from './pruners/pruner.js'
import type { PendingTrial, TrialLedger } from './trials/trial-ledger.js'
import type { TrialRecord } from './trials/trial.js'

/** A trial to launch. */
export interface Coming {
  readonly record: TrialRecord
  /** The point that it was made of. */
  readonly queued?: number
  /** What it goes on from. */
  readonly from?: Checkpoint | undefined
  /** The same for a program: a folder with files. */
  readonly resumedFolder?: string | undefined
  /** What it reported then; it is taken in first. */
  readonly held?: readonly unknown[]
  /** The step after which it goes on; left out for one that begins anew. */
  readonly after?: number
}

/** What comes next, for one session. */
export class Agenda {
  readonly #ledger: TrialLedger
  readonly #checkpoints: Checkpoints
  /** Its trials are programs, which go on from the files in a folder; or that isn't known, and then those have one that are. */
  readonly #hasFolders: boolean
  /** A scheduler stops a trial for good that waits. */
  readonly #onStop: (record: TrialRecord, reason: string) => void
  /** Trials to run again, ahead of new ones. */
  #pending: PendingTrial[]
  /** By trial, what programs reported after they were to wait. */
  readonly #held = new Map<number, unknown[]>()

  constructor(
    ledger: TrialLedger,
    checkpoints: Checkpoints,
    pending: readonly PendingTrial[],
    isProgram: boolean | undefined,
    onStop: (record: TrialRecord, reason: string) => void,
  ) {
    this.#ledger = ledger
    this.#checkpoints = checkpoints
    this.#hasFolders = isProgram !== false && ledger.options.storage !== undefined
    this.#pending = [...pending]
    this.#onStop = onStop
  }

  /**
   * A trial has reported after it was to wait. Of a program that counts when it goes on: it does so from its files, which are as
   * far. A body goes on from the checkpoint that counted then.
   */
  hold({ number }: TrialRecord, report: unknown): void {
    if (!this.#hasFolders) return
    const held = this.#held.get(number)
    if (held === undefined) this.#held.set(number, [report])
    else held.push(report)
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
        this.#held.delete(record.number)
        this.#onStop(record, step.reason)
        return undefined
      case 'copy': {
        const from = this.#checkpoints.latest(record.number)
        const resumedFolder = this.#filesOf(record)
        if (from === undefined && resumedFolder === undefined) throw this.#nothingToCopy(record)
        const copy = this.#ledger.beginCopy(record, record.step, step.explore, Date.now())
        if (from !== undefined) this.#checkpoints.take(copy.number, from)
        this.#checkpoints.reached(copy.number, copy.step)
        return { record: copy, from, resumedFolder, after: copy.step }
      }
    }
  }

  #nothingToCopy({ number }: TrialRecord): ActionInputError {
    const { name } = this.#ledger.options.pruner
    return new ActionInputError(
      this.#checkpoints.hasFolder(number)
        ? `${name}: trial ${number} has left no file that another one could go on from: its program has to write to the folder HEDDLE_CHECKPOINT_DIR ahead of its reports, and to begin with what is in HEDDLE_RESUME_DIR`
        : `${name}: trial ${number} has left no checkpoint that another one could go on from: its body has to call ctx.checkpoint(…) ahead of its reports, and to begin with ctx.resumed`,
    )
  }

  #goOn(record: TrialRecord, attempt: number): Coming {
    const from = this.#checkpoints.latest(record.number)
    const resumedFolder = this.#filesOf(record)
    const held = this.#held.get(record.number) ?? []
    this.#held.delete(record.number)
    const after = this.#placeOf(record, from, resumedFolder)
    if (after === undefined) {
      this.#checkpoints.drop(record.number)
      this.#ledger.restart(record, attempt, Date.now())
      return { record }
    }
    this.#ledger.goOn(record, attempt, Date.now(), after)
    return { record, from, resumedFolder, after, ...(resumedFolder !== undefined && { held }) }
  }

  /** The step after which a trial goes on; `undefined` if it begins anew. What waited goes on in any case: what it reported stands. */
  #placeOf(
    { state, step }: TrialRecord,
    from: Checkpoint | undefined,
    resumedFolder: string | undefined,
  ): number | undefined {
    if (from !== undefined) return from.after
    // How far its files lead, a program alone knows.
    if (resumedFolder !== undefined) return step
    return state === 'paused' ? 0 : undefined
  }

  /** The files that a program left who goes on from there: its own, else those of the trial that it is a copy of. */
  #filesOf(record: TrialRecord): string | undefined {
    if (!this.#hasFolders) return undefined
    let one: TrialRecord | undefined = record
    while (one !== undefined) {
      const folder = this.#checkpoints.filledFolderOf(one.number)
      if (folder !== undefined) return folder
      one = one.copyOf === undefined ? undefined : this.#ledger.records.get(one.copyOf)
    }
    return undefined
  }
}

function queuedOf({ queued }: { readonly queued?: number }): { readonly queued?: number } {
  return queued === undefined ? {} : { queued }
}
