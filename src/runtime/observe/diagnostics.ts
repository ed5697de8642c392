// The channels of `node:diagnostics_channel` that are published on, for tracers and metrics that know nothing of this
// package: the tracing channel `heddle:action`, and `heddle:abort`. Where nobody subscribes, each costs one look.

import { channel, tracingChannel } from 'node:diagnostics_channel'
import type { AbortReason } from '../../protocol/errors/abort-reason.js'
import { captureContext, inCleanContext, runIn, type AsyncContext } from '../../protocol/async-context.js'
import type { HeddleError } from '../../protocol/errors/errors.js'
import type { Outcome } from '../../protocol/outcome.js'
import type { Action } from '../tree/action.js'

/**
 * What the subscribers of `tracing:heddle:action:*` get: the same object at each step of one action. `start` and `end` come
 * when it is spawned; `asyncStart` and `asyncEnd` when it has settled, and before them `error` unless it succeeded.
 */
export interface ActionTrace {
  readonly run: string
  readonly id: string
  readonly name: string
  readonly parent: string | undefined
  /** How it ended, its output included. */
  outcome?: Outcome<unknown>
  result?: unknown
  error?: HeddleError
}

/** What the subscribers of `heddle:abort` get, when an abort is accepted for the action that it was aimed at. */
export interface AbortTrace {
  readonly run: string
  readonly id: string
  readonly name: string
  readonly reason: AbortReason
  /** It was being aborted already. */
  readonly escalation: boolean
}

const actions = tracingChannel<unknown, ActionTrace>('heddle:action')
const aborts = channel('heddle:abort')
/** Those whose start somebody has seen. */
const traces = new WeakMap<Action, { readonly trace: ActionTrace; readonly context: AsyncContext }>()

/** An action was spawned. */
export function traceSpawn(action: Action): void {
  const { start, end, asyncStart, asyncEnd, error } = actions
  const isWatched =
    start.hasSubscribers ||
    end.hasSubscribers ||
    asyncStart.hasSubscribers ||
    asyncEnd.hasSubscribers ||
    error.hasSubscribers
  if (!isWatched) return
  const { run, id, name, parent } = action
  const trace: ActionTrace = { run: run.name, id, name, parent: parent?.id }
  // That of the one who calls a run; of a child, what asks for it comes by a port.
  const context = parent === undefined ? captureContext() : inCleanContext(captureContext)
  traces.set(action, { trace, context })
  runIn(context, () => {
    start.publish(trace)
    end.publish(trace)
  })
}

/** An action has settled. */
export function traceSettled(action: Action): void {
  const { asyncStart, asyncEnd, error } = actions
  if (!asyncStart.hasSubscribers && !asyncEnd.hasSubscribers && !error.hasSubscribers) return
  const traced = traces.get(action)
  if (traced === undefined) return
  traces.delete(action)
  const { trace, context } = traced
  const outcome = action.outcome as Outcome<unknown>
  trace.outcome = outcome
  if (outcome.status === 'succeeded') trace.result = outcome.output
  else trace.error = outcome.error
  // As after an await by the caller: what ends it may come by a port, or be an abort in the middle of a stranger's request.
  runIn(context, () => {
    if (outcome.status !== 'succeeded') error.publish(trace)
    asyncStart.publish(trace)
    asyncEnd.publish(trace)
  })
}

/** An abort was accepted. */
export function traceAbort(action: Action, reason: AbortReason, escalation: boolean): void {
  if (!aborts.hasSubscribers) return
  const trace: AbortTrace = { run: action.run.name, id: action.id, name: action.name, reason, escalation }
  inCleanContext(() => aborts.publish(trace))
}
