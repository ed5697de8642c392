// Writes a value in lines, as one would write it in code: short arrays and objects in one line, the others one item a line.

import type { Json } from '../../../control/api.js'
import { typeOf } from './brief-value.js'

const LINE_LENGTH = 60
const INDENT = '  '

/** The lines of a value. */
export function printValue(value: Json): string[] {
  const short = inLine(value)
  if (short.length <= LINE_LENGTH && !short.includes('\n')) return [short]
  if (typeof value === 'string') return value.split('\n')
  if (Array.isArray(value)) {
    return ['[', ...value.flatMap((item: Json) => indented(printValue(item), ',')), ']']
  }
  if (value !== null && typeof value === 'object') {
    const type = typeOf(value)
    if (type !== undefined) {
      const { $type: _, ...rest } = value as { readonly [key: string]: Json }
      const lines = printValue(rest)
      return [`${type} ${lines[0]}`, ...lines.slice(1)]
    }
    return [
      '{',
      ...Object.entries(value).flatMap(([key, item]) => {
        const [first, ...others] = printValue(item)
        return indented([`${nameOf(key)}: ${first}`, ...others], ',')
      }),
      '}',
    ]
  }
  return [short]
}

function inLine(value: Json): string {
  if (typeof value === 'string') return value.length > LINE_LENGTH ? value : `'${value}'`
  if (value === null || typeof value !== 'object') return String(value)
  if (Array.isArray(value)) return `[${value.map(inLine).join(', ')}]`
  const type = typeOf(value)
  const entries = Object.entries(value as { readonly [key: string]: Json })
  if (type !== undefined) {
    const rest = entries.filter(([key]) => key !== '$type')
    if (rest.length === 0) return type === 'cut' ? '…' : type
    if (rest.length === 1 && rest[0]![0] === 'value') return `${type} ${plain(rest[0]![1])}`
    return `${type} { ${rest.map(([key, item]) => `${nameOf(key)}: ${inLine(item)}`).join(', ')} }`
  }
  if (entries.length === 0) return '{}'
  return `{ ${entries.map(([key, item]) => `${nameOf(key)}: ${inLine(item)}`).join(', ')} }`
}

function plain(value: Json): string {
  return typeof value === 'string' ? value : inLine(value)
}

function nameOf(key: string): string {
  return /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(key) ? key : `'${key}'`
}

function indented(lines: readonly string[], end: string): string[] {
  return lines.map((line, index) => INDENT + line + (index === lines.length - 1 ? end : ''))
}
