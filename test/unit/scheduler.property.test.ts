// The scheduler against a model of plain lists, under commands in any order: what was enqueued, what was sent where, what
// runs, waits or has gone. HEDDLE_PROPERTY_RUNS=5000 looks harder.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DurationEstimate } from '../../src/scheduling/duration-estimate.js'
import { FairShare } from '../../src/scheduling/fair-queue.js'
import { accept } from '../../src/scheduling/lane-load.js'
import { FakeLanes, Item, known, type FakeLane } from '../support/fake-lanes.js'

const RUNS = Number(process.env['HEDDLE_PROPERTY_RUNS'] ?? 200)
const EPSILON = 1e-6
/** The most that may be sent ahead of need to one lane. */
const MAX_AHEAD = 512

/** What is expected: each action stands in exactly one of these lists, or has ended. */
interface Model {
  /** In the queue, or sent and not started, in the order of their arrival. */
  waiting: Item[]
  running: Item[]
  parked: Item[]
  /** Given up: their code still holds its share, of a lane that takes nothing new. */
  abandoned: Item[]
  ended: Set<Item>
}

/** Those of the model's lists that can be meant by a command that hits one of them. */
type Listed = 'waiting' | 'running' | 'parked'

class Real {
  readonly lanes: FakeLanes
  readonly runs: FairShare[] = [new FairShare(), new FairShare(), new FairShare()]
  readonly estimates: DurationEstimate[] = [new DurationEstimate(), known(0.1), known(5), known(0.1, true)]
  /** Taken back since the last placement began: stolen, they go to another lane in the row they had. */
  readonly #stolen = new Set<Item>()
  #isPlacing = false

  readonly threads: number
  readonly model: Model

