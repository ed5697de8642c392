// The output of commands that report: the terminal's width and colours, or a pipe's.

import { stderr, stdout } from 'node:process'
import { EXIT_OK } from '../input/exit-codes.js'
import { styleFor, type Style } from './style.js'
import { formatTable, type Column } from './table.js'
import { wrapFor, wrapWords } from './wrap-words.js'

/** Standard output, and warnings beside it. */
export interface ReportOutput {
  readonly style: Style
  /** `Infinity` where nothing has to fit. */
  readonly width: number
  /** Breaks what is too long between words. */
  readonly line: (text: string) => void
  /** The same; `indent`: of what goes on in a further line. */
  readonly lines: (lines: readonly string[], indent?: number) => void
  /** As it is. */
  readonly text: (text: string) => void
  readonly table: (columns: readonly Column[], rows: readonly (readonly string[])[]) => void
  /** One line of NDJSON. */
  readonly json: (value: unknown) => void
  /** What a person should know, and a program that reads the rest shouldn't get: to standard error. */
  readonly note: (text: string) => void
  /** To standard error. */
  readonly warn: (text: string) => void
}

/** The output of this process. */
export function reportOutput(): ReportOutput {
  // The reader has seen enough (`| head`).
  stdout.once('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(EXIT_OK)
    throw error
  })
  const style = styleFor(stdout)
  const width = stdout.isTTY ? stdout.columns : Infinity
  return {
    style,
    width,
    lines: (lines, indent = 2) => writeLines(lines.flatMap((line) => wrapWords(line, width, indent))),
    text: (text) => void stdout.write(text),
    line: (text) => writeLines(wrapWords(text, width, 2)),
    table: (columns, rows) => writeLines(formatTable(columns, rows, { width, style })),
    json: (value) => writeLines([JSON.stringify(value)]),
    note: (text) => void stderr.write(wrapFor(stderr, `${text}\n`)),
    warn: (text) => void stderr.write(wrapFor(stderr, `${styleFor(stderr)('yellow', 'warning')}: ${text}\n`)),
  }
}

function writeLines(lines: readonly string[]): void {
  stdout.write(lines.map((line) => `${line}\n`).join(''))
}
