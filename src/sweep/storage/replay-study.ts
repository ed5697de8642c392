// Takes a stored study into the ledger, line by line, as its events were taken in when they happened: a continued sweep
// stands where it stood.

import { SweepStorageError } from '../../protocol/errors/sweep-storage-error.js'
import { messageOf } from '../../protocol/values/describe-value.js'
import { directionsOf } from '../results/metrics.js'
import type { PendingTrial, TrialLedger, Verdict } from '../trials/trial-ledger.js'
import type { TrialEnd, TrialRecord } from '../trials/trial.js'
import { STUDY_FORMAT, type StoredNumbers, type StudyHeader, type StudyLine } from './study-lines.js'
import { endsOfAttempts, keyOf } from './study-order.js'

/** The first line of a study's file. */
export function headerOf({ options, dimensions }: TrialLedger, at: number): StudyHeader {
  const { metrics, metric, direction, objective, stepKey } = options
  return {
    type: 'study',
    format: STUDY_FORMAT,
    metric,
    direction,
    ...(metrics.length > 1 && { metrics: directionsOf(metrics) }),
    ...(objective !== 'best' && { objective }),
    stepKey,
    parameters: dimensions.describe(),
    at,
  }
}

/**
 * Takes in what earlier sessions have stored. Gives the trials to run again.
 *
 * @param lines - Of the study that the ledger is of (`compareStudy`), in an order that `readStudy` has checked.
 * @throws `SweepStorageError` for a line that doesn't fit it.
 */
export function replayStudy(ledger: TrialLedger, lines: readonly StudyLine[], path: string): PendingTrial[] {
  const verdicts = new OldVerdicts(ledger, lines)
  let sessionAt = 0
  let lastAt = 0
  for (const [index, line] of lines.entries()) {
    lastAt = Math.max(lastAt, line.at)
    switch (line.type) {
      case 'study':
      case 'space':
      case 'stop':
        break
      case 'enqueue':
        ledger.proposals.enqueue(line.parameters, line.id)
        break
      case 'earlier':
        ledger.proposals.tellEarlier(line.parameters, {
          value: line.value ?? undefined,
          ...(line.values && { values: line.values }),
          ...(line.constraints && { constraints: restoreList(line.constraints) }),
          complete: line.complete,
          step: line.step,
        })
        break
      case 'note':
        recordOf(ledger, line).annotate(line, line.from)
        break
      case 'session':
        if (sessionAt !== 0) ledger.addEarlierSession(Math.max(0, lastAt - sessionAt))
        sessionAt = lastAt = line.at
        verdicts.beginSession(line.toVerdict === true)
        break
      case 'start':
        replayStart(ledger, line, index, path)
        break
      case 'report': {
        if (verdicts.isGiven(line)) break
        const { kind } = ledger.report(
          recordOf(ledger, line),
          restoreNumbers(line.numbers),
          restoreList(line.constraints),
        )
        verdicts.reported(line, kind)
        break
      }
      case 'pause':
        ledger.pause(recordOf(ledger, line), line.threadMs, line.at)
        break
      case 'retry':
        ledger.endAttempt(recordOf(ledger, line), line.threadMs, line.uncounted !== true)
        break
      case 'end':
        replayEnd(ledger, line)
    }
    // Rules that count must see the sweep grow; what they say matters at the end only.
    if (line.type !== 'report' && line.type !== 'end') continue
    if (ledger.checkRules(lastAt) !== undefined) verdicts.stopped()
  }
  if (sessionAt !== 0) ledger.addEarlierSession(Math.max(0, lastAt - sessionAt))
  return settleInterrupted(ledger, lastAt)
}

/**
 * The verdicts that trials were given in sessions of earlier versions, which stored, too, what a trial reported after its
 * verdict: that isn't taken in.
 */
class OldVerdicts {
  readonly #ledger: TrialLedger
  readonly #ends: ReadonlyMap<string, string>
  readonly #given = new Set<string>()
  #isToVerdict = true
  #isStopped = false

  constructor(ledger: TrialLedger, lines: readonly StudyLine[]) {
    this.#ledger = ledger
    this.#ends = endsOfAttempts(lines)
  }

  beginSession(isToVerdict: boolean): void {
    this.#isToVerdict = isToVerdict
    this.#isStopped = false
  }

  /** Whether the attempt of a line had its verdict before. */
  isGiven(line: Attempt): boolean {
    return this.#given.has(keyOf(line))
  }

  /** A report has led to a verdict of that kind. */
  reported(line: Attempt, kind: Verdict['kind']): void {
    if (this.#isToVerdict) return
    const key = keyOf(line)
    if (kind === 'fail' || (kind !== 'goOn' && this.#ends.get(key) === 'pruned')) this.#given.add(key)
  }

  /** A rule has ended the sweep. */
  stopped(): void {
    if (this.#isToVerdict || this.#isStopped) return
    this.#isStopped = true
    for (const { number, attempt } of this.#ledger.running()) {
      const key = keyOf({ trial: number, attempt })
      if (this.#ends.get(key) === 'stopped') this.#given.add(key)
    }
  }
}

type Attempt = Parameters<typeof keyOf>[0]
type Line<Type extends StudyLine['type']> = Extract<StudyLine, { readonly type: Type }>

function replayStart(ledger: TrialLedger, line: Line<'start'>, index: number, path: string): void {
  const known = ledger.records.get(line.trial)
  const { copyOf, from } = line
  if (known !== undefined) {
    if (from === undefined) ledger.restart(known, line.attempt, line.at)
    else ledger.goOn(known, line.attempt, line.at, from)
    return
  }
  try {
    const copied = copyOf === undefined ? undefined : { copyOf, step: from ?? 0 }
    ledger.restore(line.trial, line.attempt, line.parameters, line.at, line.queued, copied)
  } catch (cause) {
    throw new SweepStorageError(
      `line ${index + 1} of '${path}' can't be taken in: ${messageOf(cause)}. The file is damaged`,
      path,
      { cause },
    )
  }
}

function replayEnd(ledger: TrialLedger, line: Line<'end'>): void {
  const record = recordOf(ledger, line)
  const { state, reason, failure, numbers, constraints, annotation, threadMs, at } = line
  if (state === 'interrupted') {
    ledger.endAttempt(record, threadMs, false)
    return
  }
  const end: TrialEnd = {
    state,
    reason,
    failure: failure as TrialEnd['failure'],
    numbers: restoreNumbers(numbers),
    annotation,
    threadMs,
    at,
  }
  ledger.end(record, end, restoreList(constraints))
}

/** What was running when the last session ended. */
function settleInterrupted(ledger: TrialLedger, at: number): PendingTrial[] {
  const pending: PendingTrial[] = []
  for (const record of [...ledger.running()]) {
    if (ledger.options.interrupted === 'rerun') {
      pending.push({ record, attempt: record.attempt + 1 })
    } else {
      const reason = 'it ran when an earlier session ended'
      ledger.end(record, { state: 'interrupted', reason, numbers: {}, threadMs: 0, at })
    }
  }
  return pending
}

/** `readStudy` has checked that no line is about a trial before its start. */
function recordOf(ledger: TrialLedger, { trial }: { readonly trial: number }): TrialRecord {
  return ledger.records.get(trial) as TrialRecord
}

function restoreList(values: readonly (number | null)[] = []): number[] {
  return values.map((value) => value ?? NaN)
}

/** JSON has no NaN: `null` stands for a number that isn't finite. */
export function restoreNumbers(numbers: StoredNumbers): Record<string, number> {
  return Object.fromEntries(Object.entries(numbers).map(([key, value]) => [key, value ?? NaN]))
}
