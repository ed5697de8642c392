// What is an action's own doing, and what is that of others: who is charged an attempt when a thread is lost.

import { createRuntime } from 'heddle'
import { keepsLosing, neighbour, exiting, triedNeighbour } from '#fixtures/faults.js'
import { describe, expect, it } from 'vitest'
import { EventRecorder } from '../support/event-recorder.js'
import { open, word } from '../support/shared-words.js'

describe('a lost thread', () => {
  it('is charged to a parent whose child it is killed for: it does not go on for ever (S6, S8)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const run = runtime.run(keepsLosing)
    await expect(run.settled()).resolves.toMatchObject({
      status: 'failed',
      error: { code: 'ThreadLostError', loss: 'killed-for-neighbour' },
    })
    expect(run.actions().map(({ id, phase, attempt }) => [id, phase, attempt])).toEqual([
      ['a0', 'failed', 2],
      // Their parent's end came in the same moment, and an abort wins over the timeout of an attempt.
      ['a0.1', 'aborted', 1],
      ['a0.2', 'aborted', 1],
    ])
  })

  it('is not charged to the neighbours of a body that ends it, who learn whose fault it was (S21)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const recorder = new EventRecorder(runtime)
    const leaves = word()
    const tried = runtime.run(triedNeighbour, leaves, { name: 'tried' })
    await recorder.report('a0')
    // Twice, though one attempt is all that it may be charged.
    for (const time of [1, 2]) {
      const bad = runtime.run(exiting, undefined, { name: `bad-${time}` })
      await expect(bad.settled()).resolves.toMatchObject({ status: 'failed', error: { loss: 'exited' } })
      const isRetry = (attempt: number) => (event: { type: string; attempt?: number }) =>
        event.type === 'retry' && event.attempt === attempt
      const retry = await recorder.next(isRetry(time))
      expect(retry).toMatchObject({ run: 'tried', delayMs: 0 })
      expect((retry as unknown as { error: Error }).error.message).toContain(`of run 'bad-${time}'`)
      await recorder.next(
        (event) =>
          event.type === 'phase' &&
          event.run === 'tried' &&
          event.phase === 'running' &&
          event.attempt > time,
      )
    }
    open(leaves)
    await expect(tried).resolves.toBe('alive in attempt 3')
    await expect(runtime.run(neighbour, leaves)).resolves.toBe('alive in attempt 1')
  })
})
