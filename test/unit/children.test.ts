import { describe, expect, it } from 'vitest'
import type { AbortReason } from '../../src/protocol/errors/abort-reason.js'
import { Children, type Child } from '../../src/runtime/tree/children.js'

const first: AbortReason = { source: 'cancel', message: 'enough', origin: 'a0', at: 1 }
const second: AbortReason = { source: 'external', message: 'at last', origin: 'a0', at: 2 }

const child = (): Child => ({ shield: undefined, isInBlock: false, siblingNumber: 0 })

describe('children that were never sent', () => {
  it('share the abort of their parent until they settle: what comes later is not theirs (I3, I4)', () => {
    const children = new Children<Child>()
    const one = child()
    const other = child()
    children.add(one)
    children.add(other)
    expect(children.abortWaiting(first, 1, true)?.size).toBe(2)
    const shared = children.abortOf(one)
    expect(shared).toMatchObject({ reason: first, requestedAt: 1 })
    expect(children.abortOf(other)).toBe(shared)
    children.remove(one)
    expect(children.abortWaiting(second, 2, true)).toBeUndefined()
    expect(children.abortOf(other)).toMatchObject({ reason: first, requestedAt: 1, escalations: [second] })
    expect(children.abortOf(one)).toBeUndefined()
    expect(shared?.escalations).toBeUndefined()
  })

  it('have what only follows from an end not put on record (S16)', () => {
    const children = new Children<Child>()
    const one = child()
    children.add(one)
    children.abortWaiting(first, 1, true)
    children.abortWaiting(second, 2, false)
    expect(children.abortOf(one)?.escalations).toBeUndefined()
  })
})
