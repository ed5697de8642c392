// A sweep in a terminal: pure text of one progress, for whoever draws (the CLI, `showSweep`), and a view that redraws it in
// place. It needs nothing but `SweepProgress`, so it shows a sweep of another process as well as one of this.

import type { WriteStream } from 'node:tty'
import { styleText } from 'node:util'
import { checkNumber } from '../../checks/check-number.js'
import { wrongValue } from '../../checks/wrong-value.js'
import { describeEnding } from '../trials/stopped-by.js'
import { isSweepProgress, type SweepProgress, type TrialRow, type TrialState } from '../results/progress.js'
import { showNumber } from '../results/show-number.js'
import { duration } from './words.js'

/** How a line may be styled, by the names of `util.styleText`. */
export type LineStyle = 'bold' | 'cyan' | 'dim' | 'green' | 'red'

/** A line of the table. */
export interface TableLine {
  readonly text: string
  readonly style?: LineStyle
}

/** The room that there is. */
export interface TableSize {
  readonly columns: number
  readonly rows: number
}

const STYLES: Readonly<Partial<Record<TrialState, LineStyle>>> = {
  running: 'cyan',
  paused: 'dim',
  pruned: 'dim',
  stopped: 'dim',
  aborted: 'dim',
  interrupted: 'dim',
  failed: 'red',
}

/**
 * The lines of a table: a summary (best so far, counts, throughput, time left), then the trials that run and the best of
 * the others. None wider, or together higher, than `size`.
 *
 * @throws `ActionInputError` for what isn't a sweep's report, or no size.
 */
export function renderSweep(progress: SweepProgress, size: TableSize): TableLine[] {
  if (!isSweepProgress(progress))
    throw wrongValue('renderSweep', 'the progress', progress, "a sweep's report, as of study.reports()")
  for (const side of ['columns', 'rows'] as const) checkNumber(size?.[side], 'renderSweep', side)
  const header = summaryOf(progress)
  const room = Math.max(0, size.rows - header.length - 1)
  const others = Object.keys(progress.metrics ?? {}).filter((name) => name !== progress.metric)
  const names = progress.parameters.map(({ name }) => name)
  const cells = [
    ['trial', 'state', progress.metric, progress.stepKey, ...others, ...names, ''].map(oneLine),
    ...progress.rows.slice(0, room).map((row) => cellsOf(row, progress.metric, others, names)),
  ]
  const { widths, shown } = layOut(cells, size.columns)
  const lines = cells.map((line, index): TableLine => {
    const row = progress.rows[index - 1]
    const text = shown.map((column) => align(line[column] as string, widths[column] as number, column))
    const isBest = row !== undefined && row.number === progress.best?.number
    const style = row === undefined ? 'bold' : isBest ? 'green' : STYLES[row.state]
    return { text: text.join(GAP), ...(style && { style }) }
  })
  return [...header, ...(progress.rows.length > 0 ? lines : [])]
    .slice(0, size.rows)
    .map((line) => ({ ...line, text: line.text.slice(0, size.columns).trimEnd() }))
}

const GAP = '  '
/** Of a reason, less than so many characters say nothing. */
const LEAST_REASON = 12
/** The columns before the parameters: number, state, metric, step. */
const FIXED_COLUMNS = 4
/** So much of a parameter's name is shown where there isn't room for all of it. */
const SHORTEST_NAME = 6

/**
 * How wide each column is, and which are shown: where there isn't room, names of parameters are shortened to what their
 * values need, and the last of them left out, as half a number would be a wrong one.
 */
function layOut(
  cells: readonly (readonly string[])[],
  columns: number,
): { readonly widths: readonly number[]; readonly shown: readonly number[] } {
  const [names, ...lines] = cells as [readonly string[], ...(readonly string[])[]]
  const last = names.length - 1
  let widths = names.map((_, column) => widestOf(cells, column))
  const widthTo = (column: number): number =>
    widths.slice(0, column + 1).reduce((sum, width) => sum + width + GAP.length, -GAP.length)
  if (widthTo(last - 1) > columns) {
    widths = names.map((name, column) =>
      column < FIXED_COLUMNS || column === last
        ? (widths[column] as number)
        : Math.max(widestOf(lines, column), Math.min(name.length, SHORTEST_NAME)),
    )
  }
  // The last one, the reason, may be cut short: it is text.
  const leastTo = (column: number): number =>
    widthTo(column) - (column === last ? Math.max(0, (widths[last] as number) - LEAST_REASON) : 0)
  const shown = names
    .map((_, column) => column)
    .filter((column) => column < FIXED_COLUMNS || leastTo(column) <= columns)
  return { widths, shown }
}

function widestOf(lines: readonly (readonly string[])[], column: number): number {
  return Math.max(0, ...lines.map((line) => (line[column] as string).length))
}