  constructor(threads: number, model: Model) {
    this.threads = threads
    this.model = model
    const lanes = new FakeLanes(threads)
    const offer = lanes.offer.bind(lanes)
    const takeBack = lanes.takeBack.bind(lanes)
    lanes.offer = (load, item) => {
      this.#checkOffer(item)
      offer(load, item)
      this.#stolen.delete(item)
    }
    lanes.takeBack = (load, item) => {
      const isTaken = takeBack(load, item)
      if (isTaken && this.#isPlacing) this.#stolen.add(item)
      return isTaken
    }
    this.lanes = lanes
  }

  /** Of those in the queue, each run's best goes first: higher priority, then deeper, then the earlier (S25). */
  #checkOffer(item: Item): void {
    expect(this.model.waiting, 'only what waits is sent').toContain(item)
    if (this.#stolen.has(item) || item.cpu === 0) return
    for (const other of this.model.waiting) {
      if (other === item || other.group !== item.group || other.placement !== 'queued') continue
      if (other.cpu === 0 || this.#stolen.has(other)) continue
      expect(goesBefore(other, item), `${shown(other)} waits while ${shown(item)} is sent`).toBe(false)
    }
  }

  place(): void {
    this.#isPlacing = true
    this.lanes.scheduler.place()
    this.#isPlacing = false
    this.#stolen.clear()
  }

  /** What a host has started, which the main thread may not have noticed yet. */
  start(lane: FakeLane, quietly: boolean): void {
    for (const item of lane.start()) {
      move(this.model, item, 'waiting', 'running')
      if (!quietly) this.lanes.scheduler.started(item)
    }
  }

  /** Holds the scheduler's books, and those of its lanes, against the lists. */
  check(): void {
    const { model, lanes } = this
    const onLanes = [...lanes.lanes.values()].flatMap(({ waiting, live }) => [...waiting, ...live.keys()])
    expect(new Set(onLanes).size, 'nothing is on two lanes').toBe(onLanes.length)
    const queued = model.waiting.filter(({ placement }) => placement === 'queued')
    expect(lanes.scheduler.queued, 'nothing is lost, and nothing is there twice').toBe(queued.length)
    const held = new Set(onLanes)
    for (const item of model.waiting) expect(held.has(item)).toBe(item.placement === 'offered')
    for (const item of [...model.running, ...model.parked, ...model.abandoned])
      expect(held.has(item)).toBe(true)
    expect(held.size + queued.length).toBe(
      model.waiting.length + model.running.length + model.parked.length + model.abandoned.length,
    )
    const cpuLanes = [...lanes.lanes.values()].filter(({ load }) => load.role === 'cpu' && load.accepting)
    for (const { load, waiting, live } of lanes.lanes.values()) {
      if (!load.accepting) continue
      const bodies = [...waiting, ...live.keys()]
      const sum = bodies.reduce((total, item) => total + (live.get(item) === 'parked' ? 0 : item.cpu), 0)
      expect(load.held).toBeCloseTo(sum, 6)
      expect(load.inFlight).toBe(bodies.length)
      expect(load.parked).toBe([...live.values()].filter((state) => state === 'parked').length)
      expect(load.unknown).toBeGreaterThanOrEqual(0)
      expect(load.backlogMs).toBeGreaterThanOrEqual(-EPSILON)
      if (load.role === 'cpu') expect(waiting.length).toBeLessThanOrEqual(MAX_AHEAD)
    }
    // No work waits while a lane is idle, or could be opened (I10).
    if (queued.length > 0) {
      expect(cpuLanes.filter(({ load }) => load.held <= EPSILON)).toEqual([])
      expect(lanes.openLanes('cpu')).toBe(this.threads)
    }
  }

  /** Nothing starves: when bodies go on and end, each one has its turn, in no more rounds than there are bodies. */
  drain(): void {
    const { model, lanes } = this
    while (model.abandoned[0] !== undefined) new Lose(model.abandoned[0]).run(model, this)
    const most = model.waiting.length + model.running.length + model.parked.length
    for (let round = 0; round <= most; round += 1) {
      for (const item of [...model.parked]) new Resume(item).run(model, this)
      for (const lane of lanes.lanes.values()) this.start(lane, false)
      for (const item of [...model.running]) new End(item, 1, false).run(model, this)
      if (model.waiting.length === 0) break
    }
    expect(model.waiting.map(shown)).toEqual([])
    expect(lanes.scheduler.queued).toBe(0)
    for (const { load } of lanes.lanes.values()) expect(load).toMatchObject({ held: 0, inFlight: 0 })
  }
}

function goesBefore(a: Item, b: Item): boolean {
  if (a.priority !== b.priority) return a.priority > b.priority
  return a.depth === b.depth ? a.sequence < b.sequence : a.depth > b.depth
}

function shown({ sequence, priority, depth, cpu, placement }: Item): string {
  return `#${sequence} (priority ${priority}, depth ${depth}, cpu ${cpu}, ${placement})`
}

function move(model: Model, item: Item, from: Listed, to: Listed | 'abandoned' | 'ended'): void {
  const list = model[from]
  const at = list.indexOf(item)
  expect(at, `${shown(item)} is ${from}`).not.toBe(-1)
  list.splice(at, 1)
  if (to === 'ended') model.ended.add(item)
  else model[to].push(item)
}

type SchedulerCommand = fc.Command<Model, Real>

class Enqueue implements SchedulerCommand {
  readonly group: number
  readonly kind: number
  readonly of: { cpu: number; priority: number; depth: number }

  constructor(group: number, kind: number, of: { cpu: number; priority: number; depth: number }) {
    this.group = group
    this.kind = kind
    this.of = of
  }
  check = (): boolean => true
  run(model: Model, real: Real): void {
    const group = real.runs[this.group] as FairShare
    const item = new Item(group, real.estimates[this.kind] as DurationEstimate, this.of)
    model.waiting.push(item)
    real.lanes.scheduler.enqueue(item)
    real.place()
    real.check()
  }
  toString = (): string => `enqueue(run ${this.group}, kind ${this.kind}, ${JSON.stringify(this.of)})`
}

class Start implements SchedulerCommand {
  readonly quietly: boolean

  constructor(quietly: boolean) {
    this.quietly = quietly
  }
  check = (): boolean => true
  run(_: Model, real: Real): void {
    for (const lane of real.lanes.lanes.values()) real.start(lane, this.quietly)
    real.place()
    real.check()
  }
  toString = (): string => `start(${this.quietly ? 'quietly' : 'told'})`
}

/** A command that hits one of a list: a certain one, or any. */
abstract class Hit implements SchedulerCommand {
  readonly target: Item | number
  readonly list: Listed | 'abandoned'

  constructor(target: Item | number, list: Listed | 'abandoned') {
    this.target = target
    this.list = list
  }

  candidates(model: Model): readonly Item[] {
    return model[this.list]
  }

  check(model: Model): boolean {
    return this.candidates(model).length > 0
  }

  run(model: Model, real: Real): void {
    const candidates = this.candidates(model)
    const item = typeof this.target === 'number' ? candidates[this.target % candidates.length] : this.target
    this.hit(item as Item, model, real)
    real.place()
    real.check()
  }

  abstract hit(item: Item, model: Model, real: Real): void

  toString(): string {
    return `${this.constructor.name}(${this.list} ${typeof this.target === 'number' ? this.target : shown(this.target)})`
  }
}

class End extends Hit {
  readonly busyMs: number | undefined
  readonly branched: boolean

  constructor(target: Item | number, busyMs: number | undefined, branched: boolean) {
    super(target, 'running')
    this.busyMs = busyMs
    this.branched = branched
  }
  hit(item: Item, model: Model, { lanes }: Real): void {
    lanes.scheduler.started(item)
    lanes.end(item, this.busyMs, this.branched)
    move(model, item, 'running', 'ended')
  }
}

class Park extends Hit {
  constructor(target: Item | number) {
    super(target, 'running')
  }
  hit(item: Item, model: Model, { lanes }: Real): void {
    lanes.laneOf(item).live.set(item, 'parked')
    lanes.scheduler.started(item)
    lanes.scheduler.parked(item)
    move(model, item, 'running', 'parked')
  }
}

class Resume extends Hit {
  constructor(target: Item | number) {
    super(target, 'parked')
  }
  hit(item: Item, model: Model, { lanes }: Real): void {
    lanes.laneOf(item).live.set(item, 'running')
    lanes.scheduler.resumed(item)
    move(model, item, 'parked', 'running')
  }
}

/** An abort wins the claim of one that hasn't started: it is taken from the queue, or from the middle of a lane's row. */
class Abort extends Hit {
  constructor(target: Item | number) {
    super(target, 'waiting')
  }
  hit(item: Item, model: Model, { lanes }: Real): void {
    const { scheduler } = lanes
    if (item.placement === 'queued') {
      expect(scheduler.dequeue(item)).toBe(true)
    } else {
      const { waiting } = lanes.laneOf(item)
      waiting.splice(waiting.indexOf(item), 1)
      scheduler.withdraw(item)
    }
    expect(scheduler.dequeue(item), 'it is out for good').toBe(false)
    move(model, item, 'waiting', 'ended')
  }
}

/** A body outlives its grace, with neighbours: it is left behind (S6 d). */
class Abandon extends Hit {
  constructor(target: Item | number) {
    super(target, 'running')
  }
  hit(item: Item, model: Model, { lanes }: Real): void {
    lanes.scheduler.started(item)
    const { load } = lanes.laneOf(item)
    lanes.scheduler.abandoned(item)
    expect(load.accepting).toBe(false)
    move(model, item, 'running', 'abandoned')
    // What hasn't started there goes elsewhere, as in the runtime: the lane takes nothing new.
    requeue(lanes, lanes.lane(load))
  }
}

/** The thread of one that runs, waits or was left behind is lost, with all that it had claimed (S21, S10). */
class Lose extends Hit {
  constructor(target: Item | number) {
    super(target, 'running')
  }
  override candidates(model: Model): readonly Item[] {
    return [...model.running, ...model.parked, ...model.abandoned]
  }
  hit(item: Item, model: Model, { lanes }: Real): void {
    const { scheduler } = lanes
    const lane = [...lanes.lanes.values()].find(({ live }) => live.has(item)) as FakeLane
    accept(lane.load, false)
    for (const [body, state] of lane.live) {
      if (model.abandoned.includes(body)) {
        model.abandoned.splice(model.abandoned.indexOf(body), 1)
        model.ended.add(body)
        continue
      }
      scheduler.ended(body, undefined, false)
      move(model, body, state, 'ended')
    }
    lane.live.clear()
    requeue(lanes, lane)
    lanes.lanes.delete(lane.load)
    scheduler.removeLane(lane.load)
  }
}

/** What was sent to a lane and hasn't started goes back to its old place (S10). */
function requeue({ scheduler }: FakeLanes, lane: FakeLane): void {
  for (const item of lane.waiting.splice(0)) {
    scheduler.withdraw(item)
    scheduler.enqueue(item)
  }
}

const which = fc.nat(50)
const commandKinds: fc.Arbitrary<SchedulerCommand>[] = [
  fc
    .tuple(
      fc.nat(2),
      fc.nat(3),
      fc.record({
        cpu: fc.constantFrom(0, 0.25, 0.5, 1, 1, 1),
        priority: fc.nat(2),
        depth: fc.nat(2),
      }),
    )
    .map((parts) => new Enqueue(...parts)),
  fc.boolean().map((quietly) => new Start(quietly)),
  fc
    .tuple(which, fc.option(fc.constantFrom(0.01, 1, 30), { nil: undefined }), fc.boolean())
    .map((parts) => new End(...parts)),
  which.map((target) => new Park(target)),
  which.map((target) => new Resume(target)),
  which.map((target) => new Abort(target)),
  which.map((target) => new Abandon(target)),
  which.map((target) => new Lose(target)),
]
// Enqueued more often than ended, or there is little to choose from.
const [enqueue, start, end] = commandKinds as [
  fc.Arbitrary<SchedulerCommand>,
  fc.Arbitrary<SchedulerCommand>,
  fc.Arbitrary<SchedulerCommand>,
]

describe('scheduler', () => {
  it('loses nothing, overdraws nothing, keeps to rank and starves nobody, whatever happens (S1, S6, S10, S25)', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3 }),
        fc.commands([...commandKinds, enqueue, enqueue, enqueue, start, start, end], {
          maxCommands: 120,
          size: 'max',
        }),
        (threads, commands) => {
          const model: Model = { waiting: [], running: [], parked: [], abandoned: [], ended: new Set() }
          const real = new Real(threads, model)
          fc.modelRun(() => ({ model, real }), commands)
          real.drain()
        },
      ),
      { numRuns: RUNS },
    )
  })
})
