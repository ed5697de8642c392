// What the API shows of runs and actions, made from the index when it is asked for.

import { isTerminal } from '../../protocol/outcome.js'
import { LOCAL_URL } from '../../local-bodies.js'
import type {
  ActionDetail,
  ActionItem,
  ActionSeries,
  ComputeInfo,
  PhaseCounts,
  RunDetail,
  RunSummary,
} from '../api.js'
import type { ActionEntry, RunIndex } from './catalog.js'
import { briefError, shownReason, wholeError, wholeReason } from './shown-error.js'
import { show, type ShowLimits } from './shown-value.js'

/** What a list of actions shows besides. */
export interface Include {
  readonly input: boolean
  readonly output: boolean
}

const NOTHING_MORE: Include = { input: false, output: false }

/** Lists hold many: each shows less of its last report. */
const briefValue: ShowLimits = { characters: 1024, stringLength: 256, depth: 4, items: 30 }
const NAMES = 200
const LOGS_OF_ACTION = 200

/** An action in a list. */
export function actionItem(entry: ActionEntry, include: Include = NOTHING_MORE, depth?: number): ActionItem {
  const { node, earlier, children } = entry
  const { outcome, phase, reason, escalations } = node
  const { forceAt } = node.abort
  const isAborting = phase === 'aborting'
  return {
    id: node.id,
    name: node.name,
    ...(node.parent && { parent: node.parent.id }),
    phase,
    attempt: node.began || node.startedAt !== undefined ? node.attempt : 0,
    cpu: node.cpu,
    ...(node.thread !== undefined && { thread: node.thread }),
    queuedAt: node.queuedAt,
    ...(node.startedAt !== undefined && { startedAt: node.startedAt }),
    ...(node.abortRequestedAt !== undefined && { abortRequestedAt: node.abortRequestedAt }),
    ...(node.abortDeliveredAt !== undefined && { abortDeliveredAt: node.abortDeliveredAt }),
    ...(node.settledAt !== undefined && { settledAt: node.settledAt }),
    ...(isAborting && { graceMs: Math.min(node.graceMs, Number.MAX_SAFE_INTEGER) }),
    ...(isAborting && Number.isFinite(forceAt) && { forceAt }),
    ...(node.lastReport !== undefined && { lastReport: show(node.lastReport, briefValue) }),
    ...(outcome !== undefined && 'error' in outcome && { error: briefError(outcome.error) }),
    ...(reason && { reason: shownReason(reason) }),
    ...(outcome !== undefined && 'how' in outcome && { how: outcome.how }),
    ...(escalations && { escalations: escalations.length }),
    ...(earlier && { earlier }),
    children: children?.length ?? 0,
    liveChildren: node.children.size,
    ...(depth !== undefined && { depth }),
    ...(include.input && entry.input && { input: entry.input }),
    ...(include.output && entry.output && { output: entry.output }),
  }
}

/** One action, with all that is known of it. */
export function actionDetail(index: RunIndex, entry: ActionEntry, seq: number): ActionDetail {
  const { node, reports } = entry
  const { outcome, reason, definition } = node
  const { escalations: _, ...item } = actionItem(entry, { input: true, output: true }, depthOf(entry))
  const ancestors: { id: string; name: string; phase: ActionEntry['phase'] }[] = []
  for (let above = node.parent; above !== undefined; above = above.parent) {
    ancestors.push({ id: above.id, name: above.name, phase: above.phase })
  }
  return {
    ...item,
    run: index.name,
    ...(definition.url !== LOCAL_URL && { module: definition.url }),
    definition: definition.name,
    ...(node.lastReport !== undefined && { lastReport: show(node.lastReport) }),
    ...(outcome !== undefined && 'error' in outcome && { error: wholeError(outcome.error) }),
    ...(reason && { reason: wholeReason(reason) }),
    ...(node.escalations && { escalations: node.escalations.map(wholeReason) }),
    ancestors,
    reports: reports?.recent ?? [],
    reportCount: reports?.count ?? 0,
    logs: index.logs
      .entries()
      .filter(({ id }) => id === node.id)
      .slice(-LOGS_OF_ACTION),
    series: reports?.series(1000) ?? [],
    seq,
  }
}

