// The life of every action: spawned, started, ended, tried again, settled. It keeps the invariants of the tree (I1, I2,
// S3): what ends takes its children with it, and settles after them. How aborts spread is the cancellation's.

import { decodeError } from '../protocol/decode-error.js'
import type { EncodedError } from '../protocol/encoded-error.js'
import type { AbortReason } from '../protocol/abort-reason.js'
import { ClaimState } from '../protocol/claims.js'
import type { Clock } from '../protocol/clock.js'
import {
  ActionAbortedError,
  ActionTimedOutError,
  isHeddleError,
  NotCloneableError,
  QueueFullError,
  ThreadLostError,
  type HeddleError,
} from '../protocol/errors.js'
import { wrapThrown } from '../protocol/wrap-thrown.js'
import { childId, childIndex, ROOT_ID } from '../protocol/ids.js'
import type {
  EndedMessage,
  SpawnMessage,
  ToRuntime,
  UnlistenedChild,
  WireSpawnOptions,
} from '../protocol/messages.js'
import { encodeOutcome, encodeTogether } from '../protocol/outcome-codec.js'
import type { Outcome, Phase } from '../protocol/outcome.js'
import type { ResolvedActionOptions, ResolvedTimeout } from '../protocol/resolved-options.js'
import type { EventLog } from '../events.js'
import { LOCAL_URL } from '../local-bodies.js'
import type { Lane, LaneLoss } from '../threads/lane.js'
import { ActionNode, type Ending, type NodeDefaults, type NodeOptions } from './action-node.js'
import { Cancellation } from './cancellation.js'
import type { DefinitionTable } from './definition-table.js'
import { type KnownDefinition } from './definition-table.js'
import type { Records } from './records.js'
import { RunState, type Inspector } from './run-state.js'

/** How often the claim words of what was sent are looked at, in milliseconds, while something hasn't started. */
const SWEEP_MS = 5

type LivePhase = 'queued' | 'running' | 'aborting'

/** What the supervisor needs of the lanes. */
export interface Dispatch {
  readonly queued: number
  enqueue(node: ActionNode): void
  dequeue(node: ActionNode): boolean
  /** Puts a body that lives in the app's own thread onto its lane. */
  startLocally(node: ActionNode): void
  ended(node: ActionNode, busyMs: number | undefined, branched: boolean): void
  started(node: ActionNode): void
  parked(node: ActionNode): void
  resumed(node: ActionNode): void
  corrected(node: ActionNode, cpu: number): void
  withdrawn(node: ActionNode): void
  abandonedOn(node: ActionNode): void
  /** Looks for threads that don't start what they were sent. */
  checkStalled(now: number): void
  /** Starts what can be started, at the end of this tick. */
  schedule(): void
  /** The same, at once. */
  place(): void
}

/** What a supervisor is made of. */
export interface SupervisorOptions {
  readonly now: Clock
  readonly events: EventLog
  readonly records: Records
  readonly dispatch: Dispatch
  readonly definitions: DefinitionTable
  readonly graceMs: number
  readonly maxQueued: number
}

/** How a root is started. */
export interface RootOptions {
  readonly name: string
  readonly definition: KnownDefinition
  readonly actionName: string
  readonly input: unknown
  readonly transfers: readonly object[]
  readonly timeout: ResolvedTimeout | undefined
  readonly graceMs: number | undefined
  readonly priority: number | undefined
  readonly inspect: Inspector | undefined
}

/** Everything that lives in one runtime. */
export class Supervisor {
  readonly now: Clock
  readonly events: EventLog
  readonly dispatch: Dispatch
  readonly cancellation: Cancellation
  readonly totals: Record<'succeeded' | 'failed' | 'aborted' | 'timedOut', number> = {
    succeeded: 0,
    failed: 0,
    aborted: 0,
    timedOut: 0,
  }
  /** Live actions by phase. */
  readonly live: Record<LivePhase, number> = { queued: 0, running: 0, aborting: 0 }
  readonly #records: Records
  readonly #definitions: DefinitionTable
  readonly #nodeDefaults: NodeDefaults
  readonly #maxQueued: number
  /** Actions of `map` that wait for room in the queue. */
  readonly #waitingForRoom = new Set<ActionNode>()
  #roomWaiters: (() => void)[] = []
  #sequence = 0
  #sweeping = false
  readonly #unstarted = new Set<ActionNode>()

