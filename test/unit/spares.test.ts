// How many threads are got ready for those that are killed, with lanes that the test makes.

import { describe, expect, it } from 'vitest'
import { Spares } from '../../src/runtime/dispatch/spares.js'
import type { Lane } from '../../src/threads/lane.js'
import type { Action } from '../../src/runtime/tree/action.js'

/** So many lanes that may be killed, and how many spare threads are kept. */
function sparesOf(count: number) {
  const lanes = Array.from(
    { length: count },
    () =>
      ({
        load: { accepting: true },
        life: { state: 'open', canBeKilled: true },
      }) as unknown as Lane<Action> & { life: { state: string } },
  )
  const kept: number[] = []
  const spares = new Spares({ most: 4, lanes: () => lanes, keep: (many) => void kept.push(many) })
  return { spares, lanes, kept }
}

describe('spare threads', () => {
  it('are got ready for each lane that may be killed soon (S6)', () => {
    const { spares, lanes, kept } = sparesOf(3)
    const [first, second] = lanes as [Lane<Action>, Lane<Action>]
    spares.expect(first, 100, 0)
    spares.expect(second, 120, 10)
    expect(kept).toEqual([1, 2])
  })

  it('are one after each kill, so that the next one finds it (S6)', () => {
    const { spares, lanes, kept } = sparesOf(2)
    const [first] = lanes as [(typeof lanes)[0]]
    spares.expect(first, 100, 0)
    first.life.state = 'terminating'
    spares.killed(first)
    lanes.shift()
    spares.gone(first, true)
    expect(kept).toEqual([1, 1, 1])
  })

  it('are not kept for a lane whose thread has ended by itself, nor is that lane (I9)', () => {
    const { spares, lanes, kept } = sparesOf(3)
    const [first, second] = lanes as [Lane<Action>, Lane<Action>]
    spares.expect(first, 100, 0)
    lanes.shift()
    spares.gone(first, false)
    // Before the time is over at which it might have been killed.
    spares.expect(second, 120, 10)
    expect(kept).toEqual([1, 1])
  })
})
