// Tables as CSV.

import type { ChoiceValue } from '../space/parameter.js'

/** Lines of cells as CSV (RFC 4180); what is missing is empty. */
export function toCSV(lines: readonly (readonly (ChoiceValue | undefined)[])[]): string {
  return lines.map((cells) => `${cells.map(csvCell).join(',')}\r\n`).join('')
}

/** Quoted where it must be. A text that a spreadsheet would take for a formula gets a quote before it. */
function csvCell(value: ChoiceValue | undefined): string {
  if (value === undefined || value === null) return ''
  if (typeof value !== 'string') return String(value)
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
