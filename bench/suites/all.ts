// The suites, in the order in which they are run and shown.

import type { Suite } from '../suite.js'
import { sweepCost } from '../sweep/cost.js'
import { sweepDigits } from '../sweep/digits.js'
import { sweepSamplers } from '../sweep/samplers.js'
import { abort } from './abort.js'
import { consolePage } from './console.js'
import { control } from './control.js'
import { fairness } from './fairness.js'
import { growth } from './growth.js'
import { massAbort } from './mass-abort.js'
import { memory } from './memory.js'
import { nested } from './nested.js'
import { payload } from './payload.js'
import { polling } from './polling.js'
import { roundTrip } from './round-trip.js'
import { throughput } from './throughput.js'
import { work } from './work.js'

export const suites: readonly Suite[] = [
  throughput,
  growth,
  roundTrip,
  nested,
  work,
  abort,
  massAbort,
  memory,
  payload,
  polling,
  fairness,
  control,
  consolePage,
  sweepCost,
  sweepSamplers,
  sweepDigits,
]
