// The control server's access to a runtime: what it may see, and how it acts upon it. Interfaces only: the server knows no
// class of the runtime's, and so changes of these don't reach it.

import type { AnyDefinition } from '../definition.js'
import type { EventObserver } from './observe/event-log.js'
import type { CancelOptions } from '../options.js'
import type { AbortReason } from '../protocol/errors/abort-reason.js'
import type { Clock } from '../protocol/clock.js'
import type { HostName } from '../protocol/host-name.js'
import type { LivePhase, Outcome, Phase, TerminalPhase } from '../protocol/outcome.js'
import type { Run } from '../run.js'
import type { LaneStats } from '../runtime.js'
import type { Stopper } from '../stoppable.js'
import type { ClusterView } from './dispatch/lane-source.js'

export type { EventSubject } from './observe/event-log.js'

/** One action, live or as far as its record is kept. */
export interface ObservedAction {
  readonly run: ObservedRun
  readonly id: string
  readonly name: string
  /** The same object for all actions of one definition. */
  readonly definition: { readonly url: string; readonly name: string }
  /** Whom it is bound to. */
  readonly parent: ObservedAction | undefined
  /** Its place in the order of all spawns. */
  readonly sequence: number
  /** Share of one thread that it holds. */
  readonly cpu: number
  readonly phase: Phase
  readonly isSettled: boolean
  /** The present one, from 1. */
  readonly attempt: number
  /** Whether the body of any attempt has ever begun. */
  readonly began: boolean
  /** Of the present attempt, as `startedAt` is. */
  readonly queuedAt: number
  readonly startedAt: number | undefined
  readonly firstQueuedAt: number
  readonly firstStartedAt: number | undefined
  readonly settledAt: number | undefined
  readonly thread: number | undefined
  /** The machine of that thread; `undefined` for this one. */
  readonly host: HostName | undefined
  /** `undefined` once it has ended. */
  readonly input: unknown
  /** Of one that has ended, a `CutValue` where that was large. */
  readonly lastReport: unknown
  readonly outcome: Outcome<unknown> | undefined
  readonly reason: AbortReason | undefined
  readonly escalations: readonly AbortReason[] | undefined
  readonly abortRequestedAt: number | undefined
  readonly abortDeliveredAt: number | undefined
  readonly graceMs: number
  /** When force comes, in epoch milliseconds; `Infinity` if it doesn't, or that isn't known yet. */
  readonly forceAt: number
  /** The index of the last child that is known of (S9, S24). */
  readonly lastIndex: number
  /** Those that haven't settled. */
  readonly children: Iterable<ObservedAction> & { readonly size: number }
}

/** Actions of one run: what a map of them shows. */
export type ActionsById<Member> = Pick<
  ReadonlyMap<string, Member>,
  'size' | 'get' | 'has' | 'keys' | 'values'
>

/** One run, live or kept. */
export interface ObservedRun {
  readonly name: string
  readonly root: ObservedAction
  /** Live actions and kept records, by id, in the order of their spawns. */
  readonly actions: ActionsById<ObservedAction>
  /** Settled actions whose records are no longer kept, by how they ended. */
  readonly dropped: Readonly<Record<TerminalPhase, number>>
  /** Failures that nobody has heard of (S19). */
  readonly unheard: number
}

/** Who is shown what no event carries: inputs and outputs. Must not throw. */
export interface ActionObserver {
  /** It has been spawned; told ahead of its first event. */
  spawned(action: ObservedAction): void
  /** So many of a run that were never sent are being aborted with their parent: of each, only its end is an event (S2). */
  withdrawn(run: ObservedRun, count: number): void
  /** It has succeeded with that; told ahead of its last event. */
  succeeded(action: ObservedAction, output: unknown): void
}

/** Who is told at once of what isn't kept any more, so that nobody keeps it for longer. Must not throw. */
export interface RecordsObserver {
  /** The record of a settled action is gone. Not told of those that go with their run. */
  dropped(action: ObservedAction): void
  /** A run is forgotten, with all of its records. */
  forgotten(run: ObservedRun): void
}

