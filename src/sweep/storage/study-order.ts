// Checks that lines are those of one study: they begin with a header, a trial starts before it reports, and ends once. A file that was appended to itself, or written by two at a time, is found out here, by its line, before
// anything is made of it.

import { SweepStorageError } from '../../protocol/errors/sweep-storage-error.js'
import type { StudyLine } from './study-lines.js'

/** How a trial stands after a line. */
interface Standing {
  attempt: number
  /** `between`: its attempt is over, and another one may follow. */
  state: 'started' | 'reporting' | 'between' | 'paused' | 'ended'
}

/** What stands after a line. */
interface Order {
  readonly trials: Map<number, Standing>
  lastQueued: number
}

/** @throws `SweepStorageError` for the first line that can't follow those before it. */
export function checkOrder(lines: readonly StudyLine[], path: string): void {
  const order: Order = { trials: new Map(), lastQueued: 0 }
  for (const [index, line] of lines.entries()) {
    const wrong = findWrong(line, index, order)
    if (wrong === undefined) continue
    throw new SweepStorageError(
      `line ${index + 1} of '${path}' ${wrong}: the file was appended to itself, written by two sweeps, or changed by hand. ` +
        'It is left as it is: take out what is too much, or give this sweep another file',
      path,
    )
  }
}

/** What is wrong with a line; takes it in otherwise. */
function findWrong(line: StudyLine, index: number, order: Order): string | undefined {
  if (index === 0 && line.type !== 'study') return `is '${line.type}', and not the beginning of a study`
  switch (line.type) {
    case 'study':
      return index === 0 ? undefined : 'begins a study once more'
    case 'session':
    case 'space':
    case 'earlier':
    case 'stop':
      return undefined
    case 'enqueue': {
      if (line.id <= order.lastQueued) return `queues point ${line.id} after point ${order.lastQueued}`
      order.lastQueued = line.id
      return undefined
    }
    case 'note':
      return order.trials.has(line.trial) ? undefined : `tells of trial ${line.trial}, which hadn't started`
    case 'start':
    case 'report':
    case 'pause':
    case 'retry':
    case 'end':
      return findWrongOfTrial(line, order.trials)
  }
}

function findWrongOfTrial(
  line: Extract<StudyLine, { readonly type: 'start' | 'report' | 'pause' | 'retry' | 'end' }>,
  trials: Map<number, Standing>,
): string | undefined {
  const { type, trial, attempt } = line
  const known = trials.get(trial)
  if (type === 'start') {
    if (known?.state === 'ended') return `starts trial ${trial}, which had ended`
    // Twice the same attempt: it had found no room in the queue.
    if (known !== undefined && attempt <= known.attempt && known.state !== 'started') {
      return `starts attempt ${attempt} of trial ${trial} after attempt ${known.attempt}`
    }
    trials.set(trial, { attempt, state: 'started' })
    return undefined
  }
  if (known === undefined) return `tells of trial ${trial}, which hadn't started`
  // What waits may be stopped for good without another attempt.
  const isOver =
    known.state === 'between' || known.state === 'ended' || (known.state === 'paused' && type !== 'end')
  if (isOver || attempt !== known.attempt) {
    return `tells of attempt ${attempt} of trial ${trial} ('${type}'), which ${isOver ? 'was over' : "wasn't under way"}`
  }
  known.state =
    type === 'report'
      ? 'reporting'
      : type === 'pause'
        ? 'paused'
        : type === 'retry' || line.state === 'interrupted'
          ? 'between'
          : 'ended'
  return undefined
}

/** Names an attempt of a trial. */
export function keyOf({ trial, attempt }: { readonly trial: number; readonly attempt: number }): string {
  return `${trial}/${attempt}`
}

/** How attempts have ended, as far as they have. */
export function endsOfAttempts(lines: readonly StudyLine[]): Map<string, string> {
  const ends = new Map<string, string>()
  for (const line of lines) if (line.type === 'end') ends.set(keyOf(line), line.state)
  return ends
}
