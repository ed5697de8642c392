// The importance of parameters, by the code of the sweep: of those trials that came far enough to be compared.

import type { Dimension, Point } from '../../../sweep/space/dimensions.js'
import { comparedStep, importanceOf } from '../../../sweep/results/importance.js'
import { place } from '../../../sweep/page/scales.js'
import type { ParameterDescription } from '../../../sweep/results/progress.js'
import type { SweepRows } from './sweep-rows.js'

/** How much each parameter matters, most first; nothing for too few trials. */
export function importanceIn({ rows, description }: SweepRows): (readonly [name: string, share: number])[] {
  const measured = rows.filter(({ state, value }) => state !== 'failed' && value !== undefined)
  const step = comparedStep(measured.map((row) => row.step))
  const { parameters, direction } = description
  if (parameters.length === 0) return []
  const evidence = measured
    .filter((row) => row.step >= step || row.state === 'completed')
    .map((row) => ({
      point: Float64Array.from(parameters, (parameter): number =>
        coordinateOf(parameter, row.parameters[parameter.name]),
      ) as Point,
      value: row.value!,
    }))
    .filter(({ point }) => point.every((coordinate) => !Number.isNaN(coordinate)))
  const list = parameters.map(toDimension)
  return Object.entries(importanceOf({ list }, evidence, direction)).toSorted(([, a], [, b]) => b - a)
}

function coordinateOf(
  { kind, values = [], low = 0, high = 1, log }: ParameterDescription,
  value: unknown,
): number {
  if (kind === 'choice') {
    const index = values.indexOf(value as never)
    return index === -1 ? Number.NaN : index
  }
  if (typeof value !== 'number') return Number.NaN
  return Math.min(1, Math.max(0, place({ low, high, ...(log === true && { log }) }, value)))
}

function toDimension({
  name,
  kind,
  values = [],
  low = 0,
  high = 1,
  log = false,
}: ParameterDescription): Dimension {
  return kind === 'choice'
    ? { name, kind, condition: undefined, values, given: values, size: values.length }
    : {
        name,
        kind,
        condition: undefined,
        parameter: { kind, low, high, log, step: undefined },
        size: Infinity,
      }
}
