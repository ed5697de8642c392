// One run or one action in full, as `heddle get` shows it: a heading and then facts, each on its line.

import type { ActionDetail, ErrorInfo, PhaseCounts, ReasonInfo, RunDetail } from '../../control/api.js'
import { isPruning } from '../../control/shown/pruned.js'
import { formatDuration, formatRoundTrip } from './duration.js'
import { describeEnd, describeError, describeLog, describeReason } from './event-lines.js'
import { hyperlink } from '../commands/links.js'
import { quoted } from '../../control/shown/quoted.js'
import { padTo, printable, printableLines } from './printable.js'
import { describeCounts } from './run-screen.js'
import { fromUserFrame } from './user-frames.js'
import { showReport } from './show-value.js'
import { inPhase, PHASE_SIGNS, type Style } from './style.js'
import { isTerminal, type Phase } from '../../protocol/outcome.js'
import type { AbortHow } from '../../protocol/errors/errors.js'

const LABEL_WIDTH = 12
/** Where what is said of a fact begins. */
export const FACT_INDENT: number = LABEL_WIDTH + 2
/** How many of the newest reports, logs and aborts are shown. */
const NEWEST = 10
/** How many names of actions are, the most frequent first. */
const MOST_NAMES = 10

type Fact = readonly [label: string, ...lines: (string | undefined)[]]

/** A run. `link`: where a click on its address leads. */
export function describeRun(run: RunDetail, style: Style, link?: string): string[] {
  const { stopped, compute } = run
  const howStopped = (Object.entries(stopped) as [AbortHow, number][])
    .filter(([, count]) => count > 0)
    .map(([how, count]) => `${count} ${how}`)
  return facts(
    heading(run.run, run, style),
    [
      ['action', printable(run.name)],
      ['actions', describeCounts(run.counts, style, { pruned: run.pruned })],
      ['stopped', howStopped.length === 0 ? undefined : howStopped.join(', ')],
      ['unheard', run.unheard > 0 ? `${run.unheard} failures that nobody asked for` : undefined],
      ['queued', formatTime(run.queuedAt)],
      ['started', timeAfter(run.startedAt, run.queuedAt)],
      ['ended', timeAfter(run.settledAt, run.startedAt ?? run.queuedAt)],
      ['reason', reasonLine(run.reason)],
      ['error', ...errorLines(run.error)],
      ['report', run.lastReport === undefined ? undefined : showReport(run.lastReport.value)],
      ['threads', run.threads.length === 0 ? undefined : run.threads.join(', ')],
      [
        'hosts',
        ...(run.hosts ?? []).map(
          ({ host, hostInstance, threads }) =>
            `${printable(host)} (${hostInstance.slice(0, 8)}): ${threads.length === 1 ? 'thread' : 'threads'} ${threads.join(', ')}`,
        ),
      ],
      [
        'compute',
        `${formatDuration(compute.usedMs)} used${compute.freedMs > 0 ? `, ${formatDuration(compute.freedMs)} freed by aborts` : ''}`,
      ],
      [
        'names',
        ...run.names
          .slice(0, MOST_NAMES)
          .map(({ name, counts }) => `${printable(name)}  ${describeCountsOf(counts, style)}`),
        run.names.length <= MOST_NAMES
          ? undefined
          : style('dim', `and ${run.names.length - MOST_NAMES} more`),
      ],
      [
        'aborts',
        run.abortCount <= NEWEST ? undefined : style('dim', `the last ${NEWEST} of ${run.abortCount}`),
        ...run.aborts
          .slice(-NEWEST)
          .map(
            ({ at, id, reason, escalation }) =>
              `${formatTime(at)}  ${printable(id)}  ${describeReason(reason)}${escalation ? ' (again)' : ''}`,
          ),
      ],
      [
        'url',
        link === undefined
          ? `${printable(run.url)}  (heddle open ${printable(quoted(run.run))})`
          : hyperlink(printable(run.url), link),
      ],
    ],
    style,
  )
}

