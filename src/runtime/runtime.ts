// The runtime: what an app creates to run actions. It checks what it is given, and hands it on.

import { AsyncResource } from 'node:async_hooks'
import { inBodyOf } from '../../actors/inside/body/context.js'
import { isDefinition } from '../action.js'
import type { ActionDefinition, AnyDefinition, Arguments } from '../definition.js'
import type { ActionContext } from '../context.js'
import type { RuntimeEvent } from '../events.js'
import { EventLog } from './observe/event-log.js'
import { LoopDelay } from './observe/loop-delay.js'
import type { ActionTypes } from '../handle.js'
import { isActionThread } from '../is-action-thread.js'
import { LOCAL_URL, LocalBodies } from '../local-bodies.js'
import {
  checkCallOptions,
  checkCancelOptions,
  checkOptions,
  resolveActionOptions,
  RUN_OPTIONS,
  type CallOptions,
} from '../options.js'
import { checkCount, checkMilliseconds } from '../checks/check-number.js'
import { wrongValue } from '../checks/wrong-value.js'
import { createClock, measureEpochOffset, type Clock } from '../protocol/clock.js'
import { ActionInputError, RuntimeClosedError } from '../protocol/errors/errors.js'
import { ROOT_ID } from '../protocol/ids.js'
import type { Outcome } from '../protocol/outcome.js'
import { describeValue } from '../protocol/values/describe-value.js'
import { world } from '../protocol/world.js'
import type { Run } from '../run.js'
import type {
  AbortAnswer,
  AbortOptions,
  CloseOptions,
  Runtime,
  RuntimeOptions,
  RuntimeStats,
} from '../runtime.js'
import type { ControlServer, ServeOptions } from '../serving.js'
import { stopperOf, type Stopper } from '../stoppable.js'
import { reasonOf } from './abort/reason-of.js'
import type { ExternalAborts } from './abort/external-abort.js'
import { AppRuns } from './app-runs.js'
import { Commands } from './dispatch/commands.js'
import { Dispatcher } from './dispatch/dispatcher.js'
import type { LaneFleet } from './dispatch/lane-fleet.js'
import type { ClusterView } from './dispatch/lane-source.js'
import { Draining } from './life/draining.js'
import { Receiver } from './life/receive.js'
import { Supervisor } from './life/supervisor.js'
import { listenToProcessSignals } from './process-signals.js'
import { resolveRuntimeOptions } from './resolve-runtime-options.js'
import type { ActionObserver, ObservedRun, RecordsObserver } from './runtime-access.js'
import { Serving } from './serving.js'
import { DefinitionTable, type KnownDefinition } from './tree/definition-table.js'
import { deferInspector } from './observe/deferred-inspector.js'
import { Records } from './tree/records.js'
import type { Action } from './tree/action.js'
import type { RunHandle } from './tree/run-handle.js'
import type { CompleteOutcome, RunState } from './tree/run-state.js'
import { scopeName } from './scope-name.js'

/**
 * Creates a runtime. It starts no thread before there is work, and keeps the process alive only while there is.
 *
 * @throws `ActionInputError` for a wrong option, and an error that names the guard when it is called while one of its
 * own threads imports a module.
 */
export function createRuntime(options: RuntimeOptions = {}): Runtime {
  if (typeof options !== 'object' || options === null) {
    throw new ActionInputError(
      `createRuntime was given ${describeValue(options)}, but needs an object of options`,
    )
  }
  if (isActionThread) {
    throw new ActionInputError(
      'createRuntime() was called in a thread of Heddle, which imports the module that defines an action: ' +
        "put what only the app should do behind 'if (!isActionThread) { … }', or into another module",
    )
  }
  return new RuntimeImplementation(options)
}

const ABORT_OPTIONS: ReadonlySet<string> = new Set<keyof AbortOptions>(['reason', 'by', 'graceMs', 'force'])
const EVENTS_OPTIONS: ReadonlySet<string> = new Set<string>(['since'])
const CLOSE_OPTIONS: ReadonlySet<string> = new Set<keyof CloseOptions>(['drainMs', 'graceMs'])

