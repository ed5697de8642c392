// The labels of a choice's values: what is shown and stored of a value that JSON doesn't keep as it is. Equal values have
// equal labels, in every session.

import { createHash } from 'node:crypto'
import { inspect } from 'node:util'
import type { ChoiceValue } from './parameter.js'

const LONGEST_LABEL = 80
const HASH_DIGITS = 8

/** One label for each value, no two alike. */
export function labelsOf(values: readonly unknown[]): ChoiceValue[] {
  const labels: ChoiceValue[] = values.map((value) => (isKept(value) ? value : textOf(value)))
  return labels.map((label, at) => {
    const value = values[at]
    if (isKept(value) || labels.filter((other) => other === label).length === 1) return label
    return `${String(label)} #${hashOf(value)}`
  })
}

function isKept(value: unknown): value is ChoiceValue {
  return value === null || ['string', 'boolean'].includes(typeof value) || Number.isFinite(value)
}

function textOf(value: unknown): string {
  const text = inspect(value, { depth: 4, breakLength: Infinity, compact: true, maxArrayLength: 50 })
  const line = text.replace(/\s*\n\s*/g, ' ')
  if (line.length <= LONGEST_LABEL && !line.includes('[Object]') && !line.includes('more item')) return line
  return `${line.slice(0, LONGEST_LABEL - HASH_DIGITS - 3)}… #${hashOf(value)}`
}

function hashOf(value: unknown): string {
  const whole = inspect(value, { depth: Infinity, maxArrayLength: null, maxStringLength: null, sorted: true })
  return createHash('sha256').update(whole).digest('hex').slice(0, HASH_DIGITS)
}
