import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DurationEstimate } from '../../src/scheduling/duration-estimate.js'
import { FairShare } from '../../src/scheduling/fair-queue.js'
import {
  LaneLoad,
  Scheduler,
  type LaneControl,
  type LaneRole,
  type Placement,
  type Schedulable,
} from '../../src/scheduling/scheduler.js'

const EPSILON = 1e-6

class Item implements Schedulable {
  static #sequence = 0
  readonly group: FairShare
  readonly cpu: number
  readonly priority: number
  readonly depth: number
  readonly sequence: number
  readonly estimate: DurationEstimate
  rowIndex = -1
  placement: Placement = 'none'
  lane: LaneLoad<this> | undefined
  charged = 0
  backlogMs = -1

  constructor(group: FairShare, estimate: DurationEstimate, { cpu = 1, priority = 0, depth = 0 } = {}) {
    Item.#sequence += 1
    this.sequence = Item.#sequence
    this.group = group
    this.estimate = estimate
    this.cpu = cpu
    this.priority = priority
    this.depth = depth
  }
}

/** A host as the scheduler may assume one: starts what it was sent in order, as far as its shares allow. */
class FakeLane {
  readonly load: LaneLoad<Item>
  readonly waiting: Item[] = []
  readonly live = new Map<Item, 'running' | 'parked'>()

  constructor(role: LaneRole) {
    this.load = new LaneLoad<Item>(role)
  }

  get held(): number {
    let held = 0
    for (const [item, state] of this.live) if (state === 'running') held += item.cpu
    return held
  }

  /** Starts what fits; without telling the scheduler, as a real host. */
  start(): Item[] {
    const started: Item[] = []
    for (let next = this.waiting[0]; next !== undefined; next = this.waiting[0]) {
      if (this.held + next.cpu > 1 + EPSILON) break
      this.waiting.shift()
      this.live.set(next, 'running')
      started.push(next)
    }
    return started
  }
}

class FakeLanes implements LaneControl<Item> {
  readonly lanes = new Map<LaneLoad<Item>, FakeLane>()
  readonly offers: Item[] = []
  readonly scheduler = new Scheduler<Item>(this)
  readonly #threads: number

  constructor(threads: number) {
    this.#threads = threads
  }

