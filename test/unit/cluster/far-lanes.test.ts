// The lanes that a runtime has of other machines, each by a wire that the test holds: what counts as open, and how much is sent ahead.

import { describe, expect, it, vi } from 'vitest'
import { lineByWire } from '../../../src/cluster/lanes/far-line.js'
import { LocalBodies } from '../../../src/local-bodies.js'
import { RuntimeClosedError } from '../../../src/protocol/errors/errors.js'
import type { ClusterView, LaneSource } from '../../../src/runtime/dispatch/lane-source.js'
import { Blame } from '../../../src/runtime/dispatch/blame.js'
import { LaneFleet, type FleetLife } from '../../../src/runtime/dispatch/lane-fleet.js'
import type { Lane } from '../../../src/threads/lane.js'
import type { Action } from '../../../src/runtime/tree/action.js'
import type { LaneLoad } from '../../../src/scheduling/lane-load.js'
import { Place } from '../../../src/scheduling/places.js'
import { world } from '../../../src/protocol/world.js'
import { useThreads, type Threads } from '../../../src/threads/threads.js'
import { FarEnd } from '../../support/far-end.js'

/** A fleet without threads, for which so many lanes are wanted elsewhere. `why`: nobody serves these. */
function fleetOf(demand: number, why?: string, most = 4) {
  const ends: FarEnd[] = []
  const loads: LaneLoad<Action>[] = []
  const requeued: Lane<Action>[] = []
  const elsewhere = new Place(1, 'there')
  const unserved: (readonly string[])[] = []
  const whyUnserved = (destination: string): Promise<string | undefined> =>
    Promise.resolve(destination === 'there' ? why : undefined)
  const other = new Place(2, 'other')
  const open = (): ReturnType<typeof lineByWire> => {
    const end = new FarEnd()
    ends.push(end)
    return lineByWire(end, () => 0)
  }
  const closing = new Set<() => void>()
  const source = {
    most,
    isClosed: false as boolean,
    onClose(tell: () => void) {
      closing.add(tell)
      return () => void closing.delete(tell)
    },
    defaultOn: 'cluster',
    destinationOf: () => ({ destination: 'there' }),
    open,
    ...(why !== undefined && { view: { whyUnserved } as unknown as ClusterView }),
  } satisfies LaneSource
  const [schedule, failQueued] = [vi.fn(), vi.fn()]
  const fleet: LaneFleet = new LaneFleet({
    threads: 1,
    minThreads: 0,
    idleTimeoutMs: Infinity,
    epochOffset: 0,
    pool: {},
    local: { localBodies: new LocalBodies(), commands: { load: () => undefined } },
    elsewhere: source,
    dispatcher: {
      places: [new Place(0, undefined), elsewhere, other],
      addLane: (load) => void loads.push(load),
      removeLane: () => {},
      requeueUnstarted: (lane) => void requeued.push(lane),
      takeAllBack: () => [],
      failQueued,
      schedule,
    },
    life: () => {
      if (why === undefined) throw new Error('there are no actions')
      return { unserved: (...told: readonly string[]) => void unserved.push(told) } as unknown as FleetLife
    },
    receiver: () => ({ received: () => {} }),
  })
  for (let count = 0; count < demand; count += 1) elsewhere.note(1, 1)
  fleet.tidy()
  const counts = (of = 'there'): unknown => fleet.farCounts().get(of)
  return {
    fleet,
    ends,
    loads,
    requeued,
    counts,
    elsewhere,
    other,
    unserved,
    source,
    closing,
    schedule,
    failQueued,
  }
}

