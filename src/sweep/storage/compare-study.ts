// Whether a stored study is the one that a sweep is about: the same metric, and a space that has all values of the stored one,
// and maybe more. What differs is named, field by field.

import { describeValue } from '../../protocol/values/describe-value.js'
import { ActionInputError } from '../../protocol/errors/errors.js'
import { SweepStorageError } from '../../protocol/errors/sweep-storage-error.js'
import { isValueOf } from '../space/known-point.js'
import type { NumberParameter } from '../space/parameter.js'
import type { ParameterDescription } from '../results/progress.js'
import type { StudyHeader, StudyLine } from './study-lines.js'

/**
 * Compares a stored study with a sweep. Gives whether the sweep's space is wider.
 *
 * @throws `ActionInputError` if it is another study.
 */
export function compareStudy(
  lines: readonly StudyLine[],
  wanted: StudyHeader,
  path: string,
): 'same' | 'wider' {
  const [header] = lines
  if (header?.type !== 'study') {
    throw new SweepStorageError(`'${path}' isn't the file of a study: give this sweep another file`, path)
  }
  let stored = header.parameters
  for (const line of lines) if (line.type === 'space') stored = line.parameters
  const differences = [
    ...differencesOf('', header, wanted, ['metric', 'direction', 'metrics', 'stepKey']),
    ...differencesOf('', { objective: 'best', ...header }, { objective: 'best', ...wanted }, ['objective']),
    ...compareParameters(stored, wanted.parameters),
  ]
  if (differences.length > 0) {
    throw new ActionInputError(
      `the study '${path}' is another one: ${differences.join('; ')}. Its space may become wider, not narrower. ` +
        `Give this sweep the same options, or another file and this one as its 'warmStart'`,
    )
  }
  return JSON.stringify(stored) === JSON.stringify(wanted.parameters) ? 'same' : 'wider'
}

function compareParameters(
  stored: readonly ParameterDescription[],
  wanted: readonly ParameterDescription[],
): string[] {
  const byName = new Map(wanted.map((parameter) => [parameter.name, parameter]))
  const before = new Map(stored.map((parameter) => [parameter.name, parameter]))
  return [
    ...stored.flatMap((parameter) => {
      const now = byName.get(parameter.name)
      return now === undefined
        ? [`its parameter '${parameter.name}' isn't in this sweep's space`]
        : compareParameter(parameter, now)
    }),
    ...wanted.flatMap(({ name, condition }) => {
      if (before.has(name)) return []
      // What exists by a value that is new itself can't be missing in any trial.
      const parent = condition && before.get(condition.name)
      const isNew = condition !== undefined && parent?.values?.includes(condition.value) !== true
      return isNew ? [] : [`this sweep's parameter '${name}' isn't in its space`]
    }),
  ]
}

function compareParameter(stored: ParameterDescription, now: ParameterDescription): string[] {
  const of = `of its parameter '${stored.name}' `
  if (stored.kind !== now.kind) return differencesOf(of, stored, now, ['kind'])
  const differences = differencesOf(of, stored, now, ['condition'])
  if (stored.kind === 'choice') {
    const gone = (stored.values ?? []).filter((value) => now.values?.includes(value) !== true)
    return gone.length === 0
      ? differences
      : [
          ...differences,
          `${of}the values ${describeValue(gone)} aren't among this sweep's ${describeValue(now.values)}`,
        ]
  }
  const { low = NaN, high = NaN, step } = stored
  if (!(low >= (now.low ?? NaN))) differences.push(...differencesOf(of, stored, now, ['low']))
  if (!(high <= (now.high ?? NaN))) differences.push(...differencesOf(of, stored, now, ['high']))
  if (differences.length > 0 || now.step === undefined) return differences
  // Its first two values lie on the grid, so all do.
  const grid = now as Pick<NumberParameter, 'low' | 'high' | 'step'> as NumberParameter
  const isOnGrid =
    step !== undefined && isValueOf(grid, low) && (low + step > high || isValueOf(grid, low + step))
  if (isOnGrid) return differences
  return stored.step === now.step
    ? [
        `${of}the values ${low}, ${low + (step ?? 0)} … aren't among this sweep's ${now.low}, ${(now.low ?? 0) + now.step} …`,
      ]
    : differencesOf(of, stored, now, ['step'])
}

/** The fields in which two differ, in words. */
function differencesOf<Fields extends object>(
  of: string,
  stored: Fields,
  wanted: Fields,
  keys: readonly (keyof Fields & string)[],
): string[] {
  return keys.flatMap((key) =>
    JSON.stringify(stored[key]) === JSON.stringify(wanted[key])
      ? []
      : [
          `${of}${of === '' ? 'its ' : 'the '}${key} is ${describeValue(stored[key])}, this sweep's is ${describeValue(wanted[key])}`,
        ],
  )
}