  constructor(options: SupervisorOptions) {
    this.now = options.now
    this.events = options.events
    this.dispatch = options.dispatch
    this.#records = options.records
    this.#definitions = options.definitions
    this.#nodeDefaults = { graceMs: options.graceMs, onStop: (node) => this.#actorStopped(node) }
    this.#maxQueued = options.maxQueued
    this.cancellation = new Cancellation(this)
  }

  /** Whether the queue has room; one that may hold nothing has when it is empty. */
  get hasRoom(): boolean {
    return this.dispatch.queued < Math.max(1, this.#maxQueued)
  }

  /** Resolves when the queue has room. */
  room(): Promise<void> {
    if (this.hasRoom) return Promise.resolve()
    return new Promise((resolve) => this.#roomWaiters.push(resolve))
  }

  /** Creates a run; `admit` starts its root. */
  createRun(options: RootOptions): RunState {
    const run = new RunState(options.name, options.inspect)
    const defaults = options.definition.options
    const root = this.#createNode({
      run,
      id: ROOT_ID,
      name: options.actionName,
      definition: options.definition,
      parent: undefined,
      spawner: undefined,
      input: options.input,
      transfers: options.transfers,
      timeout: options.timeout,
      graceMs: options.graceMs,
      priority: options.priority ?? defaults.priority ?? 0,
      shield: undefined,
    })
    run.root = root
    this.#records.addRun(run)
    return run
  }

  /** Takes in a message from a body. */
  received(lane: Lane<ActionNode>, node: ActionNode, message: ToRuntime): void {
    switch (message.type) {
      case 'ended':
        this.#bodyEnded(node, message)
        return
      case 'spawn':
        this.#spawn(lane, node, message)
        return
      case 'parked':
        this.#noteStart(node)
        this.dispatch.parked(node)
        this.dispatch.schedule()
        return
      case 'resumed':
        this.dispatch.resumed(node)
        return
      case 'report':
        this.#noteStart(node)
        this.#report(node, message.value)
        return
      case 'log':
        this.#noteStart(node)
        if (this.events.hasReaders) {
          const { level, message: text, fields, at } = message
          const { attempt } = node
          const place = { run: node.run.name, id: node.id, attempt }
          this.events.publish({ type: 'log', at, ...place, level, message: text, ...(fields && { fields }) })
        } else {
          this.events.skip()
        }
        return
      case 'abortSeen':
        this.#noteStart(node)
        node.abortDeliveredAt = message.at
        if (this.events.hasReaders) {
          this.events.publish({ type: 'abortSeen', at: message.at, run: node.run.name, id: node.id })
        } else this.events.skip()
        return
      case 'cancel': {
        const target = node.run.nodes.get(message.id)
        if (target === undefined || target.isSettled) return
        const { source, message: text, cause } = message.reason
        const reason: AbortReason = {
          source,
          message: text ?? (source === 'signal' ? 'the signal was aborted' : 'cancelled'),
          ...(source === 'cancel' && { by: node.id }),
          origin: target.id,
          at: this.now(),
          ...(cause && { cause: decodeError(cause.error) }),
        }
        this.cancellation.abort(target, reason, message)
        return
      }
      case 'shieldEnded':
        this.#shieldEnded(node, message.shield, message.timedOut)
        return
      case 'described':
        this.#described(node, message.options)
        return
      default:
    }
  }

  /** Sent to a lane; it may have started since. */
  sent(node: ActionNode, lane: Lane<ActionNode>): void {
    node.line = lane
    this.#unstarted.add(node)
    this.#sweepSoon()
    this.#letIn()
  }

  /** Taken back from a lane, or its lane was lost before it started: it isn't on a lane any more. */
  takenBack(node: ActionNode): void {
    node.line = undefined
    this.#unstarted.delete(node)
  }

