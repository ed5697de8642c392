// The last report of an action in one line: of a sweep how it stands, else what was reported.

import type { Json } from '../../../control/api.js'
import { readSweepReport, type SweepReport } from '../../../sweep/results/read-progress.js'
import { briefValue } from './brief-value.js'
import { showCount, showValue } from './show-number.js'

/** `12 of 60 trials · best accuracy 0.9318 (trial 45)`, or `epoch 3, accuracy 0.9125`. */
export function briefReport(value: Json): string {
  const sweep = readSweepReport(value)
  return sweep === undefined ? briefValue(value) : briefSweep(sweep)
}

function briefSweep({ trials, counts, best, metric }: SweepReport): string {
  const ended =
    counts && Object.values(counts).reduce((sum, count) => sum + count, 0) - counts.running - counts.paused
  const parts: string[] = []
  if (ended !== undefined)
    parts.push(`${showCount(ended)}${trials === undefined ? '' : ` of ${showCount(trials)}`} trials`)
  if (best !== undefined) {
    const value = best.value ?? best.values?.[metric]
    parts.push(`best ${metric}${value === undefined ? '' : ` ${showValue(value)}`} (trial ${best.number})`)
  }
  return parts.length === 0 ? 'a sweep' : parts.join(' · ')
}
