// The scheduler's lanes without threads, in virtual time: each has a host that starts in order what it is sent, and says so a
// while later. Only what the scheduler computes takes real time, and that is measured, step by step.

import { IndexedHeap, type Indexed } from '../../src/collections/indexed-heap.js'
import { Queue } from '../../src/collections/queue.js'
import { DurationEstimate } from '../../src/scheduling/duration-estimate.js'
import { FairShare } from '../../src/scheduling/fair-queue.js'
import type { LaneControl } from '../../src/scheduling/lane-control.js'
import { LaneLoad } from '../../src/scheduling/lane-load.js'
import { ONLY_HERE } from '../../src/scheduling/places.js'
import type { Placement, Schedulable } from '../../src/scheduling/schedulable.js'
import { Scheduler } from '../../src/scheduling/scheduler.js'

/** How long a message between the scheduler and a host takes, in milliseconds. */
const MESSAGE_MS = 2.5
/** How many are enqueued in one step, as from one batch of messages. */
const BATCH = 1000
const RUNS = 16

/** An action: it computes for so long, and may have a child that is enqueued at its end. */
export class VirtualAction implements Schedulable {
  static #count = 0
  readonly group: FairShare
  readonly estimate: DurationEstimate
  readonly lengthMs: number
  readonly child: VirtualAction | undefined
  readonly cpu = 1
  readonly priority = 0
  readonly depth: number
  readonly isCleanUp = false
  readonly needs = undefined
  readonly where = ONLY_HERE
  readonly isWithdrawn = false
  readonly sequence: number
  rowIndex = -1
  placement: Placement = 'none'
  lane: LaneLoad<this> | undefined
  charged: number | undefined
  backlogMs: number | undefined
  /** Whether it is on its way to a host, or there; who takes it back or starts it sets it to `false`. */
  isOffered = false

  constructor(
    parent: { readonly group: FairShare; readonly estimate: DurationEstimate; readonly depth: number },
    lengthMs: number,
    child?: VirtualAction,
  ) {
    VirtualAction.#count += 1
    this.sequence = VirtualAction.#count
    this.group = parent.group
    this.estimate = parent.estimate
    this.depth = parent.depth
    this.lengthMs = lengthMs
    this.child = child
  }
}

/** What happens at a virtual time. */
interface Happening extends Indexed {
  readonly at: number
  readonly sequence: number
  readonly happen: () => void
}

/** What scheduling has taken. */
export interface Scheduled {
  readonly cpuMs: number
  readonly worstStepMs: number
  /** From the first action to the last one's end, in virtual milliseconds. */
  readonly makespanMs: number
  /** If all lanes computed all the time. */
  readonly idealMs: number
}

