// The form in which results are kept.

import type { Machine } from '../machine.js'
import type { Findings } from '../suite.js'

/** What a suite has found, and when it had. */
export interface KeptFindings extends Findings {
  readonly at: string
}

/** The results of one label. */
export interface Results {
  /** Of the newest suite. */
  readonly at: string
  readonly machine: Machine
  /** By suite. */
  readonly suites: Readonly<Record<string, KeptFindings>>
}