/** The first lines of the table: what is known without its rows. */
function summaryOf(progress: SweepProgress): TableLine[] {
  const { study, metric, counts, best, trials, stepsSpent, stepsSaved, trialsPerSecond, secondsLeft } =
    progress
  const ended = Object.values(counts).reduce((sum, count) => sum + count, 0) - counts.running - counts.paused
  const bestText =
    best?.value === undefined ? '' : `, best ${metric} ${showNumber(best.value)} (trial ${best.number})`
  const state = [
    `${ended}${trials === undefined ? '' : ` of ${trials}`} ended`,
    ...(['pruned', 'stopped', 'aborted', 'failed', 'interrupted', 'paused'] as const).flatMap((one) =>
      counts[one] > 0 ? [`${counts[one]} ${one}`] : [],
    ),
    `${counts.running} running`,
  ]
  const saved = stepsSaved === undefined || stepsSaved === 0 ? '' : `, some ${Math.round(stepsSaved)} saved`
  const cost = [
    duration((progress.at - progress.startedAt) / 1000),
    `${showNumber(trialsPerSecond)} trials/s`,
    `${showNumber(stepsSpent)} ${progress.stepKey}s${saved}`,
    ...(progress.stoppedBy
      ? [describeEnding(progress.stoppedBy)]
      : secondsLeft !== undefined && counts.running > 0
        ? [`some ${duration(secondsLeft)} left`]
        : []),
  ]
  const bar = trials === undefined ? '' : `${barOf(ended / trials)}  `
  return [
    { text: oneLine(`${study}: ${progress.sampler}, ${progress.pruner}${bestText}`), style: 'bold' },
    { text: oneLine(`${bar}${state.join(', ')}`) },
    { text: oneLine(cost.join(', ')), style: 'dim' },
    { text: '' },
  ]
}

/** What shows a sweep while it runs. */
export interface SweepView {
  /** Draws for the last time and gives the terminal back. */
  close(): void
}

const HIDE_CURSOR = '\u001B[?25l'
const SHOW_CURSOR = '\u001B[?25h'
const CLEAR_TO_END_OF_LINE = '\u001B[K'
const CLEAR_BELOW = '\u001B[J'

/**
 * Shows a sweep as it goes: a table redrawn in place on a terminal, elsewhere a line for each better best. Ends with the
 * sweep, or when it is closed.
 *
 * @param stream - Where to; mostly `process.stdout` or `process.stderr`.
 */
export function showSweep(
  study: { reports(): AsyncIterableIterator<SweepProgress> },
  stream: WriteStream,
): SweepView {
  const reports = study.reports()
  const view = createDrawing(stream)
  let closed = false
  const close = (): void => {
    if (closed) return
    closed = true
    view.close()
    void reports.return?.()
  }
  const follow = async (): Promise<void> => {
    for await (const progress of reports) if (!closed) view.show(progress)
    close()
  }
  void follow()
  return { close }
}

/** A sweep on a stream: redrawn in place on a terminal, elsewhere a line for each better best. */
export interface SweepDrawing {
  show(progress: SweepProgress): void
  /** Gives the terminal back. */
  close(): void
}

/** Makes one. */
export function createDrawing(stream: WriteStream): SweepDrawing {
  return stream.isTTY && process.env['TERM'] !== 'dumb' ? createTable(stream) : createLines(stream)
}

function createTable(stream: WriteStream): SweepDrawing {
  // False for NO_COLOR, too.
  const coloured = stream.hasColors()
  let drawn = 0
  stream.write(HIDE_CURSOR)
  return {
    show(progress) {
      const lines = renderSweep(progress, { columns: stream.columns, rows: stream.rows - 1 })
      const drawing = lines.map(
        ({ text, style }) => (coloured && style ? styleText(style, text) : text) + CLEAR_TO_END_OF_LINE,
      )
      // One write, over the last drawing: nothing flickers.
      stream.write(`${drawn > 0 ? `\u001B[${drawn}A` : ''}\r${drawing.join('\n')}\n${CLEAR_BELOW}`)
      drawn = lines.length
    },
    close: () => void stream.write(SHOW_CURSOR),
  }
}

function createLines(stream: NodeJS.WritableStream): SweepDrawing {
  let best: number | undefined
  let last: SweepProgress | undefined
  return {
    show(progress) {
      last = progress
      if (progress.best?.value === undefined || progress.best.value === best) return
      best = progress.best.value
      const [title, state] = summaryOf(progress)
      stream.write(`${title?.text}; ${state?.text.replace(/^[█░ ]+/, '')}\n`)
    },
    close() {
      if (last === undefined) return
      for (const { text } of summaryOf(last)) if (text !== '') stream.write(`${text}\n`)
    },
  }
}

function cellsOf(
  row: TrialRow,
  metric: string,
  others: readonly string[],
  names: readonly string[],
): string[] {
  return [
    String(row.number),
    row.state,
    numberCell(row.value ?? row.values?.[metric]),
    numberCell(row.step),
    ...others.map((name) => numberCell(row.values?.[name])),
    ...names.map((name) => {
      const value = row.parameters[name]
      return value === undefined ? '' : typeof value === 'number' ? showNumber(value) : oneLine(String(value))
    }),
    oneLine(row.reason ?? ''),
  ]
}

function numberCell(value: number | undefined): string {
  return value === undefined ? '' : showNumber(value)
}

/** Texts to the left, numbers to the right; a name that is too long is cut. */
function align(text: string, width: number, column: number): string {
  const cell = text.length > width && column >= FIXED_COLUMNS ? `${text.slice(0, width - 1)}…` : text
  return column === 1
    ? cell.padEnd(width)
    : column === 0 || column === 2 || column === 3
      ? cell.padStart(width)
      : cell.padEnd(width)
}

function barOf(share: number): string {
  const width = 20
  const filled = Math.min(width, Math.round(share * width))
  return '█'.repeat(filled) + '░'.repeat(width - filled)
}

/** What others wrote (reasons, names, values) must not move the cursor. */
function oneLine(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is taken out
  return text.replace(/[\u0000-\u001F\u007F-\u009F]+/g, ' ')
}
