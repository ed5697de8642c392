// Values of running code as text: a result for standard output, a report for one line of a terminal.

import { inspect } from 'node:util'
import { describeValue } from '../../protocol/values/describe-value.js'
import { printable } from './printable.js'

/** A result as it goes to standard output: a text as it is, the rest as JSON where JSON holds it, else as Node shows it. */
export function showResult(value: unknown, { colours }: { readonly colours: boolean }): string | undefined {
  if (value === undefined) return undefined
  if (typeof value === 'string') return value
  const json = exactJson(value)
  return (
    json ?? inspect(value, { depth: Infinity, maxArrayLength: null, maxStringLength: null, colors: colours })
  )
}

/** JSON, if nothing of the value is lost by it. */
function exactJson(value: unknown): string | undefined {
  try {
    return isPlain(value, new Set()) ? JSON.stringify(value, null, 2) : undefined
  } catch {
    return undefined
  }
}

function isPlain(value: unknown, above: Set<object>): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true
    case 'number':
      return Number.isFinite(value)
    case 'object': {
      if (value === null) return true
      if (above.has(value)) return false
      const prototype: unknown = Object.getPrototypeOf(value)
      if (prototype !== Object.prototype && prototype !== Array.prototype && prototype !== null) return false
      above.add(value)
      // A key whose value is `undefined` is left out by JSON, and nothing is lost.
      const plain = Object.values(value).every((one) => one === undefined || isPlain(one, above))
      above.delete(value)
      return plain
    }
    default:
      return false
  }
}

/** A report on one line: `epoch 3 · loss 0.2134`. */
export function showReport(report: unknown): string {
  if (typeof report !== 'object' || report === null || Array.isArray(report)) return printable(short(report))
  // The progress of a sweep is long, and shown as a table.
  if ('type' in report && report.type === 'sweep' && 'study' in report)
    return printable(`sweep ${short(report.study)}`)
  return printable(
    Object.entries(report)
      .map(([name, value]) => `${name} ${short(value)}`)
      .join(' · '),
  )
}

function short(value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number')
    return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)))
  return describeValue(value, 60)
}
