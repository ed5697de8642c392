// The life of a lane, from the start of its thread to its end. The statechart of `actors/thread.ts` decides it; here its events
// come together (what the thread, its task and the runtime do), and what it says is done.

import type { Worker } from 'node:worker_threads'
import {
  createThreadActor,
  type ThreadActor,
  type ThreadClock,
  type ThreadStage,
} from '../../actors/thread.js'
import type { LaneLoss, ThreadEffect, ThreadEvent } from '../../actors/thread-events.js'
import { LONGEST_TIMER_MS } from '../options.js'
import type { AttemptTicket } from '../protocol/claims.js'
import type { TerminalPhase } from '../protocol/outcome.js'
import type { PingAnswer } from './pings.js'
import { QuietWatch } from './quiet-watch.js'
import { world } from '../protocol/world.js'

/** What serves the other end of a lane's line. */
export interface LaneService {
  /** Resolves when the host has closed the lane; rejects when its thread is lost. */
  readonly ended: Promise<void>
  /** Left out where there is no thread that could be killed: in the app's own. */
  kill?(): Worker | undefined
  worker?(thread: number): Worker | undefined
  /** In the app's own thread: tells its host at once how an action has ended. */
  noteEnd?(ticket: AttemptTicket, id: string, phase: TerminalPhase): void
  /** Whether the process stays alive for that thread. `false`: that can't be changed. */
  hold?(thread: number, holdsProcess: boolean): boolean
}

/** What a lane does itself of what its statechart says; the rest concerns its thread alone. */
export type LaneEffect = Exclude<ThreadEffect, { readonly type: 'askToLetGo' | 'awaitExit' | 'giveUpStart' }>

/** What a life needs of its lane. */
export interface LivingLane {
  /** How long it rests before it may be closed, in milliseconds. */
  readonly restMs: number
  /** Whether a lane that has rested for so long may be closed, and its thread ended. */
  mayEnd(): boolean
  /** Whether something there hasn't ended, or is being loaded. */
  hasWork(): boolean
  /** Whether its host answers for handles that somebody still holds. */
  hasHandles(): boolean
  /** Asks the thread; `undefined` if it doesn't answer in time. */
  ask(): Promise<PingAnswer | undefined>
  /** Handles what the thread has sent. */
  drain(): void
  /** Does the lane's part of what its statechart says. */
  perform(effect: LaneEffect): void
}

/** What time it is, and timers. */
export interface LaneTime {
  readonly now: () => number
  readonly clock: ThreadClock
}

/** The process stays alive for the port of a thread, never for a timer. */
const PROCESS_TIME: LaneTime = {
  now: () => world.now(),
  clock: {
    setTimeout(fire, ms) {
      if (ms > LONGEST_TIMER_MS) return undefined
      const timer = world.setTimeout(fire, ms)
      timer.unref()
      return timer
    },
    clearTimeout(timer) {
      world.clearTimeout(timer as NodeJS.Timeout | undefined)
    },
  },
}

/** Where a lane stands, in short. */
export type LaneState = 'starting' | 'open' | 'closing' | 'terminating' | 'gone'

/** The life of one lane. */
export class LaneLife {
  readonly #lane: LivingLane
  readonly #service: LaneService
  readonly #time: LaneTime
  readonly #actor: ThreadActor
  readonly #quiet: QuietWatch
  /** The stage that the statechart is in, read anew after each of its steps: it is looked at for every message. */
  #stage: ThreadStage | 'gone' = 'starting'
  #worker: Worker | undefined
  /** What the worker has said on its way out. */
  #lastError: unknown
  #exitCode: number | undefined
  /** What its statechart is sent ahead of all else: after a rest, a step of it takes a tenth of a millisecond. */
  #deferred: ThreadEvent | undefined