class RuntimeImplementation implements Runtime {
  readonly #now: Clock
  readonly #events: EventLog
  readonly #records: Records
  readonly #definitions = new DefinitionTable()
  readonly #lanes: LaneFleet
  readonly #cluster: ClusterView | undefined
  readonly #supervisor: Supervisor
  readonly #aborts: ExternalAborts
  readonly #receiver: Receiver
  readonly #serving: Serving
  readonly #runs: AppRuns
  readonly #localBodies = new LocalBodies()
  readonly #commands = new Commands({
    optionsOf: (url, name) => this.#definitions.optionsOf(url, name),
    graceMsOf: (run, id) => (this.#supervisor.actionAt(run, id) as Action).graceMs,
  })
  /** The one definition of all scopes: its input is the key of a local body. */
  readonly #scope: KnownDefinition = this.#definitions.create(
    LOCAL_URL,
    'scope',
    resolveActionOptions({ cpu: 0 }, 'scope'),
  )
  #closing: Promise<void> | undefined
  #whenDrained: (() => void) | undefined
  readonly #draining: Draining = new Draining(() => this.#abortAll())
  #loopDelay: LoopDelay | undefined
  #stopListening: (() => void) | undefined

  constructor(options: RuntimeOptions) {
    const resolved = resolveRuntimeOptions(options)
    const { threads, minThreads, idleTimeoutMs, graceMs, maxQueued, services, inspect, pool } = resolved
    const epochOffset = measureEpochOffset()
    this.#now = createClock(epochOffset)
    this.#records = new Records(resolved.retain)
    this.#events = new EventLog(this.#now, () => ({
      at: this.#now(),
      runs: [...this.#records.runs()].map((run) => run.snapshot()),
    }))
    const dispatcher = new Dispatcher(
      resolved.resources,
      {
        threads,
        minThreads,
        idleTimeoutMs,
        epochOffset,
        elsewhere: resolved.elsewhere,
        local: { localBodies: this.#localBodies, commands: this.#commands },
        pool,
        receiver: () => this.#receiver,
      },
      () => this.#supervisor,
    )
    this.#lanes = dispatcher.fleet
    this.#cluster = resolved.elsewhere?.view
    this.#supervisor = new Supervisor({
      now: this.#now,
      events: this.#events,
      records: this.#records,
      dispatch: dispatcher,
      killing: this.#lanes,
      definitions: this.#definitions,
      graceMs,
      maxQueued,
      random: world.random,
      resources: resolved.resources,
      services,
      onRunSettled: (run, outcome) => this.#runSettled(run, outcome),
    })
    this.#receiver = new Receiver(this.#supervisor)
    this.#aborts = this.#supervisor.aborts
    this.#runs = new AppRuns({
      source: { tag: world.randomHex(2), inspect: inspect && deferInspector(inspect) },
      now: this.#now,
      records: this.#records,
      starter: this.#supervisor,
      control: {
        phase: (run) => this.#supervisor.phaseOf(run.root),
        noteStarts: () => this.#supervisor.starts.noteAllClaimed(),
        aborts: this.#aborts,
        warn: (run, message) => this.#supervisor.warn(run.root, message),
        url: (run) => this.#serving.urlOf(run.name),
        send: (run, { message, transfer }) => this.#supervisor.messaging.send(run.root, message, transfer),
        connect: (run, port) => this.#supervisor.messaging.channels.connect(run.root, port),
      },
      abortBySignal: (run, reason) =>
        this.#aborts.abortAction(run.root, reasonOf('signal', reason, 'the signal was aborted'), {}),
    })
    this.#serving = new Serving({
      now: this.#now,
      events: this.#events,
      runs: this.#records,
      counts: this.#supervisor,
      lanes: this.#lanes,
      cluster: this.#cluster,
      aborts: this.#aborts,
      stopperOf: (observed) => this.#stopperOf(observed),
      watchLoop: () => new LoopDelay(),
      start: (definition, input, name) => this.run(definition, input as never, { name }),
      observe: (observer) => this.#observe(observer),
    })
    if (resolved.processSignals)
      this.#stopListening = listenToProcessSignals((message, urgency) => this.#close(message, urgency))
  }

  run<Input, Output, Types extends ActionTypes>(
    definition: ActionDefinition<Input, Output, Types>,
    ...[input, options]: Arguments<NoInfer<Input>, CallOptions>
  ): Run<Output, Types> {
    let known: KnownDefinition | undefined
    let run: RunHandle
    try {
      this.#check('run', options)
      known = this.#known('run', definition)
      run = this.#runs.start(known, input, options)
    } catch (thrown) {
      run = this.#runs.refused('run', known, options, thrown)
    }
    return run as unknown as Run<Output, Types>
  }

  scope<Result, Types extends ActionTypes = {}>(
    body: (ctx: ActionContext<Types>) => Result,
    options?: CallOptions,
  ): Run<Awaited<Result>, Types> {
    let key = 0
    let run: RunHandle
    try {
      this.#check('scope', options)
      if (typeof body !== 'function') {
        throw new ActionInputError(
          `runtime.scope was given ${describeValue(body)}, but needs a function (ctx) => …`,
        )
      }
      // What the app's async context holds (a request's, a trace's) is there in the body, too.
      const bound = AsyncResource.bind((ctx: ActionContext<never>) =>
        inBodyOf(ctx, () => body(ctx as ActionContext<Types>)),
      )
      key = this.#localBodies.add(bound)
      const complete: CompleteOutcome = (...ended) => this.#localBodies.complete(key, ...ended)
      run = this.#runs.start(this.#scope, key, options, complete, scopeName(body, options))
    } catch (thrown) {
      run = this.#runs.refused('scope', this.#scope, options, thrown)
    }
    // Refused: it is never called.
    if (run.phase === 'failed') this.#localBodies.remove(key)
    return run as unknown as Run<Awaited<Result>, Types>
  }

  runs(): Run[] {
    return Array.from(this.#records.runs(), (run) => this.#runs.handleOf(run))
  }

  get(name: string): Run | undefined {
    const run = this.#records.run(name)
    return run && this.#runs.handleOf(run)
  }

  abort(runName: string, actionOrOptions?: string | AbortOptions, forAction?: AbortOptions): AbortAnswer {
    const [action, options] =
      typeof actionOrOptions === 'object' ? [undefined, actionOrOptions] : [actionOrOptions, forAction]
    const of = `abort of run '${runName}'`
    checkCancelOptions(options, of, ABORT_OPTIONS)
    if (action !== undefined && typeof action !== 'string')
      throw wrongValue(of, 'the action', action, "a text, as 'a0.1', or left out for the whole run")
    return this.#aborts.abort(runName, action ?? ROOT_ID, options ?? {})
  }

  events(options: { readonly since?: number | undefined } = {}): AsyncIterableIterator<RuntimeEvent> {
    checkOptions(options, EVENTS_OPTIONS, 'runtime.events')
    const { since } = options
    if (since !== undefined) checkCount(since, 'runtime.events', 'since', 0)
    return this.#events.read(since)
  }

  stats(): RuntimeStats {
    this.#supervisor.starts.noteAllClaimed()
    const { live, totals, refused } = this.#supervisor
    this.#loopDelay ??= new LoopDelay()
    const { meanMs, p99Ms, maxMs } = this.#loopDelay.read()
    return {
      threads: this.#lanes.threads,
      lanes: this.#lanes.states(),
      queued: live.queued,
      running: live.running,
      aborting: live.aborting,
      abandoned: this.#lanes.abandoned,
      refused,
      totals: { ...totals },
      ...(this.#cluster && { cluster: this.#cluster.stats() }),
      eventLoopDelay: { meanMs, p99Ms, maxMs },
    }
  }

  serve(options: ServeOptions = {}): Promise<ControlServer> {
    if (this.#closing !== undefined) return Promise.reject(this.#closedError('serve'))
    return this.#serving.serve(options)
  }

  ready(): Promise<void> {
    if (this.#closing !== undefined) return Promise.reject(this.#closedError('ready'))
    return this.#supervisor.admission.room()
  }

  async warm(definitions: readonly AnyDefinition[] = []): Promise<void> {
    if (this.#closing !== undefined) throw this.#closedError('warm')
    if (!Array.isArray(definitions)) {
      throw new ActionInputError(
        `runtime.warm was given ${describeValue(definitions)}, but needs an array of what action() or actionRef() returned`,
      )
    }
    await this.#lanes.warm(definitions.map((definition) => this.#known('warm', definition)))
  }

  metrics(): Promise<string> {
    return this.#serving.metricsText()
  }

  close(options: CloseOptions = {}): Promise<void> {
    return this.#close('the runtime was closed', options)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #close(message: string, options: CloseOptions): Promise<void> {
    checkOptions(options, CLOSE_OPTIONS, 'runtime.close')
    const { drainMs = 0, graceMs } = options
    checkMilliseconds(drainMs, 'runtime.close', 'drainMs')
    if (graceMs !== undefined) checkMilliseconds(graceMs, 'runtime.close', 'graceMs')
    if (this.#closing === undefined) {
      this.#closing = new Promise<void>((resolve) => (this.#whenDrained = resolve)).then(() => this.#end())
      this.#supervisor.admission.close(this.#closedError('ready'))
      this.#lanes.endWarming(this.#closedError('warm'))
    }
    this.#draining.request(message, drainMs, graceMs)
    if (this.#runs.live === 0) this.#whenDrained?.()
    return this.#closing
  }

  /** What lives has had its time, or less of it than it had before. */
  #abortAll(): void {
    const { message, graceMs } = this.#draining
    this.#aborts.abortAll(message, { graceMs })
  }

  async #end(): Promise<void> {
    this.#draining.end()
    await this.#lanes.close()
    await this.#commands.close()
    this.#stopListening?.()
    this.#loopDelay?.close()
    this.#events.close()
    await this.#serving.close()
  }

  /** Whether a run may be started at all, with such options. */
  #check(kind: 'run' | 'scope', options: CallOptions | undefined): void {
    if (this.#closing !== undefined) throw this.#closedError(kind)
    checkCallOptions(options, RUN_OPTIONS, `runtime.${kind}`)
  }

  #known(kind: 'run' | 'warm', definition: unknown): KnownDefinition {
    if (isDefinition(definition)) return this.#definitions.of(definition)
    throw new ActionInputError(
      `runtime.${kind} was given ${describeValue(definition)}, but needs what action() or actionRef() returned`,
    )
  }

  /** Looked up at the handle that the app was given: it is held while the run lives. */
  #stopperOf(observed: ObservedRun): Stopper | undefined {
    const run = this.#records.run(observed.name)
    if (run === undefined || run.root !== observed.root || run.root.isSettled) return undefined
    return run.handle && stopperOf(run.handle)
  }

  /** Shows all that happens to the control server, until that is closed. */
  #observe(observer: ActionObserver & RecordsObserver): () => void {
    this.#supervisor.observer = observer
    this.#records.observer = observer
    return () => {
      this.#supervisor.observer = undefined
      this.#records.observer = undefined
    }
  }

  #runSettled(run: RunState<Action>, outcome: Outcome<unknown>): void {
    this.#runs.settled(run, outcome)
    if (this.#closing !== undefined && this.#runs.live === 0) this.#whenDrained?.()
  }

  #closedError(what: string): RuntimeClosedError {
    return new RuntimeClosedError(
      `runtime.${what} was called after runtime.close(): create another runtime, or close this one later`,
    )
  }
}
