import { describe, expect, it } from 'vitest'
import { DurationEstimate } from '../../src/scheduling/duration-estimate.js'
import { FairShare } from '../../src/scheduling/fair-queue.js'
import { FakeLanes, Item, known, type FakeLane } from '../support/fake-lanes.js'

function enqueueAll(lanes: FakeLanes, items: readonly Item[]): void {
  for (const item of items) lanes.scheduler.enqueue(item)
  lanes.scheduler.place()
}

/** Starts and ends six of them, those of a run after 40 ms: in which order. */
function orderOf(lanes: FakeLanes, run: FairShare): string[] {
  const order: string[] = []
  while (order.length < 6) {
    for (const item of lanes.startAll()) {
      order.push(item.group === run ? 'run' : 'other')
      lanes.end(item, item.group === run ? 40 : 0.1)
      lanes.scheduler.place()
    }
  }
  return order
}

describe('scheduler', () => {
  it('gives one body of unknown length to each lane, and keeps the rest (S1)', () => {
    const lanes = new FakeLanes(2)
    const items = Array.from({ length: 5 }, () => new Item(new FairShare(), new DurationEstimate()))
    enqueueAll(lanes, items)
    expect(lanes.offers).toEqual(items.slice(0, 2))
    expect(lanes.scheduler.queued).toBe(3)
    lanes.startAll()
    lanes.end(items[0] as Item, undefined)
    lanes.scheduler.place()
    expect(lanes.offers).toEqual(items.slice(0, 3))
  })

  it('lets shares add up to one thread, and no further', () => {
    const lanes = new FakeLanes(1)
    const items = Array.from(
      { length: 11 },
      () => new Item(new FairShare(), new DurationEstimate(), { cpu: 0.1 }),
    )
    enqueueAll(lanes, items)
    expect(lanes.offers).toHaveLength(10)
  })

  it('spreads bodies over the lanes before it puts two on one', () => {
    const lanes = new FakeLanes(3)
    enqueueAll(
      lanes,
      Array.from({ length: 3 }, () => new Item(new FairShare(), new DurationEstimate(), { cpu: 0.5 })),
    )
    // Half a lane is free each time, and so is better than a thread that must start.
    const held = [...lanes.lanes.keys()].map((load) => load.held)
    expect(held.reduce((sum, share) => sum + share, 0)).toBe(1.5)
    for (const share of held) expect(share).toBeLessThanOrEqual(1)
  })

  it('puts all that only coordinate onto the shared lane, at once (I10)', () => {
    const lanes = new FakeLanes(1)
    enqueueAll(
      lanes,
      Array.from({ length: 100 }, () => new Item(new FairShare(), new DurationEstimate(), { cpu: 0 })),
    )
    expect(lanes.offers).toHaveLength(100)
    expect([...lanes.lanes.keys()].map(({ role }) => role)).toEqual(['shared'])
    expect(lanes.scheduler.queued).toBe(0)
  })

  it('starts a child on the one thread while its parent is parked, and nothing more after the resume (I10, S1)', () => {
    const lanes = new FakeLanes(1)
    const parent = new Item(new FairShare(), new DurationEstimate())
    const child = new Item(parent.group, new DurationEstimate(), { depth: 1 })
    const next = new Item(parent.group, new DurationEstimate(), { depth: 1 })
    enqueueAll(lanes, [parent])
    lanes.startAll()
    enqueueAll(lanes, [child, next])
    expect(lanes.offers).toEqual([parent])
    const { scheduler } = lanes
    scheduler.parked(parent)
    scheduler.place()
    expect(lanes.offers).toEqual([parent, child])
    // The parent goes on at once: the lane is over-committed, and starts nothing new until it is back at 1.
    scheduler.resumed(parent)
    scheduler.place()
    expect(lanes.offers).toEqual([parent, child])
    expect(parent.lane?.held).toBe(2)
    lanes.startAll()
    lanes.laneOf(child).live.set(child, 'running')
    lanes.end(child, 1)
    scheduler.place()
    expect(lanes.offers).toEqual([parent, child])
    lanes.end(parent, 1, true)
    scheduler.place()
    expect(lanes.offers).toEqual([parent, child, next])
  })

  it('prefers a thread without parked bodies, and opens one for that (S1)', () => {
    const lanes = new FakeLanes(2)
    const parent = new Item(new FairShare(), new DurationEstimate())
    enqueueAll(lanes, [parent])
    lanes.startAll()
    lanes.scheduler.parked(parent)
    const child = new Item(parent.group, new DurationEstimate())
    enqueueAll(lanes, [child])
    expect(child.lane).not.toBe(parent.lane)
    // With no other place left, it is taken.
    const second = new Item(parent.group, new DurationEstimate())
    enqueueAll(lanes, [second])
    expect(second.lane).toBe(parent.lane)
  })

  it('sends short bodies ahead of need, but only as much as keeps the thread busy for some milliseconds', () => {
    const lanes = new FakeLanes(1)
    const estimate = known(1)
    const items = Array.from({ length: 100 }, () => new Item(new FairShare(), estimate))
    enqueueAll(lanes, items)
    expect(lanes.offers.length).toBeGreaterThan(1)
    expect(lanes.offers.length).toBeLessThanOrEqual(5)
    const tiny = new FakeLanes(1)
    const short = known(0.0001)
    enqueueAll(
      tiny,
      Array.from({ length: 5000 }, () => new Item(new FairShare(), short)),
    )
    expect(tiny.offers.length).toBeLessThanOrEqual(512)
  })

  it('sends nothing ahead behind a body that is long, unknown or may spawn', () => {
    for (const first of [known(100), new DurationEstimate(), known(1, true)]) {
      const lanes = new FakeLanes(1)
      enqueueAll(lanes, [new Item(new FairShare(), first), new Item(new FairShare(), known(1))])
      expect(lanes.offers).toHaveLength(1)
    }
  })

  it('sends nothing ahead that is unknown or may spawn', () => {
    for (const second of [new DurationEstimate(), known(1, true)]) {
      const lanes = new FakeLanes(1)
      enqueueAll(lanes, [new Item(new FairShare(), known(1)), new Item(new FairShare(), second)])
      expect(lanes.offers).toHaveLength(1)
    }
  })

  it('lets an idle lane steal what was sent ahead to another', () => {
    const lanes = new FakeLanes(2)
    const estimate = known(0.5)
    const items = Array.from({ length: 12 }, () => new Item(new FairShare(), estimate))
    enqueueAll(lanes, items)
    lanes.startAll()
    const [first] = [...lanes.lanes.values()] as [FakeLane]
    // The second lane ends all that it has; the first one is stuck in its body.
    const [, second] = [...lanes.lanes.values()] as [FakeLane, FakeLane]
    while (second.live.size > 0) {
      for (const item of second.live.keys()) lanes.end(item, 0.5)
      lanes.scheduler.place()
      lanes.startAll()
    }
    expect(first.live.size).toBe(1)
    expect(first.waiting).toEqual([])
    expect(lanes.scheduler.queued).toBe(0)
  })

  it('lets pass who belongs ahead of what was sent early but has not started (S25)', () => {
    const lanes = new FakeLanes(1)
    const estimate = known(0.5)
    const run = new FairShare()
    const items = Array.from({ length: 6 }, () => new Item(run, estimate))
    enqueueAll(lanes, items)
    lanes.startAll()
    const deeper = new Item(run, estimate, { depth: 1 })
    const urgent = new Item(run, estimate, { priority: 1 })
    lanes.scheduler.enqueue(deeper)
    lanes.scheduler.enqueue(urgent)
    lanes.scheduler.place()
    const order: Item[] = []
    const [lane] = [...lanes.lanes.values()] as [FakeLane]
    while (lane.live.size > 0) {
      for (const item of lane.live.keys()) {
        order.push(item)
        lanes.end(item, 0.5)
      }
      lanes.scheduler.place()
      lanes.startAll()
    }
    const labels = new Map<Item, string>([
      [urgent, 'urgent'],
      [deeper, 'deeper'],
    ])
    for (const [at, item] of items.entries()) labels.set(item, String(at))
    expect(order.map((item) => labels.get(item))).toEqual(['0', 'urgent', 'deeper', '1', '2', '3', '4', '5'])
  })

  it('lets another run pass when what was sent ahead of it turns out to be long (S25)', () => {
    // Sent ahead itself, behind all of the first run; or still in the queue, where somebody else waits for another place.
    for (const meanMs of [0.05, 0.1]) {
      const lanes = new FakeLanes(1)
      const [run, other, elsewhere] = [new FairShare(), new FairShare(), new FairShare()]
      const there = lanes.scheduler.whereOf(false, 'there')
      enqueueAll(lanes, [new Item(elsewhere, known(1), { where: there })])
      const estimate = known(meanMs)
      enqueueAll(
        lanes,
        Array.from({ length: 60 }, () => new Item(run, estimate)),
      )
      const later = Array.from({ length: 3 }, () => new Item(other, known(0.1)))
      enqueueAll(lanes, later)
      expect(lanes.offers.includes(later[0] as Item)).toBe(meanMs === 0.05)
      expect(orderOf(lanes, run)).toEqual(['run', 'other', 'other', 'other', 'run', 'run'])
    }
  })

  it('takes a queued action out for good, and knows one that is not queued', () => {
    const lanes = new FakeLanes(1)
    const items = Array.from({ length: 3 }, () => new Item(new FairShare(), new DurationEstimate()))
    enqueueAll(lanes, items)
    const [sent, waiting, last] = items as [Item, Item, Item]
    expect(lanes.scheduler.dequeue(sent)).toBe(false)
    expect(lanes.scheduler.dequeue(waiting)).toBe(true)
    expect(lanes.scheduler.dequeue(waiting)).toBe(false)
    expect(lanes.scheduler.takeAll('here')).toEqual([last])
    expect(lanes.scheduler.queued).toBe(0)
  })

  it('places nothing on a lane with an abandoned body (S6 d)', () => {
    const lanes = new FakeLanes(2)
    const abandoned = new Item(new FairShare(), new DurationEstimate(), { cpu: 0.1 })
    enqueueAll(lanes, [abandoned])
    lanes.startAll()
    const { lane } = abandoned
    lanes.scheduler.abandoned(abandoned)
    const next = new Item(new FairShare(), new DurationEstimate(), { cpu: 0.1 })
    enqueueAll(lanes, [next])
    expect(next.lane).toBeDefined()
    expect(next.lane).not.toBe(lane)
  })

  it('corrects the share of an action that was placed by a guess', () => {
    const lanes = new FakeLanes(1)
    const guessed = new Item(new FairShare(), new DurationEstimate())
    enqueueAll(lanes, [guessed])
    lanes.startAll()
    lanes.scheduler.corrected(guessed, 0.25)
    expect(guessed.lane?.held).toBe(0.25)
  })

  it('gives two runs equal time on one thread, whatever the length of their bodies (S25)', () => {
    const lanes = new FakeLanes(1)
    const [long, short] = [new FairShare(), new FairShare()]
    const estimates = new Map([
      [long, known(40)],
      [short, known(10)],
    ])
    const items = [long, short].flatMap((run) =>
      Array.from({ length: 200 }, () => new Item(run, estimates.get(run) as DurationEstimate)),
    )
    enqueueAll(lanes, items)
    const spent = new Map([
      [long, 0],
      [short, 0],
    ])
    for (let count = 0; count < 100; count += 1) {
      lanes.startAll()
      const [lane] = [...lanes.lanes.values()] as [FakeLane]
      const [running] = [...lane.live.keys()] as [Item]
      const busyMs = running.group === long ? 40 : 10
      spent.set(running.group, (spent.get(running.group) as number) + busyMs)
      lanes.end(running, busyMs)
      lanes.scheduler.place()
      expect(Math.abs((spent.get(long) as number) - (spent.get(short) as number))).toBeLessThanOrEqual(80)
    }
  })

  it('gives a run nothing for a body that took less than no time, by the clocks of two machines (S25)', () => {
    const lanes = new FakeLanes(1)
    const [rich, other] = [new FairShare(), new FairShare()]
    const first = new Item(rich, new DurationEstimate())
    enqueueAll(lanes, [first])
    lanes.startAll()
    lanes.scheduler.ended(first, -60_000, true)
    expect(rich.virtualTime).toBe(other.virtualTime)
  })
})
