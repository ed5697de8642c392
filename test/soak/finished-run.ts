// Checks a run when it is over: what can only be told then.

import type { Outcome, Run } from 'heddle'
import type { RunStory, Seen } from './seen.js'

/** What is wrong, and with which action. */
export interface WrongInRun {
  readonly id: string | undefined
  readonly wrong: string
}

/** What is wrong with a run that is over. `marks`: how often each entry of its plan was entered. */
export function* checkFinished(
  run: RunStory,
  handle: Run | undefined,
  outcome: Outcome<unknown>,
  marks: Int32Array | undefined,
): Generator<WrongInRun> {
  for (const { id, end, accepted, aborts } of run.actions.values()) {
    if (end === undefined) yield { id, wrong: `${id} has not ended with its run (I1)` }
    if (accepted && end?.phase !== 'aborted' && end?.phase !== 'timedOut')
      yield { id, wrong: `the abort of ${id} was accepted, and it has ${end?.phase}` }
    if (accepted && aborts === 0)
      yield { id, wrong: `the abort of ${id} was accepted, and no event tells of it (S23)` }
  }
  if (marks !== undefined) yield* checkEntries(run, marks)
  const root = run.actions.get('a0')
  if (root?.end?.phase !== outcome.status)
    yield { id: 'a0', wrong: `the handle says ${outcome.status}, the event ${root?.end?.phase} (I3)` }
  for (const [id, told] of run.refused)
    if (told === 0) yield { id, wrong: `${id} was refused, and no log entry tells of it (S19)` }
  if (handle !== undefined) yield* checkRecords(run, handle)
  const times = [outcome.queuedAt, outcome.startedAt, outcome.settledAt].filter((at) => at !== undefined)
  if (times.some((at, index) => index > 0 && at < (times[index - 1] as number)))
    yield { id: 'a0', wrong: `its times are not in order: ${times.join(', ')} (I8)` }
}

function* checkRecords(run: RunStory, handle: Run): Generator<WrongInRun> {
  const id = 'a0'
  const { dropped, unheard } = handle
  const told = run.refused.size + [...run.actions.values()].filter(({ isUnheard }) => isUnheard).length
  if (unheard !== told)
    yield { id, wrong: `${unheard} unheard failures are counted, and ${told} were told (S19)` }
  const kept = handle.actions().length
  const gone = dropped.succeeded + dropped.failed + dropped.aborted + dropped.timedOut
  if (kept + gone !== run.actions.size)
    yield {
      id,
      wrong: `${run.actions.size} actions were seen, but ${kept} are kept and ${gone} dropped (S24)`,
    }
}

/** What never started never ran, and nothing ran more often than it was started. */
function* checkEntries(run: RunStory, marks: Int32Array): Generator<WrongInRun> {
  const bySlot = new Map<number, Seen[]>()
  for (const seen of run.actions.values()) {
    if (seen.slot !== undefined) bySlot.set(seen.slot, [...(bySlot.get(seen.slot) ?? []), seen])
  }
  for (const [slot, all] of bySlot) {
    const entries = marks[slot] as number
    // One that is aborted in the very moment of its start is never seen as running, but its end says that it has begun.
    const started = all.reduce((sum, { starts, end }) => sum + Math.max(starts, end?.attempt ?? 0), 0)
    const neverStarted = all.every(({ end }) => end?.how === 'never-started')
    if (entries > (neverStarted ? 0 : started)) {
      const ids = all.map(({ id }) => id).join(', ')
      yield { id: all[0]?.id, wrong: `${ids}: entered ${entries} times, started ${started} times (I4)` }
    }
  }
}
