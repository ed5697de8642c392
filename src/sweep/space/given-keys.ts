// The keys that trials have given instead of the metric: for the one who has misspelt it, or reports something else.

import { closestMatch } from 'leven'
import { nearestTo } from '../../checks/nearest.js'
import { cutText } from '../../protocol/values/describe-value.js'
import type { Objective } from '../results/progress.js'

/** So many keys are remembered, and so much of each is shown. */
const MOST_KEYS = 20
const LONGEST_KEY = 100

/** The keys of what was reported and returned. */
export class GivenKeys {
  /** By key: what it was, and whether any was a number. */
  readonly #kinds = { report: new Map<string, string>(), return: new Map<string, string>() }
  readonly #plain = { report: '', return: '' }

  /** Takes in a report, or what was returned, that had no metric. */
  add(from: 'report' | 'return', value: unknown): void {
    if (typeof value !== 'object' || value === null) {
      if (value !== undefined) this.#plain[from] = typeof value === 'number' ? 'a number' : kindOf(value)
      return
    }
    const kinds = this.#kinds[from]
    for (const [key, entry] of Object.entries(value)) {
      if (kinds.size < MOST_KEYS || kinds.has(key)) kinds.set(key, kindOf(entry))
    }
  }

  /** Whether a number that was reported is called almost as the metric: then that is misspelt, most likely. */
  isNearly(metric: string): boolean {
    const names = [...this.#kinds.report].flatMap(([key, kind]) =>
      kind === 'number' ? key.toLowerCase() : [],
    )
    const maxDistance = Math.min(2, Math.floor(metric.length / 2))
    return closestMatch(metric.toLowerCase(), names, { maxDistance }) !== undefined
  }

  /** Whether there was a number of that name. */
  hasNumber(name: string): boolean {
    const { report, return: returned } = this.#kinds
    return report.get(name) === 'number' || returned.get(name) === 'number'
  }

  /** What is to be said of it. */
  describe(metric: string, objective: Objective): string {
    const { report, return: returned } = this.#kinds
    const isReturned = objective === 'returned'
    const all = isReturned ? returned : new Map([...returned, ...report])
    const hint = isReturned
      ? 'Return it: what is reported is no objective here'
      : `Report it by ctx.report({ ${JSON.stringify(metric)}: … }), or return it`
    const given = [
      ...list('reported', report, this.#plain.report),
      ...list('returned', returned, this.#plain.return),
    ]
    if (given.length === 0) return `They have neither reported nor returned anything. ${hint}`
    const start = `They have ${given.join(' and ')}`
    if (all.has(metric)) return `${start}: '${metric}' must be a number`
    const numbers = [...all].filter(([, kind]) => kind === 'number').map(([key]) => key)
    const nearest = nearestTo(metric, numbers)
    return nearest === undefined ? `${start}. ${hint}` : `${start}: did you mean '${nearest}'?`
  }
}

function list(verb: string, kinds: ReadonlyMap<string, string>, plain: string): string[] {
  const keys = [...kinds].map(([key, kind]) => {
    const shown = `'${cutText(key, LONGEST_KEY)}'`
    return kind === 'number' ? shown : `${shown} (${kind})`
  })
  if (keys.length > 0) return [`${verb} ${keys.join(', ')}`]
  return plain === '' ? [] : [`${verb} ${plain}`]
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  switch (typeof value) {
    case 'number':
      return 'number'
    case 'string':
      return 'a text'
    case 'object':
      return 'an object'
    default:
      return `a ${typeof value}`
  }
}
