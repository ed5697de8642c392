// The lanes of a runtime: opened when there is work, closed when there is none, killed where that must be, and replaced when a
// thread is lost.

import type { LaneLoss } from '../../../actors/thread-events.js'
import { inNobodysContext } from '../../protocol/async-context.js'
import { ClaimState } from '../../protocol/claims.js'
import { ThreadLostError, type HeddleError } from '../../protocol/errors/errors.js'
import type { EndsThreadMessage } from '../../protocol/messages.js'
import type { Phase } from '../../protocol/outcome.js'
import type { LaneStats } from '../../runtime.js'
import type { LaneLoad, LaneRole } from '../../scheduling/lane-load.js'
import type { Place } from '../../scheduling/places.js'
import { Lane } from '../../threads/lane.js'
import type { OpenLine } from '../../threads/lane-line.js'
import type { LaneOwner, LaneReceiver } from '../../threads/lane-owner.js'
import type { Killing } from '../abort/force.js'
import type { Action } from '../tree/action.js'
import { blameForHost, type Guilty } from '../tree/thread-lost-error.js'
import type { KnownDefinition } from '../tree/definition-table.js'
import { AskingBack } from './asking-back.js'
import { Blame } from './blame.js'
import { FarLanes, type FarCounts } from './far-lanes.js'
import type { LaneSource } from './lane-source.js'
import { laneStats } from './lane-stats.js'
import { LaneOpenings, SHARED_THREADS, type OpeningsOptions } from './lane-openings.js'
import type { LocalLaneOptions } from './local-lane.js'
import { Spares } from './spares.js'
import { describeStartFailure, warnOfIdleCrash } from './start-failures.js'
import { Warming, type OpenLanes } from './warming.js'

/** What lanes tell of actions. */
export interface FleetLife {
  /** It couldn't be sent. */
  notSent(action: Action, error: unknown): void
  /** Its thread is lost (S21), or was killed. `guilty`: those by whom, or for whom; `undefined` where that isn't known. */
  threadLost(action: Action, loss: LaneLoss, guilty: readonly Guilty[] | undefined): void
  /** A shared thread has been silent for long: one of these holds it up (S6). */
  blockedBy(unparked: readonly Action[], thread: number | undefined, silentMs: number): void
  /** The thread of these was killed, and hasn't exited yet: it is in a native call. */
  exitIsLate(actions: readonly Action[], thread: number | undefined, pendingMs: number): void
  /** Nobody serves a destination that some wait for; `why`: who is there. */
  unserved(destination: string, why: string): void
  /** The action at an address, if it lives or its record is kept. */
  actionAt(run: string, id: string): Action | undefined
  phaseOf(action: Action): Phase
}

/** What the lanes need of whoever places actions on them. */
export interface FleetDispatcher {
  /** Makes a lane known, one of another machine by its destination; and forgets it. */
  addLane(load: LaneLoad<Action>, destination?: string): void
  removeLane(load: LaneLoad<Action>): void
  /** This process, and the destinations of what may leave it. */
  readonly places: readonly Place[]
  /** Queues what hasn't started on a lane that takes nothing new. */
  requeueUnstarted(lane: Lane<Action>): void
  /** A lane is gone: what hasn't started there is queued again. Gives the rest, which is lost with it. */
  takeAllBack(lane: Lane<Action>): readonly Action[]
  /** No thread can be started, or none of another machine can be had: what waits for one, and for nothing else, fails. */
  failQueued(from: 'here' | 'elsewhere', why: string, cause?: unknown): void
  /** Something has changed: places what can be placed, and tidies up, at the end of this tick. */
  schedule(): void
}

/** What the lanes are made of. */
export interface FleetOptions extends OpeningsOptions {
  /** Where lanes come from that aren't threads of this process. */
  readonly elsewhere: LaneSource | undefined
  readonly local: Pick<LocalLaneOptions, 'localBodies' | 'commands'>
  readonly dispatcher: FleetDispatcher
  /** Known when the first action comes, as is what takes in the messages of bodies. */
  readonly life: () => FleetLife
  readonly receiver: () => LaneReceiver<Lane<Action>, Action>
}

