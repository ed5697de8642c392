// What the end of an attempt means: the outcome that it makes, whether another attempt may follow (S8), and the reason
// that its children are aborted with (S16). It reads nodes and changes nothing.

import type { AbortReason } from '../protocol/abort-reason.js'
import {
  ActionAbortedError,
  ActionTimedOutError,
  isHeddleError,
  ThreadLostError,
  type HeddleError,
} from '../protocol/errors.js'
import type { Outcome, TerminalPhase } from '../protocol/outcome.js'
import type { LaneLoss } from '../threads/lane.js'
import type { ActionNode, Ending } from './action-node.js'

/** How an action ends whose last attempt has ended so. */
export function statusOf(node: ActionNode, ending: Ending): TerminalPhase {
  if (ending.kind !== 'stopped') return ending.kind
  return node.timedOut === undefined ? 'aborted' : 'timedOut'
}

/** The outcome of an action whose last attempt has ended so. */
export function outcomeOf(node: ActionNode, ending: Ending, settledAt: number): Outcome<unknown> {
  if (ending.kind === 'succeeded' && node.startedAt !== undefined && node.abortRequestedAt === undefined) {
    // Nearly all are as plain as this: one literal, and none of the spreads below.
    const { queuedAt, startedAt } = node
    return { status: 'succeeded', output: ending.output, queuedAt, startedAt, settledAt }
  }
  const times = {
    queuedAt: node.queuedAt,
    ...(node.startedAt !== undefined && { startedAt: node.startedAt }),
    ...(node.abortRequestedAt !== undefined && { abortRequestedAt: node.abortRequestedAt }),
    ...(node.abortDeliveredAt !== undefined && { abortDeliveredAt: node.abortDeliveredAt }),
    settledAt,
  }
  switch (ending.kind) {
    case 'succeeded':
      return { status: 'succeeded', output: ending.output, ...times }
    case 'failed':
      return { status: 'failed', error: ending.error, ...times }
    case 'stopped': {
      const place = { run: node.run.name, action: node.id }
      const reason = node.reason as AbortReason
      const { how } = ending
      const cause = 'thrown' in ending ? { cause: ending.thrown } : {}
      const stopped = { reason, escalations: node.escalations ?? [], how, ...times }
      if (node.timedOut === undefined) {
        const error = new ActionAbortedError({ reason, how, ...place, ...cause })
        return { status: 'aborted', error, ...stopped }
      }
      const bound = node.timedOut
      const limitMs = node.bound(bound) as number
      const message = `action ${node.id} '${node.name}' of run '${node.run.name}' timed out: ${timeoutText(bound, limitMs)}`
      const error = new ActionTimedOutError(message, { bound, limitMs, ...place, ...cause })
      return { status: 'timedOut', error, ...stopped }
    }
  }
}

/** Whether another attempt may follow one that has ended so (S8). */
export function mayRetry(node: ActionNode, ending: Ending): boolean {
  const { limit } = node.definition.options.retries
  if (limit === 0) return false
  if (ending.kind === 'stopped') return node.isAttemptTimedOut && node.failures < limit
  if (ending.kind === 'succeeded' || !isRetriable(ending.error)) return false
  return ending.uncounted === true || node.failures < limit
}

/** Whether its outcome stands already, while its children drain (S4). */
export function isDecided(node: ActionNode): boolean {
  const { ending } = node
  if (ending === undefined) return false
  return ending.kind === 'stopped' ? !node.isAttemptTimedOut : !mayRetry(node, ending)
}

/** Why the children of a body that has ended by itself are aborted (S16). */
export function endReason(node: ActionNode, at: number): AbortReason {
  const isRoot = node.parent === undefined
  const what = node.ending?.kind === 'failed' ? 'failed' : 'ended'
  return {
    source: isRoot ? 'root' : 'parent',
    message: `${isRoot ? 'the root' : 'its parent'} ${node.id} '${node.name}' has ${what}`,
    origin: node.id,
    at,
  }
}

/**
 * Whether an attempt was lost through others, so that another one isn't counted. What its own descendants do is its own
 * doing: a parent that loses its thread to its child would lose it again and again, for ever.
 */
export function isInnocent(node: ActionNode, guilty: ReadonlySet<ActionNode> | undefined): boolean {
  if (guilty === undefined) return false
  for (const { run, id } of guilty) {
    if (run === node.run && (id === node.id || id.startsWith(`${node.id}.`))) return false
  }
  return true
}

/** The error of an attempt whose thread was lost. `guilty`: for whom, or by whom, where that is known. */
export function lostError(
  node: ActionNode,
  loss: LaneLoss,
  guilty: ReadonlySet<ActionNode> | undefined,
  thread: number | undefined,
): ThreadLostError {
  const { exitCode, error } = loss
  const outOfMemory = (error as { code?: unknown } | undefined)?.code === 'ERR_WORKER_OUT_OF_MEMORY'
  const crashed =
    error !== undefined && !(error instanceof Error && error.message.startsWith('worker exited'))
  const innocent = guilty !== undefined && !guilty.has(node)
  const kind =
    loss.killed && innocent
      ? 'killed-for-neighbour'
      : outOfMemory
        ? 'out-of-memory'
        : crashed
          ? 'crashed'
          : 'exited'
  const why = {
    'killed-for-neighbour': 'it was killed for a neighbour that did not stop',
    'out-of-memory': 'it ran out of memory (see resourceLimits)',
    crashed: `it crashed: ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`,
    exited: `it exited with code ${exitCode ?? 'unknown'} (process.exit in an action?)`,
  }[kind]
  const by = innocent ? culprits(guilty) : ''
  return new ThreadLostError(
    `action ${node.id} '${node.name}' of run '${node.run.name}' lost its thread ${thread ?? ''}: ${why}${by}`,
    { loss: kind, run: node.run.name, action: node.id, thread, exitCode, ...(crashed && { cause: error }) },
  )
}

function culprits(guilty: ReadonlySet<ActionNode>): string {
  const named = [...guilty].map(({ id, name, run }) => `action ${id} '${name}' of run '${run.name}'`)
  return named.length === 0 ? '' : `, because of ${named.join(', ')}`
}

function timeoutText(bound: 'runMs' | 'queuedMs' | 'deadlineMs', limitMs: number): string {
  if (bound === 'runMs') return `it ran for longer than ${limitMs} ms (timeout.runMs)`
  if (bound === 'queuedMs') return `it waited in the queue for longer than ${limitMs} ms (timeout.queuedMs)`
  return `all attempts together took longer than ${limitMs} ms (timeout.deadlineMs)`
}

function isRetriable(error: HeddleError): boolean {
  if (isHeddleError(error, 'ActionFailedError')) return (error as { retriable?: boolean }).retriable !== false
  return isHeddleError(error, 'ThreadLostError') || isHeddleError(error, 'ActionTimedOutError')
}
