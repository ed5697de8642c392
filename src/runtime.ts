// The runtime: what an app creates to run actions. It checks what it is given, and hands it on.

import { AsyncResource } from 'node:async_hooks'
import { randomBytes } from 'node:crypto'
import { monitorEventLoopDelay, type IntervalHistogram } from 'node:perf_hooks'
import { availableParallelism } from 'node:os'
import type { ResourceLimits } from 'node:worker_threads'
import { isDefinition, type ActionDefinition, type Arguments } from './action.js'
import { inBodyOf } from '../actors/inside/context.js'
import type { ActionContext } from './context.js'
import { EventLog, type RuntimeEvent } from './events.js'
import type { ActionTypes } from './handle.js'
import { isActionThread } from './is-action-thread.js'
import { LOCAL_URL, LocalBodies } from './local-bodies.js'
import {
  checkCallOptions,
  count,
  milliseconds,
  resolveActionOptions,
  resolvePriority,
  resolveTimeout,
  RUN_OPTIONS,
  type CallOptions,
  type CancelOptions,
} from './options.js'
import type { AbortReason } from './protocol/abort-reason.js'
import { createClock, measureEpochOffset, type Clock } from './protocol/clock.js'
import { cutText, describeValue, messageOf } from './protocol/describe-value.js'
import { ActionInputError, HeddleError, RuntimeClosedError } from './protocol/errors.js'
import { ROOT_ID } from './protocol/ids.js'
import type { Outcome, Phase, TerminalPhase } from './protocol/outcome.js'
import { refuseUnknown } from './refuse-unknown.js'
import { RunHandle, type Run, type RunControl } from './run.js'
import { DefinitionTable, type KnownDefinition } from './runtime/definition-table.js'
import { deferInspector, type Inspector } from './runtime/inspector.js'
import { Lanes, type LaneStats } from './runtime/lanes.js'
import { abortFromOutside, findAction, findRun } from './runtime/outside.js'
import { Records, type Retention } from './runtime/records.js'
import { freshName, RunState, type CompleteOutcome, type RunSource } from './runtime/run-state.js'
import { Serving } from './runtime/serving.js'
import { Supervisor } from './runtime/supervisor.js'
import type { ControlServer, ServeOptions } from './serving.js'
import type { Services } from './services.js'
import { transfersOf } from './transfer.js'

/** What `createRuntime` takes. */
export interface RuntimeOptions {
  /**
   * Threads for actions with a cpu share; one more, shared, serves the `cpu: 0` actions. Each is started when it is
   * first needed. Default: `availableParallelism()`. 0: bodies run in the app's own thread, where nothing can be killed.
   */
  readonly threads?: number | undefined
  /** How long an aborted body may clean up before force, in milliseconds, unless its action says. Default 5000. */
  readonly graceMs?: number | undefined
  /** Limits of each thread's heap, as of `Worker`. They don't contain everything: buffers aren't limited. */
  readonly resourceLimits?: ResourceLimits | undefined
  /** Environment of the threads. Default: a copy of the process's. */
  readonly env?: Readonly<Record<string, string>> | undefined
  /** Node options of the threads. Default: the process's. */
  readonly execArgv?: readonly string[] | undefined
  /**
   * Objects that actions may call, as `ctx.services`, from any thread: a database, a cache. They are called here, in the
   * app's own thread, by Comlink. Default: none.
   */
  readonly services?: Services | undefined
  /** How many actions may wait in the queue; one more rejects with `QueueFullError`. Default: no limit. */
  readonly maxQueued?: number | undefined
  /** How many finished runs and settled actions are remembered; a number means both. Default 100 and 10 000. */
  readonly retain?: number | Partial<Retention> | undefined
  /** An XState inspector, which is shown every action's actor, a moment after each thing has happened. */
  readonly inspect?: Inspector | undefined
  /** `true`: the first SIGINT or SIGTERM aborts what lives, and then ends the process; the second forces. Default `false`. */
  readonly processSignals?: boolean | undefined
}

/** What `runtime.abort` takes. */
export interface AbortOptions extends CancelOptions {
  /** Why; shown wherever the abort is. */
  readonly reason?: string | undefined
  /** Who. Default `'api'`. */
  readonly by?: string | undefined
}

/** What `runtime.abort` answers. */
export interface AbortAnswer {
  /** `false`: its end came first, and nothing has changed. */
  readonly accepted: boolean
  /**
   * Where the action stands now. Of a finished one whose record is no longer kept, how most such actions of its run have
   * ended.
   */
  readonly phase: Phase
}