/** So many lanes, and what is done on them. */
export class VirtualLanes implements LaneControl<VirtualAction> {
  readonly #scheduler = new Scheduler<VirtualAction>(this)
  readonly #hosts = new Map<LaneLoad<VirtualAction>, VirtualHost>()
  readonly #happenings = new IndexedHeap<Happening>(
    (a, b) => a.at < b.at || (a.at === b.at && a.sequence < b.sequence),
  )
  /** What the step that goes on has sent. */
  #sent: [LaneLoad<VirtualAction>, VirtualAction][] = []
  #count = 0
  #now = 0
  #cpuMs = 0
  #worstStepMs = 0

  constructor(lanes: number) {
    for (let count = 0; count < lanes; count += 1) {
      const load = new LaneLoad<VirtualAction>('cpu')
      this.#hosts.set(load, new VirtualHost(this))
      this.#scheduler.addLane(load)
    }
  }

  open(): undefined {
    return undefined
  }

  canOpen(): boolean {
    return false
  }

  offer(load: LaneLoad<VirtualAction>, action: VirtualAction): void {
    action.isOffered = true
    this.#sent.push([load, action])
  }

  takeBack(_: LaneLoad<VirtualAction>, action: VirtualAction): boolean {
    const { isOffered } = action
    action.isOffered = false
    return isOffered
  }

  emptied(): void {
    // It stays.
  }

  askBack(): void {
    throw new Error('all lanes are here')
  }

  /** Something happens so many virtual milliseconds from now. */
  after(ms: number, happen: () => void): void {
    this.#count += 1
    this.#happenings.add({ at: this.#now + ms, sequence: this.#count, happen, heapIndex: -1 })
  }

  /** A host tells what has started and ended there: one step of the scheduler. */
  tell(started: readonly VirtualAction[], ended?: VirtualAction): void {
    this.after(MESSAGE_MS, () =>
      this.#step(() => {
        if (ended !== undefined) this.#scheduler.ended(ended, ended.lengthMs, ended.child !== undefined)
        for (const action of started) this.#scheduler.started(action)
        if (ended?.child !== undefined) this.#scheduler.enqueue(ended.child)
      }),
    )
  }

  /** Enqueues so many actions of a mean length, all at once; half of them are children, spawned as their parents end. */
  run(actions: number, meanMs: number): Scheduled {
    const runs = Array.from({ length: RUNS }, () => new FairShare())
    const [parent, leaf] = [new DurationEstimate(), new DurationEstimate()]
    let totalMs = 0
    const lengthOf = (index: number): number => {
      // Half to one and a half times the mean: spread evenly, the same each time.
      const lengthMs = meanMs * (0.5 + ((index * 0.618_033_988_749_895) % 1))
      totalMs += lengthMs
      return lengthMs
    }
    const roots = Array.from({ length: actions / 2 }, (_, index) => {
      const group = runs[index % RUNS] as FairShare
      const child = new VirtualAction({ group, estimate: leaf, depth: 1 }, lengthOf(2 * index))
      return new VirtualAction({ group, estimate: parent, depth: 0 }, lengthOf(2 * index + 1), child)
    })
    for (let at = 0; at < roots.length; at += BATCH) {
      const batch = roots.slice(at, at + BATCH)
      this.after(0, () => this.#step(() => batch.forEach((action) => this.#scheduler.enqueue(action))))
    }
    for (let next = this.#happenings.first; next !== undefined; next = this.#happenings.first) {
      this.#happenings.remove(next)
      this.#now = next.at
      next.happen()
    }
    return {
      cpuMs: this.#cpuMs,
      worstStepMs: this.#worstStepMs,
      makespanMs: this.#now,
      idealMs: totalMs / this.#hosts.size,
    }
  }

  /** One tick of the runtime: what has come is taken in, and what can be placed is placed. */
  #step(takeIn: () => void): void {
    const startedAt = performance.now()
    takeIn()
    const isDone = this.#scheduler.place()
    const tookMs = performance.now() - startedAt
    this.#cpuMs += tookMs
    this.#worstStepMs = Math.max(this.#worstStepMs, tookMs)
    if (!isDone) this.after(0, () => this.#step(() => undefined))
    const sent = this.#sent
    this.#sent = []
    if (sent.length === 0) return
    this.after(MESSAGE_MS, () => {
      for (const [load, action] of sent) this.#hosts.get(load)?.receive(action)
    })
  }
}

/** The other end of a lane. */
class VirtualHost {
  readonly #lanes: VirtualLanes
  readonly #waiting = new Queue<VirtualAction>()
  #running: VirtualAction | undefined

  constructor(lanes: VirtualLanes) {
    this.#lanes = lanes
  }

  receive(action: VirtualAction): void {
    this.#waiting.push(action)
    if (this.#running !== undefined) return
    const started = this.#start()
    if (started !== undefined) this.#lanes.tell([started])
  }

  /** Starts the next one that wasn't taken back. */
  #start(): VirtualAction | undefined {
    let next = this.#waiting.shift()
    while (next?.isOffered === false) next = this.#waiting.shift()
    this.#running = next
    if (next === undefined) return undefined
    next.isOffered = false
    this.#lanes.after(next.lengthMs, () => {
      const started = this.#start()
      this.#lanes.tell(started === undefined ? [] : [started], next)
    })
    return next
  }
}
