// The totals of one run while it is watched: how many actions stand in each phase, those that live, and those that have
// failed last. What else has settled is only counted, so that a run of any size can be watched.

import type { ActionEventInfo, ActionItem, ErrorInfo, PhaseCounts, ReasonInfo } from '../../control/api.js'
import { isPruning } from '../../control/shown/pruned.js'
import type { AbortHow } from '../../protocol/errors/errors.js'
import { ROOT_ID } from '../../protocol/ids.js'
import { isTerminal, noCounts, type Phase } from '../../protocol/outcome.js'

/** An action that hasn't settled. */
export interface LiveAction {
  readonly id: string
  readonly name: string
  readonly phase: Phase
  readonly attempt: number
  readonly queuedAt: number
  readonly startedAt: number | undefined
  readonly abortRequestedAt: number | undefined
  readonly reason: ReasonInfo | undefined
  readonly report: unknown
  /** When force comes, in epoch milliseconds, where that is known. */
  readonly forceAt: number | undefined
  /** What its last attempt failed with, where there was one. */
  readonly failure: ErrorInfo | undefined
  /** When its next attempt comes, in epoch milliseconds, while it waits for that. */
  readonly againAt: number | undefined
}

/** An action that has failed or timed out. */
export interface FailedAction {
  readonly id: string
  readonly name: string
  readonly phase: 'failed' | 'timedOut'
  readonly how: AbortHow | undefined
  readonly startedAt: number
  readonly settledAt: number
  readonly error: ErrorInfo | undefined
}

/** How actions were stopped, as far as that is known. */
export interface Endings {
  /** Of those that were aborted: trials that their sweep stopped, with what was under them. */
  readonly pruned: number
  readonly aborted: Readonly<Record<AbortHow, number>>
  readonly timedOut: Readonly<Record<AbortHow, number>>
}

/** Where the root, and so the run, stands. */
export interface RootState {
  readonly phase: Phase
  readonly queuedAt: number
  readonly settledAt?: number
  readonly reason?: ReasonInfo
  readonly error?: ErrorInfo
}

/** How an action stood before an event, and what the event made of it. */
export interface Change {
  readonly before: LiveAction | undefined
  readonly name: string
}

/** How many that have failed are remembered. */
const KEPT_FAILURES = 100

/** As sweeps name their trials. */
const TRIAL_NAME = /^trial-\d+$/

/** The totals of one run, and its live actions, fed with its events. */
export class RunTotals {
  readonly #live = new Map<string, LiveAction>()
  /** The last progress of each live study, by the study's action. */
  readonly #sweeps = new Map<string, unknown>()
  /** Settled ones only. */
  #settled: Record<Phase, number> = noCounts()
  #endings = noEndings()
  readonly #failures = new Map<string, FailedAction>()
  /** Settled ones of a snapshot, which may tell them twice. */
  readonly #told = new Set<string>()
  #root: RootState | undefined

  /** Live actions, in the order of their spawns. */
  get live(): IterableIterator<LiveAction> {
    return this.#live.values()
  }

  /** Where the root stands; `undefined` before anything is known. */
  get root(): RootState | undefined {
    return this.#root
  }

  /** The progress of live sweeps, by the study's action; the oldest first. */
  get sweeps(): ReadonlyMap<string, unknown> {
    return this.#sweeps
  }

  /** Whether an action is a study whose sweep is known, one of its live trials, or below one. */
  isOfSweep(id: string): boolean {
    for (const study of this.#sweeps.keys()) {
      if (id === study) return true
      if (!id.startsWith(`${study}.`)) continue
      const end = id.indexOf('.', study.length + 1)
      const child = this.#live.get(end === -1 ? id : id.slice(0, end))
      if (child !== undefined && TRIAL_NAME.test(child.name)) return true
    }
    return false
  }

