import { describe, expect, it } from 'vitest'
import { DurationEstimate } from '../../src/scheduling/duration-estimate.js'
import { FairShare } from '../../src/scheduling/fair-queue.js'
import type { LaneLoad } from '../../src/scheduling/lane-load.js'
import { FakeLane, FakeLanes, Item, known } from '../support/fake-lanes.js'

/** Lanes here, as many as there may be, and those that have come up elsewhere. */
class Places extends FakeLanes {
  readonly asked: [load: LaneLoad<Item>, count: number, when: string][] = []

  comeUp(destination: string): FakeLane {
    const lane = new FakeLane('cpu')
    this.lanes.set(lane.load, lane)
    this.scheduler.addLane(lane.load, destination)
    return lane
  }

  /** Those here that take something; the others aren't opened by the scheduler. */
  override openLanes(): number {
    return [...this.lanes.keys()].filter(({ place }) => place?.isHere !== false).length
  }

  override askBack(...asked: [LaneLoad<Item>, number, string] | []): void {
    this.asked.push(asked as [LaneLoad<Item>, number, string])
  }

  demandOf(destination: string): number | undefined {
    return this.scheduler.places.find((place) => place.destination === destination)?.demand
  }
}

const of = (
  ...[options, estimate = new DurationEstimate(), group = new FairShare()]: [
    ConstructorParameters<typeof Item>[2],
    DurationEstimate?,
    FairShare?,
  ]
): Item => new Item(group, estimate, options)

function enqueue({ scheduler }: FakeLanes, items: readonly Item[]): void {
  for (const item of items) scheduler.enqueue(item)
  scheduler.place()
}

describe('places', () => {
  it('want one more lane for what waits on another ahead of its time: that may be behind a long one', () => {
    const lanes = new Places(1)
    const any = lanes.scheduler.whereOf(false, 'any')
    const there = lanes.comeUp('any')
    const [first, second] = [of({ where: any }, known(1)), of({ where: any }, known(1))]
    enqueue(lanes, [first, second])
    expect(second.lane).toBe(there.load)
    expect(lanes.demandOf('any')).toBe(1)
    lanes.scheduler.ended(first, 1, false)
    expect(lanes.demandOf('any')).toBe(0)
  })

  it('let a first one that waits for one hold up nobody who may go to another', () => {
    const lanes = new Places(1)
    const gpu = lanes.scheduler.whereOf(false, 'gpu')
    const any = lanes.scheduler.whereOf(false, 'any')
    const there = lanes.comeUp('any')
    const [waiting, here, elsewhere] = [of({ where: gpu }), of({}), of({ where: any })]
    enqueue(lanes, [waiting, here, elsewhere])
    expect(lanes.offers).toEqual([here, elsewhere])
    expect(elsewhere.lane).toBe(there.load)
    expect(waiting.placement).toBe('queued')
    const late = lanes.comeUp('gpu')
    lanes.scheduler.place()
    expect(waiting.lane).toBe(late.load)
  })

  it('are taken by nobody who comes after one that waits for them', () => {
    const lanes = new Places(1)
    const both = lanes.scheduler.whereOf(true, 'any')
    const first = of({ cpu: 0.5 })
    enqueue(lanes, [first, of({ where: both }), of({ cpu: 0.5 })])
    // Half a thread is free here, but for the one that needs a whole one, here or there.
    expect(lanes.offers).toEqual([first])
    const there = lanes.comeUp('any')
    lanes.scheduler.place()
    expect(lanes.offers.map(({ lane }) => lane === there.load)).toEqual([false, true, false])
  })

  it('are this process first, then the others, for what may go anywhere', () => {
    const lanes = new Places(1)
    const where = lanes.scheduler.whereOf(true, 'any')
    const there = lanes.comeUp('any')
    const items = Array.from({ length: 3 }, () => of({ where }))
    enqueue(lanes, items)
    expect(items.map(({ lane }) => lane && lane === there.load)).toEqual([false, true, undefined])
  })

  it('are given to who waits for them once an idle lane elsewhere has taken away what was sent there', () => {
    const lanes = new Places(1)
    const both = lanes.scheduler.whereOf(true, 'any')
    const anywhere = Array.from({ length: 3 }, () => of({ where: both, cpu: 0.3 }))
    const here = of({ cpu: 0.5 })
    enqueue(lanes, [...anywhere, here])
    expect(here.placement).toBe('queued')
    const there = lanes.comeUp('any')
    lanes.scheduler.place()
    expect(there.waiting).toEqual(anywhere.slice(1))
    expect(here.placement).toBe('offered')
  })

  it('say how many more lanes would take all that waits for them', () => {
    const lanes = new Places(1)
    const { scheduler } = lanes
    const where = scheduler.whereOf(true, 'any')
    const items = [...Array.from({ length: 3 }, () => of({ where })), of({ where, cpu: 0.5 })]
    enqueue(lanes, items)
    expect(lanes.demandOf('any')).toBe(3)
    for (const item of items.slice(1, 3)) scheduler.dequeue(item)
    expect(lanes.demandOf('any')).toBe(1)
    scheduler.dequeue(items[3] as Item)
    expect(lanes.demandOf('any')).toBe(0)
  })

  it('share a run out by one virtual time: who has had much of one comes later at another (S25)', () => {
    const lanes = new Places(1)
    const { scheduler } = lanes
    const where = scheduler.whereOf(false, 'any')
    const there = lanes.comeUp('any')
    const [much, little] = [new FairShare(), new FairShare()]
    const estimate = known(100)
    const early = of({ where }, estimate, much)
    enqueue(lanes, [early])
    there.start()
    scheduler.started(early)
    const busy = of({}, estimate, little)
    enqueue(lanes, [busy])
    const [second, first] = [of({}, estimate, much), of({}, new DurationEstimate(), new FairShare())]
    enqueue(lanes, [second, first])
    lanes.startAll()
    lanes.end(busy, 100)
    scheduler.place()
    expect(first.placement).toBe('offered')
    expect(second.placement).toBe('queued')
  })

  it('give nothing back by themselves: another machine is asked for what an idle lane here could start', () => {
    const lanes = new Places(1)
    const where = lanes.scheduler.whereOf(true, 'any')
    const there = lanes.comeUp('any')
    const blocking = of({}, new DurationEstimate())
    enqueue(lanes, [blocking])
    const short = Array.from({ length: 4 }, () => of({ where }, known(0.1)))
    enqueue(lanes, short)
    expect(there.waiting).toHaveLength(4)
    lanes.startAll()
    lanes.end(blocking, undefined)
    lanes.scheduler.place()
    expect(lanes.asked).toEqual([[there.load, 2, 'soon']])
    expect(there.waiting).toHaveLength(3)
  })
})
