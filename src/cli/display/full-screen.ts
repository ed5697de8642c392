// A terminal as one screen that is drawn anew, beside what stood there before: that is back when it is left.

import type { WriteStream } from 'node:tty'
import { fitInto } from './printable.js'

const ENTER = '\u001b[?1049h\u001b[?25l\u001b[2J'
const LEAVE = '\u001b[?25h\u001b[?1049l'
const CLEAR_TO_END = '\u001b[K'
const CLEAR_BELOW = '\u001b[J'
/** Where a terminal knows it, nothing is shown between the two: no flicker. */
const BEGIN_UPDATE = '\u001b[?2026h'
const END_UPDATE = '\u001b[?2026l'

/** Owns the terminal until it is left. */
export class FullScreen {
  readonly #stream: WriteStream
  #drawn: readonly string[] = []
  #hasLeft = false
  readonly #onExit = (): void => this.leave()
  readonly #onResize: () => void

  /** `onResize`: the screen has to be drawn anew. */
  constructor(stream: WriteStream, onResize: () => void) {
    this.#stream = stream
    this.#onResize = () => {
      this.#drawn = []
      stream.write('\u001b[2J')
      onResize()
    }
    stream.write(ENTER)
    stream.on('resize', this.#onResize)
    process.once('exit', this.#onExit)
  }

  get columns(): number {
    return this.#stream.columns || 80
  }

  get rows(): number {
    return this.#stream.rows || 24
  }

  /** Draws it: what is wider or higher than the terminal is cut, and only lines that have changed are written. */
  draw(lines: readonly string[]): void {
    if (this.#hasLeft) return
    const fitting = lines.slice(0, this.rows).map((line) => fitInto(line, this.columns - 1))
    const changed = fitting.flatMap((line, index) =>
      line === this.#drawn[index] ? [] : [`\u001b[${index + 1};1H${line}${CLEAR_TO_END}`],
    )
    if (fitting.length < this.#drawn.length) changed.push(`\u001b[${fitting.length + 1};1H${CLEAR_BELOW}`)
    if (changed.length > 0) this.#stream.write(`${BEGIN_UPDATE}${changed.join('')}${END_UPDATE}`)
    this.#drawn = fitting
  }

  /** Gives the terminal back as it was. */
  leave(): void {
    if (this.#hasLeft) return
    this.#hasLeft = true
    this.#stream.off('resize', this.#onResize)
    process.off('exit', this.#onExit)
    this.#stream.write(LEAVE)
  }
}
