// The log entries of runs. Collected from the events while a runtime is served, counted by action and level as they come and go,
// and bounded: by run and in all.

import type { LogEvent } from '../../../events.js'
import type { LogLevel } from '../../../protocol/messages.js'
import { FIELD_LIMITS } from '../../../protocol/values/value-limits.js'
import type { LogEntry } from '../../api.js'
import { cutText, MESSAGE_LENGTH } from '../../shown/shown-error.js'
import { showSized } from '../../shown/shown-value.js'

/** Levels, the least important first. */
export const LOG_LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error']

/** Log entries of one run: the newest. */
const LOGS_PER_RUN = 100_000
/** Characters of all log entries. Beyond, the runs that have been silent for longest lose theirs, then the others half. */
const LOG_CHARACTERS = 32 * 1024 * 1024
/** What a log entry takes besides its texts, in characters, about. */
const ENTRY_CHARACTERS = 200
/** So many that aren't kept any more may be held, so that the row isn't copied at every entry. */
const HELD_OVER = 10_000

/** Kept entries as they stood at a moment: those of `row` from `start` up to, and without, `end`. The oldest comes first. */
export interface KeptLogs {
  readonly row: readonly LogEntry[]
  readonly start: number
  readonly end: number
}

/** Whose entries: of one action, or of all whose ids a test lets through. */
export type LogsOf = string | ((id: string) => boolean)

type LevelCounts = Record<LogLevel, number>

/** The log entries of one run. */
export class LogHistory {
  #row: LogEntry[] = []
  /** Where the oldest kept one is. */
  #start = 0
  readonly #counts = noCounts()
  readonly #countsOf = new Map<string, LevelCounts>()
  /** Of those in the row, about. */
  characters = 0
  /** How many there were, those that aren't kept any more included. */
  written = 0

  /** How many are kept. */
  get size(): number {
    return this.#row.length - this.#start
  }

  /** Takes in an entry. */
  add(event: LogEvent, name: string): void {
    const { seq, at, id, attempt, level, message, fields } = event
    const shown = fields === undefined ? undefined : showSized(fields, FIELD_LIMITS)
    const entry: LogEntry = {
      seq,
      at,
      id,
      name,
      attempt,
      level,
      message: cutText(message, MESSAGE_LENGTH),
      ...(shown && { fields: shown.shown }),
    }
    this.#row.push(entry)
    this.#counts[level] += 1
    let counts = this.#countsOf.get(id)
    if (counts === undefined) this.#countsOf.set(id, (counts = noCounts()))
    counts[level] += 1
    this.written += 1
    this.characters += ENTRY_CHARACTERS + entry.message.length + (shown?.size ?? 0)
    if (this.size > LOGS_PER_RUN) this.#drop(1)
    if (this.#start > HELD_OVER) this.#tidy()
  }

  /** Forgets the older half. */
  halve(): void {
    this.#drop(Math.ceil(this.size / 2))
    this.#tidy()
  }

  /** Those that are kept now; what comes later isn't among them. */
  kept(): KeptLogs {
    return { row: this.#row, start: this.#start, end: this.#row.length }
  }

  /** How many of the kept ones are of these levels: in all, or of some actions. */
  count(levels: Iterable<LogLevel>, of?: LogsOf): number {
    if (of === undefined) return sumOf(this.#counts, levels)
    if (typeof of === 'string') return sumOf(this.#countsOf.get(of), levels)
    let sum = 0
    for (const [id, counts] of this.#countsOf) if (of(id)) sum += sumOf(counts, levels)
    return sum
  }

  #drop(count: number): void {
    for (const end = this.#start + count; this.#start < end; this.#start += 1) {
      const { id, level } = this.#row[this.#start] as LogEntry
      this.#counts[level] -= 1
      const counts = this.#countsOf.get(id) as LevelCounts
      counts[level] -= 1
      if (counts.debug + counts.info + counts.warn + counts.error === 0) this.#countsOf.delete(id)
    }
  }

  /** Into another row, since somebody may be reading this one. */
  #tidy(): void {
    const before = this.#row.length
    this.#row = this.#row.slice(this.#start)
    this.#start = 0
    // About: those that go are as long as the others.
    if (before > 0) this.characters *= this.#row.length / before
  }
}

/** The log entries of all runs of a server, within its limits. */
export class LogHistories {
  /** In the order of their last entries. */
  readonly #histories = new Set<LogHistory>()
  #characters = 0

  /** Takes in an entry of a run's. */
  add(history: LogHistory, event: LogEvent, name: string): void {
    const { characters } = history
    history.add(event, name)
    this.#characters += history.characters - characters
    this.#histories.delete(history)
    this.#histories.add(history)
    if (this.#characters > LOG_CHARACTERS) this.#forget(history)
  }

  /** A run is gone. */
  remove(history: LogHistory): void {
    if (this.#histories.delete(history)) this.#characters -= history.characters
  }

  /** A tenth at once, so that it isn't looked for at every entry. */
  #forget(newest: LogHistory): void {
    for (const history of this.#histories) {
      if (this.#characters <= LOG_CHARACTERS * 0.9) return
      const { characters } = history
      while (history !== newest && history.characters > 0) history.halve()
      if (history === newest) history.halve()
      this.#characters += history.characters - characters
    }
  }
}

function noCounts(): LevelCounts {
  return { debug: 0, info: 0, warn: 0, error: 0 }
}

function sumOf(counts: LevelCounts | undefined, levels: Iterable<LogLevel>): number {
  let sum = 0
  if (counts !== undefined) for (const level of levels) sum += counts[level]
  return sum
}