/** What `runtime.stats` gives. */
export interface RuntimeStats {
  /** Threads that are up or starting, the spare one included. */
  readonly threads: number
  readonly lanes: readonly LaneStats[]
  readonly queued: number
  readonly running: number
  readonly aborting: number
  /** Bodies that were given up while their code may still run. */
  readonly abandoned: number
  /** Settled actions by outcome. */
  readonly totals: Readonly<Record<TerminalPhase, number>>
  /** Delay of the app's event loop since the last call, in milliseconds. Measured from the first call on. */
  readonly eventLoopDelay: { readonly meanMs: number; readonly p99Ms: number; readonly maxMs: number }
}

/** Runs trees of actions in worker threads, and stops them. */
export interface Runtime {
  /**
   * Starts a run. Never throws: what is wrong with the call rejects the handle, with `ActionInputError`,
   * `QueueFullError` or, after `close()`, `RuntimeClosedError`.
   */
  run<Input, Output, Types extends ActionTypes>(
    definition: ActionDefinition<Input, Output, Types>,
    ...inputAndOptions: Arguments<NoInfer<Input>, CallOptions>
  ): Run<Output, Types>
  /**
   * Starts a run whose root body is a plain function in the app's own thread: it closes over the app's objects, and its
   * children go to threads. It can't be killed: when its grace is over, it is abandoned.
   */
  scope<Result, Types extends ActionTypes = {}>(
    body: (ctx: ActionContext<Types>) => Result,
    options?: CallOptions,
  ): Run<Awaited<Result>, Types>
  /** Live runs, and finished ones that are still retained. */
  runs(): Run[]
  /** The run of that name, if it is live or still retained. */
  get(name: string): Run | undefined
  /**
   * Aborts a run, or one action with what is under it, from outside.
   *
   * @throws `ActionNotFoundError` if there is no such run or action, `ActionInputError` for a wrong option.
   */
  abort(run: string, options?: AbortOptions): AbortAnswer
  abort(run: string, action: string | undefined, options?: AbortOptions): AbortAnswer
  /**
   * What happens: a snapshot, then each change.
   *
   * @param options.since - Number of the last event already seen: then, if what followed is still kept, no snapshot.
   */
  events(options?: { readonly since?: number }): AsyncIterableIterator<RuntimeEvent>
  /** Counts, as of now. */
  stats(): RuntimeStats
  /** Resolves when the queue has room; at once without `maxQueued`. Rejects with `RuntimeClosedError` after `close()`. */
  ready(): Promise<void>
  /**
   * Starts the control server, by which runs are seen and aborted from outside: over HTTP, and by the command line. Its
   * code is loaded by this call. It doesn't keep the process alive, and ends with the runtime.
   *
   * Rejects with `ActionInputError` for a wrong option, an address beyond loopback without a `token`, or while it is
   * served already; with the system's error if the address can't be had.
   */
  serve(options?: ServeOptions): Promise<ControlServer>
  /**
   * Aborts what lives, waits for it, and ends every thread. From the call on, nothing new is accepted. Every call
   * returns the same promise; a later, smaller `graceMs` shortens the wait.
   *
   * @param options.graceMs - One deadline for everything, in milliseconds from the call. Default: each action's own.
   * @throws `ActionInputError` for a wrong `graceMs`.
   */
  close(options?: { readonly graceMs?: number }): Promise<void>
  /** `close()`. */
  [Symbol.asyncDispose](): Promise<void>
}

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

const RUNTIME_OPTIONS: ReadonlySet<string> = new Set<keyof RuntimeOptions>([
  'threads',
  'graceMs',
  'resourceLimits',
  'env',
  'execArgv',
  'services',
  'maxQueued',
  'retain',
  'inspect',
  'processSignals',
])
const RETAIN_OPTIONS: ReadonlySet<string> = new Set<keyof Retention>(['runs', 'actions'])
const DEFAULT_GRACE_MS = 5000
const DEFAULT_RETAIN: Retention = { runs: 100, actions: 10_000 }

const NO_OPTIONS: CallOptions = {}

