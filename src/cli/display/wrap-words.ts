// Lines that break between words, so that a terminal never breaks within one.

import type { WriteStream } from 'node:tty'
import { widthOf } from './printable.js'

/** Where a further line would have less room than this, it isn't indented so far. */
const LEAST_ROOM = 24
const LEAST_INDENT = 2

/**
 * The lines of a text that fit into some columns; all but the first are indented. A word that is longer than a line keeps
 * one to itself.
 */
export function wrapWords(text: string, columns: number, indent: number = 0): string[] {
  if (widthOf(text) <= columns) return [text]
  const begin = ' '.repeat(columns - indent < LEAST_ROOM ? Math.min(indent, LEAST_INDENT) : indent)
  const lines: string[] = []
  let line: string | undefined
  let width = 0
  for (const word of text.split(' ')) {
    const wordWidth = widthOf(word)
    if (line === undefined) {
      line = word
      width = wordWidth
    } else if (width + 1 + wordWidth <= columns || line.trim() === '') {
      line += ` ${word}`
      width += 1 + wordWidth
    } else if (word !== '') {
      lines.push(line.trimEnd())
      line = begin + word
      width = begin.length + wordWidth
    }
  }
  return line === undefined ? lines : [...lines, line]
}

/** A text as it is written to a stream: on a terminal, its lines fit. */
export function wrapFor(stream: Pick<WriteStream, 'isTTY' | 'columns'>, text: string): string {
  if (!stream.isTTY) return text
  return text
    .split('\n')
    .flatMap((line) => wrapWords(line, stream.columns, LEAST_INDENT))
    .join('\n')
}
