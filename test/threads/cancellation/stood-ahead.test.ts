// What waited behind an action that is gone starts as soon as it fits: in the queue, and on a thread that it was sent to.

import { setImmediate as nextTurn } from 'node:timers/promises'
import { createRuntime, type Run, type Runtime } from 'heddle'
import { half, staysOnHalf, whole } from '#fixtures/halves.js'
import { describe, expect, it } from 'vitest'

const FOR_EVER = 2 ** 30

/** One that holds half of the only thread; what needs all of it stands ahead of what fits. */
async function standing(
  runtime: Runtime,
  isLoud: boolean,
  options: Parameters<Runtime['run']>[2] = {},
): Promise<{ busy: Run; ahead: Run; behind: Run }> {
  const busy = runtime.run(staysOnHalf, { ms: FOR_EVER, isLoud })
  const reports = busy.reports()
  await reports.next()
  const ahead = runtime.run(whole, undefined, options)
  const behind = runtime.run(half)
  // What could be sent has been sent, and what was sent has arrived. Who is silent gives the scheduler no cause to look again.
  for (let turn = 0; turn < 5; turn += 1) await (isLoud ? reports.next() : nextTurn())
  return { busy, ahead, behind }
}

describe('what fits, behind what is gone', () => {
  it('starts when that is cancelled in the queue (S1, S25)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const { busy, ahead, behind } = await standing(runtime, false)
    expect([ahead.phase, behind.phase]).toEqual(['queued', 'queued'])
    ahead.cancel()
    await expect(ahead.settled()).resolves.toMatchObject({ status: 'aborted', how: 'never-started' })
    await expect(behind).resolves.toBe('half')
    expect(busy.phase).toBe('running')
    busy.cancel()
    await busy.settled()
  })

  it('starts when that has waited too long (S1, S8)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const { busy, ahead, behind } = await standing(runtime, false, { timeout: { queuedMs: 20 } })
    await expect(ahead.settled()).resolves.toMatchObject({ status: 'timedOut' })
    await expect(behind).resolves.toBe('half')
    busy.cancel()
    await busy.settled()
  })

  it('starts when that was sent to the thread already, and is taken back (S1, S10)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    let standings = await standing(runtime, true)
    // Short ones are sent ahead, once it is known that they are.
    while (runtime.stats().lanes[0]?.inFlight !== 3) {
      for (const run of Object.values(standings)) run.cancel()
      await Promise.all(Object.values(standings).map((run) => run.settled()))
      for (let round = 0; round < 10; round += 1)
        for (const run of [
          runtime.run(staysOnHalf, { ms: 0, isLoud: false }),
          runtime.run(whole),
          runtime.run(half),
        ])
          await run
      standings = await standing(runtime, true)
    }
    const { busy, ahead, behind } = standings
    ahead.cancel()
    await expect(behind).resolves.toBe('half')
    busy.cancel()
    await Promise.all([busy.settled(), ahead.settled()])
  })
})
