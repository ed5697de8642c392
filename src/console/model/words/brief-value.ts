// A value of the app's in one short line, for where there is room for no more: `epoch 3, accuracy 0.9125, loss 0.31`.

import type { Json } from '../../../control/api.js'
import { showValue } from './show-number.js'

const MOST_LENGTH = 140

/** A line about a value. */
export function briefValue(value: Json): string {
  const text = brief(value, 0)
  return text.length > MOST_LENGTH ? `${text.slice(0, MOST_LENGTH - 1)}…` : text
}

function brief(value: Json, depth: number): string {
  if (value === null) return 'null'
  if (typeof value === 'number') return showValue(value)
  if (typeof value === 'boolean') return String(value)
  if (typeof value === 'string') return value.length > MOST_LENGTH ? `${value.slice(0, MOST_LENGTH)}…` : value
  if (Array.isArray(value)) {
    if (depth > 0) return `[${value.length}]`
    return `[${value
      .slice(0, 8)
      .map((item: Json) => brief(item, depth + 1))
      .join(', ')}${value.length > 8 ? ', …' : ''}]`
  }
  const type = typeOf(value)
  if (type !== undefined) {
    const inner = (value as { readonly value?: Json }).value
    return typeof inner === 'string' ? inner : type === 'cut' ? '…' : type
  }
  const entries = Object.entries(value as { readonly [key: string]: Json })
  if (depth > 1) return '{…}'
  const parts = entries.slice(0, 8).map(([key, item]) => `${key} ${brief(item, depth + 1)}`)
  const text = parts.join(', ') + (entries.length > 8 ? ', …' : '')
  return depth === 0 ? text : `{${text}}`
}

/** Of what JSON doesn't have, the type; else `undefined`. */
export function typeOf(value: Json): string | undefined {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return undefined
  const type = (value as { readonly $type?: Json }).$type
  return typeof type === 'string' ? type : undefined
}
