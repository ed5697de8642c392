// The metrics of a sweep, one or several, and the constraints that trials should keep.

import { describeValue } from '../../protocol/values/describe-value.js'
import { wrongOption } from '../../checks/wrong-value.js'
import { ActionInputError } from '../../protocol/errors/errors.js'
import { checkDirection } from '../check-direction.js'
import type { Direction } from './progress.js'
import type { Pruner } from '../pruners/pruner.js'
import { checkMultiObjective, type Sampler } from '../samplers/sampler.js'
import type { StopRule } from '../stop-rules.js'

/** One of the metrics of a sweep. */
export interface MetricDirection {
  readonly name: string
  readonly direction: Direction
}

/** Says by how much a trial violates what it must keep: numbers of which each is to be 0 or less. */
export type Constraints = (numbers: Readonly<Record<string, number>>) => readonly number[]

const OF = 'sweep'
const METRIC = "a name, or an object of directions: { loss: 'minimize', ms: 'minimize' }"

/** What is given of a metric, or of several. */
interface GivenMetric {
  readonly metric?: unknown
  readonly direction?: unknown
  readonly objective?: unknown
}

/** The metrics of a sweep. @throws `ActionInputError` for what gives none, or contradicts itself. */
export function resolveMetrics({ metric, direction, objective }: GivenMetric): readonly MetricDirection[] {
  if (typeof metric === 'object' && metric !== null) return readMetrics(metric, direction, objective)
  checkDirection(direction, OF)
  const name = metric ?? (objective === 'returned' ? 'value' : undefined)
  if (typeof name !== 'string' || name === '') throw wrongOption(OF, 'metric', name, METRIC)
  return [{ name, direction }]
}

function readMetrics(metric: object, direction: unknown, objective: unknown): MetricDirection[] {
  const metrics = Object.entries(metric as Record<string, Direction>).map(([name, one]) => {
    checkDirection(one, `${OF}, metric '${name}'`)
    return { name, direction: one }
  })
  if (metrics.length === 0) {
    throw wrongOption(OF, 'metric', metric, METRIC)
  }
  if (direction !== undefined) {
    throw new ActionInputError(
      `${OF}: the option 'direction' is ${describeValue(direction)}, but 'metric' gives the direction of each metric already: leave it out`,
    )
  }
  if (metrics.length > 1 && objective !== undefined) {
    throw new ActionInputError(
      `${OF}: the option 'objective' is ${describeValue(objective)}, but with several metrics the last report that has all of them counts: leave it out`,
    )
  }
  return metrics
}

/** Refuses what goes by one metric in a sweep of several. */
export function checkSeveral(
  metrics: readonly MetricDirection[],
  {
    sampler,
    pruner,
    rules,
    onBest,
  }: {
    readonly sampler: Sampler
    readonly pruner: Pruner
    readonly rules: readonly StopRule[]
    readonly onBest: unknown
  },
): void {
  if (metrics.length < 2) return
  checkMultiObjective(sampler)
  const of = `${OF} of several metrics (${metrics.map(({ name }) => name).join(', ')})`
  if (pruner.name !== 'none') {
    throw new ActionInputError(`${of}: the pruner ${pruner.name} judges by one metric: leave it out`)
  }
  const rule = rules.find(({ needsOneMetric }) => needsOneMetric === true)
  if (rule !== undefined) {
    throw new ActionInputError(
      `${of}: the rule ${rule.name} judges by one metric: stop by trials, timeLimit() or budget()`,
    )
  }
  if (onBest !== undefined) {
    throw new ActionInputError(
      `${of}: there is no best trial for 'onBest' to be told of: use onTrial, and pareto()`,
    )
  }
}

/** What constraints say of numbers. @throws `ActionInputError` for what isn't an array of numbers. */
export function evaluateConstraints(
  constraints: Constraints,
  numbers: Readonly<Record<string, number>>,
): readonly number[] {
  const said: unknown = constraints({ ...numbers })
  if (Array.isArray(said) && said.every((one) => typeof one === 'number')) return said
  throw new ActionInputError(
    `${OF}: the option 'constraints' returned ${describeValue(said)}, but must return an array of numbers, of which each is to be 0 or less`,
  )
}

/** The numbers of some names; `undefined` if one is missing. */
export function numbersAt(
  numbers: Readonly<Record<string, number>>,
  metrics: readonly MetricDirection[],
): Readonly<Record<string, number>> | undefined {
  const entries: [string, number][] = []
  for (const { name } of metrics) {
    if (!Object.hasOwn(numbers, name)) return undefined
    entries.push([name, numbers[name] as number])
  }
  return Object.fromEntries(entries)
}

/** The directions by name. */
export function directionsOf(metrics: readonly MetricDirection[]): Readonly<Record<string, Direction>> {
  return Object.fromEntries(metrics.map(({ name, direction }) => [name, direction]))
}
