// Looks at each abort as it comes: a deadline binds all that are told of it, from the request on (S4, S5), and what hasn't
// started is over within the same step (S10).

import { ClaimState } from '../../src/protocol/claims.js'
import { Cancellation } from '../../src/runtime/abort/abort.js'
import type { LiveAction } from './live.js'
import type { Breaks } from './state.js'

interface Urgency {
  readonly graceMs?: number | undefined
  readonly force?: boolean | undefined
}

/** What looking at the clock may have taken meanwhile, in milliseconds. */
const LATE_MS = 5
const TOLD: ReadonlySet<string> = new Set(['told', 'grace', 'asking'])

/** Who is looked at, and who is told. */
export interface WatchedAborts {
  /** In epoch milliseconds. */
  readonly now: () => number
  /** Whether the thread behind a lane takes nothing now. */
  readonly isBlocked: (thread: number | undefined) => boolean
  /** Whether it is the turn of an app that nobody looks into. */
  readonly isOthers: () => boolean
  readonly breaks: Breaks
  readonly cover: (rule: string) => void
}

/** Looks at aborts as they come; gives what ends that. */
export function watchUrgency({ now, isBlocked, isOthers, breaks, cover }: WatchedAborts): () => void {
  type Abort = (
    this: unknown,
    target: LiveAction,
    reason: unknown,
    urgency?: Urgency,
    ...rest: unknown[]
  ) => boolean
  const prototype = Cancellation.prototype as unknown as { abort: Abort }
  const { abort } = prototype
  prototype.abort = function look(target, reason, urgency = {}, ...rest) {
    if (isOthers()) return abort.call(this, target, reason, urgency, ...rest)
    const from = now()
    const offered = offeredUnder(target)
    const wasDraining = target.isDecided && !target.isSettled
    const isAccepted = abort.call(this, target, reason, urgency, ...rest)
    for (const { action, thread } of isAccepted ? offered : []) {
      cover(isBlocked(thread) ? 'S10 blocked' : 'S10 at once')
      // After the timeout of an attempt, it is queued again.
      if (!action.isSettled && action.phase !== 'queued')
        breaks('S10', `${action.run.name} ${action.id} hadn't started, and lives after its abort`)
    }
    const most = urgency.force === true ? 0 : urgency.graceMs
    if (most === undefined) return isAccepted
    // What drains hands it on to its children, which are being aborted.
    if (!isAccepted && !wasDraining) return false
    cover(isAccepted ? 'S5 urgent' : 'S4 draining')
    const actions = isAccepted ? [target] : unshielded(target)
    for (let at = 0; at < actions.length; at += 1) {
      const { id, run, life, abort: its } = actions[at] as LiveAction
      actions.push(...unshielded(actions[at] as LiveAction))
      if (!TOLD.has(life.stage)) continue
      const { deadline = Infinity } = its
      if (deadline > from + most + LATE_MS)
        breaks('S5', `${run.name} ${id} is given ${most} ms, and its time ends in ${deadline - from} ms`)
    }
    return isAccepted
  }
  return () => void Object.assign(prototype, { abort })
}

function unshielded({ children }: LiveAction): LiveAction[] {
  return [...children].filter(({ isShielded }) => !isShielded)
}

/** What is on a lane under an action, and hasn't been claimed by its thread. */
function offeredUnder(
  target: LiveAction,
): { readonly action: LiveAction; readonly thread: number | undefined }[] {
  const offered: { readonly action: LiveAction; readonly thread: number | undefined }[] = []
  const actions = [target]
  for (let at = 0; at < actions.length; at += 1) {
    const action = actions[at] as LiveAction
    actions.push(...unshielded(action))
    const { line } = action
    // Another machine has to be asked whether it has started.
    const isUnclaimed = line?.isFar === false && line.claim(action) === ClaimState.offered
    if (action.phase !== 'aborting' && isUnclaimed) offered.push({ action, thread: line.thread })
  }
  return offered
}
