// A snapshot of XState's as plain data, which can be cloned: without the machine, its methods and the actors in it.

import type { Snapshot } from 'xstate'
import { describeValue } from '../../../src/protocol/values/describe-value.js'
import { lossyPartOf } from '../../../src/protocol/values/lossy-objects.js'

/** What of a snapshot is data. */
const SHOWN = ['status', 'value', 'context', 'output'] as const

/** The data of a snapshot. What of its context or output can't be cloned stands as a text that describes it. */
export function plainSnapshot(snapshot: Snapshot<unknown>): Record<string, unknown> {
  const plain: Record<string, unknown> = {}
  for (const key of SHOWN) {
    if (key in snapshot) plain[key] = cloneable((snapshot as Record<string, unknown>)[key])
  }
  return plain
}

/** A value that can be cloned: the same, or, one level down, what of it can be. */
export function cloneable(value: unknown): unknown {
  if (isCloneable(value)) return value
  if (typeof value !== 'object' || value === null) return describeValue(value)
  if (Array.isArray(value)) return value.map((item) => (isCloneable(item) ? item : describeValue(item)))
  const entries: [string, unknown][] = []
  try {
    for (const [key, item] of Object.entries(value)) {
      entries.push([key, isCloneable(item) ? item : describeValue(item)])
    }
  } catch {
    return describeValue(value)
  }
  return Object.fromEntries(entries)
}

function isCloneable(value: unknown): boolean {
  if (typeof value === 'function' || typeof value === 'symbol') return false
  if (typeof value !== 'object' || value === null) return true
  if (lossyPartOf(value) !== undefined) return false
  try {
    structuredClone(value)
    return true
  } catch {
    return false
  }
}
