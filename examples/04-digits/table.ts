/**
 * Shows a search while it runs: a table redrawn in place where there is a terminal, a line per ended trial elsewhere.
 * Only reads rows; who changes one says so with `show`.
 */
import { styleText } from 'node:util'
import type { WriteStream } from 'node:tty'
import type { Configuration } from './search-space.js'

/**
 * How a trial stands.
 *
 * - `queued`, `running`: still to come, under way
 * - `reached`: its accuracy reached the target
 * - `finished`: ran all its epochs and didn't reach it
 * - `stopped`: by the median rule
 * - `ended`: by the success of another one
 * - `failed`: its own error
 */
export type State = 'queued' | 'running' | 'reached' | 'finished' | 'stopped' | 'ended' | 'failed'

/** A trial as it is shown. Accuracies are 0…1. */
export interface Row {
  readonly trial: number
  readonly configuration: Configuration
  /** The action behind it, once it is spawned: tells whether it is under way before it has reported anything. */
  handle?: { readonly phase: string }
  state: State
  /** Why it stands so, where `state` doesn't say it all. */
  note: string
  /** Validation accuracies; the first epoch is at 0. An epoch without a report is a hole. */
  readonly accuracies: (number | undefined)[]
  /** Of the last epoch that was reported; NaN before. */
  loss: number
}

/** What is shown above the rows. */
export interface Search {
  readonly threads: number
  readonly maxEpochs: number
  readonly target: number
  readonly seed: number
}

/** The view of one search. */
export interface Display {
  /** Shows that a row has changed, at once or with the next redraw. */
  show(row: Row): void
  /** Draws for the last time and gives the terminal back. */
  close(): void
}

/** The view that suits a stream: lines for files, pipes and dumb terminals, a table for others. */
export function createDisplay(rows: readonly Row[], search: Search, stream: WriteStream): Display {
  return stream.isTTY && process.env['TERM'] !== 'dumb'
    ? createLiveTable(rows, search, stream)
    : createLines(search, stream)
}

/** The best accuracy that a row has shown, 0 before its first. */
export function bestOf(row: Row): number {
  return row.accuracies.reduce<number>((best, accuracy = 0) => Math.max(best, accuracy), 0)
}

