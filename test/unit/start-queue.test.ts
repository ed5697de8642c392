// The starts that wait in a thread go in order, as far as its shares allow; what was taken back is in nobody's way.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { StartQueue } from '../../actors/inside/start-queue.js'
import type { WaitingStart } from '../../actors/inside/take-unreadable.js'
import { world } from '../../src/protocol/world.js'

// A turn is as short as it looks: however busy the machine is, it isn't cut off in the middle.
beforeEach(() => void vi.spyOn(world, 'now').mockReturnValue(0))
afterEach(() => void vi.restoreAllMocks())

function queueOf(...cpus: number[]): { queue: StartQueue; started: number[]; takenBack: Set<number> } {
  const started: number[] = []
  const takenBack = new Set<number>()
  const queue = new StartQueue(
    ({ ticket, cpu = 1 }) => {
      // As a host does, whose claim fails.
      if (takenBack.has(ticket)) return
      started.push(ticket)
      queue.hold(cpu)
    },
    ({ ticket }) => !takenBack.has(ticket),
  )
  cpus.forEach((cpu, at) => {
    const start: WaitingStart = { type: 'start', ticket: at + 1, definition: 1, run: 'run', id: 'a0', cpu }
    queue.add(start)
  })
  queue.beginTurn()
  queue.pump()
  return { queue, started, takenBack }
}

describe('starts that wait in a thread', () => {
  it('begin in order: a small one does not pass a large one that has no room (S1)', () => {
    const { queue, started } = queueOf(0.5, 1, 0.5)
    expect(started).toEqual([1])
    queue.hold(-0.5)
    queue.beginTurn()
    queue.pump()
    expect(started).toEqual([1, 2])
  })

  it('begin as soon as what stood ahead of them has been taken back (S1, S10)', () => {
    const { queue, started, takenBack } = queueOf(0.5, 1, 1, 0.25, 0.25, 0.25)
    takenBack.add(2).add(3)
    queue.beginTurn()
    queue.pump()
    expect(started).toEqual([1, 4, 5])
    expect(queue.isEmpty).toBe(false)
  })
})
