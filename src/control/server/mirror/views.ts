// The views of runs and actions that the API shows, made from the index when it is asked for.

import { CutValue } from '../../../protocol/values/kept-value.js'
import { BRIEF_VALUE_LIMITS, type ShowLimits } from '../../../protocol/values/value-limits.js'
import { hostFields } from '../../../protocol/host-name.js'
import { isTerminal, noCounts } from '../../../protocol/outcome.js'
import type { ObservedAction } from '../../../runtime/runtime-access.js'
import { LOCAL_URL } from '../../../local-bodies.js'
import type {
  ActionDetail,
  ActionItem,
  ActionSeries,
  AttemptInfo,
  ComputeInfo,
  LogEntry,
  PhaseCounts,
  RunDetail,
  RunSummary,
  Shown,
} from '../../api.js'
import type { ActionEntry, RunIndex } from './catalog.js'
import { briefError, shownReason, wholeError, wholeReason } from '../../shown/shown-error.js'
import { LOG_LEVELS } from './log-history.js'
import { eachEntry } from './pages.js'
import { runCommandOf } from './run-command.js'
import { ThreadsUsed } from './threads-used.js'
import { show } from '../../shown/shown-value.js'
import type { TimeSlices } from './time-slices.js'

/** What a list of actions shows besides. */
export interface Include {
  readonly input: boolean
  readonly output: boolean
}

const NOTHING_MORE: Include = { input: false, output: false }

const NAMES = 200
const LOGS_OF_ACTION = 200

/** An action in a list. */
export function actionItem(entry: ActionEntry, include: Include = NOTHING_MORE, depth?: number): ActionItem {
  const { action, earlier, children } = entry
  const { outcome, phase, reason, escalations } = action
  const { forceAt } = action
  const isAborting = phase === 'aborting'
  const isRetried = action.attempt > 1
  return {
    id: action.id,
    name: action.name,
    ...(action.parent && { parent: action.parent.id }),
    phase,
    attempt: action.began || action.attempt > 1 ? action.attempt : 0,
    cpu: action.cpu,
    ...(action.thread !== undefined && { thread: action.thread }),
    ...hostFields(action.host),
    queuedAt: action.firstQueuedAt,
    ...(action.firstStartedAt !== undefined && { startedAt: action.firstStartedAt }),
    ...(isRetried && { attemptQueuedAt: action.queuedAt }),
    ...(isRetried && action.startedAt !== undefined && { attemptStartedAt: action.startedAt }),
    ...(action.abortRequestedAt !== undefined && { abortRequestedAt: action.abortRequestedAt }),
    ...(action.abortDeliveredAt !== undefined && { abortDeliveredAt: action.abortDeliveredAt }),
    ...(action.settledAt !== undefined && { settledAt: action.settledAt }),
    ...(isAborting && { graceMs: Math.min(action.graceMs, Number.MAX_SAFE_INTEGER) }),
    ...(isAborting && Number.isFinite(forceAt) && { forceAt }),
    ...(action.lastReport !== undefined && {
      lastReport: shownReport(action.lastReport, BRIEF_VALUE_LIMITS),
    }),
    ...(outcome !== undefined && 'error' in outcome && { error: briefError(outcome.error) }),
    ...(reason && { reason: shownReason(reason) }),
    ...(outcome !== undefined && 'how' in outcome && { how: outcome.how }),
    ...(escalations && { escalations: escalations.length }),
    ...(earlier && { earlier }),
    children: children?.length ?? 0,
    liveChildren: action.children.size,
    ...(depth !== undefined && { depth }),
    ...(include.input && entry.input && { input: entry.input }),
    ...(include.output && entry.output && { output: entry.output }),
  }
}

