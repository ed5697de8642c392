// The journal that a sweep writes as it goes: lines for the study's file, from which it is rebuilt, and log entries, from
// which others draw it.

import type { ActionContext } from '../context.js'
import { annotationIn, type Annotation } from './trials/annotations.js'
import { describeEnding } from './trials/stopped-by.js'
import type { StoppedBy, SweepDescription, SweepEntry } from './results/progress.js'
import type { StudyFile } from './storage/study-file.js'
import { STUDY_FORMAT, type StoredNumbers, type StudyLine } from './storage/study-lines.js'
import type { QueuedPoint } from './proposals.js'
import type { TrialEnd, TrialRecord } from './trials/trial.js'

/** The journal of one session. */
export class StudyJournal {
  readonly #file: StudyFile | undefined
  readonly #log: ActionContext['log']

  /** Without a file, the log alone is written. */
  constructor(file: StudyFile | undefined, log: ActionContext['log']) {
    this.#file = file
    this.#log = log
  }

  sessionBegan(description: SweepDescription, at: number): void {
    const { study, sampler, pruner, trials, concurrency } = description
    this.#append({
      type: 'session',
      format: STUDY_FORMAT,
      at,
      toVerdict: true,
      ...{ study, sampler, pruner, concurrency },
      ...(trials !== undefined && { trials }),
    })
    this.#write('info', `sweep '${description.study}' started`, { sweep: 'started', ...description })
  }

  /** A point waits to be tried. */
  queued({ id, known }: QueuedPoint): void {
    this.#append({ type: 'enqueue', id, parameters: known, at: Date.now() })
  }

  /**
   * Before its action is spawned: a study that is read again has every trial that was. `queued`: the point it is made of;
   * `from`: the step after which the checkpoint was made that it goes on from.
   */
  trialBegan(
    { number, attempt, flat, startedAt, copyOf }: TrialRecord,
    queued: number | undefined,
    from: number | undefined,
  ): void {
    // The file says when it started as the ledger does: a study that is read again is the same.
    this.#append({
      type: 'start',
      trial: number,
      attempt,
      parameters: flat,
      ...(queued !== undefined && { queued }),
      ...(from !== undefined && { from }),
      ...(copyOf !== undefined && attempt === 1 && { copyOf }),
      at: startedAt,
    })
  }

  trialSpawned({ number, attempt, flat }: TrialRecord, action: string): void {
    this.#write('debug', `trial ${number} started`, {
      sweep: 'trialStarted',
      trial: number,
      action,
      attempt,
      parameters: flat,
    })
  }

  reported(
    { number, attempt, step, lastConstraints }: TrialRecord,
    numbers: Readonly<Record<string, number>>,
  ): void {
    this.#append({
      type: 'report',
      trial: number,
      attempt,
      step,
      numbers: storable(numbers),
      ...(lastConstraints.length > 0 && { constraints: lastConstraints.map(orNull) }),
      at: Date.now(),
    })
  }

  annotated({ number, attempt }: TrialRecord, annotation: Annotation, from: 'trial' | 'others'): void {
    this.#append({ type: 'note', trial: number, attempt, from, ...annotation, at: Date.now() })
  }

  /** An attempt was stopped, and another one may go on from there. */
  paused({ number, attempt }: TrialRecord, reason: string, threadMs: number, at: number): void {
    this.#append({ type: 'pause', trial: number, attempt, reason, threadMs, at })
    this.#log.debug(`trial ${number} paused: ${reason}`)
  }

  /** What a trial says of itself in a report, if it does. */
  takeAnnotation(record: TrialRecord, report: unknown): void {
    const annotation = annotationIn(report)
    if (annotation === undefined) return
    record.annotate(annotation, 'trial')
    this.annotated(record, annotation, 'trial')
  }

  /** An attempt has ended, and another one follows. */
  attemptEnded({ number, attempt }: TrialRecord, end: TrialEnd, isCounted: boolean): void {
    const { threadMs, at, reason = '' } = end
    this.#append({
      type: 'retry',
      trial: number,
      attempt,
      reason,
      ...(!isCounted && { uncounted: true }),
      threadMs,
      at,
    })
    const how = isCounted ? 'failed' : 'was lost through another action'
    this.#log.warn(`trial ${number} ${how} (${reason}) and is tried again`)
  }

  trialEnded(record: TrialRecord, end: TrialEnd): void {
    const { number, attempt, value, values, constraints, step, action } = record
    const { state, reason, failure, annotation, threadMs, at } = end
    this.#append({
      type: 'end',
      trial: number,
      attempt,
      state,
      numbers: storable(end.numbers),
      ...(constraints.length > 0 && { constraints: constraints.map(orNull) }),
      ...(annotation !== undefined && { annotation }),
      ...(reason !== undefined && { reason }),
      ...(failure !== undefined && { failure }),
      threadMs,
      at,
    })
    const message = `trial ${number} ${state}${reason === undefined ? '' : `: ${reason}`}`
    this.#write(state === 'failed' ? 'warn' : 'debug', message, {
      sweep: 'trialEnded',
      trial: number,
      action: action as string,
      state,
      ...(value !== undefined && { value }),
      ...(values !== undefined && { values }),
      ...(step > 0 && { step }),
      ...(reason !== undefined && { reason }),
    })
  }

  /** No trial begins any more; of those that run, it says whether they may finish. */
  stopped(stoppedBy: StoppedBy): void {
    this.#append({ type: 'stop', ...stoppedBy, at: Date.now() })
    this.#write('info', `sweep ${describeEnding(stoppedBy)}`, { sweep: 'stopped', ...stoppedBy })
  }

  #append(line: StudyLine): void {
    this.#file?.append(line)
  }

  #write(level: 'debug' | 'info' | 'warn', message: string, entry: SweepEntry): void {
    this.#log[level](message, { ...entry })
  }
}

/** JSON has no NaN and no infinity. */
function storable(numbers: Readonly<Record<string, number>>): StoredNumbers {
  return Object.fromEntries(Object.entries(numbers).map(([key, value]) => [key, orNull(value)]))
}

function orNull(value: number): number | null {
  return Number.isFinite(value) ? value : null
}