/** All lanes of one runtime. */
export class LaneFleet implements LaneOwner<Lane<Action>, Action>, Killing {
  readonly #options: FleetOptions
  readonly #dispatcher: FleetDispatcher
  readonly #lanes = new Map<LaneLoad<Action>, Lane<Action>>()
  /** Those of this process. */
  readonly #here = new Set<Lane<Action>>()
  /** Those of other machines that may have nothing to do any more. */
  readonly #untidied = new Set<Lane<Action>>()
  readonly #openings: LaneOpenings
  readonly #far: FarLanes | undefined
  readonly #askingBack: AskingBack
  readonly #blame: Blame
  readonly #warming: Warming
  readonly #spares: Spares
  #closed = false
  readonly #whenGone: (() => void)[] = []

  constructor(options: FleetOptions) {
    this.#options = options
    const { dispatcher, life, threads, epochOffset, elsewhere, local } = options
    const schedule = (): void => dispatcher.schedule()
    this.#dispatcher = dispatcher
    this.#openings = new LaneOpenings(
      options,
      {
        epochOffset,
        ...local,
        phaseOf: (run, id) => {
          const action = life().actionAt(run, id)
          return action && life().phaseOf(action)
        },
      },
      {
        lanes: () => this.#here,
        create: (role, open) => this.#create(role, open),
        addLane: (load) => dispatcher.addLane(load),
        cannotStart: (error) => this.#cannotStart(error),
        schedule,
      },
    )
    this.#far =
      elsewhere &&
      new FarLanes(elsewhere, {
        epochOffset,
        places: () => dispatcher.places,
        create: (open) => this.#create('cpu', open),
        addLane: (lane, destination) => dispatcher.addLane(lane.load, destination),
        requeueUnstarted: (lane) => dispatcher.requeueUnstarted(lane),
        unserved: (destination, why) => life().unserved(destination, why),
        failQueued: (why) => dispatcher.failQueued('elsewhere', why),
        schedule,
      })
    this.#askingBack = new AskingBack((load, actions) => this.#lanes.get(load)?.askBack(actions), schedule)
    this.#blame = new Blame((run, id) => life().actionAt(run, id))
    this.#spares = new Spares({
      most: threads + SHARED_THREADS,
      lanes: () => this.#here,
      keep: (count) => this.#openings.threads.keepSpares(count),
    })
    this.#warming = new Warming({ openAll: () => this.#openAll(), schedule })
  }

  /** How many threads there are, those without a lane included. */
  get threads(): number {
    return this.#openings.threads.size
  }

  /** Where each lane stands. */
  states(): LaneStats[] {
    return [...this.#lanes.values()].map(laneStats)
  }

  /** Bodies that were given up while their code may still run. */
  get abandoned(): number {
    let count = 0
    for (const lane of this.#lanes.values()) count += lane.abandoned
    return count
  }

  /** Those of this process that aren't gone. */
  lanesHere(): Iterable<Lane<Action>> {
    return this.#here
  }

  /** How many of the lanes of other machines stand where, by destination. */
  farCounts(): ReadonlyMap<string, FarCounts> {
    return this.#far?.counts() ?? NO_COUNTS
  }

  laneOf(load: LaneLoad<Action>): Lane<Action> | undefined {
    return this.#lanes.get(load)
  }

  /** Actions of this module are sent to threads: spare ones load it ahead of need. */
  noteModule(url: string): void {
    this.#openings.threads.noteModule(url)
  }

  /** Does what isn't urgent: threads that are to be there are started, and lanes without work rest. */
  tidy(): void {
    if (this.#warming.isPending) this.#warming.proceed()
    this.#openings.keepMinimum()
    this.#far?.ask()
    for (const lane of this.#here) this.#tidy(lane)
    // There may be very many elsewhere.
    for (const lane of this.#untidied) {
      this.#tidy(lane)
      // One that is sent something is emptied again. While others are made warm, none rests.
      if (lane.load.inFlight > 0 || (!lane.hasWork && !this.#warming.isPending)) this.#untidied.delete(lane)
    }
  }

  /** Nothing is left on a lane. */
  emptied(load: LaneLoad<Action>): void {
    const lane = this.#lanes.get(load)
    if (lane?.isFar !== true) return
    this.#untidied.add(lane)
    this.#far?.emptied(lane)
  }

  /** Asks another machine for the last ones of what was sent to a lane there. */
  askBack(load: LaneLoad<Action>, count: number, when: 'now' | 'soon'): void {
    this.#askingBack.askBack(load, count, when)
  }

  /** Handles what has arrived from the lanes but not been delivered. */
  drain(): void {
    for (const lane of this.#lanes.values()) lane.drain()
  }

  cameUp(lane: Lane<Action>, thread: number): void {
    if (lane.isFar) {
      this.#untidied.add(lane)
      this.#far?.cameUp(lane)
    } else this.#openings.cameUp(lane)
    // Seen to have started by their claim words, ahead of this.
    const event = { type: 'threadKnown', thread } as const
    for (const action of lane.items()) action.send(event)
  }

  endsThread(lane: Lane<Action>, message: EndsThreadMessage, action: Action | undefined): void {
    this.#blame.noteEnd(lane, message, action)
  }

  receivedAll(until: number | undefined): void {
    this.#dispatcher.schedule()
    // The end of a scope's child would come a turn of the loop later otherwise: of one at a time, a tenth of its time.
    if (until !== undefined) this.#openings.local.takeTurn(until)
  }

  notSent(action: Action, error: unknown): void {
    this.#options.life().notSent(action, error)
    this.#dispatcher.schedule()
  }

  fellSilent(lane: Lane<Action>): void {
    const unparked = [...lane.items()].filter(
      (action) => lane.claim(action) === ClaimState.running || lane.isLoading(action),
    )
    this.#options.life().blockedBy(unparked, lane.thread, lane.silentMs)
    // What hasn't started there goes to another one.
    this.#dispatcher.requeueUnstarted(lane)
    this.#dispatcher.schedule()
  }

  answersAgain(): void {
    this.#dispatcher.schedule()
  }

  intakeChanged(lane: Lane<Action>): void {
    if (!lane.isFar) return
    // Its machine wants it back: others take its place.
    if (lane.life.isRetiring) this.#far?.leave(lane)
    this.#dispatcher.schedule()
  }

  exitIsLate(lane: Lane<Action>): void {
    this.#options.life().exitIsLate([...lane.items()], lane.thread, lane.life.exitPendingMs)
  }

  gone(lane: Lane<Action>, loss: LaneLoss | undefined, endsThread: boolean): void {
    this.#lanes.delete(lane.load)
    this.#here.delete(lane)
    this.#untidied.delete(lane)
    this.#far?.gone(lane)
    this.#askingBack.forget(lane.load)
    this.#dispatcher.removeLane(lane.load)
    this.#openings.local.forget(lane)
    const told = this.#blame.take(lane, loss)
    const guilty = loss?.withHost === undefined ? told : blameForHost(loss.withHost)
    const isIdle = !lane.hasWork
    for (const action of this.#dispatcher.takeAllBack(lane))
      this.#options.life().threadLost(action, loss ?? UNEXPECTED_END, guilty)
    if (isIdle && !lane.isFar && loss?.killed === false && !loss.whileStarting) warnOfIdleCrash(loss.error)
    if (loss?.whileStarting === true && !loss.killed && !lane.isFar) this.#openings.startFailed(loss.error)
    if (lane.isPreloading && loss?.whileStarting === false && guilty === undefined)
      this.#warming.died(lane, loss)
    if (!lane.isFar) {
      if (endsThread && loss === undefined && lane.thread !== undefined)
        this.#openings.threads.end(lane.thread)
      this.#spares.gone(lane, loss?.killed === true && !this.#closed)
    }
    this.#dispatcher.schedule()
    if (this.#lanes.size > 0) return
    for (const resolve of this.#whenGone.splice(0)) resolve()
  }

  kill(lane: Lane<Action>, guilty: Action): void {
    // What the loss of a thread aborts may be forced in that very step, when its lane is gone already.
    if (lane.life.isGone) return
    this.#blame.noteKill(lane, guilty)
    this.#vacate(lane)
    // That of another machine is being killed there.
    if (lane.isFar) lane.life.killedElsewhere()
    else {
      lane.life.kill()
      if (!this.#closed) this.#spares.killed(lane)
    }
    this.#dispatcher.schedule()
  }

  retire(lane: Lane<Action>): void {
    this.#vacate(lane)
    this.#tidy(lane)
    this.#dispatcher.schedule()
  }

  expectKill(lane: Lane<Action>, at: number, now: number): void {
    // What is killed on another machine is replaced there.
    if (!this.#closed && !lane.isFar) this.#spares.expect(lane, at, now)
  }

  /** How long a lane rests: as long as its thread is kept without work. */
  get restMs(): number {
    return this.#options.idleTimeoutMs
  }

  mayEnd(): boolean {
    return this.#openings.threads.hasMoreThanMinimum
  }

  /** Opens a lane in each thread, and loads definitions there. */
  warm(definitions: readonly KnownDefinition[]): Promise<void> {
    for (const { url } of definitions) this.#openings.threads.noteModule(url)
    const warm = this.#warming.add(definitions)
    this.#dispatcher.schedule()
    return warm
  }

  /** What is being made warm needn't be any more. */
  endWarming(error: HeddleError): void {
    this.#warming.fail(error)
  }

  /** Ends every thread and waits for their exits. */
  async close(): Promise<void> {
    this.#closed = true
    this.#openings.stop()
    this.#far?.close()
    for (const lane of this.#lanes.values()) lane.life.close()
    if (this.#lanes.size > 0) await new Promise<void>((resolve) => this.#whenGone.push(resolve))
    await this.#openings.threads.close()
  }

  /** Takes back what hasn't started on a lane that takes nothing new. */
  #vacate(lane: Lane<Action>): void {
    // Ahead of that: such a lane isn't given back as others are that take nothing new.
    this.#far?.giveUp(lane)
    lane.life.retire()
    this.#dispatcher.requeueUnstarted(lane)
  }

  #tidy(lane: Lane<Action>): void {
    if (lane.load.inFlight > 0) return
    if (lane.life.isRetiring) lane.life.kill()
    // What is being made warm isn't let rest.
    else if (!this.#warming.isPending) lane.life.restWhenIdle()
  }

  /** Whether one more lane may be opened here now. */
  canOpen(role: 'cpu' | 'shared'): boolean {
    return this.#openings.canOpen(role)
  }

  /** Opens one more lane here; `undefined` where there can't be one now. */
  open(role: 'cpu' | 'shared'): LaneLoad<Action> | undefined {
    return this.#openings.open(role)
  }

  /** The lane of the app's own thread, opened where it isn't. */
  openLocal(): LaneLoad<Action> {
    return this.#openings.openLocal()
  }

  /** All lanes there may be, of those that take something; and whether none is missing for the moment. */
  #openAll(): OpenLanes {
    this.#openings.openAll()
    const lanes = [...this.#here, ...(this.#far?.up() ?? [])].filter(
      ({ load }) => load.accepting && load.role !== 'local',
    )
    for (const lane of lanes) if (lane.isFar) this.#untidied.add(lane)
    return { lanes, isComplete: !this.#openings.isWaiting }
  }

  /** Whoever's call it is that needs a lane: its port, and what comes by it, isn't theirs. */
  #create(role: LaneRole, open: OpenLine): Lane<Action> {
    const lane = inNobodysContext(() => new Lane<Action>(role, this, this.#options.receiver(), open))
    this.#lanes.set(lane.load, lane)
    if (!lane.isFar) this.#here.add(lane)
    return lane
  }

  #cannotStart(error: unknown): void {
    const why = describeStartFailure(error)
    const message = `runtime.warm: no thread could be started: ${why}`
    this.#warming.fail(new ThreadLostError(message, { loss: 'failed-to-start', cause: error }))
    this.#dispatcher.failQueued('here', why, error)
  }
}

const NO_COUNTS: ReadonlyMap<string, FarCounts> = new Map()
const UNEXPECTED_END: LaneLoss = { killed: false, whileStarting: false }