/** One action, with all that is known of it. */
export function actionDetail(
  index: RunIndex,
  entry: ActionEntry,
  { seq, rttMs }: { readonly seq: number; readonly rttMs: number | undefined },
): ActionDetail {
  const { action, reports } = entry
  const { outcome, reason, definition } = action
  const { escalations: _, ...item } = actionItem(entry, { input: true, output: true }, depthOf(entry))
  const ancestors: { id: string; name: string; phase: ActionEntry['phase'] }[] = []
  for (let above = action.parent; above !== undefined; above = above.parent) {
    ancestors.push({ id: above.id, name: above.name, phase: above.phase })
  }
  return {
    ...item,
    run: index.name,
    ...(definition.url !== LOCAL_URL && { module: definition.url }),
    definition: definition.name,
    ...(rttMs !== undefined && { rttMs }),
    ...(action.lastReport !== undefined && { lastReport: shownReport(action.lastReport) }),
    ...(outcome !== undefined && 'error' in outcome && { error: wholeError(outcome.error) }),
    ...(reason && { reason: wholeReason(reason) }),
    ...(action.escalations && { escalations: action.escalations.map(wholeReason) }),
    ancestors,
    reports: reports?.recent ?? [],
    reportCount: reports?.count ?? 0,
    logs: logsOf(index, action.id),
    series: reports?.series(1000) ?? [],
    seq,
  }
}

/** Its newest log entries. */
function logsOf({ logs }: RunIndex, id: string): LogEntry[] {
  const { row, start, end } = logs.kept()
  const wanted = Math.min(LOGS_OF_ACTION, logs.count(LOG_LEVELS, id))
  const found: LogEntry[] = []
  for (let at = end - 1; at >= start && found.length < wanted; at -= 1) {
    const entry = row[at] as LogEntry
    if (entry.id === id) found.push(entry)
  }
  return found.toReversed()
}

/** The curves of one action. */
export function actionSeries(
  { action, input, reports }: ActionEntry,
  points: number,
  fields: ReadonlySet<string> | undefined,
): ActionSeries {
  const { outcome } = action
  return {
    id: action.id,
    name: action.name,
    phase: action.phase,
    ...(outcome !== undefined && 'how' in outcome && { how: outcome.how }),
    ...(action.firstStartedAt !== undefined && { startedAt: action.firstStartedAt }),
    ...(action.settledAt !== undefined && { settledAt: action.settledAt }),
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
    queuedAt: root.firstQueuedAt,
    ...(root.firstStartedAt !== undefined && { startedAt: root.firstStartedAt }),
    ...(root.abortRequestedAt !== undefined && { abortRequestedAt: root.abortRequestedAt }),
    ...(root.settledAt !== undefined && { settledAt: root.settledAt }),
    counts: { ...counts },
    total,
    pruned: index.pruned,
    dropped: dropped.succeeded + dropped.failed + dropped.aborted + dropped.timedOut,
    unheard: run.unheard,
    ...(reason && { reason: shownReason(reason) }),
    ...(outcome !== undefined && 'how' in outcome && { how: outcome.how }),
    ...(outcome !== undefined && 'error' in outcome && { error: briefError(outcome.error) }),
    ...(root.lastReport !== undefined && { lastReport: shownReport(root.lastReport, BRIEF_VALUE_LIMITS) }),
    seq: index.changedSeq,
  }
}

/** One run. It walks through all actions that are kept, in slices. */
export async function runDetail(
  index: RunIndex,
  about: Pick<RunDetail, 'url' | 'stoppable' | 'definition'>,
  now: number,
  slices: TimeSlices,
): Promise<RunDetail> {
  const command = index.root && runCommandOf(index.root)
  const threads = new ThreadsUsed()
  const names = new Map<string, Record<keyof PhaseCounts, number>>()
  const compute = new Compute(now)
  for await (const some of eachEntry(() => index.entries, -1, slices)) {
    for (const entry of some) {
      if (!entry.isKept) continue
      const { action } = entry
      threads.add(action)
      let counts = names.get(action.name)
      if (counts === undefined) {
        counts = noCounts()
        names.set(action.name, counts)
      }
      counts[action.phase] += 1
      compute.add(entry)
    }
  }
  return {
    ...runSummary(index),
    ...about,
    ...(command !== undefined && { command }),
    stopped: { ...index.stopped },
    aborts: index.aborts.list(),
    abortCount: index.aborts.total,
    compute: compute.info(),
    ...threads.info(),
    names: await mostFrequent(names, slices),
  }
}

