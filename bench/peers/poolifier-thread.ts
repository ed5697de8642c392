// poolifier's threads: a task function for each task.

import { ThreadWorker } from 'poolifier'
import { tasks } from '../tasks.js'

export default new ThreadWorker(
  tasks as unknown as Record<string, (data?: unknown) => unknown>,
  // It ends a thread that hasn't been used for a minute, also in a fixed pool.
  { maxInactiveTime: 3_600_000 },
)
