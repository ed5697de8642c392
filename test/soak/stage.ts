// Where runs of a soak are played.

import type { Runtime } from 'heddle'
import type { ControlClient } from 'heddle/client'
import type { Mirror } from './mirror.js'
import type { Random } from './random.js'
import type { Story } from './story.js'
import type { Soak } from './within.js'

/** A runtime in which runs are played. */
export interface Stage extends Soak {
  readonly runtime: Runtime
  readonly story: Story
  readonly random: Random
  /** Nobody may be forced: all are polite, and have all the time they need. */
  readonly calm: boolean
  /** The bodies run on other machines, some of which are lost on the way. */
  readonly isFar?: boolean
  /** By how many aborts a run may be struck, and within how many of its events, as often as each stands here. */
  readonly strikes?: { readonly counts: readonly number[]; readonly events: readonly number[] }
  /** Where the runtime is served: another way to abort, and what its streams tell. */
  readonly served?: { readonly client: ControlClient; readonly mirror: Mirror } | undefined
}