/** 0.9471 as '94.71 %'. */
export function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`
}

/** A row's configuration in words. */
export function describe({ configuration }: Row): string {
  const { hiddenUnits, initialisation, batchSize, learningRate, momentum, l2 } = configuration
  return (
    `${hiddenUnits} hidden units (${initialisation}), batches of ${batchSize}, ` +
    `learning rate ${learningRate.toPrecision(2)}, momentum ${momentum}, L2 ${l2.toExponential(1)}`
  )
}

const HIDE_CURSOR = '\u001B[?25l'
const SHOW_CURSOR = '\u001B[?25h'
const CLEAR_TO_END_OF_LINE = '\u001B[K'
const CLEAR_BELOW = '\u001B[J'
const up = (lines: number): string => (lines > 0 ? `\u001B[${lines}A` : '')

function createLiveTable(rows: readonly Row[], search: Search, stream: WriteStream): Display {
  const startedAt = performance.now()
  // False for NO_COLOR too.
  const coloured = stream.hasColors()
  let drawn = 0

  /** Draws over the last drawing in one write: nothing flickers. */
  function draw(): void {
    const size = { columns: stream.columns, lines: stream.rows - 1 }
    const lines = renderTable(rows, search, (performance.now() - startedAt) / 1000, size)
    const text = lines.map(
      ({ text, style }) => (coloured && style ? styleText(style, text) : text) + CLEAR_TO_END_OF_LINE,
    )
    stream.write(`${up(drawn)}\r${text.join('\n')}\n${CLEAR_BELOW}`)
    drawn = lines.length
  }

  stream.write(HIDE_CURSOR)
  const timer = setInterval(draw, 100)
  return {
    show() {},
    close() {
      clearInterval(timer)
      draw()
      stream.write(SHOW_CURSOR)
    },
  }
}

function createLines(search: Search, stream: NodeJS.WritableStream): Display {
  const startedAt = performance.now()
  return {
    show(row) {
      if (row.state === 'queued' || row.state === 'running' || row.accuracies.length === 0) return
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(1).padStart(5)
      const epochs = `${row.accuracies.length}/${search.maxEpochs}`.padStart(5)
      const trial = String(row.trial).padStart(2)
      const best = percent(bestOf(row)).padStart(8)
      stream.write(`${seconds} s  trial ${trial}  ${epochs} epochs  best ${best}  ${row.note || row.state}\n`)
    },
    close() {},
  }
}

type Style = 'bold' | 'cyan' | 'dim' | 'green' | 'red'

interface Line {
  readonly text: string
  readonly style?: Style
}

const STYLES: Readonly<Partial<Record<State, Style>>> = {
  running: 'cyan',
  reached: 'green',
  stopped: 'dim',
  ended: 'dim',
  failed: 'red',
}

/** All lines of the table, none wider or together higher than `size`. */
function renderTable(
  rows: readonly Row[],
  search: Search,
  seconds: number,
  size: { columns: number; lines: number },
): Line[] {
  const shown = rows.filter((row) => row.accuracies.length > 0 || isRunning(row)).toSorted(byInterest)
  const header: Line[] = [
    { text: summary(rows, search, seconds), style: 'bold' },
    { text: progress(rows) },
    { text: '' },
    {
      text: 'trial  units  start   batch    rate  mom.       l2  epoch  accuracy  state                      loss',
      style: 'bold',
    },
  ]
  const room = Math.max(1, size.lines - header.length - 1)
  const hidden = Math.max(0, shown.length - room)
  const lines: Line[] = [
    ...header,
    ...shown.slice(0, room).map((row) => renderRow(row, search)),
    ...(hidden > 0 ? [{ text: `        … and ${hidden} that did worse`, style: 'dim' as const }] : []),
  ]
  return lines.map((line) => ({ ...line, text: line.text.slice(0, size.columns) }))
}

/** The winner first, then what is under way, then the others by what they reached. */
function byInterest(a: Row, b: Row): number {
  const rank = (row: Row): number => (row.state === 'reached' ? 0 : isRunning(row) ? 1 : 2)
  if (rank(a) !== rank(b)) return rank(a) - rank(b)
  return isRunning(a) ? a.trial - b.trial : bestOf(b) - bestOf(a)
}

function isRunning({ state, handle }: Row): boolean {
  return state === 'running' || (state === 'queued' && handle?.phase === 'running')
}

function summary(
  rows: readonly Row[],
  { threads, maxEpochs, target, seed }: Search,
  seconds: number,
): string {
  return (
    `${seconds.toFixed(1).padStart(6)} s  ${rows.length} trials of up to ${maxEpochs} epochs on ` +
    `${threads} ${threads === 1 ? 'thread' : 'threads'}, target ${percent(target)}, seed ${seed}`
  )
}

function progress(rows: readonly Row[]): string {
  const running = rows.filter(isRunning).length
  const waiting = rows.filter((row) => row.state === 'queued' && !isRunning(row)).length
  const stopped = rows.filter((row) => row.state === 'stopped').length
  const ended = rows.length - running - waiting
  const best = Math.max(...rows.map(bestOf))
  const width = 16
  const filled = Math.round((ended / rows.length) * width)
  const parts = [
    `${ended} ended (${stopped} stopped early)`,
    `${running} running`,
    `${waiting} queued`,
    ...(best > 0 ? [`best ${percent(best)}`] : []),
  ]
  return `${'█'.repeat(filled)}${'░'.repeat(width - filled)}  ${parts.join(', ')}`
}

function renderRow(row: Row, { maxEpochs, target }: Search): Line {
  const { hiddenUnits, initialisation, batchSize, learningRate, momentum, l2 } = row.configuration
  const cells = [
    String(row.trial).padStart(5),
    String(hiddenUnits).padStart(5),
    initialisation.padEnd(6),
    String(batchSize).padStart(5),
    learningRate.toFixed(4).padStart(6),
    momentum.toFixed(2).padStart(4),
    l2.toExponential(1).padStart(7),
    `${row.accuracies.length}/${maxEpochs}`.padStart(5),
    (row.accuracies.length > 0 ? percent(bestOf(row)) : '').padStart(8),
    (row.note || (isRunning(row) ? 'running' : row.state)).padEnd(24),
    (Number.isFinite(row.loss) ? row.loss.toFixed(3) : '').padStart(5),
    curve(row, target),
  ]
  const style = STYLES[isRunning(row) ? 'running' : row.state]
  return { text: cells.join('  '), ...(style && { style }) }
}

/** The accuracies as a row of bars, one for each epoch: from 20 % below the target, or less, to the target. */
function curve({ accuracies }: Row, target: number): string {
  const bars = '▁▂▃▄▅▆▇█'
  return Array.from(accuracies, (accuracy = 0) => {
    const height = 1 - (target - accuracy) / 0.2
    return bars[Math.min(7, Math.max(0, Math.floor(height * 8)))]
  }).join('')
}
