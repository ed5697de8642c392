// What a sweep says of itself in the reports of its study, as far as this page shows it. It arrives as a value of the
// app's like any other, so each part is looked at before it is believed.

import type { Json } from '../../control/api.js'

/** What is known of a sweep. */
export interface SweepReport {
  readonly metric: string
  readonly direction: 'minimize' | 'maximize'
  readonly parameters: ReadonlyMap<string, SweepParameter>
  readonly stepsSpent: number | undefined
  readonly stepsSaved: number | undefined
  readonly sampler: string | undefined
  readonly pruner: string | undefined
  /** How many trials there are at most. */
  readonly trials: number | undefined
  readonly stoppedBy: string | undefined
}

/** One parameter. */
export interface SweepParameter {
  readonly low: number | undefined
  readonly high: number | undefined
  readonly log: boolean
  readonly values: readonly string[] | undefined
}

type Fields = Readonly<Record<string, Json | undefined>>

/** Reads a report; `undefined` if it isn't a sweep's. */
export function readSweepReport(value: Json): SweepReport | undefined {
  if (!isObject(value)) return undefined
  const { type, metric, direction, parameters, stoppedBy } = value
  if (type !== 'sweep' || typeof metric !== 'string') return undefined
  const described = Array.isArray(parameters) ? (parameters as readonly Json[]) : []
  return {
    metric,
    direction: direction === 'minimize' ? 'minimize' : 'maximize',
    parameters: new Map(described.flatMap(readParameter)),
    stepsSpent: number(value['stepsSpent']),
    stepsSaved: number(value['stepsSaved']),
    sampler: text(value['sampler']),
    pruner: text(value['pruner']),
    trials: number(value['trials']),
    stoppedBy: stoppedBy !== undefined && isObject(stoppedBy) ? text(stoppedBy['reason']) : undefined,
  }
}

function readParameter(value: Json): [string, SweepParameter][] {
  if (!isObject(value) || typeof value['name'] !== 'string') return []
  const choices = value['values']
  return [
    [
      value['name'],
      {
        low: number(value['low']),
        high: number(value['high']),
        log: value['log'] === true,
        values: Array.isArray(choices) ? (choices as readonly Json[]).map(String) : undefined,
      },
    ],
  ]
}

function isObject(value: Json): value is Fields & Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function number(value: Json | undefined): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

function text(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}
