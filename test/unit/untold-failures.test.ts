// What a spawner's host may not have been told of is held until it has handled what it was sent, and no longer.

import { describe, expect, it } from 'vitest'
import { ActionFailedError } from '../../src/protocol/errors/errors.js'
import type { Delivery } from '../../src/threads/lane-line.js'
import { UntoldFailures, type UntoldFailure } from '../../src/runtime/tree/untold-failures.js'

/** A line of which a test says how far it has come. */
class Line implements Delivery {
  sent: number | undefined = undefined
  handled = 0
  posted = 0
  taken = 0

  isHandled(sent: number): boolean {
    return sent <= this.handled
  }

  isTaken(posted: number): boolean {
    return posted <= this.taken
  }
}

function failureOf(id: string): UntoldFailure {
  const error = new ActionFailedError('it failed', { code: 'Error', run: 'run', action: id })
  return { id, name: 'work', status: 'failed', error }
}

/** The end of a tick, in which what waits is posted. */
const endOfTick = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve))

function idsOf(untold: UntoldFailures): string[] {
  return untold.takeAll().map(({ id }) => id)
}

describe('failures that a body may not have been told of', () => {
  it('are kept while the word of them is not posted, or not handled (S19)', async () => {
    const untold = new UntoldFailures()
    const line = new Line()
    untold.add(failureOf('a0.1'), line)
    await endOfTick()
    line.sent = 1
    untold.add(failureOf('a0.2'), line)
    await endOfTick()
    line.sent = 2
    untold.add(failureOf('a0.3'), line)
    expect(idsOf(untold)).toEqual(['a0.1', 'a0.2', 'a0.3'])
    expect(idsOf(untold)).toEqual([])
  })

  it('are kept while the end of the body may be on its way, for which the word of them came too late (S19)', async () => {
    const untold = new UntoldFailures()
    const line = new Line()
    untold.add(failureOf('a0.1'), line)
    await endOfTick()
    line.sent = 1
    untold.add(failureOf('a0.2'), line)
    line.handled = 1
    // Its end.
    line.posted = 1
    untold.add(failureOf('a0.3'), line)
    untold.add(failureOf('a0.4'), line)
    expect(idsOf(untold)).toEqual(['a0.1', 'a0.2', 'a0.3', 'a0.4'])
  })

  it('are forgotten once they have been handled, the oldest first (S29)', async () => {
    const untold = new UntoldFailures()
    const line = new Line()
    for (let count = 1; count <= 1000; count += 1) {
      line.sent = count
      untold.add(failureOf(`a0.${count}`), line)
      await endOfTick()
      // It is three behind.
      line.handled = count - 3
      expect(untold.size).toBeLessThanOrEqual(5)
    }
    expect(idsOf(untold)).toContain('a0.998')
  })
})
