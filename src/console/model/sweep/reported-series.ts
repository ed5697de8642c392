// The numbers that an action has reported, as the store gathers them and the views draw them.

import type { Shown } from '../../../control/api.js'

/** One curve: three columns of the same length. */
export interface Curve {
  at: number[]
  step: number[]
  value: number[]
}

/** What one action has reported. */
export interface ReportedSeries {
  readonly id: string
  readonly curves: Map<string, Curve>
  input: Shown | undefined
}
