// What the app asks of a sweep that runs: to try a point, and to note something of a trial.

import type { ActionContext } from '../context.js'
import { ActionInputError } from '../protocol/errors/errors.js'
import { describeValue } from '../protocol/values/describe-value.js'
import type { Annotation } from './trials/annotations.js'
import type { FlatParameters } from './results/progress.js'
import type { StudyJournal } from './study-journal.js'
import type { TrialLedger } from './trials/trial-ledger.js'

/** Puts a point into the queue. @throws `ActionInputError` where no trial is left for it. */
export function enqueuePoint(
  { options, records, proposals }: TrialLedger,
  journal: StudyJournal,
  known: FlatParameters,
  study: string,
): void {
  if (records.size + proposals.waiting >= options.trials) {
    throw new ActionInputError(
      `enqueue of sweep '${study}': all of its ${options.trials} trials are begun, or wait for their turn`,
    )
  }
  journal.queued(proposals.enqueue(known))
}

/** Adds notes and attributes to a trial. @throws `ActionInputError` for one that there isn't. */
export function annotateTrial(
  { records }: TrialLedger,
  journal: StudyJournal,
  trial: number,
  annotation: Annotation,
  study: string,
): void {
  const record = records.get(trial)
  if (record === undefined)
    throw new ActionInputError(`annotate of sweep '${study}': it has no trial ${describeValue(trial)}`)
  record.annotate(annotation, 'others')
  journal.annotated(record, annotation, 'others')
}

/** Points that still wait at the end aren't dropped silently. */
export function warnOfUntried({ proposals }: TrialLedger, log: ActionContext['log'], study: string): void {
  const { waiting } = proposals
  if (waiting > 0)
    log.warn(`sweep '${study}' has ended with ${waiting} of the points that were given untried`)
}