/** What an abort from outside can be given. */
export interface ExternalAbort extends CancelOptions {
  readonly reason?: string | undefined
  readonly by?: string | undefined
}

/** An action that has ended, and whose record is gone. */
export interface FinishedAction {
  /** How it has most likely ended. */
  readonly phase: TerminalPhase
}

/** What an abort of many has stopped, or, if it is only planned, would stop. */
export interface StoppedActions {
  /** Those that no other chosen one has above it: the rest ends with these. */
  readonly targets: readonly ObservedAction[]
  /** How many of these were aborted; of the others, the end came first. */
  readonly accepted: number
  /** What ends by it, each once, what was being stopped under them before included; but not what is stopped together. */
  readonly stopped: readonly ObservedAction[]
  /** How many more end by it: very many that have never started, of which nobody is looked at. They have its reason. */
  readonly together: number
}

/** The way in which somebody outside stops actions. Whatever threads have sent is read before anybody looks (S4). */
export interface AbortAccess {
  /** Looks something up, when all that has come from the threads is known. */
  look<Found>(find: () => Found): Found
  /**
   * Chooses actions of a run and aborts them, in one synchronous step (S2). `isPlan`: says what that would stop, and stops
   * nothing. What `choose` throws is thrown, and nothing is aborted.
   */
  abortChosen(
    run: ObservedRun,
    choose: () => readonly ObservedAction[],
    abort: ExternalAbort,
    isPlan: boolean,
  ): StoppedActions
  /** The action of a run, or how it has ended, where its record is gone; unknown ids throw (S24). */
  find(run: ObservedRun, id: string): ObservedAction | FinishedAction
}

/** What the control server sees of a runtime, and acts upon. */
export interface RuntimeAccess {
  readonly now: Clock
  readonly events: {
    /** Number of the last event. */
    readonly seq: number
    /** Calls back with each event while it is published; gives what ends that. */
    observe(observer: EventObserver): () => void
  }
  readonly runs: {
    /** All runs, live and kept, in the order in which they came. */
    runs(): Iterable<ObservedRun>
    run(name: string): ObservedRun | undefined
  }
  readonly counts: {
    /** Live actions. */
    readonly live: Readonly<Record<LivePhase, number>>
    /** Settled actions. */
    readonly totals: Readonly<Record<TerminalPhase, number>>
    /** Calls that were refused. */
    readonly refused: number
  }
  readonly lanes: {
    /** Threads that are up or starting. */
    readonly threads: number
    /** Bodies that were given up while their code may still run. */
    readonly abandoned: number
    states(): readonly LaneStats[]
  }
  /** The other machines, where there may be some. */
  readonly cluster: ClusterView | undefined
  readonly aborts: AbortAccess
  /** What asks a live run to end by itself, where it can do so, as a sweep can. */
  stopperOf(run: ObservedRun): Stopper | undefined
  /** Watches the app's event loop, for those who look together. */
  watchLoop(): LoopWatch
  /** Starts a run as the app's own code does; what is wrong with it is the handle's outcome. A name that is left out is made. */
  start(definition: AnyDefinition, input: unknown, name: string | undefined): Run
  /** Shows all that happens to one observer; gives what ends that. */
  observe(observer: ActionObserver & RecordsObserver): () => void
}

/** How late the app's event loop was, in milliseconds. */
export interface LoopDelayFigures {
  readonly meanMs: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly maxMs: number
}

/** A watch over the app's event loop. */
export interface LoopWatch {
  /** Since the last look, or, where that is less than a second ago, what that has shown. */
  read(): LoopDelayFigures
  close(): void
}

/** The counts of a runtime, with or without a server. */
export interface RuntimeMetrics {
  /** How many event streams are open: the server's, while there is one. */
  streams: () => number
  /** Of `text`. */
  readonly contentType: string
  text(): Promise<string>
  /** Nothing more comes; what it says stays. */
  close(): void
}
