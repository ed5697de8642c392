// The scheduler that keeps its lanes in an index against the one that looks through them: in any history, both decide alike.
// HEDDLE_PROPERTY_RUNS=5000 looks harder.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { DurationEstimate } from '../../src/scheduling/duration-estimate.js'
import { FairShare } from '../../src/scheduling/fair-queue.js'
import type { LaneControl } from '../../src/scheduling/lane-control.js'
import { accept, LaneLoad, prefetch } from '../../src/scheduling/lane-load.js'
import { ONLY_HERE, type Where } from '../../src/scheduling/places.js'
import { Scheduler } from '../../src/scheduling/scheduler.js'
import { Item, known } from '../support/fake-lanes.js'

const RUNS = Number(process.env['HEDDLE_PROPERTY_RUNS'] ?? 200)
const DESTINATIONS = ['any', 'gpu'] as const

interface Start {
  readonly run: number
  readonly kind: number
  readonly cpu: number
  readonly priority: number
  readonly depth: number
  readonly isCleanUp: boolean
  readonly needs: boolean
  readonly where: number
}

/** What happens. Numbers choose among what there is, in the same way on both sides. */
type Step =
  | { readonly type: 'enqueue'; readonly of: Start }
  | { readonly type: 'start'; readonly lane: number; readonly isTold: boolean }
  | { readonly type: 'end'; readonly lane: number; readonly busyMs: number | undefined }
  | { readonly type: 'park' | 'resume' | 'withdraw'; readonly lane: number }
  | { readonly type: 'refuse' | 'lose'; readonly lane: number }
  | { readonly type: 'pause'; readonly lane: number; readonly isPaused: boolean }
  | { readonly type: 'join'; readonly where: number }
  | { readonly type: 'distance'; readonly lane: number; readonly ms: number }

interface Host {
  readonly load: LaneLoad<Item>
  readonly waiting: Item[]
  readonly running: Item[]
  readonly parked: Item[]
}

/** One scheduler with its lanes, and what it has done with them. */
class Side implements LaneControl<Item> {
  /** Since the last step. */
  told: string[] = []
  readonly #scheduler: Scheduler<Item>
  readonly #hosts: Host[] = []
  readonly #runs = [new FairShare(), new FairShare(), new FairShare()]
  readonly #estimates: DurationEstimate[] = [known(0.1), known(3), known(30), known(0.1, true)]
  readonly #wheres: Where[]
  readonly #names = new Map<Item, number>()
  #mayOpen: number

  constructor(mostWalked: number, lanes: number, mayOpen: number) {
    this.#scheduler = new Scheduler<Item>(this, mostWalked)
    this.#mayOpen = mayOpen
    this.#wheres = [
      ONLY_HERE,
      ...DESTINATIONS.flatMap((to) => [true, false].map((isHere) => this.#scheduler.whereOf(isHere, to))),
    ]
    for (let count = 0; count < lanes; count += 1) this.#join(count % 3)
  }

  canOpen(): boolean {
    return this.#mayOpen > 0
  }

  open(): LaneLoad<Item> | undefined {
    if (this.#mayOpen === 0) return undefined
    this.#mayOpen -= 1
    return this.#addHost().load
  }

  offer(load: LaneLoad<Item>, item: Item): void {
    this.told.push(`${this.#nameOf(load)} gets ${this.#names.get(item)}`)
    this.#hostOf(load).waiting.push(item)
  }

  takeBack(load: LaneLoad<Item>, item: Item): boolean {
    const { waiting } = this.#hostOf(load)
    if (waiting.at(-1) !== item) return false
    this.told.push(`${this.#nameOf(load)} loses ${this.#names.get(item)}`)
    waiting.pop()
    return true
  }

  emptied(load: LaneLoad<Item>): void {
    this.told.push(`${this.#nameOf(load)} is empty`)
  }

  askBack(load: LaneLoad<Item>, count: number, when: string): void {
    this.told.push(`${this.#nameOf(load)} is asked for ${count} ${when}`)
  }

  take(step: Step): void {
    this.told = []
    this.#step(step)
    this.#scheduler.place()
    this.told.push(`${this.#scheduler.queued} wait`)
    for (const where of this.#wheres) {
      const coming = { cpu: 1, estimate: known(1), needs: undefined, where }
      this.told.push(`there is ${this.#scheduler.hasPlaceFor(coming) ? '' : 'no '}room`)
    }
  }

  #step(step: Step): void {
    const scheduler = this.#scheduler
    if (step.type === 'enqueue') {
      const { run, kind, cpu, priority, depth, isCleanUp, needs, where } = step.of
      const item = new Item(this.#runs[run] as FairShare, this.#estimates[kind] as DurationEstimate, {
        ...{ cpu, priority, depth, isCleanUp },
        ...(needs && { needs: { gpu: 1 } }),
        where: this.#wheres[where] as Where,
      })
      this.#names.set(item, this.#names.size)
      scheduler.enqueue(item)
      return
    }
    if (step.type === 'join') {
      this.#join(step.where)
      return
    }
    const host = this.#hosts[step.lane % Math.max(1, this.#hosts.length)]
    if (host === undefined) return
    const { load, waiting, running, parked } = host
    switch (step.type) {
      case 'start': {
        const item = waiting.shift()
        if (item === undefined) return
        running.push(item)
        if (step.isTold) scheduler.started(item)
        return
      }
      case 'end': {
        const item = running.shift()
        if (item !== undefined) scheduler.ended(item, step.busyMs, false)
        return
      }
      case 'park': {
        const item = running.shift()
        if (item === undefined) return
        scheduler.started(item)
        scheduler.parked(item)
        parked.push(item)
        return
      }
      case 'resume': {
        const item = parked.shift()
        if (item === undefined) return
        scheduler.resumed(item)
        running.push(item)
        return
      }
      case 'withdraw': {
        // Out of the middle, too.
        const [item] = waiting.splice(Math.floor(waiting.length / 2), 1)
        if (item !== undefined) scheduler.withdraw(item)
        return
      }
      case 'pause':
        accept(load, !step.isPaused)
        return
      case 'distance':
        prefetch(load, step.ms)
        return
      case 'refuse':
        accept(load, false)
        this.#requeue(host)
        return
      case 'lose':
        accept(load, false)
        for (const item of [...running, ...parked]) scheduler.ended(item, undefined, false)
        this.#requeue(host)
        this.#hosts.splice(this.#hosts.indexOf(host), 1)
        scheduler.removeLane(load)
    }
  }