  /** Those that have failed or timed out, the last first; of many, the last ones. */
  get failures(): readonly FailedAction[] {
    return [...this.#failures.values()].toReversed()
  }

  /** How actions were stopped. */
  get endings(): Endings {
    return this.#endings
  }

  action(id: string): LiveAction | undefined {
    return this.#live.get(id)
  }

  /** All actions there have been, by phase. */
  counts(): PhaseCounts {
    const counts = { ...this.#settled }
    for (const { phase } of this.#live.values()) counts[phase] += 1
    return counts
  }

  /** Begins anew, with the counts of what has settled: `actions` then brings those that live. */
  reset(counts: PhaseCounts = noCounts()): void {
    this.#live.clear()
    this.#sweeps.clear()
    this.#failures.clear()
    this.#told.clear()
    this.#endings = noEndings()
    this.#settled = { ...counts, queued: 0, running: 0, aborting: 0 }
    this.#root = undefined
  }

  /** Takes where the root stands from a snapshot. */
  takeRoot(root: RootState): void {
    this.#root = root
  }

  /** Takes an action from a snapshot. */
  take(item: ActionItem): void {
    if (isTerminal(item.phase)) return this.#takeSettled(item)
    const last = item.earlier?.at(-1)
    const isPending = item.phase === 'queued' && last?.attempt === item.attempt
    this.#live.set(item.id, {
      id: item.id,
      name: item.name,
      phase: item.phase,
      attempt: item.attempt,
      queuedAt: item.queuedAt,
      startedAt: item.startedAt,
      abortRequestedAt: item.abortRequestedAt,
      reason: item.reason,
      report: item.lastReport?.value,
      forceAt: item.forceAt,
      failure: last?.error,
      againAt: isPending ? last.endedAt + last.delayMs : undefined,
    })
    this.#takeSweep(item.id, item.lastReport?.value)
  }

  /** Takes an event, and gives how its action stood before. */
  apply(event: ActionEventInfo): Change {
    const before = this.#live.get(event.id)
    this.#told.clear()
    switch (event.type) {
      case 'phase':
        this.#changePhase(event, before)
        return { before, name: event.name }
      case 'report':
        if (before !== undefined) this.#live.set(event.id, { ...before, report: event.value.value })
        this.#takeSweep(event.id, event.value.value)
        break
      case 'log':
        // A sweep within an action shows itself by the log, as the reports are the action's own.
        this.#takeSweep(
          event.id,
          (event.fields?.value as { progress?: unknown } | null | undefined)?.progress,
        )
        break
      case 'retry':
        if (before !== undefined) {
          const againAt = event.at + event.delayMs
          this.#live.set(event.id, { ...before, failure: event.error, againAt })
        }
        break
      default:
        break
    }
    return { before, name: before?.name ?? '' }
  }

  /** When force will come. */
  grace(id: string, forceAt: number): void {
    const action = this.#live.get(id)
    if (action !== undefined && action.forceAt !== forceAt) this.#live.set(id, { ...action, forceAt })
  }

  #changePhase(event: ActionEventInfo & { type: 'phase' }, before: LiveAction | undefined): void {
    const { id, name, phase, attempt, at } = event
    const reason = event.reason ?? before?.reason
    if (id === ROOT_ID) {
      this.#root = {
        phase,
        queuedAt: this.#root?.queuedAt ?? at,
        ...(isTerminal(phase) && { settledAt: at }),
        ...(reason && { reason }),
        ...(event.error && { error: event.error }),
      }
    }
    if (isTerminal(phase)) {
      this.#settled[phase] += 1
      this.#noteEnd(
        { id, name, phase, reason, how: event.how, error: event.error },
        before?.startedAt ?? at,
        at,
      )
      this.#forget(id)
      return
    }
    this.#live.set(id, {
      id,
      name,
      phase,
      attempt,
      // Of a retried action, those of its first attempt.
      queuedAt: before?.queuedAt ?? at,
      startedAt: before?.startedAt ?? (phase === 'running' ? at : undefined),
      abortRequestedAt: phase === 'aborting' ? at : before?.abortRequestedAt,
      reason,
      report: before?.report,
      // Of an attempt that has ended, it says nothing of the next one.
      forceAt: phase === 'aborting' ? before?.forceAt : undefined,
      failure: before?.failure,
      againAt: phase === 'queued' ? before?.againAt : undefined,
    })
  }

  /** One that had settled when the snapshot was made is among its counts already; how it ended isn't. */
  #takeSettled(item: ActionItem): void {
    const { id, queuedAt, startedAt = queuedAt, settledAt = startedAt } = item
    if (!this.#told.has(id)) this.#noteEnd(item, startedAt, settledAt)
    this.#told.add(id)
    this.#forget(id)
  }

  #noteEnd(
    {
      id,
      name,
      phase,
      how,
      reason,
      error,
    }: Pick<ActionItem, 'id' | 'name' | 'phase'> & {
      readonly how?: AbortHow | undefined
      readonly reason?: ReasonInfo | undefined
      readonly error?: ErrorInfo | undefined
    },
    startedAt: number,
    settledAt: number,
  ): void {
    if (phase === 'aborted' && reason !== undefined) {
      if (isPruning(reason)) this.#endings.pruned += 1
      else if (how !== undefined) this.#endings.aborted[how] += 1
    }
    if (phase !== 'failed' && phase !== 'timedOut') return
    if (phase === 'timedOut' && how !== undefined) this.#endings.timedOut[how] += 1
    this.#failures.set(id, { id, name, phase, how, startedAt, settledAt, error })
    const [oldest] = this.#failures.keys()
    if (this.#failures.size > KEPT_FAILURES && oldest !== undefined) this.#failures.delete(oldest)
  }

  #takeSweep(id: string, progress: unknown): void {
    const isSweep =
      typeof progress === 'object' && progress !== null && 'type' in progress && progress.type === 'sweep'
    if (isSweep && this.#live.has(id)) this.#sweeps.set(id, progress)
  }

  #forget(id: string): void {
    this.#live.delete(id)
    this.#sweeps.delete(id)
  }
}

function noEndings(): {
  pruned: number
  aborted: Record<AbortHow, number>
  timedOut: Record<AbortHow, number>
} {
  const none = { cooperative: 0, forced: 0, abandoned: 0, 'never-started': 0 }
  return { pruned: 0, aborted: { ...none }, timedOut: { ...none } }
}