  constructor(lane: LivingLane, service: LaneService, time: LaneTime = PROCESS_TIME) {
    this.#lane = lane
    this.#service = service
    this.#time = time
    this.#quiet = new QuietWatch(
      time.clock,
      time.now,
      () => lane.hasWork() || !this.isOpen,
      () => this.#send({ type: 'quiet' }),
    )
    this.#actor = createThreadActor(
      {
        canBeKilled: this.canBeKilled,
        canRest: service.hold !== undefined,
        restMs: lane.restMs,
        mayEnd: () => this.#deferred === undefined && lane.mayEnd(),
        hasHandles: () => lane.hasHandles(),
        now: time.now,
      },
      time.clock,
      (effect) => this.#perform(effect),
    )
    service.ended.then(
      () => this.#end({ type: 'closed' }),
      (error: unknown) => this.#send({ type: 'lost', error }),
    )
  }

  /** Id of its thread; `undefined` while it starts. */
  get thread(): number | undefined {
    return this.#actor.getSnapshot().context.thread
  }

  /** Where it stands, as `runtime.stats()` shows it: one that rests is open for more. */
  get state(): LaneState {
    const stage = this.#stage
    if (stage === 'resting') return 'open'
    if (typeof stage === 'string') return stage
    return 'open' in stage ? 'open' : 'terminating'
  }

  get isOpen(): boolean {
    return this.state === 'open'
  }

  get isGone(): boolean {
    return this.#stage === 'gone'
  }

  /** Whether its thread has died by itself, and its exit is awaited. */
  get isDying(): boolean {
    const stage = this.#stage
    return typeof stage === 'object' && 'terminating' in stage && stage.terminating === 'lost'
  }

  /** Whether it takes nothing new, because code that was given up may still run there. */
  get isRetiring(): boolean {
    const { value } = this.#actor.getSnapshot()
    return value !== 'gone' && value.alive.intake === 'retiring'
  }

  /** Whether the loop of its thread hasn't answered for long. */
  get isSilent(): boolean {
    const { value } = this.#actor.getSnapshot()
    return value !== 'gone' && value.alive.loop === 'silent'
  }

  /** Whether it has a thread of its own, which can be killed. */
  get canBeKilled(): boolean {
    return this.#service.kill !== undefined
  }

  /** How long ago it was killed, in milliseconds, while its thread hasn't exited; 0 if it wasn't. */
  get exitPendingMs(): number {
    const { killedAt } = this.#actor.getSnapshot().context
    return killedAt === undefined || this.isGone ? 0 : this.#time.now() - killedAt
  }

  /** The host has said hello. */
  up(thread: number): void {
    this.#send({ type: 'up', thread })
    this.#worker = this.#service.worker?.(thread)
    this.#worker?.once('error', this.#rememberError)
    this.#worker?.once('exit', this.#rememberExit)
  }

  /** Something comes onto the lane. */
  work(): void {
    const stage = this.#stage
    if (isIdle(stage)) this.#send({ type: 'work' })
    if (stage !== 'resting' || this.#deferred !== undefined) return
    this.#deferred = { type: 'work' }
    this.#wake()
    // That step follows when the action has been sent.
    world.setImmediate(this.#sendDeferred)
  }

  /** Lets it rest soon, if it stays without work. */
  restWhenIdle(): void {
    if (!this.#lane.hasWork() && isBusy(this.#stage)) this.#quiet.begin()
  }

  /** Whether for now nothing new is to come onto it. */
  pause(isPaused: boolean): void {
    this.#send({ type: isPaused ? 'pause' : 'resume' })
  }

  /** Nothing new is to come onto it any more: code that was given up may still run there. */
  retire(): void {
    this.#send({ type: 'retire' })
  }

  fellSilent(): void {
    this.#send({ type: 'fellSilent' })
  }

  answersAgain(): void {
    this.#send({ type: 'answersAgain' })
  }

  /** Ends the resident task; the thread goes back to the pool. */
  close(): void {
    this.#send({ type: 'close' })
  }

  /** Kills the thread. The lane is gone once that has exited. */
  kill(): void {
    this.#send({ type: 'kill' })
  }

  /** The machine of its host kills the thread. */
  killedElsewhere(): void {
    this.#send({ type: 'killedElsewhere' })
  }

  /** The machine of its host has killed the thread, which still hasn't exited. */
  exitIsLateElsewhere(): void {
    this.killedElsewhere()
    this.#send({ type: 'exitIsLateElsewhere' })
  }

  /** The machine of its host has lost it. */
  lostElsewhere(loss: LaneLoss): void {
    this.#end({ type: 'lostElsewhere', loss })
  }

  /** Its thread died before it could take the lane. */
  failToStart(error: unknown): void {
    if (this.thread === undefined) this.#end({ type: 'failedToStart', error })
  }

  readonly #sendDeferred = (): void => {
    const event = this.#deferred
    if (event === undefined) return
    this.#deferred = undefined
    this.#send(event)
    // What came may be done already.
    this.restWhenIdle()
  }

  #wake(): void {
    this.#lane.perform({ type: 'wake' })
    this.#hold(true)
  }

  #readStage(): void {
    const { value } = this.#actor.getSnapshot()
    this.#stage = value === 'gone' ? value : value.alive.stage
  }

  /** Nothing more once it is gone: XState would warn of it on the console (I13). */
  #send(event: ThreadEvent): void {
    if (this.isGone) return
    this.#sendDeferred()
    this.#actor.send(event)
    this.#readStage()
  }

  /** What the thread said before its end counts (S21). */
  #end(event: ThreadEvent): void {
    if (this.isGone) return
    this.#lane.drain()
    this.#send(event)
  }

  /** Also where a time was up: no step of that kind is without an effect. */
  #perform(effect: ThreadEffect): void {
    this.#readStage()
    switch (effect.type) {
      case 'askToLetGo':
        // What comes next should not find a thread that is blocked by code which a body has left behind.
        void this.#lane.ask().then((answer) => this.#letGo(answer?.written === true))
        return
      case 'rest':
        // Its time was up, and it rests on; but for what has come.
        if (this.#deferred === undefined) this.#lane.perform(effect)
        return
      case 'wake':
        this.#wake()
        return
      case 'askToClose':
        this.#quiet.end()
        this.#lane.perform(effect)
        return
      case 'killThread':
        this.#quiet.end()
        this.#lane.perform(effect)
        // Awaited, and not taken from the pool's promise, which rejects some milliseconds before the thread is dead.
        this.#awaitExit(this.#service.kill?.() ?? this.#worker)
        return
      case 'awaitExit':
        this.#awaitExit(this.#worker)
        return
      case 'giveUpStart':
        this.#service.kill?.()
        return
      case 'over':
        this.#quiet.end()
        this.#worker?.off('error', this.#rememberError)
        this.#worker?.off('exit', this.#rememberExit)
        this.#lane.perform(effect)
        return
      default:
        this.#lane.perform(effect)
    }
  }

  /** `isFree`: its thread has nothing to do, and nothing to say. */
  #letGo(isFree: boolean): void {
    if (!isIdle(this.#stage)) return
    // One that counts as silent would be sent nothing, and be in the way of another.
    const isLetGo = isFree && !this.isSilent && this.#hold(false)
    this.#send({ type: isLetGo ? 'letGo' : 'stuck' })
  }

  #hold(holdsProcess: boolean): boolean {
    const { thread } = this
    return thread !== undefined && this.#service.hold?.(thread, holdsProcess) === true
  }

  #awaitExit(worker: Worker | undefined): void {
    if (worker === undefined || worker.threadId === -1) this.#exited(this.#exitCode)
    else worker.once('exit', (exitCode) => this.#exited(exitCode))
  }

  #exited(exitCode: number | undefined): void {
    this.#end({
      type: 'exited',
      ...(exitCode !== undefined && { exitCode }),
      ...(this.#lastError !== undefined && { error: this.#lastError }),
    })
  }

  readonly #rememberError = (error: unknown): void => {
    this.#lastError = error
  }

  readonly #rememberExit = (exitCode: number): void => {
    this.#exitCode = exitCode
  }
}

function isBusy(stage: ThreadStage | 'gone'): boolean {
  return typeof stage === 'object' && 'open' in stage && stage.open === 'busy'
}

function isIdle(stage: ThreadStage | 'gone'): boolean {
  return typeof stage === 'object' && 'open' in stage && stage.open === 'idle'
}
