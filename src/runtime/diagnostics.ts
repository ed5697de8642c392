// What is published on `node:diagnostics_channel`, for tracers and metrics that know nothing of this package: the tracing
// channel `heddle:action`, and `heddle:abort`. Where nobody subscribes, each costs one look.

import { channel, tracingChannel } from 'node:diagnostics_channel'
import type { AbortReason } from '../protocol/abort-reason.js'
import type { HeddleError } from '../protocol/errors.js'
import type { Outcome } from '../protocol/outcome.js'
import type { ActionNode } from './action-node.js'

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
const traces = new WeakMap<ActionNode, ActionTrace>()

/** An action was spawned. */
export function traceSpawn(node: ActionNode): void {
  const { start, end, asyncStart, asyncEnd, error } = actions
  const isWatched =
    start.hasSubscribers ||
    end.hasSubscribers ||
    asyncStart.hasSubscribers ||
    asyncEnd.hasSubscribers ||
    error.hasSubscribers
  if (!isWatched) return
  const { run, id, name, parent } = node
  const trace: ActionTrace = { run: run.name, id, name, parent: parent?.id }
  traces.set(node, trace)
  start.publish(trace)
  end.publish(trace)
}

/** An action has settled. */
export function traceSettled(node: ActionNode): void {
  const { asyncStart, asyncEnd, error } = actions
  if (!asyncStart.hasSubscribers && !asyncEnd.hasSubscribers && !error.hasSubscribers) return
  const trace = traces.get(node)
  if (trace === undefined) return
  traces.delete(node)
  const outcome = node.outcome as Outcome<unknown>
  trace.outcome = outcome
  if (outcome.status === 'succeeded') trace.result = outcome.output
  else {
    trace.error = outcome.error
    error.publish(trace)
  }
  asyncStart.publish(trace)
  asyncEnd.publish(trace)
}

/** An abort was accepted. */
export function traceAbort(node: ActionNode, reason: AbortReason, escalation: boolean): void {
  if (!aborts.hasSubscribers) return
  const trace: AbortTrace = { run: node.run.name, id: node.id, name: node.name, reason, escalation }
  aborts.publish(trace)
}