class RuntimeImplementation implements Runtime {
  readonly #now: Clock
  readonly #runSource: RunSource
  readonly #events: EventLog
  readonly #records: Records
  readonly #definitions = new DefinitionTable()
  readonly #lanes: Lanes
  readonly #supervisor: Supervisor
  readonly #serving: Serving
  /** How many runs haven't settled. */
  #live = 0
  #runCount = 0
  readonly #localBodies = new LocalBodies()
  /** The one definition of all scopes: its input is the key of a local body. */
  readonly #scope: KnownDefinition = this.#definitions.create(
    LOCAL_URL,
    'scope',
    resolveActionOptions({ cpu: 0 }, 'scope'),
  )
  readonly #control: RunControl = {
    phase: (run) => this.#supervisor.phaseOf(run.root),
    cancel: (run, reason, urgency) => this.#abortRun(run, described('cancel', reason, 'cancelled'), urgency),
    warn: (run, message) => this.#supervisor.warn(run.root, message),
    url: (run) => this.#serving.urlOf(run.name),
    send: (run, { message, transfer }) => this.#supervisor.exchange.send(run.root, message, transfer),
    connect: (run, port) => this.#supervisor.exchange.channels.connect(run.root, port),
  }
  #closing: Promise<void> | undefined
  #whenDrained: (() => void) | undefined
  #loopDelay: IntervalHistogram | undefined
  #stopListening: (() => void) | undefined

  constructor(options: RuntimeOptions) {
    const of = 'createRuntime'
    refuseUnknown(options, RUNTIME_OPTIONS, of)
    const threads = count(options.threads ?? availableParallelism(), of, 'threads', 0)
    if (threads === Infinity)
      throw new ActionInputError(`${of}: the option 'threads' is Infinity, but must be finite`)
    const epochOffset = measureEpochOffset()
    this.#now = createClock(epochOffset)
    const inspect = options.inspect && deferInspector(options.inspect)
    this.#runSource = { tag: randomBytes(2).toString('hex'), inspect }
    this.#records = new Records(resolveRetention(options.retain, of))
    this.#events = new EventLog(this.#now, () => ({
      at: this.#now(),
      runs: [...this.#records.runs()].map((run) => run.snapshot()),
    }))
    const { resourceLimits, env, execArgv } = options
    this.#lanes = new Lanes(
      {
        threads,
        epochOffset,
        localBodies: this.#localBodies,
        pool: {
          ...(resourceLimits && { resourceLimits }),
          ...(env && { env }),
          ...(execArgv && { execArgv }),
        },
      },
      () => this.#supervisor,
    )
    this.#supervisor = new Supervisor({
      now: this.#now,
      events: this.#events,
      records: this.#records,
      dispatch: this.#lanes,
      definitions: this.#definitions,
      graceMs: milliseconds(options.graceMs ?? DEFAULT_GRACE_MS, of, 'graceMs'),
      maxQueued: count(options.maxQueued ?? Infinity, of, 'maxQueued', 0),
      random: Math.random,
      services: servicesOf(options.services, of),
      onRunSettled: (run, outcome) => this.#runSettled(run, outcome),
    })
    this.#supervisor.cancellation.killing = this.#lanes
    this.#serving = new Serving({
      now: this.#now,
      events: this.#events,
      records: this.#records,
      supervisor: this.#supervisor,
      lanes: this.#lanes,
    })
    if (options.processSignals === true) this.#listenToSignals()
  }

  run<Input, Output, Types extends ActionTypes>(
    definition: ActionDefinition<Input, Output, Types>,
    ...[input, options]: Arguments<NoInfer<Input>, CallOptions>
  ): Run<Output, Types> {
    let known: KnownDefinition | undefined
    let run: RunHandle
    try {
      this.#check('run', options)
      known = this.#known(definition)
      run = this.#startRoot(known, input, options)
    } catch (thrown) {
      run = this.#refused('run', known, options, thrown)
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
      run = this.#startRoot(this.#scope, key, options, (outcome, where) =>
        this.#localBodies.complete(key, outcome, where),
      )
    } catch (thrown) {
      run = this.#refused('scope', this.#scope, options, thrown)
    }
    // Refused: it is never called.
    if (run.phase === 'failed') this.#localBodies.remove(key)
    return run as unknown as Run<Awaited<Result>, Types>
  }

  runs(): Run[] {
    return [...this.#records.runs()].map((run) => run.handle as Run)
  }

  get(name: string): Run | undefined {
    const run = this.#records.run(name)
    return run?.handle
  }

  abort(runName: string, actionOrOptions?: string | AbortOptions, forAction?: AbortOptions): AbortAnswer {
    const [action, options] =
      typeof actionOrOptions === 'object' ? [undefined, actionOrOptions] : [actionOrOptions, forAction]
    const { graceMs } = options ?? {}
    if (graceMs !== undefined) milliseconds(graceMs, `abort of run '${runName}'`, 'graceMs')
    // An action that has just been spawned may not be known yet: its message is read first.
    this.#lanes.drain()
    const target = findAction(findRun(this.#records, runName), action ?? ROOT_ID)
    if (!('id' in target)) return { accepted: false, phase: target.phase }
    const accepted = abortFromOutside(this.#supervisor, target, options ?? {})
    return { accepted, phase: target.phase }
  }

  events(options: { readonly since?: number } = {}): AsyncIterableIterator<RuntimeEvent> {
    const { since } = options
    if (since !== undefined) count(since, 'runtime.events', 'since', 0)
    return this.#events.read(since)
  }

  stats(): RuntimeStats {
    const { live, totals } = this.#supervisor
    this.#loopDelay ??= monitorEventLoopDelay({ resolution: 10 })
    this.#loopDelay.enable()
    const { mean, max } = this.#loopDelay
    const p99 = this.#loopDelay.percentile(99)
    this.#loopDelay.reset()
    return {
      threads: this.#lanes.threads,
      lanes: this.#lanes.states(),
      queued: live.queued,
      running: live.running,
      aborting: live.aborting,
      abandoned: this.#lanes.abandoned,
      totals: { ...totals },
      eventLoopDelay: { meanMs: delayMs(mean), p99Ms: delayMs(p99), maxMs: delayMs(max) },
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

  close(options: { readonly graceMs?: number } = {}): Promise<void> {
    return this.#close('the runtime was closed', options.graceMs)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #close(message: string, graceMs: number | undefined): Promise<void> {
    if (graceMs !== undefined) milliseconds(graceMs, 'runtime.close', 'graceMs')
    const first = this.#closing === undefined
    this.#closing ??= new Promise<void>((resolve) => (this.#whenDrained = resolve)).then(() => this.#end())
    for (const run of this.#records.runs()) {
      if (run.root.isSettled) continue
      // A later call only shortens what the first one has begun.
      if (!first && graceMs === undefined) break
      const reason: AbortReason = { source: 'shutdown', message, origin: run.root.id, at: this.#now() }
      this.#supervisor.cancellation.abort(run.root, reason, { graceMs })
    }
    if (this.#live === 0) this.#whenDrained?.()
    return this.#closing
  }

  async #end(): Promise<void> {
    await this.#lanes.close()
    this.#stopListening?.()
    this.#loopDelay?.disable()
    this.#events.close()
    await this.#serving.close()
  }

  /** Whether a run may be started at all, with such options. */
  #check(kind: 'run' | 'scope', options: CallOptions | undefined): void {
    if (this.#closing !== undefined) throw this.#closedError(kind)
    checkCallOptions(options, RUN_OPTIONS, `runtime.${kind}`)
  }

  #known(definition: unknown): KnownDefinition {
    if (isDefinition(definition)) return this.#definitions.of(definition)
    throw new ActionInputError(
      `runtime.run was given ${describeValue(definition)}, but needs what action() or actionRef() returned`,
    )
  }

  /** A call that starts something never throws, whatever the options do when they are read. */
  #refused(
    kind: 'run' | 'scope',
    definition: KnownDefinition | undefined,
    options: CallOptions | undefined,
    thrown: unknown,
  ): RunHandle {
    const error =
      thrown instanceof HeddleError
        ? thrown
        : new ActionInputError(`runtime.${kind} can't start: ${messageOf(thrown)}`, { cause: thrown })
    const name = definition?.name ?? kind
    const chosen: unknown = readName(options)
    const refused = new RunHandle(name, typeof chosen === 'string' ? chosen : name)
    const now = this.#now()
    refused.receiveOutcome({ status: 'failed', error, queuedAt: now, settledAt: now })
    return refused
  }

  /** Numbers a run whose name nobody has chosen: so that it isn't one that somebody has. */
  #skipChosenNames(of: string): void {
    do this.#runCount += 1
    while (this.#records.isChosenName(freshName(this.#runSource, this.#runCount, of)))
  }

  /** A name that the app has chosen must not be that of a live run. */
  #checkChosenName(name: string): void {
    this.#runCount += 1
    if (this.#records.run(name)?.root.isSettled === false) {
      throw new ActionInputError(`a run '${name}' is live already: give this one another name, or none`)
    }
  }

  #startRoot(
    definition: KnownDefinition,
    input: unknown,
    options: CallOptions = NO_OPTIONS,
    complete?: CompleteOutcome,
  ): RunHandle {
    const { signal, timeout, graceMs, priority } = options
    const chosen = options.name
    if (chosen !== undefined) this.#checkChosenName(chosen)
    else if (this.#records.hasChosenNames) this.#skipChosenNames(definition.name)
    else this.#runCount += 1
    const run = new RunState(this.#runSource, this.#runCount, definition.name, chosen)
    run.complete = complete
    this.#supervisor.createRoot({
      run,
      id: ROOT_ID,
      name: definition.name,
      definition,
      parent: undefined,
      spawner: undefined,
      input,
      transfers: transfersOf(input),
      timeout: timeout === undefined ? undefined : resolveTimeout(timeout, callOf(definition)),
      graceMs: graceMs === undefined ? undefined : milliseconds(graceMs, callOf(definition), 'graceMs'),
      priority:
        priority === undefined
          ? (definition.options.priority ?? 0)
          : resolvePriority(priority, callOf(definition)),
      shield: undefined,
    })
    const handle = new RunHandle(definition.name, run, this.#control)
    run.handle = handle
    this.#live += 1
    if (signal !== undefined) {
      const onAbort = (): void =>
        this.#abortRun(run, described('signal', signal.reason, 'the signal was aborted'))
      if (signal.aborted) {
        onAbort()
        return handle
      }
      signal.addEventListener('abort', onAbort, { once: true })
      run.unlink = () => signal.removeEventListener('abort', onAbort)
    }
    this.#supervisor.admission.admit(run.root)
    return handle
  }

  #abortRun(
    { root }: RunState,
    reason: Omit<AbortReason, 'origin' | 'at'>,
    urgency: CancelOptions = {},
  ): void {
    // A scope that has returned is not aborted by what follows from it: its response's end, say (S4).
    this.#lanes.drain()
    const { source, message } = reason
    // Not by a spread: the body hears of it when all this has been done.
    const full: AbortReason = { source, message, origin: root.id, at: this.#now() }
    if ('cause' in reason) full.cause = reason.cause
    this.#supervisor.cancellation.abort(root, full, urgency)
  }

  #runSettled(run: RunState, outcome: Outcome<unknown>): void {
    run.unlink?.()
    this.#live -= 1
    const { complete, root } = run
    run.handle?.receiveOutcome(complete?.(outcome, { run: run.name, action: root.id }) ?? outcome)
    if (this.#closing !== undefined && this.#live === 0) this.#whenDrained?.()
  }

  #closedError(what: string): RuntimeClosedError {
    return new RuntimeClosedError(
      `runtime.${what} was called after runtime.close(): create another runtime, or close this one later`,
    )
  }

  #listenToSignals(): void {
    let received = 0
    const onSignal = (signal: NodeJS.Signals): void => {
      received += 1
      const code = signal === 'SIGINT' ? 130 : 143
      void this.#close(`the process got ${signal}`, received === 1 ? undefined : 0).then(() =>
        process.exit(code),
      )
    }
    process.on('SIGINT', onSignal)
    process.on('SIGTERM', onSignal)
    this.#stopListening = () => {
      process.off('SIGINT', onSignal)
      process.off('SIGTERM', onSignal)
    }
  }
}

