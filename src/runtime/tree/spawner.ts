// An attempt that spawns actions, as those know it: one object for all of them.

import type { AttemptTicket } from '../../protocol/claims.js'

/** It holds their handles: where it runs is told of them, also when it has ended. */
export interface Spawner<Member, Line> {
  readonly action: Member
  readonly ticket: AttemptTicket | undefined
  readonly line: Line | undefined
}
