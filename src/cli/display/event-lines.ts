// The events of a run, a line for each that a reader wants to know of: for terminals and for plain output alike.

import type { ActionEventInfo, ErrorInfo, Json, LogEntry, ReasonInfo } from '../../control/api.js'
import { isPruning } from '../../control/shown/pruned.js'
import { placeName, type AbortHow } from '../../protocol/errors/errors.js'
import type { LogLevel } from '../../protocol/messages.js'
import { ROOT_ID } from '../../protocol/ids.js'
import { isTerminal, type TerminalPhase } from '../../protocol/outcome.js'
import { formatDuration } from './duration.js'
import { columnsFor, idCell, nameCell } from './line-columns.js'
import { padTo, printable, printableLines, widthOf } from './printable.js'
import type { Change } from './run-totals.js'
import { PHASE_SIGNS, inPhase, type Style } from './style.js'
import { showReport } from './show-value.js'
import { wrapWords } from './wrap-words.js'

/** How much is shown. */
export type Detail = 'quiet' | 'normal' | 'verbose'

/** An event as a line; `undefined` where it isn't worth one. */
export function describeEvent(
  event: ActionEventInfo,
  change: Change,
  { detail, style }: { readonly detail: Detail; readonly style: Style },
): string | undefined {
  switch (event.type) {
    case 'phase':
      return describePhase(event, change, detail, style)
    case 'abort':
      if (!event.escalation) return undefined
      return `${inPhase(style, 'aborting', `${PHASE_SIGNS.aborting} aborted again`)} ${describeReason(event.reason)}`
    case 'retry':
      return `${style('yellow', `↻ attempt ${event.attempt} failed`)}: ${describeError(event.error, event.id)}; again ${event.delayMs > 0 ? `in ${formatDuration(event.delayMs)}` : 'at once'}`
    case 'unheard':
      return `${style('yellow', '! nobody asked how it ended')}: ${describeError(event.error, event.id)}`
    case 'log':
      if (event.level === 'debug' && detail !== 'verbose') return undefined
      return describeLog(event, style)
    case 'report':
      return detail === 'verbose' ? style('dim', `reports ${showReport(event.value.value)}`) : undefined
    case 'emit':
      return detail === 'verbose' ? style('dim', `emits ${showReport(event.event.value)}`) : undefined
    case 'abortSeen':
      return detail === 'verbose' ? style('dim', 'has seen the abort') : undefined
    case 'unresponsive':
      return style('yellow', `! its thread hasn't answered for ${formatDuration(event.silentMs)}`)
    case 'exitLate':
      return style(
        'yellow',
        `! its thread was killed ${formatDuration(event.pendingMs)} ago and hasn't exited`,
      )
  }
}

function describePhase(
  event: ActionEventInfo & { type: 'phase' },
  { before }: Change,
  detail: Detail,
  style: Style,
): string | undefined {
  const { phase, id, reason } = event
  const isTrial = isPruning(reason)
  // The end of the run itself is shown in full, at its end.
  if (id === ROOT_ID && isTerminal(phase) && detail !== 'verbose') return undefined
  const sign = PHASE_SIGNS[phase]
  // What ends with another action is shown with that one.
  const isAimedAt = reason?.origin === id
  switch (phase) {
    case 'aborting':
      if (!isAimedAt && detail !== 'verbose') return undefined
      return `${inPhase(style, phase, `${sign} ${isTrial ? 'pruning' : 'aborting'}`)} ${describeReason(reason)}`
    case 'aborted':
    case 'timedOut': {
      const bornAborted = before?.phase !== 'aborting'
      if (!isAimedAt && event.how !== 'forced' && event.how !== 'abandoned' && detail !== 'verbose')
        return undefined
      const took =
        before?.abortRequestedAt === undefined
          ? ''
          : ` after ${formatDuration(event.at - before.abortRequestedAt)}`
      const why =
        phase === 'timedOut'
          ? `: ${describeError(event.error, id)}`
          : bornAborted
            ? ` ${describeReason(reason)}`
            : ''
      return `${inPhase(style, phase, `${sign} ${describeEnd(phase, event.how, isTrial)}`)}${took}${why}`
    }
    case 'failed':
      return `${inPhase(style, phase, `${sign} failed`)}: ${describeError(event.error, id)}`
    case 'queued':
    case 'running':
    case 'succeeded':
      if (detail !== 'verbose') return undefined
      return inPhase(
        style,
        phase,
        `${sign} ${phase}${phase === 'running' && event.thread !== undefined ? `, in thread ${event.thread}` : ''}`,
      )
  }
}

