// The display of a run while it runs: drawn on a terminal, a line for each thing of note elsewhere, or as NDJSON.

import type { WriteStream } from 'node:tty'
import type { ActionEventInfo } from '../../control/api.js'
import { describeEvent, EventLayout, type Detail } from './event-lines.js'
import { LiveRegion } from './live-region.js'
import { drawRun } from './run-screen.js'
import type { RunTotals } from './run-totals.js'
import type { Style } from './style.js'
import type { drawSweeps } from './sweep-screen.js'

/** How often a terminal is drawn, in milliseconds. */
const FRAME_MS = 100
/** In which of the frames it is found out when force comes to what is aborting. */
const FRAMES_PER_LOOK = 5
/** How many lines about single actions are written in one frame; aborts of thousands must not bury the rest. */
const MOST_LINES = 20

/** How much of the terminal is left for what was said last. */
const LINES_ABOVE = 5

/** Shows a run. */
export interface RunDisplay {
  /** An event, before it is applied to the totals. */
  event(event: ActionEventInfo): void
  /** What running code has printed. */
  print(text: string): void
  /** What the operator should know now; nothing more if it is empty. */
  note(text: string): void
  /** Takes away what was only there while it ran. */
  end(): void
}

/** What displays have in common. */
export interface DisplayOptions {
  readonly totals: RunTotals
  readonly run: string
  readonly url?: string | undefined
  /** Where a click on the address leads, where it may be clicked. */
  readonly link?: string | undefined
  readonly detail: Detail
  readonly style: Style
  readonly startedAt: number
  /** Finds out when force comes, where events don't tell: called now and then while something is aborting. */
  readonly lookForGraces?: (() => void) | undefined
  /** Reaches the stream that is written to. */
  readonly write: (text: string) => void
}

/** Writes a line for what is of note. */
export class LineDisplay implements RunDisplay {
  readonly #options: DisplayOptions
  readonly #layout: EventLayout
  #lines = 0
  #left = 0
  #timer: NodeJS.Timeout | undefined

  /** `width`: that of the terminal, where it is one. */
  constructor(options: DisplayOptions, width: () => number = () => Infinity) {
    this.#options = options
    this.#layout = new EventLayout(options.startedAt, options.style, width)
  }

  event(event: ActionEventInfo): void {
    const { totals, detail, style } = this.#options
    const change = totals.apply(event)
    if (detail === 'quiet') return
    const text = describeEvent(event, change, { detail, style })
    if (text === undefined) return
    // What an action says itself is never left out.
    if (event.type !== 'log' && detail !== 'verbose' && this.#isTooMuch()) return
    const lines = this.#layout.lines({ at: event.at, id: event.id, name: change.name }, text)
    this.#options.write(`${lines.join('\n')}\n`)
  }

  print(text: string): void {
    this.#options.write(text)
  }

  note(text: string): void {
    if (text !== '') this.#options.write(`${this.#options.style('yellow', text)}\n`)
  }

  end(): void {
    clearTimeout(this.#timer)
    this.#endFrame()
  }

  #isTooMuch(): boolean {
    this.#timer ??= setTimeout(() => this.#endFrame(), FRAME_MS)
    this.#lines += 1
    if (this.#lines <= MOST_LINES) return false
    this.#left += 1
    return true
  }

  #endFrame(): void {
    this.#timer = undefined
    if (this.#left > 0)
      this.#options.write(
        `${this.#options.style('dim', `… and ${this.#left} more (--verbose tells them all)`)}\n`,
      )
    this.#lines = 0
    this.#left = 0
  }
}

/** Draws on a terminal, with the lines of note above. */
export class LiveDisplay implements RunDisplay {
  readonly #region: LiveRegion
  readonly #lines: LineDisplay
  readonly #options: DisplayOptions
  readonly #timer: NodeJS.Timeout
  readonly #now: () => number
  #note: string | undefined
  #drawSweeps: typeof drawSweeps | undefined
  #isLoading = false
  #frames = 0

  constructor(options: DisplayOptions, stream: WriteStream, now: () => number = Date.now) {
    this.#options = options
    this.#now = now
    this.#region = new LiveRegion(stream, options.write)
    const write = (text: string): void => this.#region.print(text)
    this.#lines = new LineDisplay({ ...options, write }, () => this.#region.columns)
    this.#timer = setInterval(() => this.#draw(), FRAME_MS)
    this.#draw()
  }

  event(event: ActionEventInfo): void {
    const { totals, detail } = this.#options
    if (detail !== 'verbose' && isStopOfTrial(event, totals)) totals.apply(event)
    else this.#lines.event(event)
  }

  print(text: string): void {
    this.#region.print(text)
  }

  note(text: string): void {
    this.#note = text === '' ? undefined : text
    this.#draw()
  }

  end(): void {
    clearInterval(this.#timer)
    this.#lines.end()
    this.#region.stop()
  }

  #draw(): void {
    const { totals, run, url, link, style, lookForGraces } = this.#options
    if (this.#frames % FRAMES_PER_LOOK === 0 && totals.counts().aborting > 0) lookForGraces?.()
    this.#frames += 1
    const { columns, rows } = this.#region
    if (totals.sweeps.size > 0) this.#loadSweeps()
    const room = Math.max(6, rows - LINES_ABOVE)
    this.#region.draw(
      drawRun(totals, {
        run,
        url,
        link,
        note: this.#note,
        now: this.#now(),
        columns,
        rows: room,
        style,
        drawSweeps: this.#drawSweeps,
      }),
    )
  }

  /** What shows a sweep is loaded only for a sweep. */
  #loadSweeps(): void {
    if (this.#isLoading) return
    this.#isLoading = true
    import('./sweep-screen.js').then(
      (loaded) => (this.#drawSweeps = loaded.drawSweeps),
      (error: unknown) => this.print(`sweeps can't be shown as a table: ${String(error)}\n`),
    )
  }
}

/** A sweep stops most of its trials: its table counts them, and a line for each would bury the rest. */
export function isStopOfTrial(event: ActionEventInfo, totals: RunTotals): boolean {
  if (event.type !== 'phase' || (event.phase !== 'aborting' && event.phase !== 'aborted')) return false
  return totals.isOfSweep(event.id) && event.reason?.source === 'cancel' && event.how !== 'abandoned'
}
