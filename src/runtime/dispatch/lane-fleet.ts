// The lanes of a runtime: opened when there is work, closed when there is none, killed where that must be, and replaced when a
// thread is lost.

import type { LaneLoss } from '../../../actors/thread.js'
import { inNobodysContext } from '../../protocol/async-context.js'
import { ClaimState } from '../../protocol/claims.js'
import { ThreadLostError, type HeddleError } from '../../protocol/errors/errors.js'
import { hostFields } from '../../protocol/host-name.js'
import type { EndsThreadMessage } from '../../protocol/messages.js'
import type { Phase } from '../../protocol/outcome.js'
import type { LaneStats } from '../../runtime.js'
import type { LaneLoad, LaneRole } from '../../scheduling/scheduler.js'
import { Lane } from '../../threads/lane.js'
import type { OpenLine } from '../../threads/lane-line.js'
import type { LaneOwner, LaneReceiver } from '../../threads/lane-owner.js'
import { lineByPort } from '../../threads/port-line.js'
import type { PoolOptions } from '../../threads/pool.js'
import type { Killing } from '../abort/force.js'
import type { Action } from '../tree/action.js'
import { blameForHost, type Guilty } from '../tree/thread-lost-error.js'
import type { KnownDefinition } from '../tree/definition-table.js'
import { Blame } from './blame.js'
import type { LaneSource } from './lane-source.js'
import { LaneThreads } from './lane-threads.js'
import { LocalLane, type LocalLaneOptions } from './local-lane.js'
import { Spares } from './spares.js'
import { describeStartFailure, mayStartLater, StartFailures, warnOfIdleCrash } from './start-failures.js'
import { Warming, type OpenLanes } from './warming.js'

/** How many shared threads there may be: another one serves new actions while the first doesn't answer (S6). */
const SHARED_THREADS = 2

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
  /** The action at an address, if it lives or its record is kept. */
  actionAt(run: string, id: string): Action | undefined
  phaseOf(action: Action): Phase
}

/** What the lanes need of whoever places actions on them. */
export interface FleetDispatcher {
  /** Makes a lane known, and forgets it. */
  addLane(load: LaneLoad<Action>): void
  removeLane(load: LaneLoad<Action>): void
  /** Queues what hasn't started on a lane that takes nothing new. */
  requeueUnstarted(lane: Lane<Action>): void
  /** A lane is gone: what hasn't started there is queued again. Gives the rest, which is lost with it. */
  takeAllBack(lane: Lane<Action>): readonly Action[]
  /** No thread can be started: what waits for one fails. */
  failQueued(error: unknown): void
  /** Something has changed: places what can be placed, and tidies up, at the end of this tick. */
  schedule(): void
}

/** What the lanes are made of. */
export interface FleetOptions {
  /** Threads for actions with a cpu share; 0: everything runs in the app's own thread. */
  readonly threads: number
  /** So many are started with the first action, and kept. */
  readonly minThreads: number
  /** How long a thread without work is kept, in milliseconds. */
  readonly idleTimeoutMs: number
  readonly pool: Omit<PoolOptions, 'maxThreads' | 'minThreads' | 'idleTimeoutMs'>
  readonly epochOffset: number
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
  readonly #threads: LaneThreads
  readonly #local: LocalLane
  readonly #blame: Blame
  readonly #startFailures = new StartFailures()
  readonly #warming: Warming
  readonly #spares: Spares
  /** A thread has come up, and none has failed to since: those that are always kept can be started. */
  #keepsMinimum = false
  #closed = false
  readonly #whenGone: (() => void)[] = []