  #requeue({ waiting }: Host): void {
    for (const item of waiting.splice(0)) {
      this.#scheduler.withdraw(item)
      this.#scheduler.enqueue(item)
    }
  }

  /** One more lane: here, or at one of the destinations. */
  #join(where: number): void {
    this.#scheduler.addLane(this.#addHost().load, DESTINATIONS[where - 1])
  }

  #addHost(): Host {
    const host: Host = { load: new LaneLoad<Item>('cpu'), waiting: [], running: [], parked: [] }
    this.#hosts.push(host)
    return host
  }

  #hostOf(load: LaneLoad<Item>): Host {
    return this.#hosts.find((host) => host.load === load) as Host
  }

  #nameOf(load: LaneLoad<Item>): string {
    return `lane ${load.number}`
  }
}

const lane = fc.nat(40)
const enqueue = fc
  .record({
    run: fc.nat(2),
    kind: fc.nat(3),
    cpu: fc.constantFrom(0.25, 0.5, 1, 1),
    priority: fc.nat(1),
    depth: fc.nat(2),
    isCleanUp: fc.constantFrom(false, false, false, false, true),
    needs: fc.constantFrom(false, false, false, true),
    where: fc.nat(4),
  })
  .map((of): Step => ({ type: 'enqueue', of }))
const start = fc.record({ type: fc.constant('start' as const), lane, isTold: fc.boolean() })
const end = fc.record({
  type: fc.constant('end' as const),
  lane,
  busyMs: fc.option(fc.constantFrom(0.01, 1, 30), { nil: undefined }),
})
const steps: fc.Arbitrary<Step>[] = [
  fc.record({ type: fc.constantFrom('park' as const, 'resume' as const, 'withdraw' as const), lane }),
  fc.record({ type: fc.constantFrom('refuse' as const, 'lose' as const), lane }),
  fc.record({ type: fc.constant('pause' as const), lane, isPaused: fc.boolean() }),
  fc.record({ type: fc.constant('join' as const), where: fc.nat(2) }),
  fc.record({ type: fc.constant('distance' as const), lane, ms: fc.constantFrom(0, 10, 100) }),
]

function enqueued(of: Partial<Start>): Step {
  const plain = {
    run: 0,
    kind: 0,
    cpu: 0.25,
    priority: 0,
    depth: 0,
    isCleanUp: false,
    needs: false,
    where: 0,
  }
  return { type: 'enqueue', of: { ...plain, ...of } }
}

/** The only lane on which one more may wait has a longer row than one that has a long body, and may have more: `distance`. */
const BEHIND_A_LONG_ONE: readonly Step[] = [
  enqueued({ kind: 2, cpu: 0.25 }),
  { type: 'join', where: 0 },
  { type: 'join', where: 0 },
  enqueued({ kind: 2, cpu: 1, isCleanUp: true }),
  enqueued({ cpu: 1, priority: 1 }),
  { type: 'join', where: 0 },
  { type: 'start', lane: 28, isTold: false },
  enqueued({ cpu: 0.25, needs: true }),
  enqueued({ cpu: 0.25, needs: true }),
  { type: 'end', lane: 18, busyMs: 1 },
  enqueued({ kind: 2, cpu: 0.25 }),
  { type: 'withdraw', lane: 6 },
  enqueued({ cpu: 0.25 }),
  { type: 'distance', lane: 0, ms: 10 },
  { type: 'pause', lane: 33, isPaused: true },
  enqueued({ run: 2, kind: 2, cpu: 0.25 }),
  enqueued({ cpu: 0.25, where: 1 }),
  enqueued({ run: 1, cpu: 1, where: 1 }),
  { type: 'refuse', lane: 38 },
]

describe('a scheduler of many lanes', () => {
  it('decides as one of few, whatever happens', () => {
    fc.assert(
      fc.property(
        fc.nat(9),
        fc.nat(2),
        fc.array(fc.oneof(...steps, enqueue, enqueue, enqueue, enqueue, start, start, start, end, end), {
          maxLength: 120,
          size: 'max',
        }),
        (lanes, mayOpen, history) => {
          const walked = new Side(Infinity, lanes, mayOpen)
          // The index is made and dropped on the way, too.
          const indexed = new Side(0, lanes, mayOpen)
          const changing = new Side(5, lanes, mayOpen)
          for (const step of history) {
            for (const side of [walked, indexed, changing]) side.take(step)
            expect(indexed.told).toEqual(walked.told)
            expect(changing.told).toEqual(walked.told)
          }
        },
      ),
      { numRuns: RUNS, examples: [[3, 1, [...BEHIND_A_LONG_ONE]]] },
    )
  })
})
