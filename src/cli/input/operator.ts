// Who sits at the command line, as aborts name them.

import { userInfo } from 'node:os'

/** `ann (cli)`; `cli` where the system has no name for the user, as in some containers. */
export function operatorName(): string {
  try {
    const { username } = userInfo()
    return username === '' ? 'cli' : `${username} (cli)`
  } catch {
    return 'cli'
  }
}
