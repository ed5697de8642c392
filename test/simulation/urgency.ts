// Looks at each abort that sets a deadline: it binds all that are told of it, from the request on (S5).

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

/** Looks at aborts as they come; gives what ends that. `now`: in epoch milliseconds. */
export function watchUrgency(now: () => number, breaks: Breaks, cover: (rule: string) => void): () => void {
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
    const from = now()
    const isAccepted = abort.call(this, target, reason, urgency, ...rest)
    const most = urgency.force === true ? 0 : urgency.graceMs
    if (!isAccepted || most === undefined) return isAccepted
    cover('S5 urgent')
    const actions = [target]
    for (let at = 0; at < actions.length; at += 1) {
      const { id, run, life, abort: its, children } = actions[at] as LiveAction
      for (const child of children) if (!child.isShielded) actions.push(child)
      if (!TOLD.has(life.stage)) continue
      const { deadline = Infinity } = its
      if (deadline > from + most + LATE_MS)
        breaks('S5', `${run.name} ${id} is given ${most} ms, and its time ends in ${deadline - from} ms`)
    }
    return isAccepted
  }
  return () => void Object.assign(prototype, { abort })
}
