// Brings actions onto lanes: the scheduler decides which goes where, the fleet has the lanes, and this joins the two.

import { LOCAL_URL } from '../../local-bodies.js'
import { ThreadLostError } from '../../protocol/errors/errors.js'
import type { GrantedResources, ResourceCounts } from '../../protocol/resolved-options.js'
import { Resources } from '../../scheduling/resources.js'
import type { LaneLoad } from '../../scheduling/lane-load.js'
import { ONLY_HERE } from '../../scheduling/places.js'
import { Scheduler } from '../../scheduling/scheduler.js'
import type { Lane } from '../../threads/lane.js'
import type { OptionalStartFields } from '../../threads/lane-owner.js'
import type { Coming, Dispatch } from '../life/dispatch.js'
import type { Action } from '../tree/action.js'
import { Destinations } from './destinations.js'
import { LaneFleet, type FleetLife, type FleetOptions } from './lane-fleet.js'
import { world } from '../../protocol/world.js'

const NONE: readonly object[] = []

/** What dispatching tells of actions. */
export interface DispatchedLife extends FleetLife {
  /** Sent to a lane; it may have started since. */
  sent(action: Action, lane: Lane<Action>): void
  /** Taken back from a lane, or its lane was lost before it started: it isn't on a lane any more. */
  takenBack(action: Action): void
  /** The same, of one that is being aborted: it never begins. */
  neverBegan(action: Action): void
  /** No thread can be started for it: it never starts. */
  cannotStart(action: Action, error: ThreadLostError): void
}

/** The scheduler of one runtime, with the lanes that it places actions on, and the resources that they wait for first. */
export class Dispatcher extends Scheduler<Action> implements Dispatch {
  readonly fleet: LaneFleet
  readonly destinations: Destinations
  readonly #resources: Resources<Action>
  /** What bodies hold that were given up, by the lanes on which their code may still run. */
  readonly #leftBehind = new Map<LaneLoad<Action>, GrantedResources[]>()
  /** From which something was taken back that stood ahead of others. */
  readonly #gaps = new Set<LaneLoad<Action>>()
  readonly #life: () => DispatchedLife
  #isScheduled = false

  /** `life`: known when the first action comes. */
  constructor(
    resources: ResourceCounts,
    options: Omit<FleetOptions, 'dispatcher' | 'life'>,
    life: () => DispatchedLife,
  ) {
    super({
      open: (role) => this.fleet.open(role),
      canOpen: (role) => this.fleet.canOpen(role),
      offer: (load, action) => this.#offer(load, action),
      takeBack: (load, action) => this.#takeBack(load, action),
      emptied: (load) => this.fleet.emptied(load),
      askBack: (load, count, when) => this.fleet.askBack(load, count, when),
    })
    this.#life = life
    this.#resources = new Resources(resources)
    this.fleet = new LaneFleet({ ...options, dispatcher: this, life })
    this.destinations = new Destinations({
      source: options.elsewhere,
      isWithoutThreads: options.threads === 0,
      resources,
      whereOf: (isHere, destination, takesOne) => this.whereOf(isHere, destination, takesOne),
    })
  }

  override get queued(): number {
    return super.queued + this.#resources.waiting
  }

  /** Adds an action to the queue, once it holds what it needs. */
  override enqueue(action: Action): void {
    const isLent = action.where.elsewhere?.takesOne === true
    if (action.needs !== undefined && action.granted === undefined && !isLent) {
      action.placement = 'queued'
      this.#resources.add(action)
      return
    }
    // Those bodies have only the one thread, and never leave it.
    if (action.definition.url === LOCAL_URL) this.assign(this.fleet.openLocal(), action)
    else if (action.definition.options.command !== undefined) this.#enqueueCommand(action)
    else {
      if (isLent) action.cpu = 1
      super.enqueue(action)
    }
  }

