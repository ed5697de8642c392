// The lines at the foot of a terminal that are drawn again and again, while what is to stay scrolls above them.

import type { WriteStream } from 'node:tty'
import { fitInto, widthOf } from './printable.js'

const HIDE_CURSOR = '\u001b[?25l'
const SHOW_CURSOR = '\u001b[?25h'
const CLEAR_BELOW = '\u001b[0J'
/** Where a terminal knows it, nothing is shown between the two: no flicker. */
const BEGIN_UPDATE = '\u001b[?2026h'
const END_UPDATE = '\u001b[?2026l'

/** Owns what is written to a terminal until it is stopped. */
export class LiveRegion {
  readonly #stream: WriteStream
  readonly #write: (text: string) => void
  #lines: readonly string[] = []
  /** What was written last above the region, if its line hasn't ended. */
  #unfinished = ''
  #stopped = false
  readonly #showCursor = (): void => this.#write(SHOW_CURSOR)

  /** `write` reaches the terminal even where the stream's own `write` has been taken over. */
  constructor(stream: WriteStream, write: (text: string) => void) {
    this.#stream = stream
    this.#write = write
    this.#write(HIDE_CURSOR)
    process.once('exit', this.#showCursor)
  }

  get columns(): number {
    return this.#stream.columns || 80
  }

  get rows(): number {
    return this.#stream.rows || 24
  }

  /** Draws the region anew. */
  draw(lines: readonly string[]): void {
    if (this.#stopped) return
    const { columns, rows } = this
    const fitting = lines.slice(0, Math.max(1, rows - 1)).map((line) => fitInto(line, columns - 1))
    this.#write(`${BEGIN_UPDATE}${this.#erase()}${fitting.map((line) => `${line}\n`).join('')}${END_UPDATE}`)
    this.#lines = fitting
  }

  /** Writes what stays, above the region. A line that hasn't ended is kept back until it does. */
  print(text: string): void {
    if (this.#stopped) return this.#write(text)
    const all = this.#unfinished + text
    const end = all.lastIndexOf('\n') + 1
    this.#unfinished = all.slice(end)
    if (end === 0) return
    const lines = this.#lines
    this.#write(
      `${BEGIN_UPDATE}${this.#erase()}${all.slice(0, end)}${lines.map((line) => `${line}\n`).join('')}${END_UPDATE}`,
    )
    this.#lines = lines
  }

  /** Takes the region away, and gives the terminal back. */
  stop(): void {
    if (this.#stopped) return
    this.#write(this.#erase() + (this.#unfinished === '' ? '' : `${this.#unfinished}\n`))
    this.#stopped = true
    process.off('exit', this.#showCursor)
    this.#showCursor()
  }

  #erase(): string {
    // A terminal that has become narrower has wrapped what was drawn.
    const { columns } = this
    const height = this.#lines.reduce((sum, line) => sum + Math.max(1, Math.ceil(widthOf(line) / columns)), 0)
    this.#lines = []
    return height === 0 ? '' : `\u001b[${height}A\r${CLEAR_BELOW}`
  }
}
