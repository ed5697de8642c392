// Pruners made of others.

import { ActionInputError } from '../../protocol/errors/errors.js'
import { checkPruner, type Pruner, type PrunerSearch } from './pruner.js'

/** Stops a trial as soon as one of these would. */
export function anyOf(...pruners: readonly Pruner[]): Pruner {
  return combined('anyOf', pruners, (searches) => (report) => {
    // Each one sees every report: what it compares with must not depend on the others.
    const reasons = searches.map((search) => reasonOf(search.decide(report)))
    return reasons.find((reason) => reason !== undefined)
  })
}

/** Stops a trial once each of these has wanted to, be it at different steps. */
export function allOf(...pruners: readonly Pruner[]): Pruner {
  return combined('allOf', pruners, (searches, verdicts) => (report) => {
    let reasons = verdicts.get(report.trial)
    if (reasons === undefined) verdicts.set(report.trial, (reasons = new Map()))
    for (const [index, search] of searches.entries()) {
      const reason = reasonOf(search.decide(report))
      if (reason !== undefined) reasons.set(index, reason)
    }
    return reasons.size === searches.length ? [...reasons.values()].join('; ') : undefined
  })
}

/** Those that are taken here have nobody wait. */
function reasonOf(verdict: ReturnType<PrunerSearch['decide']>): string | undefined {
  return typeof verdict === 'object' ? verdict.pause : verdict
}

/** By trial: the reasons that pruners have given, by their index. */
type Verdicts = Map<number, Map<number, string>>

function combined(
  name: string,
  pruners: readonly Pruner[],
  decide: (searches: readonly PrunerSearch[], verdicts: Verdicts) => PrunerSearch['decide'],
): Pruner {
  if (pruners.length === 0) throw new ActionInputError(`${name}() needs at least one pruner`)
  for (const pruner of pruners) {
    checkPruner(pruner, `${name}()`)
    if (pruner.isScheduler === true)
      throw new ActionInputError(
        `${name}() can't take ${pruner.name}, which has trials wait and go on: give that alone as the sweep's pruner`,
      )
  }
  const known = pruners.flatMap(({ maxSteps }) => maxSteps ?? [])
  return {
    name: `${name}(${pruners.map((pruner) => pruner.name).join(', ')})`,
    ...(known.length > 0 && { maxSteps: Math.max(...known) }),
    start: (options) => {
      const searches = pruners.map((pruner) => pruner.start(options))
      const verdicts: Verdicts = new Map()
      return {
        decide: decide(searches, verdicts),
        end: (trial) => {
          verdicts.delete(trial)
          for (const search of searches) search.end(trial)
        },
        restart: (trial) => {
          verdicts.delete(trial)
          for (const search of searches) {
            if (search.restart === undefined) search.end(trial)
            else search.restart(trial)
          }
        },
      }
    },
  }
}
