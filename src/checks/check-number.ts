// Options that are numbers: checked, and refused by their name.

import { wrongOption } from './wrong-value.js'

/** The largest count that isn't Infinity. */
export const LARGEST_COUNT: number = Number.MAX_SAFE_INTEGER

/** Checks a whole number from `least` to `most`, for which Infinity will do where nothing else is given. */
export function checkCount(
  value: number,
  of: string,
  option: string,
  least: number,
  most: number = Infinity,
): number {
  const isCount = Number.isInteger(value) || value === Infinity
  if (isCount && value >= least && value <= most) return value
  throw wrongOption(
    of,
    option,
    value,
    `a whole number, ${least} or more${most === Infinity ? ', or Infinity' : ''}`,
  )
}

/** Checks a number, NaN being none. `fits`: what else it must be, as `wanted` says it. */
export function checkNumber(
  value: number,
  of: string,
  option: string,
  wanted: string = 'a number',
  fits: (value: number) => boolean = isNumber,
): number {
  if (isNumber(value) && fits(value)) return value
  throw wrongOption(of, option, value, wanted)
}

/** Checks a duration. */
export function checkMilliseconds(value: number, of: string, option: string): number {
  if (isNumber(value) && value >= 0) return value
  throw wrongOption(of, option, value, 'milliseconds, 0 or more')
}

/** Whether it is a number, NaN being none. */
export function isNumber(value: unknown): value is number {
  return typeof value === 'number' && !Number.isNaN(value)
}