describe('the lanes of other machines', () => {
  it('count as open while they take something, and no more once their machine wants them back (D18, D29)', async () => {
    const { ends, loads, requeued, counts, fleet, elsewhere } = fleetOf(2)
    const [first, second] = ends as [FarEnd, FarEnd]
    expect(counts()).toEqual({ wanted: 2, open: 0, closing: 0 })
    first.come({ type: 'hello', thread: 3 })
    second.come({ type: 'hello', thread: 4 })
    elsewhere.note(-1, 1)
    elsewhere.note(-1, 1)
    expect(counts()).toEqual({ wanted: 0, open: 2, closing: 0 })
    loads[0]!.inFlight = 1
    first.come({ type: 'retiring' })
    expect(counts()).toEqual({ wanted: 0, open: 1, closing: 1 })
    expect(requeued).toHaveLength(1)
    expect(loads.map(({ accepting }) => accepting)).toEqual([false, true])
    // What runs there goes on; then it is given back.
    expect(first.heard).not.toContain('close')
    loads[0]!.inFlight = 0
    fleet.emptied(loads[0]!)
    expect(first.heard).toContain('close')
    first.come({ type: 'gone' })
    await new Promise(setImmediate)
    expect(counts()).toEqual({ wanted: 0, open: 1, closing: 0 })
  })

  it('are given back at once by what idles there', () => {
    const { ends, counts } = fleetOf(1)
    const [first] = ends as [FarEnd]
    first.come({ type: 'hello', thread: 3 }, { type: 'retiring' })
    expect(first.heard).toContain('close')
    expect(counts()).toEqual({ wanted: 0, open: 0, closing: 1 })
  })

  it('are sent two round trips of work ahead of need, by what is measured last, and at least 4 ms (D20)', () => {
    const { ends, loads } = fleetOf(1)
    const [first] = ends as [FarEnd]
    first.come({ type: 'hello', thread: 3 })
    const [load] = loads as [LaneLoad<Action>]
    expect(load.prefetchMs).toBe(4)
    first.roundTripMs = 15
    first.come({ type: 'marked', count: 0 })
    expect(load.prefetchMs).toBe(30)
    first.roundTripMs = 0.5
    first.come({ type: 'marked', count: 0 })
    expect(load.prefetchMs).toBe(4)
  })

  it('are given back where they are ready ahead of need, and another thread never is (D18)', async () => {
    const run = (): ReturnType<Threads['run']> => ({ ended: new Promise(() => {}), kill: () => undefined })
    const putBack = useThreads(() => ({ run, size: 0, keepSpares: () => {} }) as unknown as Threads)
    try {
      const { ends, fleet } = fleetOf(1)
      const [first] = ends as [FarEnd]
      first.come({ type: 'hello', thread: 3 })
      const warm = fleet.warm([])
      fleet.tidy()
      await new Promise(setImmediate)
      expect(first.heard).toContain('load')
      first.come({ type: 'loaded', request: 1, options: [] })
      // It would rest from now on, but for the lane of this process.
      fleet.tidy()
      fleet.endWarming(new RuntimeClosedError('it does not come up'))
      await expect(warm).rejects.toThrow('it does not come up')
      fleet.tidy()
      await new Promise((resolve) => setTimeout(resolve, 50))
      expect(first.heard).toContain('ping')
      first.lose()
      for (const lane of [...fleet.lanesHere()]) lane.life.kill()
    } finally {
      putBack()
    }
  })

  it('leave nothing behind of whom they are killed for, also where their machine is lost before (I9)', () => {
    const take = vi.spyOn(Blame.prototype, 'take')
    const { ends, fleet, loads } = fleetOf(1)
    const [first] = ends as [FarEnd]
    first.come({ type: 'hello', thread: 3 })
    const lane = fleet.laneOf(loads[0]!)!
    fleet.kill(lane, { run: { name: 'r' }, id: 'a1', name: 'guilty' } as Action)
    first.lose()
    expect(take).toHaveBeenCalledWith(lane, expect.anything())
    take.mockRestore()
  })

  it('are asked for beside one that idles on a machine which is silent, whatever else there is (D26)', () => {
    const { ends, fleet, counts, elsewhere, other } = fleetOf(1)
    const [first] = ends as [FarEnd]
    first.come({ type: 'hello', thread: 3 })
    elsewhere.note(-1, 1)
    other.note(1, 1)
    fleet.tidy()
    ends[1]!.come({ type: 'hello', thread: 4 })
    other.note(-1, 1)
    first.pause()
    elsewhere.note(1, 1)
    fleet.tidy()
    expect(counts()).toEqual({ wanted: 1, open: 1, closing: 0 })
  })

  it('are asked for at once again as soon as one has come up, whatever was lost before', () => {
    const { ends, fleet, counts } = fleetOf(3)
    ends[0]!.lose()
    fleet.tidy()
    expect(counts()).toEqual({ wanted: 2, open: 0, closing: 0 })
    ends[1]!.come({ type: 'hello', thread: 3 })
    fleet.tidy()
    expect(counts()).toEqual({ wanted: 3, open: 1, closing: 0 })
    fleet.endWarming(new RuntimeClosedError('over'))
    void fleet.close()
  })

  it('hold the process by the wait for one that was lost while something needs it, and no longer (I13)', () => {
    const timers = vi.spyOn(world, 'setTimeout')
    const { ends, fleet, elsewhere } = fleetOf(1)
    ends[0]!.lose()
    const wait = timers.mock.results.at(-1)?.value as NodeJS.Timeout
    timers.mockRestore()
    fleet.tidy()
    expect(wait.hasRef()).toBe(true)
    elsewhere.note(-1, 1)
    fleet.tidy()
    expect(wait.hasRef()).toBe(false)
    elsewhere.note(1, 1)
    fleet.tidy()
    expect(wait.hasRef()).toBe(true)
    fleet.endWarming(new RuntimeClosedError('over'))
    void fleet.close()
  })

  it('are asked for once where nobody is, if others lack some, and as before as soon as somebody is (D6)', async () => {
    vi.useFakeTimers()
    const { ends, fleet, counts, other, unserved } = fleetOf(4, 'nobody is there')
    for (let count = 0; count < 4; count += 1) other.note(1, 1)
    fleet.tidy()
    expect(counts()).toMatchObject({ wanted: 2, closing: 2 })
    await vi.advanceTimersByTimeAsync(5000)
    expect(unserved).toEqual([['there', 'nobody is there']])
    fleet.tidy()
    expect(counts()).toMatchObject({ wanted: 1, closing: 3 })
    for (const end of ends.slice(0, 4)) if (end.heard.includes('close')) end.come({ type: 'gone' })
    await vi.advanceTimersByTimeAsync(0)
    fleet.tidy()
    expect(counts('other')).toMatchObject({ wanted: 3 })
    ends.find(({ heard }) => !heard.includes('close'))?.come({ type: 'hello', thread: 1 })
    fleet.tidy()
    expect([counts(), counts('other')]).toMatchObject([{ open: 1 }, { wanted: 2, closing: 1 }])
    fleet.endWarming(new RuntimeClosedError('over'))
    void fleet.close()
    vi.useRealTimers()
  })

  it('are looked for where nobody is also while none is asked for, since a served one has the last (D6)', async () => {
    vi.useFakeTimers()
    const { ends, fleet, counts, other, unserved } = fleetOf(3, 'nobody is there', 1)
    await vi.advanceTimersByTimeAsync(5000)
    other.note(1, 1)
    fleet.tidy()
    expect(counts()).toMatchObject({ wanted: 0, closing: 1 })
    ends[0]?.come({ type: 'gone' })
    await vi.advanceTimersByTimeAsync(0)
    fleet.tidy()
    expect([counts(), counts('other')]).toMatchObject([{ wanted: 0 }, { wanted: 1 }])
    await vi.advanceTimersByTimeAsync(5000)
    expect(unserved.length).toBeGreaterThan(1)
    fleet.endWarming(new RuntimeClosedError('over'))
    void fleet.close()
    vi.useRealTimers()
  })

  it('end the wait for one as soon as their cluster is closed, and fail what waits for them', () => {
    vi.useFakeTimers()
    const { ends, fleet, source, closing, schedule, failQueued } = fleetOf(1)
    ends[0]?.lose()
    fleet.tidy()
    expect(vi.getTimerCount()).toBe(1)
    source.isClosed = true
    schedule.mockClear()
    for (const tell of closing) tell()
    expect(schedule).toHaveBeenCalledOnce()
    fleet.tidy()
    expect(failQueued).toHaveBeenCalledWith('elsewhere', expect.stringContaining('its cluster is closed'))
    expect(vi.getTimerCount()).toBe(0)
    fleet.endWarming(new RuntimeClosedError('over'))
    void fleet.close()
    expect(closing.size).toBe(0)
    vi.useRealTimers()
  })
})
