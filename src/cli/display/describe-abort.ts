// What an abort does, in words: the answer to its request, and how it goes on.

import type { AbortAnswer, AbortProgress } from '../../control/api.js'
import { formatDuration } from './duration.js'
import { printable } from './printable.js'
import type { Style } from './style.js'

/** What was asked for has done, or would do. */
export function describeAnswer(answer: AbortAnswer, style: Style): string {
  const { accepted, dryRun, requested, matched, finished, phase, run, named } = answer
  const name = `run '${printable(run)}'`
  const ended = finished > 0 ? `; ${finished} had ended already` : ''
  if (!accepted) {
    if (matched === 0 && finished === 0)
      return `nothing of ${name} is meant by that: nothing ${dryRun ? 'would change' : 'has changed'}`
    const how = phase === undefined ? '' : ` (${phase})`
    return `${finished === 1 ? 'it has ended' : `all ${finished} have ended`} already${how}: nothing ${dryRun ? 'would change' : 'has changed'}`
  }
  const under =
    requested > matched
      ? ` (${matched} meant, ${requested - matched} under ${matched === 1 ? 'it' : 'them'})`
      : ''
  const count = `${requested} ${requested === 1 ? 'action' : 'actions'} of ${name}`
  return dryRun
    ? `would abort ${count}${under}: ${describeNamed(named, requested)}${ended}`
    : `${style('yellow', 'aborting')} ${count}${under}${ended}`
}

/** `sleeper 2 (a0.2), sleeper 5 (a0.5) and 3 more`. */
export function describeNamed(named: AbortAnswer['named'], requested: number): string {
  const shown = named.map(({ id, name }) => `${printable(name)} (${printable(id)})`)
  const more = requested - named.length
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

/** `312 requested, 310 acknowledged, 2 forced`. */
export function describeProgress(progress: AbortProgress, style: Style): string {
  const { requested, acknowledged, settled, cooperative, forced, abandoned, neverStarted, at, settledAt } =
    progress
  const hows = [
    [cooperative, 'cooperative'],
    [forced, 'forced'],
    [abandoned, 'abandoned'],
    [neverStarted, 'never started'],
    [settled - cooperative - forced - abandoned - neverStarted, 'ended by themselves'],
  ] as const
  const ended = hows.filter(([count]) => count > 0).map(([count, how]) => `${count} ${how}`)
  const time = formatDuration((settledAt ?? Date.now()) - at)
  const state =
    settledAt === undefined
      ? style('yellow', `${settled} of ${requested} ended after ${time}`)
      : style('green', `all ended after ${time}`)
  return `${[`${requested} requested`, `${acknowledged} acknowledged`, ...ended].join(', ')}; ${state}`
}
