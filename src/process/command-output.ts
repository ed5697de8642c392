// What a command writes, as what its action puts out: lines of JSON on standard output are reports, other lines log entries,
// as are those on standard error, whose end is kept for the error.

import type { ActionContext } from '../context.js'
import { Lines, LONGEST_LINE } from './lines.js'
import { parseReport } from './parse-report.js'

/** How much of the end of standard error is kept, in characters. */
const KEPT_STDERR = 4096
/** A character takes so many bytes at most. */
const KEPT_BYTES = 4 * KEPT_STDERR

/** The output of one command. */
export class CommandOutput {
  readonly #ctx: ActionContext<{ reports: unknown }>
  readonly #stdout = new Lines((line, isCut) => this.#said(line, isCut))
  readonly #stderr = new Lines((line, isCut) => this.#log('warn', line, isCut))
  #lastBytes: Buffer = Buffer.alloc(0)
  /** What it has reported last. */
  lastReport: unknown

  constructor(ctx: ActionContext<{ reports: unknown }>) {
    this.#ctx = ctx
  }

  /** The end of standard error, from a line's beginning on where it was longer. */
  get stderr(): string {
    const text = this.#lastBytes.toString('utf8')
    if (text.length <= KEPT_STDERR) return text
    const end = text.slice(-KEPT_STDERR)
    const at = end.indexOf('\n')
    return at === -1 || at === end.length - 1 ? end : end.slice(at + 1)
  }

  /** Takes a piece in until a time; `false` if something of it is left: it is to be given again. */
  take(stream: 'stdout' | 'stderr', bytes: Buffer, until: number): boolean {
    if (stream === 'stdout') return this.#stdout.read(bytes, until)
    if (!this.#stderr.read(bytes, until)) return false
    this.#lastBytes = Buffer.concat([this.#lastBytes, bytes]).subarray(-KEPT_BYTES)
    return true
  }

  /** Nothing more comes. */
  finish(): void {
    this.#stdout.finish()
    this.#stderr.finish()
  }

  #said(line: string, isCut: boolean): void {
    const report = isCut ? undefined : parseReport(line)
    if (report === undefined) {
      this.#log('info', line, isCut)
      return
    }
    this.lastReport = report.value
    this.#ctx.report(report.value)
  }

  #log(level: 'info' | 'warn', line: string, isCut: boolean): void {
    const { log } = this.#ctx
    if (isCut) log.warn(`a line of more than ${LONGEST_LINE} bytes is cut, and no report: ${line}`)
    // A line that was written over, as a bar of progress is: what was seen last of it.
    const text = line.trimEnd().split('\r').at(-1) as string
    if (!isCut && text !== '') log[level](text)
  }
}
