// `heddle watch` on a terminal with keys: draws its screen, and does what keys ask for by the client of the process.

import type { ReadStream, WriteStream } from 'node:tty'
import type { AbortProgress, ActionEventInfo, LogEntry } from '../../control/api.js'
import { messageOf } from '../../protocol/values/describe-value.js'
import { describeAnswer, describeProgress } from '../display/describe-abort.js'
import { describeAction } from '../display/describe-detail.js'
import { describeEvent, describeLog, EventLayout, type LinePlace } from '../display/event-lines.js'
import { FullScreen } from '../display/full-screen.js'
import { printable } from '../display/printable.js'
import { isStopOfTrial, type DisplayOptions, type RunDisplay } from '../display/run-display.js'
import type { drawSweeps } from '../display/sweep-screen.js'
import { WATCH_HELP } from '../display/watch-help.js'
import { drawWatch, pageOf, rowsOf } from '../display/watch-screen.js'
import { readKeys } from '../input/key-reader.js'
import { operatorName } from '../input/operator.js'
import type { RunTarget } from '../input/target.js'
import {
  FIRST_STATE,
  followRows,
  pressKey,
  type Key,
  type WatchEffect,
  type WatchState,
} from '../input/watch-keys.js'
import { hyperlink, linkTo } from './links.js'
import { openInBrowser } from './open-in-browser.js'

/** How often the screen is drawn, in milliseconds. */
const FRAME_MS = 100
/** How often the sheet of an action is read anew, in milliseconds. */
const REFRESH_MS = 1000
/** How many lines about what has happened are kept, and log entries of a sheet. */
const KEPT_LINES = 200
const KEPT_LOGS = 1000

/** The terminal that it takes. */
export interface Terminal {
  readonly input: ReadStream
  readonly output: WriteStream
}

/** What happened, as it is laid out when the screen is drawn. */
interface Happening {
  readonly place: LinePlace
  readonly text: string
}

/** Shows a run, and takes keys. */
export class WatchApp implements RunDisplay {
  readonly #target: RunTarget
  readonly #options: DisplayOptions
  readonly #screen: FullScreen
  readonly #keys: Disposable
  readonly #timers: readonly NodeJS.Timeout[]
  readonly #layout: EventLayout
  readonly #happened: Happening[] = []
  readonly #onLeave: (how: 'leave' | 'interrupt') => void
  #state: WatchState = FIRST_STATE
  #note: string | undefined
  /** How the abort goes on that was asked for last. */
  #progress: AbortProgress | undefined
  #action: readonly string[] = []
  #logs: LogEntry[] = []
  /** What has ended doesn't change any more; a sheet that is open stays until it is closed. */
  #hasEnded = false
  #onClosed: (() => void) | undefined
  #drawSweeps: typeof drawSweeps | undefined
  #isLoading = false

  /** `onLeave`: the operator has seen enough. */
  constructor(
    target: RunTarget,
    options: DisplayOptions,
    { input, output }: Terminal,
    onLeave: (how: 'leave' | 'interrupt') => void,
  ) {
    this.#target = target
    this.#options = options
    this.#onLeave = onLeave
    this.#screen = new FullScreen(output, () => this.#draw())
    this.#layout = new EventLayout(options.startedAt, options.style, () => this.#screen.columns - 1)
    this.#keys = readKeys(input, (key) => this.#press(key))
    this.#timers = [setInterval(() => this.#draw(), FRAME_MS), setInterval(() => this.#refresh(), REFRESH_MS)]
    this.#draw()
  }