/** An action. */
export function describeAction(action: ActionDetail, style: Style): string[] {
  return facts(
    heading(`${action.id}  ${action.name}`, action, style, isPruning(action.reason)),
    [
      ['run', printable(action.run)],
      [
        'definition',
        printable(action.definition + (action.module === undefined ? '' : ` in ${action.module}`)),
      ],
      [
        'under',
        action.ancestors.length === 0
          ? undefined
          : action.ancestors.map(({ id, name }) => `${printable(id)} ${printable(name)}`).join(' < '),
      ],
      [
        'children',
        action.children === 0 ? undefined : `${action.children}, ${action.liveChildren} of them live`,
      ],
      ['attempt', `${action.attempt}${placeOf(action)}`],
      [
        'earlier',
        ...(action.earlier ?? []).map(
          ({ attempt, error, startedAt, queuedAt, endedAt, delayMs, ...place }) =>
            `attempt ${attempt}${placeOf(place)}: ${formatTime(startedAt ?? queuedAt)}, ${startedAt === undefined ? 'never started' : `ran ${formatDuration(endedAt - startedAt)}`}, next after ${formatDuration(delayMs)}: ${describeError(error, action.id)}`,
        ),
      ],
      ['queued', formatTime(action.queuedAt)],
      ['started', timeAfter(action.startedAt, action.queuedAt)],
      ['again', timeAfter(action.attemptStartedAt, action.attemptQueuedAt)],
      ['aborted', timeAfter(action.abortRequestedAt, action.startedAt ?? action.queuedAt)],
      ['delivered', timeAfter(action.abortDeliveredAt, action.abortRequestedAt)],
      [
        'force',
        action.forceAt === undefined ? undefined : `in ${formatDuration(action.forceAt - Date.now())}`,
      ],
      ['ended', timeAfter(action.settledAt, action.abortRequestedAt ?? action.startedAt ?? action.queuedAt)],
      ['reason', reasonLine(action.reason)],
      ['then', ...(action.escalations ?? []).map((reason) => reasonLine(reason))],
      ['error', ...errorLines(action.error)],
      ['input', action.input === undefined ? undefined : showReport(action.input.value)],
      ['output', action.output === undefined ? undefined : showReport(action.output.value)],
      [
        'reports',
        action.reportCount <= NEWEST
          ? undefined
          : style('dim', `the last ${NEWEST} of ${action.reportCount}`),
        ...action.reports
          .slice(-NEWEST)
          .map(({ at, report }) => `${formatTime(at)}  ${showReport(report.value)}`),
      ],
      [
        'logs',
        action.logs.length <= NEWEST
          ? undefined
          : style(
              'dim',
              `the last ${NEWEST}: heddle logs ${printable(quoted(action.run))} ${action.id} shows more`,
            ),
        ...action.logs.slice(-NEWEST).map((entry) => `${formatTime(entry.at)}  ${describeLog(entry, style)}`),
      ],
    ],
    style,
  )
}

/** Where an attempt runs, or ran. */
function placeOf({ thread, host, rttMs }: Pick<ActionDetail, 'thread' | 'host' | 'rttMs'>): string {
  if (thread === undefined) return ''
  if (host === undefined) return `, in thread ${thread}`
  const trip = rttMs === undefined ? '' : ` (round trip ${formatRoundTrip(rttMs)})`
  return `, in thread ${thread} of host ${printable(host)}${trip}`
}

function heading(
  title: string,
  { phase, how }: { readonly phase: Phase; readonly how?: AbortHow },
  style: Style,
  isTrial: boolean = false,
): string {
  const state = isTerminal(phase) ? describeEnd(phase, how, isTrial) : phase
  return `${style('bold', printable(title))}  ${inPhase(style, phase, `${PHASE_SIGNS[phase]} ${state}`)}`
}

function facts(head: string, all: readonly Fact[], style: Style): string[] {
  return [
    head,
    ...all.flatMap(([label, ...lines]) =>
      lines
        .filter((line) => line !== undefined && line !== '')
        .map((line, index) => `  ${style('dim', padTo(index === 0 ? label : '', LABEL_WIDTH))}${line}`),
    ),
  ]
}

function describeCountsOf(counts: PhaseCounts, style: Style): string {
  return describeCounts(counts, style).replace(/^\d+ actions? +/, '')
}

/** In the reader's time zone, to the millisecond. */
function formatTime(at: number): string {
  const date = new Date(at)
  const [hours, minutes, seconds] = [date.getHours(), date.getMinutes(), date.getSeconds()].map(twoDigits)
  return `${hours}:${minutes}:${seconds}.${String(date.getMilliseconds()).padStart(3, '0')}`
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0')
}

function timeAfter(at: number | undefined, before: number | undefined): string | undefined {
  if (at === undefined) return undefined
  return before === undefined ? formatTime(at) : `${formatTime(at)}, after ${formatDuration(at - before)}`
}

function reasonLine(reason: ReasonInfo | undefined): string | undefined {
  if (reason === undefined) return undefined
  return `${describeReason(reason)} (source ${reason.source}, origin ${printable(reason.origin)})`
}

/** The error, its stack, and what led to it. */
function errorLines(error: ErrorInfo | undefined, depth = 0): string[] {
  if (error === undefined || depth > NEWEST) return []
  // What a body threw says all that its wrapper says.
  if (error.name === 'ActionFailedError' && error.cause !== undefined && depth === 0)
    return errorLines(error.cause, depth + 1)
  const [first = '', ...more] = fromUserFrame(
    printableLines(error.stack ?? `${error.name}: ${error.message}`),
  )
  const nested = [
    ...errorLines(error.cause, depth + 1).map((line, index) => (index === 0 ? `caused by ${line}` : line)),
    ...(error.errors ?? []).flatMap((one) => errorLines(one, depth + 1)),
  ]
  return [first, ...more.map((line) => `  ${line.trim()}`), ...nested.map((line) => `  ${line}`)]
}