/** What the loop was late by. The histogram counts its own interval of 10 ms; before the first tick it has nothing to say. */
function delayMs(nanoseconds: number): number {
  return Number.isFinite(nanoseconds) ? Math.max(0, nanoseconds / 1e6 - 10) : 0
}

/** How a call is named in errors. */
function callOf(definition: KnownDefinition): string {
  return `run of action '${definition.name}'`
}

/** The name that a refused call has given: reading it may be what it was refused for. */
function readName(options: unknown): unknown {
  try {
    return (options as CallOptions | undefined)?.name
  } catch {
    return undefined
  }
}

function described(
  source: AbortReason['source'],
  reason: unknown,
  otherwise: string,
): Omit<AbortReason, 'origin' | 'at'> {
  if (reason === undefined) return { source, message: otherwise }
  if (typeof reason === 'string') return { source, message: cutText(reason) }
  return { source, message: messageOf(reason), cause: reason }
}

function servicesOf(services: unknown, of: string): object {
  if (services === undefined) return {}
  if (typeof services === 'object' && services !== null) return services
  throw new ActionInputError(
    `${of}: the option 'services' is ${describeValue(services)}, but must be an object of objects`,
  )
}

function resolveRetention(retain: RuntimeOptions['retain'], of: string): Retention {
  if (retain === undefined) return DEFAULT_RETAIN
  if (typeof retain === 'number') {
    const both = count(retain, of, 'retain', 0)
    return { runs: both, actions: both }
  }
  if (typeof retain !== 'object' || retain === null) {
    throw new ActionInputError(
      `${of}: the option 'retain' is ${describeValue(retain)}, but must be a whole number or { runs, actions }`,
    )
  }
  refuseUnknown(retain, RETAIN_OPTIONS, of, 'retain')
  return {
    runs: count(retain.runs ?? DEFAULT_RETAIN.runs, of, 'retain.runs', 0),
    actions: count(retain.actions ?? DEFAULT_RETAIN.actions, of, 'retain.actions', 0),
  }
}