type NamedCounts = RunDetail['names'][number]

/** The names of most actions, the most first; of as many, those that came first. */
async function mostFrequent(
  names: ReadonlyMap<string, Record<keyof PhaseCounts, number>>,
  slices: TimeSlices,
): Promise<NamedCounts[]> {
  let most: { readonly shown: NamedCounts; readonly size: number }[] = []
  let least = 0
  for (const [name, counts] of names) {
    if (slices.isOver) await slices.next()
    const total = size(counts)
    if (total <= least) continue
    most.push({ shown: { name, counts }, size: total })
    if (most.length < 2 * NAMES) continue
    most = most.toSorted((one, other) => other.size - one.size).slice(0, NAMES)
    least = most.at(-1)?.size ?? 0
  }
  return most
    .toSorted((one, other) => other.size - one.size)
    .slice(0, NAMES)
    .map(({ shown }) => shown)
}

/** What actions of one definition took. By the definition, not the name: of many that do the same, each may have its own. */
interface DefinitionTimes {
  count: number
  totalMs: number
  /** Shares and run times of those that were stopped. */
  readonly stopped: { readonly cpu: number; readonly ranMs: number }[]
}

/** What a run has used, and what aborts have freed. */
class Compute {
  readonly #now: number
  readonly #times = new Map<ObservedAction['definition'], DefinitionTimes>()
  #usedMs = 0
  #stoppedMs = 0

  constructor(now: number) {
    this.#now = now
  }

  add({ action, earlier }: ActionEntry): void {
    const { cpu, phase, definition, reason } = action
    const ranMs = runTime(action, this.#now)
    const triedMs = ranMs + (earlier?.reduce((sum, attempt) => sum + attemptTime(attempt), 0) ?? 0)
    this.#usedMs += cpu * triedMs
    if (phase === 'aborted' || phase === 'timedOut') this.#stoppedMs += cpu * triedMs
    if (!isTerminal(phase)) return
    let times = this.#times.get(definition)
    if (times === undefined) this.#times.set(definition, (times = { count: 0, totalMs: 0, stopped: [] }))
    if (phase === 'succeeded') {
      times.count += 1
      times.totalMs += ranMs
    }
    if (reason !== undefined && cpu > 0) times.stopped.push({ cpu, ranMs })
  }

  info(): ComputeInfo {
    let freedMs = 0
    let unknown = 0
    for (const { count, totalMs, stopped } of this.#times.values()) {
      if (count === 0) unknown += stopped.length
      else for (const { cpu, ranMs } of stopped) freedMs += cpu * Math.max(0, totalMs / count - ranMs)
    }
    return { usedMs: this.#usedMs, stoppedMs: this.#stoppedMs, freedMs, unknown }
  }
}

/** The last report of an action, whether it lives or only its record is kept. */
function shownReport(report: unknown, limits?: ShowLimits): Shown {
  if (!(report instanceof CutValue)) return show(report, limits)
  return { value: show(report.json, limits).value, cut: true }
}

function size(counts: PhaseCounts): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0)
}

function attemptTime({ startedAt, endedAt }: AttemptInfo): number {
  return startedAt === undefined ? 0 : Math.max(0, endedAt - startedAt)
}

/** Of the present attempt. */
function runTime({ startedAt, settledAt }: ObservedAction, now: number): number {
  return startedAt === undefined ? 0 : Math.max(0, (settledAt ?? now) - startedAt)
}

/** How many actions lie between the root and it, by whom they are bound to. */
export function depthOf(entry: ActionEntry): number {
  let depth = 0
  for (let above = entry.action.parent; above !== undefined; above = above.parent) depth += 1
  return depth
}
