// The suites, in the order in which they are run and shown.

import type { Suite } from '../suite.js'
import { sweepCost } from '../sweep/cost.js'
import { sweepDigits } from '../sweep/digits.js'
import { sweepSamplers } from '../sweep/samplers.js'
import { abort } from './abort.js'
import { cluster } from './cluster.js'
import { consolePage } from './console.js'
import { control } from './control.js'
import { fairness } from './fairness.js'
import { growth } from './growth.js'
import { massAbort } from './mass-abort.js'
import { http } from './http.js'
import { keptCode } from './kept-code.js'
import { memory } from './memory.js'
import { nested } from './nested.js'
import { payload } from './payload.js'
import { polling } from './polling.js'
import { roundTrip } from './round-trip.js'
import { scheduling } from './scheduling.js'
import { startUp } from './start-up.js'
import { throughput } from './throughput.js'
import { tuning } from './tuning.js'
import { work } from './work.js'

export const suites: readonly Suite[] = [
  throughput,
  keptCode,
  growth,
  roundTrip,
  nested,
  scheduling,
  work,
  abort,
  massAbort,
  startUp,
  http,
  memory,
  payload,
  polling,
  fairness,
  control,
  cluster,
  consolePage,
  sweepCost,
  sweepSamplers,
  sweepDigits,
  ...tuning,
]