  /** It couldn't be sent. */
  notSent(node: ActionNode, error: unknown): void {
    this.takenBack(node)
    this.dispatch.ended(node, undefined, false)
    const why = error instanceof Error ? error.message : String(error)
    const { run, id, name } = node
    this.#finishAttempt(node, {
      kind: 'failed',
      error: new NotCloneableError(
        `the input of action ${id} '${name}' can't be sent to another thread (${why}): give plain data, or mark buffers with transfer()`,
        { cause: error, run: run.name, action: id },
      ),
    })
  }

  /** Looks whether a sent action has started, by its claim word: nothing is told while a thread computes. */
  phaseOf(node: ActionNode): Phase {
    this.#noteStartIfClaimed(node)
    return node.phase
  }

  /** Whether its outcome stands already, while its children drain (S4). */
  isDecided(node: ActionNode): boolean {
    const { ending } = node
    if (ending === undefined) return false
    return ending.kind === 'stopped' ? !node.isAttemptTimedOut : !this.#mayRetry(node, ending)
  }

  /** Aborts what was only waiting for its children before another attempt (S8). */
  giveUpRetry(node: ActionNode, reason: AbortReason): void {
    if (node.ending?.kind !== 'failed') return
    const { error } = node.ending
    const how = isHeddleError(error, 'ThreadLostError') ? 'forced' : 'cooperative'
    node.ending = { kind: 'stopped', how, thrown: error }
    node.reason = reason
    node.abortRequestedAt = this.now()
    this.changePhase(node, 'aborting')
  }

  /** Its thread is lost (S21), or was killed. `killedFor`: the guilty ones, for whom that was done. */
  threadLost(node: ActionNode, loss: LaneLoss, killedFor: ReadonlySet<ActionNode>): void {
    // It may have died within its first milliseconds, before anyone looked at its claim.
    this.#noteStartIfClaimed(node)
    const { thread } = node
    this.#leaveLane(node, undefined)
    if (node.phase === 'aborting') {
      this.#finishAttempt(node, { kind: 'stopped', how: 'forced' })
      return
    }
    const innocent = loss.killed && !killedFor.has(node)
    const error = lostError(node, loss, innocent, thread)
    this.#finishAttempt(node, { kind: 'failed', error, uncounted: innocent })
  }

  /** No thread can be started for it. */
  cannotStart(node: ActionNode, error: ThreadLostError): void {
    this.#finishAttempt(node, { kind: 'failed', error })
  }

  /** A body that was given up: dropped by its host, or left behind. */
  givenUp(node: ActionNode, how: 'forced' | 'abandoned'): void {
    this.#noteStart(node)
    node.line = undefined
    this.#finishAttempt(node, { kind: 'stopped', how })
  }

  /** An aborted action whose body hadn't begun: it never will. */
  neverStarted(node: ActionNode): void {
    if (node.placement === 'queued') this.dispatch.dequeue(node)
    this.#waitingForRoom.delete(node)
    this.#finishAttempt(node, { kind: 'stopped', how: node.began ? 'cooperative' : 'never-started' })
  }

  /** A log entry of the runtime's own. */
  warn(node: ActionNode, message: string): void {
    if (!this.events.hasReaders) {
      this.events.skip()
      return
    }
    const { run, id, attempt } = node
    this.events.publish({ type: 'log', at: this.now(), run: run.name, id, level: 'warn', message, attempt })
  }

  /** Puts a change of phase on record and tells everyone. */
  changePhase(node: ActionNode, phase: LivePhase): void {
    this.live[node.phase as LivePhase] -= 1
    this.live[phase] += 1
    node.phase = phase
    node.tellActor(phase)
    if (this.events.hasReaders)
      this.#publishPhase(node, phase === 'running' ? (node.startedAt as number) : this.now())
    else this.events.skip()
    if (phase === 'queued') return
    this.#tellSpawner(node, (spawner, ticket) => {
      // What is aborted with its spawner needn't be told there, ten thousand times.
      const isTogether = phase === 'aborting' && node.reason === spawner.toldReason
      if (!isTogether || node.parent !== spawner || node.shield !== undefined) {
        spawner.line?.send({ type: 'childPhase', ticket, id: node.id, phase })
      }
    })
  }

  #actorStopped(node: ActionNode): void {
    this.cancellation.abort(node, {
      source: 'cancel',
      message: 'its actor was stopped',
      origin: node.id,
      at: this.now(),
    })
  }

  #createNode(options: NodeOptions): ActionNode {
    this.#sequence += 1
    const node = new ActionNode(options, this.#sequence, this.now(), this.#nodeDefaults)
    options.run.nodes.set(node.id, node)
    options.parent?.addChild(node)
    this.live.queued += 1
    if (options.run.isWatched) void node.actor
    if (this.events.hasReaders) this.#publishPhase(node, node.queuedAt)
    else this.events.skip()
    return node
  }

  /** Puts an action into the queue, if there is room; with `waitForRoom`, once there is. */
  admit(node: ActionNode, waitForRoom = false): void {
    const deadlineMs = node.bound('deadlineMs')
    if (deadlineMs !== undefined) {
      node.setTimer('deadlineMs', deadlineMs, () => this.cancellation.timeOut(node, 'deadlineMs', deadlineMs))
    }
    if (node.definition.url === LOCAL_URL) {
      this.dispatch.startLocally(node)
      return
    }
    if (node.cpu > 0 && waitForRoom && !this.hasRoom) {
      this.#waitingForRoom.add(node)
      return
    }
    this.#queue(node)
    if (node.cpu === 0 || this.dispatch.queued <= this.#maxQueued) return
    // What a free thread takes at the end of this tick doesn't wait: only what is left then counts.
    this.dispatch.place()
    if (node.placement !== 'queued' || this.dispatch.queued <= this.#maxQueued) return
    this.dispatch.dequeue(node)
    const { run, id, name } = node
    this.#finishAttempt(node, {
      kind: 'failed',
      error: new QueueFullError(
        `action ${id} '${name}' was refused: the queue holds ${this.dispatch.queued} actions, and maxQueued is ${this.#maxQueued}; await runtime.ready() first, or use ctx.map`,
        { run: run.name, action: id },
      ),
    })
  }

  #queue(node: ActionNode): void {
    const queuedMs = node.bound('queuedMs')
    if (queuedMs !== undefined) {
      node.setTimer('queuedMs', queuedMs, () => this.cancellation.timeOut(node, 'queuedMs', queuedMs))
    }
    this.dispatch.enqueue(node)
    this.dispatch.schedule()
  }

  /** Room has come to be: those who wait for it go on. */
  #letIn(): void {
    for (const node of this.#waitingForRoom) {
      if (!this.hasRoom) return
      this.#waitingForRoom.delete(node)
      this.#queue(node)
    }
    if (this.#roomWaiters.length === 0 || !this.hasRoom) return
    const waiters = this.#roomWaiters
    this.#roomWaiters = []
    for (const resolve of waiters) resolve()
  }

  #spawn(lane: Lane<ActionNode>, spawner: ActionNode, message: SpawnMessage): void {
    this.#noteStart(spawner)
    const options: WireSpawnOptions = message.options ?? {}
    const definition = this.#laneDefinitions(lane)[message.definition] as KnownDefinition
    const { run } = spawner
    const parent = options.detached === true ? run.root : spawner
    const defaults = definition.options
    spawner.lastIndex = Math.max(spawner.lastIndex, childIndex(message.id))
    const node = this.#createNode({
      run,
      id: message.id,
      name: options.name ?? definition.name,
      definition,
      parent,
      spawner,
      input: message.input,
      transfers: (message.transfer ?? []) as readonly object[],
      timeout: options.timeout,
      graceMs: options.graceMs,
      // Clean-up goes ahead of everything (S14).
      priority:
        options.shield === undefined ? (options.priority ?? defaults.priority ?? spawner.priority) : Infinity,
      shield: options.shield,
    })
    const reason = this.#reasonAgainst(parent, options)
    if (reason === undefined) {
      if (options.aborted === undefined) {
        this.admit(node, options.waitForRoom === true)
        return
      }
      const { message: text, cause } = options.aborted
      this.cancellation.abort(node, {
        source: 'signal',
        message: text ?? 'the signal was aborted',
        origin: node.id,
        at: this.now(),
        ...(cause && { cause: decodeError(cause.error) }),
      })
      return
    }
    this.cancellation.abort(node, reason)
  }

  /** Why a child of that parent must not start, if so. */
  #reasonAgainst(parent: ActionNode, options: WireSpawnOptions): AbortReason | undefined {
    if (parent.ending !== undefined && parent.ending.kind !== 'stopped') return this.#endReason(parent)
    if (parent.phase !== 'aborting') return undefined
    return options.shield !== undefined && !parent.graceOver ? undefined : parent.reason
  }

  /** Numbers of definitions are given per lane, by its host. */
  readonly #definitionsByLane = new WeakMap<Lane<ActionNode>, KnownDefinition[]>()

  #laneDefinitions(lane: Lane<ActionNode>): KnownDefinition[] {
    let definitions = this.#definitionsByLane.get(lane)
    if (definitions === undefined) this.#definitionsByLane.set(lane, (definitions = []))
    return definitions
  }

  /** A host names a definition. */
  defined(lane: Lane<ActionNode>, message: ToRuntime & { type: 'define' }): void {
    const { definition, url, name, options } = message
    this.#laneDefinitions(lane)[definition] = this.#definitions.get(url, name, options)
  }

  #described(node: ActionNode, options: ResolvedActionOptions): void {
    const { definition } = node
    definition.options = options
    definition.optionsKnown = true
    this.dispatch.corrected(node, options.cpu)
    node.cpu = options.cpu
    this.#noteStart(node)
    this.#letGoOfInput(node)
    this.#watchRunTime(node)
  }

  /** Its input isn't needed again, unless it may be tried again: an action that is a mere name yet may. */
  #letGoOfInput(node: ActionNode): void {
    const { optionsKnown, options } = node.definition
    if (optionsKnown && options.retries.limit === 0) node.input = undefined
  }

  #noteStartIfClaimed(node: ActionNode): void {
    if (node.line === undefined || !this.#unstarted.has(node)) return
    const claim = node.line.claim(node)
    if (claim === ClaimState.running || claim === ClaimState.parked) this.#noteStart(node)
  }

  #noteStart(node: ActionNode, startedAt: number = this.now()): void {
    if (!this.#unstarted.delete(node)) return
    node.began = true
    this.#letGoOfInput(node)
    node.startedAt = startedAt
    node.thread = node.line?.thread
    node.clearTimer('queuedMs')
    this.dispatch.started(node)
    // Aborting already: its start is on record, but the phase moves on only.
    if (node.phase !== 'queued') return
    this.changePhase(node, 'running')
    this.#watchRunTime(node)
  }

  #watchRunTime(node: ActionNode): void {
    const runMs = node.bound('runMs')
    if (runMs === undefined || node.startedAt === undefined) return
    const left = runMs - (this.now() - node.startedAt)
    node.setTimer('runMs', left, () => this.cancellation.timeOut(node, 'runMs', runMs))
  }

  #sweepSoon(): void {
    if (this.#sweeping) return
    this.#sweeping = true
    setTimeout(() => this.#sweep(), SWEEP_MS)
  }

  #sweep(): void {
    this.#sweeping = false
    for (const node of this.#unstarted) this.#noteStartIfClaimed(node)
    if (this.#unstarted.size > 0) this.#sweepSoon()
    this.dispatch.checkStalled(this.now())
    // An idle lane may take what is stuck elsewhere.
    this.dispatch.schedule()
  }

  #report(node: ActionNode, value: unknown): void {
    if (node.isSettled) return
    node.lastReport = value
    node.tellActorOfReport(value)
    if (this.events.hasReaders) {
      this.events.publish({ type: 'report', at: this.now(), run: node.run.name, id: node.id, value })
    } else this.events.skip()
    if (node.run.root === node) node.run.onReport?.(value)
    this.#tellSpawner(node, (spawner, ticket) =>
      spawner.line?.send({ type: 'childReport', ticket, id: node.id, value }),
    )
  }

  #shieldEnded(node: ActionNode, shield: number, timedOut: boolean): void {
    const inShield = [...node.children].filter(
      (child) => child.shield === shield && child.phase !== 'aborting',
    )
    const reason: AbortReason =
      node.reason ??
      (timedOut
        ? { source: 'timeout', message: "the shield's time was up", origin: node.id, at: this.now() }
        : this.#endReason(node))
    for (const child of inShield) this.cancellation.abort(child, reason)
  }

  #bodyEnded(node: ActionNode, message: EndedMessage): void {
    this.#noteStart(node, message.startedAt)
    node.startedAt = message.startedAt
    if (message.spawned !== undefined) node.lastIndex = Math.max(node.lastIndex, message.spawned)
    if (message.unlistened !== undefined) this.#markUnheard(node, message.unlistened)
    const branched = message.spawned !== undefined || message.parkedMs !== undefined
    this.#leaveLane(node, message.endedAt - message.startedAt - (message.parkedMs ?? 0), branched)
    if (node.phase === 'aborting') {
      const thrown = message.ok || message.error === undefined ? undefined : decodeError(message.error)
      const began = message.ok || message.began
      if (!began && node.attempt === 1) node.began = false
      // Its own abort, or a child's that came from the same one: nothing that isn't in the reason already.
      const ownAbort =
        isHeddleError(thrown, 'ActionAbortedError') &&
        (thrown.action === node.id ||
          (thrown.origin === node.reason?.origin && thrown.reason.at === node.reason.at))
      this.#finishAttempt(node, {
        kind: 'stopped',
        how: began || node.attempt > 1 ? 'cooperative' : 'never-started',
        ...(thrown !== undefined && !ownAbort && { thrown }),
      })
    } else if (message.ok) {
      this.#finishAttempt(node, { kind: 'succeeded', output: message.output, transfer: message.transfer })
    } else {
      // The error is left out only by a body that was told of an abort: then this one is aborting.
      const error = wrapThrown(decodeError(message.error as EncodedError), {
        run: node.run.name,
        action: node.id,
      })
      this.#finishAttempt(node, { kind: 'failed', error })
    }
  }

  #leaveLane(node: ActionNode, busyMs: number | undefined, branched = false): void {
    this.#unstarted.delete(node)
    node.line?.release(node)
    this.dispatch.ended(node, busyMs, branched)
    node.line = undefined
    node.forceAt = Infinity
    node.clearTimer('force')
    node.clearTimer('runMs')
    this.dispatch.schedule()
  }

  /** An attempt is over: its children end with it, then it is decided what follows (I2). */
  #finishAttempt(node: ActionNode, ending: Ending): void {
    if (node.ending !== undefined || node.isSettled) return
    node.ending = ending
    node.graceOver = true
    node.clearTimer('queuedMs')
    if (node.children.size > 0) this.cancellation.abortChildren(node, node.reason ?? this.#endReason(node))
    this.#settleIfDrained(node)
  }

  #endReason(node: ActionNode): AbortReason {
    const isRoot = node.parent === undefined
    const what = node.ending?.kind === 'failed' ? 'failed' : 'ended'
    return {
      source: isRoot ? 'root' : 'parent',
      message: `${isRoot ? 'the root' : 'its parent'} ${node.id} '${node.name}' has ${what}`,
      origin: node.id,
      at: this.now(),
    }
  }

  #settleIfDrained(node: ActionNode): void {
    const { ending } = node
    if (ending === undefined || node.children.size > 0 || node.isSettled) return
    if (!this.#retry(node, ending)) this.#settle(node, this.#outcomeOf(node, ending))
  }

  /** Makes another attempt, where there may be one (S8). */
  #retry(node: ActionNode, ending: Ending): boolean {
    if (!this.#mayRetry(node, ending)) return false
    const { retries } = node.definition.options
    const uncounted = ending.kind === 'failed' && ending.uncounted === true
    const { error } = this.#outcomeOf(node, ending) as { error: HeddleError }
    const failed = node.attempt
    if (!uncounted) node.failures += 1
    const delayMs = uncounted
      ? 0
      : Math.min(retries.maxBackoffMs, retries.backoffMs * retries.factor ** (node.failures - 1))
    node.nextAttempt(this.now())
    if (this.events.hasReaders) {
      const place = { run: node.run.name, id: node.id }
      this.events.publish({ type: 'retry', at: this.now(), ...place, attempt: failed, error, delayMs })
    } else this.events.skip()
    this.changePhase(node, 'queued')
    if (delayMs > 0) node.setTimer('backoff', delayMs, () => this.#queue(node))
    else this.#queue(node)
    return true
  }

  #mayRetry(node: ActionNode, ending: Ending): boolean {
    const { limit } = node.definition.options.retries
    if (limit === 0) return false
    if (ending.kind === 'stopped') return node.isAttemptTimedOut && node.failures < limit
    if (ending.kind === 'succeeded' || !isRetriable(ending.error)) return false
    return ending.uncounted === true || node.failures < limit
  }

  #outcomeOf(node: ActionNode, ending: Ending): Outcome<unknown> {
    const times = {
      queuedAt: node.queuedAt,
      ...(node.startedAt !== undefined && { startedAt: node.startedAt }),
      ...(node.abortRequestedAt !== undefined && { abortRequestedAt: node.abortRequestedAt }),
      ...(node.abortDeliveredAt !== undefined && { abortDeliveredAt: node.abortDeliveredAt }),
      settledAt: this.now(),
    }
    const place = { run: node.run.name, action: node.id }
    switch (ending.kind) {
      case 'succeeded':
        return { status: 'succeeded', output: ending.output, ...times }
      case 'failed':
        return { status: 'failed', error: ending.error, ...times }
      case 'stopped': {
        const reason = node.reason as AbortReason
        const { how } = ending
        const cause = 'thrown' in ending ? { cause: ending.thrown } : {}
        const stopped = { reason, escalations: node.escalations ?? [], how, ...times }
        if (node.timedOut === undefined) {
          return {
            status: 'aborted',
            error: new ActionAbortedError({ reason, how, ...place, ...cause }),
            ...stopped,
          }
        }
        const bound = node.timedOut
        const limitMs = node.bound(bound) as number
        const message = `action ${node.id} '${node.name}' of run '${node.run.name}' timed out: ${timeoutText(bound, limitMs)}`
        return {
          status: 'timedOut',
          error: new ActionTimedOutError(message, { bound, limitMs, ...place, ...cause }),
          ...stopped,
        }
      }
    }
  }

  #settle(node: ActionNode, outcome: Outcome<unknown>): void {
    const { parent, run, ending } = node
    this.live[node.phase as LivePhase] -= 1
    node.outcome = outcome
    node.phase = outcome.status
    node.settledAt = outcome.settledAt
    this.totals[outcome.status] += 1
    node.tellActor(outcome.status)
    if (this.events.hasReaders) this.#publishPhase(node, outcome.settledAt)
    else this.events.skip()
    const transfer = ending?.kind === 'succeeded' ? ending.transfer : undefined
    this.#tellSpawner(node, (spawner, ticket) => {
      const isTogether =
        outcome.status === 'aborted' &&
        outcome.reason === spawner.toldReason &&
        outcome.escalations.length === 0 &&
        !(ending?.kind === 'stopped' && 'thrown' in ending)
      const encoded = isTogether ? encodeTogether(outcome) : encodeOutcome(outcome, transfer)
      spawner.line?.send(
        { type: 'childSettled', ticket, id: node.id, outcome: encoded },
        transfer as readonly object[] | undefined,
      )
    })
    if (!node.heard) this.#publishUnheard(node)
    parent?.removeChild(node)
    node.retire()
    if (parent === undefined) run.onSettled?.(outcome)
    this.#records.settled(node)
    this.#letIn()
    if (parent === undefined) return
    this.#settleIfDrained(parent)
    this.cancellation.childSettled(parent)
  }

  #tellSpawner(node: ActionNode, tell: (spawner: ActionNode, ticket: number) => void): void {
    const { spawner, spawnerTicket } = node
    // Another attempt of the spawner knows nothing of this child (S9).
    if (spawner?.ticket !== undefined && spawner.ticket === spawnerTicket) tell(spawner, spawnerTicket)
  }

  #markUnheard(spawner: ActionNode, unlistened: readonly UnlistenedChild[]): void {
    const { run } = spawner
    for (const { index, failure } of unlistened) {
      const id = childId(spawner.id, index)
      const child = run.nodes.get(id)
      if (child !== undefined) {
        child.heard = false
        if (child.isSettled) this.#publishUnheard(child)
      } else if (failure !== undefined) {
        const error = decodeError(failure.error) as HeddleError
        this.#tellUnheard({ run, id, name: failure.name, attempt: 1 }, { ...failure, error })
      }
    }
  }

  #publishUnheard(node: ActionNode): void {
    const { outcome } = node
    if (outcome?.status === 'failed' || outcome?.status === 'timedOut') this.#tellUnheard(node, outcome)
  }

  #tellUnheard(
    { run, id, name, attempt }: Pick<ActionNode, 'run' | 'id' | 'name' | 'attempt'>,
    { status, error }: { readonly status: 'failed' | 'timedOut'; readonly error: HeddleError },
  ): void {
    run.unheard += 1
    if (!this.events.hasReaders) {
      this.events.skip()
      this.events.skip()
      return
    }
    const place = { at: this.now(), run: run.name, id }
    this.events.publish({ type: 'unheard', ...place, error })
    this.events.publish({
      type: 'log',
      ...place,
      level: 'warn',
      message: `action ${id} '${name}' ${status === 'failed' ? 'failed' : 'timed out'}, and nobody had asked how it ends: ${error.message}`,
      attempt,
    })
  }

  #publishPhase(node: ActionNode, at: number): void {
    const { outcome } = node
    this.events.publish({
      type: 'phase',
      at,
      run: node.run.name,
      id: node.id,
      phase: node.phase,
      name: node.name,
      attempt: node.startedAt === undefined ? node.attempt - 1 : node.attempt,
      ...(node.parent && { parent: node.parent.id }),
      ...(node.thread !== undefined && { thread: node.thread }),
      ...(node.reason && { reason: node.reason }),
      ...(outcome !== undefined && 'how' in outcome && { how: outcome.how }),
      ...(outcome !== undefined && 'error' in outcome && { error: outcome.error }),
    })
  }
}

