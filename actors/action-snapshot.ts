// The snapshots that the actor of an action shows: made of the state of its life whenever somebody can see it.

import type { ActionActorRef, ActionSnapshot } from '../src/action-actor.js'
import type { AbortReason } from '../src/protocol/errors/abort-reason.js'
import { decodeError, decodeReason } from '../src/protocol/errors/decode-error.js'
import { encodeError, encodeReason } from '../src/protocol/errors/encode-error.js'
import type { EncodedError, EncodedReason } from '../src/protocol/errors/encoded-error.js'
import type { Outcome, Phase } from '../src/protocol/outcome.js'
import { plainValue } from '../src/protocol/values/kept-value.js'
import { show } from '../src/protocol/values/shown-value.js'

/** What a snapshot is made of. */
export interface ShownLife {
  readonly phase: Phase
  readonly attempt: number
  readonly report: unknown
  readonly reason: AbortReason | undefined
}

/** Gives the actors of an action's live children, by id. */
export type ChildActors = () => Readonly<Record<string, ActionActorRef>>

type Status = ActionSnapshot['status']

/** One snapshot. Children are no field of it: whoever serialises each snapshot would walk through all of them each time. */
class Shown {
  readonly status: Status
  readonly output: unknown
  readonly error: unknown
  readonly phase: Phase
  readonly attempt: number
  readonly report: unknown
  readonly reason: AbortReason | undefined
  readonly #children: ChildActors

  constructor(life: ShownLife, status: Status, output: unknown, error: unknown, children: ChildActors) {
    this.status = status
    this.output = output
    this.error = error
    this.phase = life.phase
    this.attempt = life.attempt
    this.report = life.report
    this.reason = life.reason
    this.#children = children
  }

  get children(): Readonly<Record<string, ActionActorRef>> {
    return this.#children()
  }
}

const NONE: Readonly<Record<string, ActionActorRef>> = Object.freeze({})

/** No children live. */
const noChildren: ChildActors = () => NONE

/** What is shown of an action that lives. */
export function liveSnapshot(life: ShownLife, children: ChildActors): ActionSnapshot {
  return new Shown(life, 'active', undefined, undefined, children) as ActionSnapshot
}

/** What is shown last by an actor that somebody has stopped: its action goes on without it (X3). */
export function stoppedSnapshot(life: ShownLife, children: ChildActors): ActionSnapshot {
  return new Shown(life, 'stopped', undefined, undefined, children) as ActionSnapshot
}

/** What is shown of an action that has ended so. */
export function finalSnapshot(
  { attempt, report, reason }: Omit<ShownLife, 'phase'>,
  outcome: Outcome<unknown>,
): ActionSnapshot {
  const phase = outcome.status
  const life = { phase, attempt, report, reason: 'reason' in outcome ? outcome.reason : reason }
  if (outcome.status === 'succeeded')
    return new Shown(life, 'done', outcome.output, undefined, noChildren) as ActionSnapshot
  if (outcome.status === 'aborted')
    return new Shown(life, 'stopped', undefined, undefined, noChildren) as ActionSnapshot
  return new Shown(life, 'error', undefined, outcome.error, noChildren) as ActionSnapshot
}

/** A snapshot in plain data. */
interface Persisted {
  readonly status: Status
  readonly output: unknown
  readonly error: EncodedError | undefined
  readonly phase: Phase
  readonly attempt: number
  readonly report: unknown
  readonly reason: EncodedReason | undefined
}

/** Plain data of a snapshot, which can be cloned and written down: errors and reasons in the form in which they travel. */
export function persist(snapshot: ActionSnapshot): ActionSnapshot {
  const { status, output, error, phase, attempt, report, reason } = snapshot
  const persisted: Persisted = {
    status,
    output: dataOf(output),
    error: error === undefined ? undefined : encodeError(error),
    phase,
    attempt,
    report: dataOf(plainValue(report)),
    reason: reason && encodeReason(reason),
  }
  return persisted as unknown as ActionSnapshot
}

/** The snapshot again of which that was made; one that wasn't is left as it is. */
export function restore(snapshot: ActionSnapshot): ActionSnapshot {
  if (snapshot instanceof Shown) return snapshot
  const { status, output, error, reason, ...life } = snapshot as unknown as Persisted
  return new Shown(
    { ...life, reason: reason && decodeReason(reason) },
    status,
    output,
    error && decodeError(error),
    noChildren,
  ) as ActionSnapshot
}

/** A copy of a value; of one that can't be copied, what the console shows of it. */
function dataOf(value: unknown): unknown {
  try {
    return structuredClone(value)
  } catch {
    return show(value).value
  }
}