  constructor(options: FleetOptions) {
    this.#options = options
    const { dispatcher, life, threads, minThreads, idleTimeoutMs, pool, epochOffset, local } = options
    this.#dispatcher = dispatcher
    this.#threads = new LaneThreads(
      { ...pool, maxThreads: mostThreads(threads), minThreads, idleTimeoutMs, epochOffset },
      (error) => this.#onStartError(error),
    )
    this.#blame = new Blame((run, id) => life().actionAt(run, id))
    this.#local = new LocalLane({
      epochOffset,
      ...local,
      phaseOf: (run, id) => {
        const action = life().actionAt(run, id)
        return action && life().phaseOf(action)
      },
    })
    this.#spares = new Spares({
      most: threads + SHARED_THREADS,
      lanes: () => this.#lanes.values(),
      keep: (count) => this.#threads.keepSpares(count),
    })
    this.#warming = new Warming({ openAll: () => this.#openAll(), schedule: () => dispatcher.schedule() })
  }

  /** How many threads there are, those without a lane included. */
  get threads(): number {
    return this.#threads.size
  }

  /** Where each lane stands. */
  states(): LaneStats[] {
    return [...this.#lanes.values()].map((lane) => ({
      thread: lane.thread,
      role: lane.load.role,
      state: lane.life.state,
      inFlight: lane.load.inFlight,
      held: lane.load.held,
      silentMs: lane.silentMs,
      exitPendingMs: lane.life.exitPendingMs,
      ...hostFields(lane.host),
      ...(lane.roundTripMs !== undefined && { rttMs: lane.roundTripMs }),
    }))
  }

  /** Bodies that were given up while their code may still run. */
  get abandoned(): number {
    let count = 0
    for (const lane of this.#lanes.values()) count += lane.abandoned
    return count
  }

  /** Those that aren't gone. */
  lanes(): Iterable<Lane<Action>> {
    return this.#lanes.values()
  }

  laneOf(load: LaneLoad<Action>): Lane<Action> | undefined {
    return this.#lanes.get(load)
  }

  /** Actions of this module are sent to threads: spare ones load it ahead of need. */
  noteModule(url: string): void {
    this.#threads.noteModule(url)
  }

  /** Does what isn't urgent: threads that are to be there are started, and lanes without work rest. */
  tidy(): void {
    if (this.#warming.isPending) this.#warming.proceed()
    if (this.#keepsMinimum) this.#keepMinimum()
    for (const lane of this.#lanes.values()) this.#tidy(lane)
  }

  /** Handles what has arrived from the lanes but not been delivered. */
  drain(): void {
    for (const lane of this.#lanes.values()) lane.drain()
  }

  cameUp(lane: Lane<Action>, thread: number): void {
    this.#startFailures.reset()
    this.#keepsMinimum = this.#options.minThreads > 0 && lane.canBeKilled
    // Seen to have started by their claim words, ahead of this.
    for (const action of lane.items()) if (action.startedAt !== undefined) action.thread ??= thread
  }

  endsThread(lane: Lane<Action>, message: EndsThreadMessage, action: Action | undefined): void {
    this.#blame.noteEnd(lane, message, action)
  }

  receivedAll(until: number | undefined): void {
    this.#dispatcher.schedule()
    // The end of a scope's child would come a turn of the loop later otherwise: of one at a time, a tenth of its time.
    if (until !== undefined) this.#local.takeTurn(until)
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
    if (lane.isFar) this.#dispatcher.schedule()
  }

  exitIsLate(lane: Lane<Action>): void {
    this.#options.life().exitIsLate([...lane.items()], lane.thread, lane.life.exitPendingMs)
  }

  gone(lane: Lane<Action>, loss: LaneLoss | undefined, endsThread: boolean): void {
    this.#lanes.delete(lane.load)
    this.#dispatcher.removeLane(lane.load)
    this.#local.forget(lane)
    const guilty = loss?.withHost === undefined ? this.#blame.take(lane, loss) : blameForHost(loss.withHost)
    const isIdle = !lane.hasWork
    for (const action of this.#dispatcher.takeAllBack(lane))
      this.#options.life().threadLost(action, loss ?? UNEXPECTED_END, guilty)
    if (isIdle && !lane.isFar && loss?.killed === false && !loss.whileStarting) warnOfIdleCrash(loss.error)
    if (loss?.whileStarting === true && !loss.killed) this.#startFailed(loss.error)
    if (lane.isPreloading && loss?.whileStarting === false && guilty === undefined)
      this.#warming.died(lane, loss)
    if (!lane.isFar) {
      if (endsThread && loss === undefined && lane.thread !== undefined) this.#threads.end(lane.thread)
      if (loss?.killed === true && !this.#closed) this.#spares.gone(lane)
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
    if (!this.#closed) this.#spares.expect(lane, at, now)
  }

  /** How long a lane rests: as long as its thread is kept without work. */
  get restMs(): number {
    return this.#options.idleTimeoutMs
  }

  mayEnd(): boolean {
    return this.#threads.hasMoreThanMinimum
  }

  /** Opens a lane in each thread, and loads definitions there. */
  warm(definitions: readonly KnownDefinition[]): Promise<void> {
    for (const { url } of definitions) this.#threads.noteModule(url)
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
    this.#startFailures.reset()
    for (const lane of this.#lanes.values()) lane.life.close()
    if (this.#lanes.size > 0) await new Promise<void>((resolve) => this.#whenGone.push(resolve))
    await this.#threads.close()
  }

  /** Takes back what hasn't started on a lane that takes nothing new. */
  #vacate(lane: Lane<Action>): void {
    lane.life.retire()
    this.#dispatcher.requeueUnstarted(lane)
  }

  #tidy(lane: Lane<Action>): void {
    if (lane.load.inFlight > 0) return
    if (lane.life.isRetiring) lane.life.kill()
    else if (!this.#warming.isPending) lane.life.restWhenIdle()
  }

  /** Whether one more lane may be opened now. */
  canOpen(role: 'cpu' | 'shared'): boolean {
    if (this.#closed || this.#startFailures.isWaiting) return false
    const { threads } = this.#options
    // The one lane of the app's own thread takes everything; opening it is all there is to open.
    if (threads === 0) return this.#local.open === undefined
    return this.#canOpenHere(role) || (role === 'cpu' && this.#canOpenElsewhere())
  }

  #canOpenHere(role: 'cpu' | 'shared'): boolean {
    const { threads, elsewhere } = this.#options
    if (role === 'cpu' && elsewhere?.defaultOn === 'cluster') return false
    return this.#isRoomFor(role === 'cpu' ? threads : SHARED_THREADS, mostThreads(threads), role, false)
  }

  #canOpenElsewhere(): boolean {
    const { elsewhere } = this.#options
    return (
      elsewhere !== undefined && this.#isRoomFor(elsewhere.most, mostThreads(elsewhere.most), 'cpu', true)
    )
  }

  /** Whether there are fewer lanes that take something than `open`, and fewer than `all` with those that are ending. */
  #isRoomFor(open: number, all: number, role: 'cpu' | 'shared', isFar: boolean): boolean {
    let taking = 0
    let living = 0
    for (const lane of this.#lanes.values()) {
      if (lane.isFar !== isFar) continue
      living += 1
      if (lane.load.role === role && lane.load.accepting) taking += 1
    }
    // Those that are killed in a native call live on until it returns: there mustn't be ever more of them.
    return taking < open && living < all
  }

  /** Opens one more lane; `undefined` where there can't be one now. */
  open(role: 'cpu' | 'shared'): LaneLoad<Action> | undefined {
    if (!this.canOpen(role)) return undefined
    if (this.#options.threads === 0) return this.openLocal()
    const { elsewhere, epochOffset } = this.#options
    try {
      if (this.#canOpenHere(role)) return this.#create(role, lineByPort(this.#threads.service())).load
      return elsewhere && this.#create(role, elsewhere.open('any', epochOffset)).load
    } catch (error) {
      // What the threads are started with is wrong: Node says so at once.
      this.#cannotStart(error)
      return undefined
    }
  }

  /** All lanes there may be, of those that take something; and whether none is missing for the moment. */
  #openAll(): OpenLanes {
    for (const role of ['shared', 'cpu'] as const) {
      const isMissing = (): boolean =>
        role === 'cpu' ||
        ![...this.#lanes.values()].some(({ load }) => load.role !== 'cpu' && load.accepting && !load.silent)
      while (isMissing() && this.canOpen(role)) {
        const load = this.open(role)
        if (load === undefined) break
        // That of the app's own thread is known already.
        if (this.#options.threads > 0) this.#dispatcher.addLane(load)
      }
    }
    const lanes = [...this.#lanes.values()].filter(({ load }) => load.accepting && load.role !== 'local')
    return { lanes, isComplete: !this.#startFailures.isWaiting }
  }

  #keepMinimum(): void {
    if (this.#closed || this.#startFailures.isWaiting) return
    try {
      this.#threads.keepMinimum()
    } catch {
      // The next lane that can't be opened says for whom.
      this.#keepsMinimum = false
    }
  }

  /** The lane of the app's own thread, opened where it isn't. */
  openLocal(): LaneLoad<Action> {
    const known = this.#local.open
    if (known !== undefined) return known.load
    const isOnly = this.#options.threads === 0
    const { load } = this.#local.create((open) => this.#create(isOnly ? 'all' : 'local', open))
    if (isOnly) this.#dispatcher.addLane(load)
    return load
  }

  /** Whoever's call it is that needs a lane: its port, and what comes by it, isn't theirs. */
  #create(role: LaneRole, open: OpenLine): Lane<Action> {
    const lane = inNobodysContext(() => new Lane<Action>(role, this, this.#options.receiver(), open))
    this.#lanes.set(lane.load, lane)
    return lane
  }

  #onStartError(error: Error): void {
    for (const lane of this.#lanes.values()) {
      if (lane.thread === undefined && lane.canBeKilled) {
        lane.life.failToStart(error)
        return
      }
    }
    this.#keepsMinimum = false
    warnOfIdleCrash(error)
  }

  #startFailed(error: unknown): void {
    if (!this.#closed && mayStartLater(error) && this.#startFailures.note(() => this.#dispatcher.schedule()))
      return
    this.#cannotStart(error)
  }

  #cannotStart(error: unknown): void {
    this.#startFailures.reset()
    this.#warming.fail(
      new ThreadLostError(`runtime.warm: no thread could be started: ${describeStartFailure(error)}`, {
        loss: 'failed-to-start',
        cause: error,
      }),
    )
    this.#dispatcher.failQueued(error)
  }
}

/**
 * How many threads there may be at a time. More than are used: of those with an abandoned body, or in a native call, the
 * capacity is given back at once. Not without a limit: Piscina may start as many as it is allowed.
 */
function mostThreads(threads: number): number {
  return 4 * threads + 16
}

const UNEXPECTED_END: LaneLoss = { killed: false, whileStarting: false }