  open(role: 'cpu' | 'shared'): LaneLoad<Item> | undefined {
    const open = [...this.lanes.keys()].filter((load) => load.role === role).length
    if (open >= (role === 'cpu' ? this.#threads : 1)) return undefined
    const lane = new FakeLane(role)
    this.lanes.set(lane.load, lane)
    return lane.load
  }

  offer(load: LaneLoad<Item>, item: Item): void {
    this.offers.push(item)
    const lane = this.lane(load)
    expect(load.accepting).toBe(true)
    expect(load.role).toBe(item.cpu === 0 ? 'shared' : 'cpu')
    lane.waiting.push(item)
  }

  takeBack(load: LaneLoad<Item>, item: Item): boolean {
    const { waiting } = this.lane(load)
    const at = waiting.indexOf(item)
    if (at === -1) return false
    // The last ones first: a host starts in order.
    expect(at).toBe(waiting.length - 1)
    waiting.pop()
    return true
  }

  lane(load: LaneLoad<Item>): FakeLane {
    return this.lanes.get(load) as FakeLane
  }

  laneOf(item: Item): FakeLane {
    return this.lane(item.lane as LaneLoad<Item>)
  }

  end(item: Item, busyMs: number | undefined, branched = false): void {
    this.laneOf(item).live.delete(item)
    this.scheduler.ended(item, busyMs, branched)
  }

  /** Starts what can be started, and tells of it. */
  startAll(): Item[] {
    const started = [...this.lanes.values()].flatMap((lane) => lane.start())
    for (const item of started) this.scheduler.started(item)
    return started
  }
}

function known(meanMs: number, branched = false): DurationEstimate {
  const estimate = new DurationEstimate()
  estimate.observe(meanMs, branched)
  return estimate
}

function enqueueAll(lanes: FakeLanes, items: readonly Item[]): void {
  for (const item of items) lanes.scheduler.enqueue(item)
  lanes.scheduler.place()
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

  it('takes a queued action out for good, and knows one that is not queued', () => {
    const lanes = new FakeLanes(1)
    const items = Array.from({ length: 3 }, () => new Item(new FairShare(), new DurationEstimate()))
    enqueueAll(lanes, items)
    const [sent, waiting, last] = items as [Item, Item, Item]
    expect(lanes.scheduler.dequeue(sent)).toBe(false)
    expect(lanes.scheduler.dequeue(waiting)).toBe(true)
    expect(lanes.scheduler.dequeue(waiting)).toBe(false)
    expect(lanes.scheduler.takeAll()).toEqual([last])
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

  it('keeps its accounts and wastes no lane, whatever happens (model)', () => {
    const command = fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({
          do: fc.constant('enqueue' as const),
          run: fc.nat(2),
          kind: fc.nat(3),
          cpu: fc.constantFrom(0, 0.25, 0.5, 1, 1, 1),
          priority: fc.nat(1),
          depth: fc.nat(1),
        }),
      },
      { weight: 3, arbitrary: fc.record({ do: fc.constant('start' as const), quietly: fc.boolean() }) },
      {
        weight: 5,
        arbitrary: fc.record({
          do: fc.constant('end' as const),
          which: fc.nat(50),
          busyMs: fc.option(fc.constantFrom(0.01, 1, 30), { nil: undefined }),
          branched: fc.boolean(),
        }),
      },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('park' as const), which: fc.nat(50) }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('resume' as const), which: fc.nat(50) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('dequeue' as const), which: fc.nat(50) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('takeBack' as const), which: fc.nat(50) }) },
    )
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3 }),
        fc.array(command, { minLength: 20, maxLength: 120 }),
        (threads, commands) => {
          const lanes = new FakeLanes(threads)
          const { scheduler } = lanes
          const runs = [new FairShare(), new FairShare(), new FairShare()]
          const estimates = [new DurationEstimate(), known(0.1), known(5), known(0.1, true)]
          const queued = new Set<Item>()
          const live = (state: 'running' | 'parked'): Item[] =>
            [...lanes.lanes.values()].flatMap((lane) =>
              [...lane.live].filter(([, is]) => is === state).map(([item]) => item),
            )
          const choose = (items: readonly Item[], which: number): Item | undefined =>
            items[which % Math.max(1, items.length)]

          for (const step of commands) {
            switch (step.do) {
              case 'enqueue': {
                const estimate = estimates[step.kind] as DurationEstimate
                const item = new Item(runs[step.run] as FairShare, estimate, step)
                queued.add(item)
                scheduler.enqueue(item)
                break
              }
              case 'start':
                for (const lane of lanes.lanes.values()) {
                  const started = lane.start()
                  // A host's start is often noticed late, with the end.
                  if (!step.quietly) for (const item of started) scheduler.started(item)
                }
                break
              case 'end': {
                const item = choose(live('running'), step.which)
                if (item === undefined) break
                scheduler.started(item)
                lanes.end(item, step.busyMs, step.branched)
                break
              }
              case 'park': {
                const item = choose(live('running'), step.which)
                if (item === undefined) break
                lanes.laneOf(item).live.set(item, 'parked')
                scheduler.started(item)
                scheduler.parked(item)
                break
              }
              case 'resume': {
                const item = choose(live('parked'), step.which)
                if (item === undefined) break
                lanes.laneOf(item).live.set(item, 'running')
                scheduler.resumed(item)
                break
              }
              case 'dequeue': {
                const item = choose(
                  [...queued].filter(({ placement }) => placement === 'queued'),
                  step.which,
                )
                if (item === undefined) break
                expect(scheduler.dequeue(item)).toBe(true)
                queued.delete(item)
                break
              }
              case 'takeBack': {
                // An abort takes any unstarted one back, from the middle too.
                const item = choose(
                  [...lanes.lanes.values()].flatMap(({ waiting }) => waiting),
                  step.which,
                )
                if (item === undefined) break
                const { waiting } = lanes.laneOf(item)
                waiting.splice(waiting.indexOf(item), 1)
                scheduler.withdraw(item)
                queued.delete(item)
              }
            }
            scheduler.place()

            let waitingNow = 0
            for (const item of queued) if (item.placement === 'queued') waitingNow += 1
            expect(scheduler.queued).toBe(waitingNow)
            const cpuLanes = [...lanes.lanes.values()].filter(({ load }) => load.role === 'cpu')
            for (const { load, waiting, live: bodies } of lanes.lanes.values()) {
              const onLane = [...waiting, ...bodies.keys()]
              const sum = onLane
                .filter((item) => bodies.get(item) !== 'parked')
                .reduce((total, { cpu }) => total + cpu, 0)
              expect(load.held).toBeCloseTo(sum, 6)
              expect(load.inFlight).toBe(onLane.length)
              expect(load.parked).toBe([...bodies.values()].filter((state) => state === 'parked').length)
              expect(load.unknown).toBeGreaterThanOrEqual(0)
              expect(load.backlogMs).toBeGreaterThanOrEqual(-EPSILON)
            }
            // No work waits while a lane is idle, or could be opened.
            const idle = cpuLanes.filter(({ load }) => load.held <= EPSILON)
            if (scheduler.queued > 0) {
              expect(idle).toEqual([])
              expect(cpuLanes).toHaveLength(threads)
            }
          }
          // Nothing starves: when bodies start and end, all come to their turn.
          for (let left = 10_000; queued.size > 0 && left > 0; left -= 1) {
            for (const item of live('parked')) {
              lanes.laneOf(item).live.set(item, 'running')
              scheduler.resumed(item)
            }
            lanes.startAll()
            for (const item of live('running')) {
              queued.delete(item)
              lanes.end(item, 1)
            }
            scheduler.place()
            if (live('running').length === 0 && scheduler.queued === 0) {
              lanes.startAll()
              if (live('running').length === 0) break
            }
          }
          expect(scheduler.queued).toBe(0)
          for (const { load } of lanes.lanes.values()) expect(load).toMatchObject({ held: 0, inFlight: 0 })
        },
      ),
      { numRuns: 200 },
    )
  })
})