  /** Of a command elsewhere, each has a lane of its own: so several machines share them. */
  #enqueueCommand(action: Action): void {
    if (action.where.elsewhere === undefined) {
      this.assign(this.fleet.openLocal(), action)
      return
    }
    action.cpu = 1
    super.enqueue(action)
  }

  override dequeue(action: Action): boolean {
    if (!this.#resources.remove(action)) return super.dequeue(action)
    action.placement = 'none'
    return true
  }

  release(action: Action): void {
    const { granted } = action
    if (granted === undefined) return
    action.granted = undefined
    this.#resources.giveBack(granted)
    this.schedule()
  }

  override abandoned(action: Action): void {
    const { lane, granted } = action
    if (lane !== undefined && granted !== undefined) {
      action.granted = undefined
      this.#leftBehind.set(lane, [...(this.#leftBehind.get(lane) ?? []), granted])
    }
    super.abandoned(action)
  }

  override withdraw(action: Action): void {
    const { lane } = action
    const isAhead = lane !== undefined && lane.offered.last !== action
    super.withdraw(action)
    if (!isAhead) return
    this.#gaps.add(lane)
    this.schedule()
  }

  override removeLane(load: LaneLoad<Action>): void {
    this.#gaps.delete(load)
    for (const granted of this.#leftBehind.get(load) ?? []) this.#resources.giveBack(granted)
    this.#leftBehind.delete(load)
    super.removeLane(load)
  }

  override hasPlaceFor(coming: Coming): boolean {
    const { needs, where } = coming
    const isLent = where.elsewhere?.takesOne === true
    if (needs !== undefined && !isLent && !this.#resources.hasFree(needs)) return false
    return (coming.cpu === 0 && where === ONLY_HERE) || super.hasPlaceFor(coming)
  }

  /** Starts what can be started, at the end of this tick. */
  schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    world.nextTick(() => {
      this.#isScheduled = false
      this.#wakeThreads()
      this.place()
      this.fleet.tidy()
    })
  }

  /** What was taken back, a thread meets only in its turn: it is told, so that others start that fit now (S1). */
  #wakeThreads(): void {
    if (this.#gaps.size === 0) return
    for (const load of this.#gaps) this.fleet.laneOf(load)?.send({ type: 'wake' })
    this.#gaps.clear()
  }

  override place(): boolean {
    for (const action of this.#resources.grant()) this.enqueue(action)
    const isDone = super.place()
    if (!isDone) world.setImmediate(() => this.schedule())
    return isDone
  }

  /** Looks for threads that don't start what they were sent. */
  checkStalled(now: number): void {
    for (const lane of this.fleet.lanesHere()) lane.checkStalled(now)
  }

  /** Handles what has arrived from the threads but not been delivered. */
  drain(): void {
    this.fleet.drain()
  }

  /** Takes back what hasn't started on a lane. */
  requeueUnstarted(lane: Lane<Action>): void {
    lane.askBack(lane.items())
    for (const action of [...lane.items()]) {
      if (!isInputGone(action, lane) && lane.takeBack(action)) this.#requeue(action)
    }
  }

  /** A lane is gone: what hasn't started there is queued again. Gives the rest, which is lost with it. */
  takeAllBack(lane: Lane<Action>): Action[] {
    const lost: Action[] = []
    for (const action of [...lane.items()]) {
      if (!lane.takeBack(action)) lost.push(action)
      // Of one that had to ask another machine whether it has begun, the answer hadn't come.
      else if (action.phase === 'aborting') this.#life().neverBegan(action)
      else if (isInputGone(action, lane)) lost.push(action)
      else this.#requeue(action)
    }
    return lost
  }

  /** No thread can be started, or none of another machine can be had: what waits for one, and for nothing else, fails. */
  failQueued(from: 'here' | 'elsewhere', why: string, cause?: unknown): void {
    for (const action of this.takeAll(from)) {
      // That one settles by its abort.
      if (action.isWithdrawn) continue
      const { id, name, run } = action
      this.#life().cannotStart(
        action,
        new ThreadLostError(`no thread could be started for action ${id} '${name}': ${why}`, {
          ...{ loss: 'failed-to-start', run: run.name, action: id },
          ...(cause !== undefined && { cause }),
        }),
      )
    }
  }

  #requeue(action: Action): void {
    this.#life().takenBack(action)
    this.withdraw(action)
    this.enqueue(action)
  }

  #offer(load: LaneLoad<Action>, action: Action): void {
    const lane = this.fleet.laneOf(load) as Lane<Action>
    const { definition, run, id, input } = action
    if (!definition.wasSent) {
      definition.wasSent = true
      if (!isLocal(action)) this.fleet.noteModule(definition.url)
    }
    // An input that may be needed again is copied.
    const transfers = definition.options.retries.limit === 0 ? action.transfers : NONE
    lane.start(action, definition, { run: run.name, id, input }, optionalFieldsOf(action, transfers))
    this.#life().sent(action, lane)
  }

  #takeBack(load: LaneLoad<Action>, action: Action): boolean {
    const lane = this.fleet.laneOf(load)
    if (lane === undefined || isInputGone(action, lane) || !lane.takeBack(action)) return false
    this.#life().takenBack(action)
    return true
  }
}

/** Whether no thread runs its body: it closes over the app's objects, or is a command. */
function isLocal({ definition }: Action): boolean {
  return definition.url === LOCAL_URL || definition.options.command !== undefined
}

/** What was moved to a thread can't be sent to another; to other machines, everything is copied (D7). */
function isInputGone(action: Action, lane: Lane<Action>): boolean {
  return !lane.isFar && action.transfers.length > 0 && action.definition.options.retries.limit === 0
}

/** The fields that few starts have; `undefined` where there are none: most starts are made without a spread. */
function optionalFieldsOf(action: Action, transfers: readonly object[]): OptionalStartFields | undefined {
  const { definition, run, name, attempt, cpu, lastIndex, granted, trial } = action
  const isPlaceGuessed = !definition.optionsKnown && action.on === undefined
  const parent = action.parent === action.spawner ? undefined : action.parent?.id
  const isPlain =
    name === definition.name &&
    parent === undefined &&
    attempt === 1 &&
    cpu === 1 &&
    transfers.length === 0 &&
    lastIndex === 0 &&
    !run.isWatched &&
    granted === undefined &&
    trial === undefined &&
    !isPlaceGuessed
  if (isPlain) return undefined
  return {
    ...(name !== definition.name && { name }),
    ...(parent !== undefined && { parent }),
    ...(attempt > 1 && { attempt }),
    ...(cpu !== 1 && { cpu }),
    ...(transfers.length > 0 && { transfer: transfers }),
    ...(lastIndex > 0 && { spawned: lastIndex }),
    ...(run.isWatched && { inspected: true }),
    ...(granted !== undefined && { resources: granted }),
    ...(trial !== undefined && { trial }),
    ...(isPlaceGuessed && { isPlaceGuessed }),
  }
}
