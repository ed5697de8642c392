// The interface of a runtime for an app: its options, what it is asked, and what it answers. Types only: the class that
// does it is in `src/runtime`.

import type { ResourceLimits } from 'node:worker_threads'
import type { InspectionEvent, Observer } from 'xstate'
import type { ActionDefinition, AnyDefinition, Arguments } from './definition.js'
import type { ActionContext } from './context.js'
import type { RuntimeEvent } from './events.js'
import type { ActionTypes } from './handle.js'
import type { CallOptions, CancelOptions } from './options.js'
import type { Phase, TerminalPhase } from './protocol/outcome.js'
import type { Cluster, ClusterStats } from './cluster.js'
import type { Run } from './run.js'
import type { Services } from './services.js'
import type { ControlServer, ServeOptions } from './serving.js'

/** What XState's `inspect` takes. */
export type Inspector = Observer<InspectionEvent> | ((event: InspectionEvent) => void)

/** How much is kept. */
export interface Retention {
  /** Finished runs. */
  readonly runs: number
  /** Settled actions, of all runs together. */
  readonly actions: number
}

/** What `createRuntime` takes. */
export interface RuntimeOptions {
  /**
   * Threads for actions with a cpu share; one more, shared, serves the `cpu: 0` actions. Each is started when it is
   * first needed. Default: `availableParallelism()`. 0: bodies run in the app's own thread, where nothing can be killed.
   */
  readonly threads?: number | undefined
  /**
   * So many threads are started with the first action, and kept, whatever `idleTimeoutMs` says; they don't keep the process
   * alive. At most `threads` and the shared one. Default 0.
   */
  readonly minThreads?: number | undefined
  /**
   * How long a thread without work is kept, in milliseconds. Until then what comes finds it open; after that it is started
   * again. Default: as long as the runtime lives.
   */
  readonly idleTimeoutMs?: number | undefined
  /**
   * Named resources that actions hold beside their share of a thread, and how many there are of each, as `{ gpu: 2 }`.
   * Default: none.
   */
  readonly resources?: Readonly<Record<string, number | undefined>> | undefined
  /**
   * Other machines whose threads actions may run in, too, as `connectCluster` of `heddle/cluster` makes it. Several runtimes may
   * have the same one. Default: none.
   */
  readonly cluster?: Cluster | undefined
  /** How long an aborted body may clean up before force, in milliseconds, unless its action says. Default 5000. */
  readonly graceMs?: number | undefined
  /**
   * Limits of each thread's heap, as of `Worker`. They don't contain everything: buffers aren't limited. Node gives a thread that has come
   * to its `maxOldGenerationSizeMb` 16 MB more to end in: with a large young generation, which may be moved there at once, that can be too
   * little, and the process ends with it. Give `maxYoungGenerationSizeMb`, too (16 or less), where a thread is to be lost alone.
   */
  readonly resourceLimits?: ResourceLimits | undefined
  /** Environment of the threads. Default: a copy of the process's. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
  /** Node options of the threads. Default: the process's. */
  readonly execArgv?: readonly string[] | undefined
  /**
   * Objects that actions may call, as `ctx.services`, from any thread: a database, a cache. They are called here, in the
   * app's own thread, by Comlink. Default: none.
   */
  readonly services?: Services | undefined
  /**
   * How many actions may wait in the queue; one more rejects with `QueueFullError`. What a `shield` spawns is never refused.
   * Default: no limit.
   */
  readonly maxQueued?: number | undefined
  /** How many finished runs and settled actions are remembered; a number means both. Default 100 and 10 000. */
  readonly retain?: number | { readonly [Kind in keyof Retention]?: number | undefined } | undefined
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

/** What `runtime.close` takes. */
export interface CloseOptions {
  /**
   * How long what lives may go on and end by itself, in milliseconds from the call: queued actions still start, and live ones
   * may spawn. What is left then is aborted. Default 0.
   */
  readonly drainMs?: number | undefined
  /**
   * One deadline for the clean-up of everything that is aborted, in milliseconds from the abort, which comes with the end of
   * the drain. Default: each action's own grace.
   */
  readonly graceMs?: number | undefined
}

/** One lane, as `runtime.stats()` shows it. */
export interface LaneStats {
  /** `undefined` while it starts. */
  readonly thread: number | undefined
  readonly role: string
  /** `'wanted'`: asked for on other machines, and served by none yet. */
  readonly state: string
  readonly inFlight: number
  /** Sum of the cpu shares held. */
  readonly held: number
  /** How long the loop of a shared thread hasn't answered, in milliseconds; 0 while it does. */
  readonly silentMs: number
  /** How long ago it was killed, in milliseconds, where its thread hasn't exited yet: a native call delays that; else 0. */
  readonly exitPendingMs: number
  /** The machine of its thread, where that isn't this one: its name, and what tells it from others of that name. */
  readonly host?: string
  readonly hostInstance?: string
  /** How long a word to that machine and its answer take, in milliseconds. */
  readonly rttMs?: number
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
  /** Calls that were refused (`QueueFullError`, wrong options, closed): no action came of them, so none has failed. */
  readonly refused: number
  /** Settled actions by outcome. */
  readonly totals: Readonly<Record<TerminalPhase, number>>
  /**
   * As `cluster.stats()` gives it: of all runtimes that have the same cluster. Left out where there is none. What waits for threads
   * of other machines is `lanes.wanted`.
   */
  readonly cluster?: ClusterStats
  /**
   * Delay of the app's event loop, in milliseconds: since the last call, or, where that is less than a second ago, as that gave it.
   * Measured from the first call on.
   */
  readonly eventLoopDelay: { readonly meanMs: number; readonly p99Ms: number; readonly maxMs: number }
}

/** Runs trees of actions in worker threads, and stops them. */
export interface Runtime {
  /**
   * Starts a run. Never throws: what is wrong with the call rejects the handle, with `ActionInputError`,
   * `QueueFullError` or, after `close()`, `RuntimeClosedError`.
   *
   * The input is copied when it is sent to a thread, not within this call: later, where the action waits in the queue. What is
   * done to it until then is seen by the action. One that can't be copied fails the action with `NotCloneableError`.
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
  /**
   * Live runs, and finished ones that are still retained. Outputs aren't: of a finished run that the app doesn't hold
   * itself any more, what is awaited here is `undefined`, or rejects with what is kept of its error.
   */
  runs(): Run[]
  /** The run of that name, if it is live or still retained: as with `runs()`. */
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
  events(options?: { readonly since?: number | undefined }): AsyncIterableIterator<RuntimeEvent>
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
   * Starts all threads, the shared one too, and loads the modules of these definitions in each, so that the first actions
   * wait for neither. Resolves when they are ready; the threads then stay as any without work do (`idleTimeoutMs`).
   *
   * Rejects with the error of a module that doesn't load, with `ThreadLostError` where threads don't start or die of it, with
   * `ActionInputError` for what is no definition, and with `RuntimeClosedError` after `close()`.
   */
  warm(definitions?: readonly AnyDefinition[]): Promise<void>
  /**
   * The runtime's counts, as text in Prometheus' form: what the control server has at `/metrics`, without a server. Its code is
   * loaded, and aborts and durations are counted, from the first call on (or from `serve`).
   */
  metrics(): Promise<string>
  /**
   * Lets what lives end by itself for `drainMs`, aborts the rest, waits for it, and ends every thread. From the call on,
   * `run`, `scope`, `ready`, `warm` and `serve` reject. Every call returns the same promise; a later, smaller `drainMs` (0
   * where it is left out) or `graceMs` shortens the wait.
   *
   * @throws `ActionInputError` for a wrong option.
   */
  close(options?: CloseOptions): Promise<void>
  /** `close()`. */
  [Symbol.asyncDispose](): Promise<void>
}
