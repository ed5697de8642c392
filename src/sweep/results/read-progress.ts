// Reads a sweep's progress that has come from another process, or through an API that shows values cut to a size: what
// can't be believed is left out, and rows that were cut away are missing. Apart from `progress.ts`, which is a contract
// between programs that trust each other.

import type { ChoiceValue } from '../space/parameter.js'
import {
  TRIAL_STATES,
  type Direction,
  type FlatParameters,
  type ParameterDescription,
  type SweepProgress,
  type TrialRow,
  type TrialState,
} from './progress.js'

/** What can be believed of a sweep's report: its metric, and whatever else is there. */
export type SweepReport = Pick<SweepProgress, Needed> & Partial<Omit<SweepProgress, Needed | 'type'>>

type Needed = 'metric' | 'direction' | 'parameters' | 'rows'

type Fields = Readonly<Record<string, unknown>>

/** Reads a report; `undefined` if it isn't a sweep's. */
export function readSweepReport(value: unknown): SweepReport | undefined {
  if (!isFields(value)) return undefined
  const { type, metric, metrics, direction, counts, best, stoppedBy } = value
  if (type !== 'sweep' || typeof metric !== 'string') return undefined
  const readBest = readRow(best)
  return {
    ...pick(value, ['study', 'stepKey', 'sampler', 'pruner'] as const, isText),
    ...pick(value, ['trials', 'concurrency', 'at', 'startedAt'] as const, isNumber),
    ...pick(value, ['stepsSpent', 'stepsSaved', 'trialsPerSecond', 'secondsLeft'] as const, isNumber),
    metric,
    ...(isFields(metrics) && { metrics: readDirections(metrics) }),
    direction: direction === 'minimize' ? 'minimize' : 'maximize',
    parameters: listOf(value['parameters']).flatMap(readParameter),
    rows: listOf(value['rows']).flatMap((row) => readRow(row) ?? []),
    ...(isFields(counts) && { counts: readCounts(counts) }),
    ...(readBest && { best: readBest }),
    ...(isFields(stoppedBy) && {
      stoppedBy: {
        rule: textOf(stoppedBy['rule']),
        reason: textOf(stoppedBy['reason']),
        ...pick(stoppedBy, ['by'] as const, isText),
        ...(stoppedBy['running'] === 'finish' && { running: 'finish' as const }),
      },
    }),
  }
}

/** Reads a report or an entry's `progress`; `undefined` if it isn't a sweep's, or has too little to be shown. */
export function readSweepProgress(value: unknown): SweepProgress | undefined {
  const report = readSweepReport(value)
  if (report === undefined) return undefined
  const { study, counts, at, startedAt } = report
  if (study === undefined || counts === undefined || at === undefined || startedAt === undefined) {
    return undefined
  }
  return {
    type: 'sweep',
    stepKey: 'step',
    concurrency: 1,
    sampler: '',
    pruner: '',
    stepsSpent: 0,
    trialsPerSecond: 0,
    ...report,
    study,
    counts,
    at,
    startedAt,
  }
}

function readCounts(counts: Fields): Record<TrialState, number> {
  const read = TRIAL_STATES.map((state) => [state, isNumber(counts[state]) ? counts[state] : 0] as const)
  return Object.fromEntries(read) as Record<TrialState, number>
}

function readParameter(value: unknown): ParameterDescription[] {
  if (!isFields(value) || typeof value['name'] !== 'string') return []
  const { name, kind, log, values } = value
  return [
    {
      name,
      kind: kind === 'choice' ? 'choice' : 'number',
      ...pick(value, ['low', 'high', 'step'] as const, isNumber),
      ...(typeof log === 'boolean' && { log }),
      ...(Array.isArray(values) && { values: listOf(values).filter(isChoice) }),
    },
  ]
}

function readRow(value: unknown): TrialRow | undefined {
  if (!isFields(value)) return undefined
  const { number, state, parameters, values } = value
  const known = TRIAL_STATES.find((one) => one === state)
  if (!isNumber(number) || known === undefined) return undefined
  return {
    number,
    state: known,
    parameters: isFields(parameters) ? readParameters(parameters) : {},
    ...pick(value, ['action', 'reason'] as const, isText),
    ...pick(value, ['value', 'step'] as const, isNumber),
    ...(isFields(values) && { values: readNumbers(values) }),
  }
}

function readDirections(fields: Fields): Record<string, Direction> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, direction]) => [
      name,
      direction === 'minimize' ? 'minimize' : 'maximize',
    ]),
  )
}

function readNumbers(fields: Fields): Record<string, number> {
  return Object.fromEntries(
    Object.entries(fields).filter((entry): entry is [string, number] => isNumber(entry[1])),
  )
}

function readParameters(fields: Fields): FlatParameters {
  return Object.fromEntries(
    Object.entries(fields).filter((entry): entry is [string, ChoiceValue] =>
      ['string', 'number', 'boolean'].includes(typeof entry[1]),
    ),
  )
}

/** Those of these fields that are of such a kind. */
function pick<Name extends string, Kind>(
  fields: Fields,
  names: readonly Name[],
  isOfKind: (value: unknown) => value is Kind,
): { readonly [Key in Name]?: Kind } {
  const picked: { [Key in Name]?: Kind } = {}
  for (const name of names) {
    const value = fields[name]
    if (isOfKind(value)) picked[name] = value
  }
  return picked
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : []
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isChoice(value: unknown): value is ChoiceValue {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value)
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function textOf(value: unknown): string {
  return isText(value) ? value : ''
}
