import { describe, expect, it } from 'vitest'
import { ActionAbortedError } from '../../src/protocol/errors/errors.js'
import type { AbortReason } from '../../src/protocol/errors/abort-reason.js'
import { decodeOutcome, encodeAbort } from '../../src/protocol/outcome-codec.js'

const place = { run: 'run', action: 'a0.1' }
const times = { queuedAt: 1, startedAt: 2, abortRequestedAt: 3, abortDeliveredAt: undefined, settledAt: 5 }
const reason: AbortReason = { source: 'cancel', message: 'enough', by: 'a0', origin: 'a0.1', at: 3 }

describe('the outcome of an abort on its way to a thread', () => {
  it('has its error made of its reason there, with what came after that (I3, I12)', () => {
    const cause = new RangeError('too much')
    const told = { reason: { ...reason, cause }, escalations: [{ ...reason, message: 'at once' }] }
    const encoded = structuredClone(encodeAbort(times, 'cooperative', told))
    const outcome = decodeOutcome(encoded, place, undefined)
    if (outcome.status !== 'aborted') throw new Error(outcome.status)
    const { error } = outcome
    expect(error).toBeInstanceOf(ActionAbortedError)
    expect(error).toMatchObject({ ...place, how: 'cooperative', reason: { message: 'enough', by: 'a0' } })
    expect(error.reason).toBe(outcome.reason)
    expect(error.cause).toBeInstanceOf(RangeError)
    expect(error.cause).toBe(outcome.reason.cause)
    expect(outcome).toMatchObject({
      ...{ queuedAt: 1, startedAt: 2, abortRequestedAt: 3, settledAt: 5 },
      how: 'cooperative',
      escalations: [{ message: 'at once', origin: 'a0.1' }],
    })
    expect(outcome).not.toHaveProperty('abortDeliveredAt')
  })

  it('has the reason of its receiver where both were aborted together (I3)', () => {
    const outcome = decodeOutcome(encodeAbort(times, 'never-started', undefined), place, reason)
    expect(outcome).toMatchObject({ status: 'aborted', how: 'never-started', escalations: [] })
    expect((outcome as { reason: AbortReason }).reason).toBe(reason)
    expect((outcome as { error: Error }).error).toMatchObject({ ...place, how: 'never-started', reason })
  })
})
