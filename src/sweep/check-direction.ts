// Checks the direction in which a metric is better, as somebody has given it.

import { wrongValue } from '../checks/wrong-value.js'
import type { Direction } from './results/progress.js'

/** Checks a direction; throws an `ActionInputError` otherwise. */
export function checkDirection(direction: unknown, of: string): asserts direction is Direction {
  if (direction === 'minimize' || direction === 'maximize') return
  throw wrongValue(of, 'the direction', direction, "'minimize' or 'maximize'")
}
