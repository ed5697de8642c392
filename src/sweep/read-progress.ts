// Reads a sweep's progress that has come from another process, or through an API that shows values cut to a size: what
// can't be believed is left out, and rows that were cut away are missing. Apart from `progress.ts`, which is a contract
// between programs that trust each other.

import type { ChoiceValue } from './space.js'
import type {
  FlatParameters,
  ParameterDescription,
  SweepDescription,
  SweepProgress,
  TrialRow,
  TrialState,
} from './progress.js'

type Fields = Readonly<Record<string, unknown>>

/** Reads a report or an entry's `progress`; `undefined` if it isn't a sweep's, or has too little to be shown. */
export function readSweepProgress(value: unknown): SweepProgress | undefined {
  if (!isFields(value) || value['type'] !== 'sweep') return undefined
  const description = readDescription(value)
  const { at, startedAt, stepsSpent, trialsPerSecond, counts } = value
  if (description === undefined || !isFields(counts)) return undefined
  if (!isNumber(at) || !isNumber(startedAt)) return undefined
  const best = readRow(value['best'])
  const { stepsSaved, secondsLeft, rows, stoppedBy } = value
  return {
    type: 'sweep',
    ...description,
    at,
    startedAt,
    counts: Object.fromEntries(
      STATES.map((state) => [state, isNumber(counts[state]) ? counts[state] : 0]),
    ) as Record<TrialState, number>,
    stepsSpent: isNumber(stepsSpent) ? stepsSpent : 0,
    trialsPerSecond: isNumber(trialsPerSecond) ? trialsPerSecond : 0,
    ...(isNumber(stepsSaved) && { stepsSaved }),
    ...(isNumber(secondsLeft) && { secondsLeft }),
    ...(best && { best }),
    rows: Array.isArray(rows) ? (rows as readonly unknown[]).flatMap((row) => readRow(row) ?? []) : [],
    ...(isFields(stoppedBy) && {
      stoppedBy: { rule: textOf(stoppedBy['rule']), reason: textOf(stoppedBy['reason']) },
    }),
  }
}

function readDescription(fields: Fields): SweepDescription | undefined {
  const { study, metric, direction, stepKey, parameters, trials, concurrency } = fields
  if (typeof study !== 'string' || typeof metric !== 'string') return undefined
  return {
    study,
    metric,
    direction: direction === 'minimize' ? 'minimize' : 'maximize',
    stepKey: typeof stepKey === 'string' ? stepKey : 'step',
    parameters: Array.isArray(parameters) ? (parameters as readonly unknown[]).flatMap(readParameter) : [],
    ...(isNumber(trials) && { trials }),
    concurrency: isNumber(concurrency) ? concurrency : 1,
    sampler: textOf(fields['sampler']),
    pruner: textOf(fields['pruner']),
  }
}

/** Its name and kind: nothing else of it is shown in a table. */
function readParameter(value: unknown): ParameterDescription[] {
  if (!isFields(value) || typeof value['name'] !== 'string') return []
  return [{ name: value['name'], kind: value['kind'] === 'choice' ? 'choice' : 'number' }]
}

function readRow(value: unknown): TrialRow | undefined {
  if (!isFields(value)) return undefined
  const { number, action, state, parameters, step, reason } = value
  const known = STATES.find((one) => one === state)
  if (!isNumber(number) || known === undefined) return undefined
  return {
    number,
    ...(typeof action === 'string' && { action }),
    state: known,
    parameters: isFields(parameters) ? readParameters(parameters) : {},
    ...(isNumber(value['value']) && { value: value['value'] }),
    ...(isNumber(step) && { step }),
    ...(typeof reason === 'string' && { reason }),
  }
}

function readParameters(fields: Fields): FlatParameters {
  return Object.fromEntries(
    Object.entries(fields).filter((entry): entry is [string, ChoiceValue] =>
      ['string', 'number', 'boolean'].includes(typeof entry[1]),
    ),
  )
}

const STATES: readonly TrialState[] = [
  'running',
  'completed',
  'pruned',
  'stopped',
  'aborted',
  'failed',
  'interrupted',
]

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
