// Texts of running code (names, reports, messages) on their way to a terminal: shown, and never obeyed.

import truncatedWidth from 'fast-string-truncated-width'

/* oxlint-disable-next-line no-control-regex -- these are what it is about */
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g

/** Text on one line in which control characters (escape sequences, right-to-left marks) are shown as symbols. */
export function printable(text: string): string {
  return text.replace(CONTROL, (character) => {
    const code = character.charCodeAt(0)
    if (character === '\n' || character === '\t') return ' '
    if (code < 0x20) return String.fromCharCode(0x2400 + code)
    return code === 0x7f ? '\u2421' : '\ufffd'
  })
}

/** `printable`, line by line. */
export function printableLines(text: string): string[] {
  return text
    .replace(/\r?\n$/, '')
    .split(/\r?\n/)
    .map(printable)
}

/** How many columns of a terminal a text takes; colours take none, a CJK character takes two. */
export function widthOf(text: string): number {
  return truncatedWidth(text).width
}

/** Cuts a text that is wider than some columns, and ends it with `…` then. Colours and links that it has set are ended. */
export function fitInto(text: string, columns: number): string {
  if (columns <= 0) return ''
  if (widthOf(text) <= columns) return text
  const reset =
    (text.includes('\u001b[') ? '\u001b[0m' : '') + (text.includes('\u001b]8;') ? '\u001b]8;;\u001b\\' : '')
  // Where a text has characters of many widths, the library's cut may be one too wide.
  for (let limit = columns; limit > 0; limit -= 1) {
    const { index, ellipsed } = truncatedWidth(text, { limit, ellipsis: '…' })
    const cut = `${text.slice(0, index)}${ellipsed ? '…' : ''}`
    if (widthOf(cut) <= columns) return cut + reset
  }
  return ''
}

/** Fills a text up to some columns. */
export function padTo(text: string, columns: number, side: 'left' | 'right' = 'left'): string {
  const filling = ' '.repeat(Math.max(0, columns - widthOf(text)))
  return side === 'left' ? text + filling : filling + text
}