/** The curves of one action. */
export function actionSeries(
  { node, input, reports }: ActionEntry,
  points: number,
  fields: ReadonlySet<string> | undefined,
): ActionSeries {
  const { outcome } = node
  return {
    id: node.id,
    name: node.name,
    phase: node.phase,
    ...(outcome !== undefined && 'how' in outcome && { how: outcome.how }),
    ...(node.startedAt !== undefined && { startedAt: node.startedAt }),
    ...(node.settledAt !== undefined && { settledAt: node.settledAt }),
    ...(input && { input }),
    series: reports?.series(points, fields) ?? [],
  }
}

/** A run in a list. */
export function runSummary(index: RunIndex): RunSummary {
  const { run, counts, total } = index
  const { root, dropped } = run
  const { outcome, reason } = root
  return {
    run: run.name,
    name: root.name,
    phase: root.phase,
    queuedAt: root.queuedAt,
    ...(root.startedAt !== undefined && { startedAt: root.startedAt }),
    ...(root.abortRequestedAt !== undefined && { abortRequestedAt: root.abortRequestedAt }),
    ...(root.settledAt !== undefined && { settledAt: root.settledAt }),
    counts: { ...counts },
    total,
    dropped: dropped.succeeded + dropped.failed + dropped.aborted + dropped.timedOut,
    unheard: run.unheard,
    ...(reason && { reason: shownReason(reason) }),
    ...(outcome !== undefined && 'how' in outcome && { how: outcome.how }),
    ...(outcome !== undefined && 'error' in outcome && { error: briefError(outcome.error) }),
    ...(root.lastReport !== undefined && { lastReport: show(root.lastReport, briefValue) }),
    seq: index.changedSeq,
  }
}

/** One run. It walks through all actions that are kept. */
export function runDetail(index: RunIndex, url: string, now: number): RunDetail {
  const threads = new Map<number, number>()
  const names = new Map<string, Record<keyof PhaseCounts, number>>()
  for (const { node } of index.entries) {
    if (node.thread !== undefined && node.startedAt !== undefined) {
      threads.set(node.thread, Math.min(threads.get(node.thread) ?? Infinity, node.startedAt))
    }
    let counts = names.get(node.name)
    if (counts === undefined) {
      counts = { queued: 0, running: 0, aborting: 0, succeeded: 0, failed: 0, aborted: 0, timedOut: 0 }
      names.set(node.name, counts)
    }
    counts[node.phase] += 1
  }
  return {
    ...runSummary(index),
    url,
    stopped: { ...index.stopped },
    aborts: index.aborts,
    compute: computeInfo(index, now),
    threads: [...threads].toSorted(([, one], [, other]) => one - other).map(([thread]) => thread),
    names: [...names]
      .map(([name, counts]) => ({ name, counts }))
      .toSorted((one, other) => size(other.counts) - size(one.counts))
      .slice(0, NAMES),
  }
}

function computeInfo({ entries }: RunIndex, now: number): ComputeInfo {
  // By the definition, not the name: of many that do the same, each may have a name of its own.
  const succeeded = new Map<ActionEntry['node']['definition'], { count: number; totalMs: number }>()
  let usedMs = 0
  let stoppedMs = 0
  for (const { node } of entries) {
    const ranMs = runTime(node, now)
    usedMs += node.cpu * ranMs
    if (node.phase === 'aborted' || node.phase === 'timedOut') stoppedMs += node.cpu * ranMs
    if (node.phase !== 'succeeded') continue
    const known = succeeded.get(node.definition) ?? { count: 0, totalMs: 0 }
    succeeded.set(node.definition, { count: known.count + 1, totalMs: known.totalMs + ranMs })
  }
  let freedMs = 0
  let unknown = 0
  for (const { node } of entries) {
    if (!isTerminal(node.phase) || node.reason === undefined || node.cpu === 0) continue
    const known = succeeded.get(node.definition)
    if (known === undefined) unknown += 1
    else freedMs += node.cpu * Math.max(0, known.totalMs / known.count - runTime(node, now))
  }
  return { usedMs, stoppedMs, freedMs, unknown }
}

function size(counts: PhaseCounts): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0)
}

function runTime({ startedAt, settledAt }: ActionEntry['node'], now: number): number {
  return startedAt === undefined ? 0 : Math.max(0, (settledAt ?? now) - startedAt)
}

/** How many actions lie between the root and it, by whom they are bound to. */
export function depthOf(entry: ActionEntry): number {
  let depth = 0
  for (let above = entry.node.parent; above !== undefined; above = above.parent) depth += 1
  return depth
}
