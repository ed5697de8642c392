// What is known of the last minutes of a process that nobody has looked at.

import { expect, it } from 'vitest'
import { ProcessHistory } from '../../src/control/server/mirror/process-history.js'

it('keeps how the process has stood in the last five minutes, oldest first', () => {
  const access = { at: 0, queued: 7, late: 1.5, isClosed: false }
  const history = new ProcessHistory({
    now: () => access.at,
    get counts() {
      const live = { queued: access.queued, running: 0, aborting: 0 }
      return { live, totals: { succeeded: 0, failed: 0, aborted: 0, timedOut: 0 }, refused: 0 }
    },
    watchLoop: () => ({
      read: () => ({ meanMs: 0, p50Ms: 0, p99Ms: access.late, maxMs: 9 }),
      close: () => (access.isClosed = true),
    }),
  })
  try {
    expect(history.columns()).toMatchObject({ at: [0], queued: [7], loopP99Ms: [1.5] })
    expect(history.columns().rssBytes[0]).toBeGreaterThan(1e6)
    access.queued = 8
    for (access.at = 1; access.at <= 150; access.at += 1) history.look()
    const { at, queued, loopP99Ms, rssBytes } = history.columns()
    expect([at[0], at.at(-1)]).toEqual([1, 150])
    for (const column of [at, queued, loopP99Ms, rssBytes]) expect(column).toHaveLength(150)
    expect(new Set(queued)).toEqual(new Set([8]))
  } finally {
    history.close()
  }
  expect(access.isClosed).toBe(true)
})