function timeoutText(bound: 'runMs' | 'queuedMs' | 'deadlineMs', limitMs: number): string {
  if (bound === 'runMs') return `it ran for longer than ${limitMs} ms (timeout.runMs)`
  if (bound === 'queuedMs') return `it waited in the queue for longer than ${limitMs} ms (timeout.queuedMs)`
  return `all attempts together took longer than ${limitMs} ms (timeout.deadlineMs)`
}

function isRetriable(error: HeddleError): boolean {
  if (isHeddleError(error, 'ActionFailedError')) return (error as { retriable?: boolean }).retriable !== false
  return isHeddleError(error, 'ThreadLostError') || isHeddleError(error, 'ActionTimedOutError')
}

function lostError(
  node: ActionNode,
  loss: LaneLoss,
  innocent: boolean,
  thread: number | undefined,
): ThreadLostError {
  const { exitCode, error } = loss
  const outOfMemory = (error as { code?: unknown } | undefined)?.code === 'ERR_WORKER_OUT_OF_MEMORY'
  const crashed =
    error !== undefined && !(error instanceof Error && error.message.startsWith('worker exited'))
  const kind = innocent
    ? 'killed-for-neighbour'
    : outOfMemory
      ? 'out-of-memory'
      : crashed
        ? 'crashed'
        : 'exited'
  const why = {
    'killed-for-neighbour': 'it was killed for a neighbour that did not stop',
    'out-of-memory': 'it ran out of memory (see resourceLimits)',
    crashed: `it crashed: ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`,
    exited: `it exited with code ${exitCode ?? 'unknown'} (process.exit in an action?)`,
  }[kind]
  return new ThreadLostError(
    `action ${node.id} '${node.name}' of run '${node.run.name}' lost its thread ${thread ?? ''}: ${why}`,
    { loss: kind, run: node.run.name, action: node.id, thread, exitCode, ...(crashed && { cause: error }) },
  )
}