  event(event: ActionEventInfo): void {
    const { totals, detail, style } = this.#options
    const isTold = detail === 'verbose' || !isStopOfTrial(event, totals)
    const change = totals.apply(event)
    const text = isTold ? describeEvent(event, change, { detail, style }) : undefined
    const name = change.name
    if (event.type === 'log' && this.#isOfSheet(event.id)) {
      const { type: _, run: __, ...entry } = event
      this.#logs = [...this.#logs.slice(1 - KEPT_LOGS), { ...entry, name }]
    }
    if (text === undefined) return
    this.#happened.push({ place: { at: event.at, id: event.id, name }, text })
    if (this.#happened.length > KEPT_LINES) this.#happened.shift()
  }

  print(text: string): void {
    this.#note = printable(text)
  }

  note(text: string): void {
    this.#note = text === '' ? undefined : this.#options.style('yellow', text)
    this.#draw()
  }

  /** How an abort goes on. */
  progress(progress: AbortProgress): void {
    if (progress.abort === this.#progress?.abort) this.#progress = progress
  }

  /** The run has ended; resolves when a sheet that is open is closed. */
  async ended(): Promise<void> {
    if (this.#state.sheet === undefined) return
    this.#hasEnded = true
    this.note('the run has ended: Esc leaves')
    await new Promise<void>((resolve) => (this.#onClosed = resolve))
  }

  end(): void {
    for (const timer of this.#timers) clearInterval(timer)
    this.#keys[Symbol.dispose]()
    this.#screen.leave()
    // What was seen last stays, as what a display without keys writes does.
    for (const line of this.#recent().slice(-pageOf(this.#screen.rows))) this.#options.write(`${line}\n`)
  }

  #recent(): string[] {
    const most = this.#screen.rows
    return this.#happened.slice(-most).flatMap(({ place, text }) => this.#layout.lines(place, text))
  }

  #draw(): void {
    const { totals, run, style } = this.#options
    const { columns, rows } = this.#screen
    if (totals.sweeps.size > 0) this.#loadSweeps()
    const all = rowsOf(totals, this.#state.filter)
    this.#state = followRows(this.#state, all)
    this.#screen.draw(
      drawWatch(totals, this.#state, {
        run,
        now: Date.now(),
        columns,
        rows,
        style,
        all,
        recent: this.#recent(),
        note: this.#note ?? (this.#progress && describeProgress(this.#progress, style)),
        sheet: this.#sheet(),
        drawSweeps: this.#drawSweeps,
      }),
    )
  }

  #sheet(): readonly string[] {
    switch (this.#state.sheet) {
      case 'action':
        return this.#action
      case 'help':
        return WATCH_HELP
      case 'logs': {
        const { style } = this.#options
        const lines = this.#logs.flatMap((entry) => this.#layout.lines(entry, describeLog(entry, style)))
        return lines.length === 0 ? ['  nothing is logged: only what is told to ctx.log is recorded'] : lines
      }
      case undefined:
        return []
    }
  }

  #press(key: Key): void {
    const { totals } = this.#options
    const rows = rowsOf(totals, this.#state.filter)
    const { state, effect } = pressKey(this.#state, key, { rows, page: pageOf(this.#screen.rows) })
    this.#state = state
    // What was said is read by now.
    this.#note = undefined
    if (this.#progress?.settledAt !== undefined) this.#progress = undefined
    if (effect !== undefined) void this.#carryOut(effect)
    if (this.#hasEnded && state.sheet === undefined) this.#onClosed?.()
    this.#draw()
  }

  async #carryOut(effect: WatchEffect): Promise<void> {
    try {
      switch (effect.type) {
        case 'leave':
        case 'interrupt':
          this.#onClosed?.()
          this.#onLeave(effect.type)
          return
        case 'action':
          this.#action = ['  …']
          return await this.#readAction(effect.id)
        case 'logs':
          return await this.#readLogs(effect.id)
        case 'open':
          return await this.#open(effect.id)
        case 'preview':
          return await this.#preview(effect.id)
        case 'abort':
          return await this.#carryOutAbort(effect)
      }
    } catch (error) {
      this.#note = this.#options.style('red', printable(messageOf(error)))
    } finally {
      this.#draw()
    }
  }

  async #readAction(id: string): Promise<void> {
    const { client, run } = this.#target
    const detail = await client.action(run, id)
    if (this.#state.selected === id) this.#action = describeAction(detail, this.#options.style)
  }

  async #readLogs(id: string): Promise<void> {
    const { client, run } = this.#target
    this.#logs = []
    const { items } = await client.logs(run, { action: id, under: true, limit: KEPT_LOGS })
    const last = items.at(-1)?.seq ?? 0
    this.#logs = [...items, ...this.#logs.filter(({ seq }) => seq > last)]
  }

  #isOfSheet(id: string): boolean {
    const { sheet, selected } = this.#state
    return sheet === 'logs' && (id === selected || id.startsWith(`${selected}.`))
  }

  /** The sheet of an action, as it stands now. */
  #refresh(): void {
    if (this.#state.sheet !== 'action' || this.#hasEnded) return
    // That it can't be read was told when it was opened; its process may be ending.
    this.#readAction(this.#state.selected).catch(() => undefined)
  }

  async #open(id: string): Promise<void> {
    const { client, run, process } = this.#target
    const place = (token?: string): string => {
      const link = linkTo(client.url, run, token)
      return link.replace(/(#|$)/, `?action=${encodeURIComponent(id)}$1`)
    }
    const problem = await openInBrowser(place(process?.token))
    this.#note =
      problem === undefined
        ? `opened ${printable(place())}`
        : `${problem}: open ${process === undefined ? place() : hyperlink(place(), place(process.token))}`
  }

  async #preview(id: string): Promise<void> {
    const { client, run } = this.#target
    const { requested, accepted, phase } = await client.abortAction(run, id, { dryRun: true })
    const { prompt } = this.#state
    if (prompt?.kind !== 'abort' || prompt.id !== id) return
    if (accepted) this.#state = { ...this.#state, prompt: { ...prompt, requested } }
    else if (phase !== undefined && phase !== 'aborting') {
      this.#state = { ...this.#state, prompt: undefined }
      this.#note = `${printable(id)} has ended already (${phase})`
    }
  }

  async #carryOutAbort({ id, reason, force }: WatchEffect & { readonly type: 'abort' }): Promise<void> {
    const { client, run } = this.#target
    const answer = await client.abortAction(run, id, {
      by: operatorName(),
      ...(reason !== '' && { reason }),
      ...(force && { force }),
    })
    this.#progress = answer.progress
    if (answer.progress === undefined) this.#note = describeAnswer(answer, this.#options.style)
  }

  /** What shows a sweep is loaded only for a sweep. */
  #loadSweeps(): void {
    if (this.#isLoading) return
    this.#isLoading = true
    import('../display/sweep-screen.js').then(
      (loaded) => (this.#drawSweeps = loaded.drawSweeps),
      (error: unknown) => this.note(`sweeps can't be shown as a table: ${String(error)}`),
    )
  }
}