/** `aborted, cooperative`; `pruned, cooperative` of a trial that its sweep stopped. */
export function describeEnd(phase: TerminalPhase, how?: AbortHow, isTrial: boolean = false): string {
  const word = phase === 'timedOut' ? 'timed out' : isTrial ? 'pruned' : phase
  return how === undefined ? word : `${word}, ${describeHow(how)}`
}

/** `never started`. */
export function describeHow(how: AbortHow): string {
  return how === 'never-started' ? 'never started' : how
}

/** `by cli: no longer needed`. */
export function describeReason(reason: ReasonInfo | undefined): string {
  if (reason === undefined) return ''
  const who = reason.by === undefined ? `(${reason.source})` : `by ${printable(reason.by)}`
  return `${who}: ${printable(reason.message)}`
}

/** What an error shows of itself. */
type BriefError = Pick<ErrorInfo, 'name' | 'message' | 'run' | 'action'>

/** The message of an error on one line, without the place, if `at` is the action that the line is about already. */
export function describeError(error: BriefError | undefined, at?: string): string {
  if (error === undefined) return 'no error is known'
  const { name, message, action } = error
  const place = `${placeName(error)} failed with `
  const isSaid = at !== undefined && action === at && message.startsWith(place)
  return printable((isSaid ? message.slice(place.length) : message) || name)
}

const LEVEL_FORMATS = { debug: 'dim', info: 'blue', warn: 'yellow', error: 'red' } as const satisfies Record<
  LogLevel,
  string
>

/** A log entry's level, message and fields. Further lines of the message are indented. */
export function describeLog(
  { level, message, fields }: Pick<LogEntry, 'level' | 'message' | 'fields'>,
  style: Style,
): string {
  const [first = '', ...more] = printableLines(message)
  const shown =
    fields === undefined || isOfSweep(fields.value) ? '' : `  ${style('dim', showReport(fields.value))}`
  return [
    `${style(LEVEL_FORMATS[level], padTo(level, 5))} ${first}${shown}`,
    ...more.map((line) => `      ${line}`),
  ].join('\n')
}

/** What a sweep says of itself for programs: its message says it for people. */
function isOfSweep(fields: Json): boolean {
  return typeof fields === 'object' && fields !== null && 'sweep' in fields
}

/** What a line is about. */
export interface LinePlace {
  readonly at: number
  readonly id: string
  readonly name: string
}

const TIME_WIDTH = 8

/** Lays out lines about actions: when, which action, its name, and what there is to say. */
export class EventLayout {
  readonly #startedAt: number
  readonly #style: Style
  readonly #width: () => number

  /**
   * `startedAt`: times are shown from there, in epoch milliseconds. `width`: that of the terminal, which may change;
   * `Infinity` where nothing has to fit.
   */
  constructor(startedAt: number, style: Style, width: () => number) {
    this.#startedAt = startedAt
    this.#style = style
    this.#width = width
  }

  /** The lines of a text, the further ones indented. */
  lines({ at, id, name }: LinePlace, text: string): string[] {
    const width = this.#width()
    const columns = columnsFor(width)
    const seconds = `${(Math.max(0, at - this.#startedAt) / 1000).toFixed(2)} s`
    const prefix = `${this.#style('dim', padTo(seconds, TIME_WIDTH, 'right'))}  ${idCell(id, columns)}  ${nameCell(name, columns)}  `
    const indent = widthOf(prefix)
    return text
      .split('\n')
      .flatMap((line, index) =>
        wrapWords(`${index === 0 ? prefix : ' '.repeat(indent)}${line}`, width, indent),
      )
  }
}
