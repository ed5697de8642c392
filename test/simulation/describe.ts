// What a trace says of what the app does, and of what is told of it.

import type { RuntimeEvent } from '../../src/index.js'
import type { Op } from './plan.js'

/** What the app does. */
export function describeOp(op: Op): string {
  if (op.do === 'run')
    return `starts run ${op.run}${op.isScope ? ' in a scope' : ''} (${op.call.plan.on}, ${op.call.plan.end})`
  const { do: what, at: _, ...rest } = op
  return `${what} ${JSON.stringify(rest)}`
}

/** What has happened in the runtime. */
export function describeEvent(event: RuntimeEvent): string {
  if (event.type === 'snapshot' || event.type === 'gap') return event.type
  const { type, run, id, seq } = event
  const detail =
    event.type === 'phase'
      ? ` ${event.phase}${event.how === undefined ? '' : `, ${event.how}`}${event.thread === undefined ? '' : ` on ${event.thread}`}${event.error === undefined ? '' : `: ${event.error.message}`}${event.reason === undefined ? '' : ` (${event.reason.source} of ${event.reason.origin})`}`
      : event.type === 'log'
        ? ` ${event.level} ${event.message}`
        : ''
  return `${seq} ${run} ${id} ${type}${detail}`
}
