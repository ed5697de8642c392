// `--where phase=running,name=trial`: which actions are meant, as the API wants it.

import type { ActionFilter } from '../../control/api.js'
import { PHASES, type Phase } from '../../protocol/outcome.js'
import { nearestTo } from '../../checks/nearest.js'
import { UsageError } from './usage-error.js'

const KEYS = ['phase', 'name', 'parent', 'under', 'search'] as const

/**
 * Reads conditions: `key=value`, separated by commas, all of which must hold; `a|b` is either. `*` in a name is any text.
 *
 * @throws `UsageError` for a condition that isn't one.
 */
export function parseWhere(texts: readonly string[]): ActionFilter {
  const values = new Map<(typeof KEYS)[number], string[]>()
  for (const condition of texts.flatMap((text) => text.split(','))) {
    const equals = condition.indexOf('=')
    const key = condition.slice(0, Math.max(0, equals)).trim()
    const value = condition.slice(equals + 1).trim()
    const known = KEYS.find((one) => one === key)
    if (known === undefined || value === '') {
      const near = nearestTo(key, KEYS)
      throw new UsageError(
        `--where has '${condition}', but takes conditions such as phase=running,name=trial with the keys ${KEYS.join(', ')}${near === undefined || near === key ? '' : `. Did you mean '${near}'?`}`,
      )
    }
    if (values.has(known)) {
      throw new UsageError(`--where has ${known} twice: several values of one are written ${known}=a|b`)
    }
    values.set(known, value.split('|'))
  }
  const phases = values.get('phase')?.map(phase)
  const one = (key: 'parent' | 'under' | 'search'): string | undefined => {
    const found = values.get(key)
    if (found !== undefined && found.length > 1 && key !== 'search') {
      throw new UsageError(`--where has ${key}=${found.join('|')}, but ${key} takes one id`)
    }
    return found?.join('|')
  }
  const name = values.get('name')
  const [parent, under, search] = [one('parent'), one('under'), one('search')]
  return {
    ...(phases && { phase: phases }),
    ...(name && { name }),
    ...(parent !== undefined && { parent }),
    ...(under !== undefined && { under }),
    ...(search !== undefined && { search }),
  }
}

function phase(text: string): Phase {
  const found = PHASES.find((one) => one === text)
  if (found !== undefined) return found
  const near = nearestTo(text, PHASES)
  throw new UsageError(
    `--where has phase=${text}, but a phase is one of ${PHASES.join(', ')}${near === undefined ? '' : `. Did you mean '${near}'?`}`,
  )
}
