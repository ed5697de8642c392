// Pages of a run's log. What matches is known from counts, so no more entries are looked at than it takes to fill the page: from
// its newest end backwards, or on from a place.

import { lowerBound } from '../../../collections/lower-bound.js'
import type { LogLevel } from '../../../protocol/messages.js'
import type { LogEntry, LogPage } from '../../api.js'
import type { LogHistory, LogsOf } from './log-history.js'
import type { TimeSlices } from './time-slices.js'

/** Which page. */
export interface LogSelection {
  readonly levels: ReadonlySet<LogLevel>
  /** Default: all actions. */
  readonly of?: LogsOf | undefined
  readonly limit: number
  /** Those after this `seq`, the oldest first. Without it: the newest. */
  readonly after?: number | undefined
  /** Only those ahead of this `seq`. */
  readonly before?: number | undefined
}

/** Finds a page, in slices of work. The log may grow meanwhile: the page is as it was when it was asked for. */
export async function findLogPage(
  history: LogHistory,
  { levels, of, limit, after, before }: LogSelection,
  slices: Pick<TimeSlices, 'isOver' | 'next'>,
): Promise<Pick<LogPage, 'items' | 'next' | 'previous' | 'matching' | 'kept' | 'written'>> {
  const { row, start, end } = history.kept()
  const matching = history.count(levels, of)
  const { written } = history
  const isOf = typeof of === 'function' ? of : (id: string) => of === undefined || id === of
  /** The first one that isn't ahead of a `seq`. */
  const placeOf = (seq: number): number =>
    start + lowerBound(end - start, (at) => (row[start + at] as LogEntry).seq < seq)
  const isForwards = after !== undefined
  // One more than the page holds tells that there are more.
  const wanted = Math.min(limit + 1, matching)
  const found: LogEntry[] = []
  let at = isForwards ? placeOf(after + 1) : (before === undefined ? end : placeOf(before)) - 1
  for (; at >= start && at < end && found.length < wanted; at += isForwards ? 1 : -1) {
    if (slices.isOver) await slices.next()
    const entry = row[at] as LogEntry
    if (levels.has(entry.level) && isOf(entry.id)) found.push(entry)
  }
  const items = found.slice(0, limit)
  const hasMore = found.length > limit
  const last = String(items.at(-1)?.seq)
  return {
    items: isForwards ? items : items.toReversed(),
    ...(hasMore && (isForwards ? { next: last } : { previous: last })),
    matching,
    kept: end - start,
    written,
  }
}
