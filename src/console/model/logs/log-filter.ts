// Which entries of a log are shown: those of some levels that contain all words. Entries are only added at the end of a log,
// mostly: then only the new ones are looked at.

import type { LogEntry } from '../../../control/api.js'

/** How important an entry is. */
export type LogLevel = LogEntry['level']

/** Levels, the least important first. */
export const LOG_LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error']

/** A filter. Empty, it lets everything through. */
export interface LogFilter {
  /** Empty: all. */
  readonly levels: ReadonlySet<LogLevel>
  /** Words separated by blanks, all of which must occur in message, action or fields. */
  readonly text: string
}

/** What a filter lets through of a log, and how many entries of each level there are in it. */
export class FilteredLog {
  readonly #texts = new WeakMap<LogEntry, string>()
  #log: readonly LogEntry[] = []
  #filter: LogFilter | undefined
  #looked = 0
  #shown: LogEntry[] = []
  #counts: Record<LogLevel, number> = noCounts()

  /** Looks at what is new in a log; at all of it if that or the filter is another one. */
  update(
    log: readonly LogEntry[],
    filter: LogFilter,
  ): { readonly shown: readonly LogEntry[]; readonly counts: Readonly<Record<LogLevel, number>> } {
    if (log !== this.#log || filter !== this.#filter) {
      this.#log = log
      this.#filter = filter
      this.#looked = 0
      this.#shown = []
      this.#counts = noCounts()
    }
    const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean)
    for (; this.#looked < log.length; this.#looked += 1) {
      const entry = log[this.#looked]!
      this.#counts[entry.level] += 1
      if (filter.levels.size > 0 && !filter.levels.has(entry.level)) continue
      if (words.length > 0) {
        const text = this.#textOf(entry)
        if (!words.every((word) => text.includes(word))) continue
      }
      this.#shown.push(entry)
    }
    return { shown: this.#shown, counts: this.#counts }
  }

  #textOf(entry: LogEntry): string {
    let text = this.#texts.get(entry)
    if (text === undefined) {
      const { id, name, message, fields } = entry
      const parts = [message, name, id, fields === undefined ? '' : JSON.stringify(fields.value)]
      text = parts.join('\n').toLowerCase()
      this.#texts.set(entry, text)
    }
    return text
  }
}

function noCounts(): Record<LogLevel, number> {
  return { debug: 0, info: 0, warn: 0, error: 0 }
}

/** Entries as lines of JSON, as `heddle logs --json` has them. */
export function toLines(entries: readonly LogEntry[]): string {
  return entries.map((entry) => `${JSON.stringify(entry)}\n`).join('')
}
