// Where the lanes of a runtime come from that aren't threads of its own process. It knows only this of them.

import type { OpenLine } from '../../threads/lane-line.js'

/** Opens lines to hosts on other machines. */
export interface LaneSource {
  /** How many lanes may be open there, or on their way, at a time. */
  readonly most: number
  /** Whether what has a cpu share goes nowhere else. */
  readonly isOnly: boolean
  /** A line to one more host, which may take any time to come up. `epochOffset`: of the clock by which it is to tell times. */
  open(epochOffset: number): OpenLine
}

/** The option of `createRuntime` that gives a source: no part of its interface yet. */
export const LANE_SOURCE: unique symbol = Symbol.for('heddle.laneSource')
