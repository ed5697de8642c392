// The types of `ctx`, which a body gets besides its input. The implementation is in `actors/inside`, and the same for a
// body in a thread and one in the app's own thread.

import type { ActionDefinition, Arguments } from './definition.js'
import type {
  ActionAddress,
  ActionHandle,
  ActionTypes,
  CheckpointOf,
  EmitOf,
  ExposedBy,
  ReportOf,
} from './handle.js'
import type { MapOptions, SpawnOptions, StopOptions } from './options.js'
import type { EventObject } from './protocol/event-object.js'
import type { Outcome } from './protocol/outcome.js'
import type { Remote } from './remote.js'
import type { Services } from './services.js'

/** Who and where an action is. */
export interface ActionInfo {
  /** A path: the third child of `a0.1` is `a0.1.3`. */
  readonly id: string
  readonly name: string
  /** Name of the run. */
  readonly run: string
  /** Id of the action it is bound to; `undefined` for a root. That of a detached child is the root. */
  readonly parent: string | undefined
  /** From 1. */
  readonly attempt: number
  /** Id of the thread; 0 is the app's main thread. */
  readonly thread: number
  /** The machine of that thread, where it isn't the runtime's: its name, and what tells it from others of that name. */
  readonly host?: string
  readonly hostInstance?: string
  /** Which of the runtime's named resources it holds, by their indices from 0: `{ gpu: [1] }`. */
  readonly resources: Readonly<Record<string, readonly number[]>>
}

/** Writes log entries that carry run, action and attempt, as events of the runtime. Never throws. */
export interface ActionLog {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void
  info(message: string, fields?: Readonly<Record<string, unknown>>): void
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void
  error(message: string, fields?: Readonly<Record<string, unknown>>): void
}

/** Something that settles: a handle. */
export interface Settling extends PromiseLike<unknown> {
  settled(): Promise<Outcome<unknown>>
}

/** One of the actions given to `completed`, as it ended. */
export interface Completion<Handle extends Settling> {
  readonly handle: Handle
  /** Its place in what was given. */
  readonly index: number
  readonly outcome: Outcome<Awaited<Handle>>
}

/** What a body of these types receives; any message if it declares nothing. */
export type ReceivedBy<Types extends ActionTypes> = Types extends {
  receives: infer Message extends EventObject
}
  ? Message
  : EventObject

/** What `ctx.receive` can be given. */
export interface ReceiveOptions {
  /** Ends the wait, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
  /** Ends the wait after so many milliseconds, which then gives `undefined`. Default: none. */
  readonly timeoutMs?: number | undefined
}

/** Inputs of a fan-out: taken one by one, only when there is room. */
export type Inputs<Input> = Iterable<Input> | AsyncIterable<Input>

/**
 * What a body gets besides its input.
 *
 * After an abort, everything that would start or wait for something rejects with `signal.reason`, in a later turn of
 * the event loop, but inside `shield`. `report` and `log` work until the body ends. Methods are bound, so that a body
 * may take it apart: `(input, { spawn, sleep }) => …`.
 */
export interface ActionContext<Types extends ActionTypes = {}> {
  /**
   * Raised when the action is aborted; `reason` is an `ActionAbortedError`. `aborted`, `reason` and `throwIfAborted()`
   * tell the truth in a synchronous loop too; there one look costs some tens of nanoseconds.
   */
  readonly signal: AbortSignal
  /** Who and where this action is. */
  readonly info: ActionInfo
  /**
   * Writes log entries, as events of the runtime. Never waits and never throws. Beyond 262 144 entries of one body that the
   * app's thread hasn't handled (or 32 million characters of them) further ones are dropped; an entry says how many.
   */
  readonly log: ActionLog

  /**
   * Starts a child, and returns its handle at once. Never throws: the handle rejects, with this action's abort once it
   * is aborted, with `RunEndedError` once its body has ended, with `ActionInputError`, `NotCloneableError` or
   * `QueueFullError` for what is wrong with the call.
   *
   * In a `scope`, the input is copied when it is sent to a thread, as that of `runtime.run` is: what is done to it until then
   * is seen by the child. Elsewhere it is copied at the end of the tick at the latest.
   */
  spawn<Input, Output, ChildTypes extends ActionTypes>(
    this: void,
    definition: ActionDefinition<Input, Output, ChildTypes>,
    ...inputAndOptions: Arguments<NoInfer<Input>, SpawnOptions>
  ): ActionHandle<Output, ChildTypes>

  /**
   * Starts a child for each input, `concurrency` (256) at a time, and gives the outputs in the order of the inputs.
   * Inputs are taken lazily. The first failure aborts the rest, which are waited for, and rejects; no further input is
   * taken then, and the iterator is told (`return()`). Waits for room in the queue instead of failing.
   *
   * Memory is bounded by `concurrency`, however many inputs there are, but for the array of results that it gives: eight
   * bytes an input and what the outputs take. Over more than that, return nothing and let the children write elsewhere.
   */
  map<Input, Output, ChildTypes extends ActionTypes>(
    this: void,
    definition: ActionDefinition<Input, Output, ChildTypes>,
    inputs: Inputs<NoInfer<Input>>,
    options?: MapOptions & StopOptions & { readonly outcomes?: false },
  ): Promise<Output[]>
  /** The same, but gives outcomes: a failure stops nothing. */
  map<Input, Output, ChildTypes extends ActionTypes>(
    this: void,
    definition: ActionDefinition<Input, Output, ChildTypes>,
    inputs: Inputs<NoInfer<Input>>,
    options: MapOptions & StopOptions & { readonly outcomes: true },
  ): Promise<Outcome<Output>[]>

  /** Waits for all; the first failure cancels the rest of this context's children, waits for them, and rejects. */
  all<const Handles extends readonly PromiseLike<unknown>[]>(
    this: void,
    handles: Handles,
    options?: StopOptions,
  ): Promise<{ -readonly [Key in keyof Handles]: Awaited<Handles[Key]> }>

  /**
   * Gives the first output that is accepted (any, without `accept`), then cancels the rest of this context's children
   * and waits for them. Failures are skipped while others live; with nothing accepted it rejects with an
   * `AggregateError`. If `accept` throws, the rest is stopped, too, and it rejects with that.
   */
  first<Handles extends readonly PromiseLike<unknown>[]>(
    this: void,
    handles: Handles,
    accept?: (output: Awaited<Handles[number]>, index: number) => boolean | PromiseLike<boolean>,
    options?: StopOptions,
  ): Promise<Awaited<Handles[number]>>

  /** The actions as they end, in that order. Leaving the loop stops nothing. */
  completed<Handle extends Settling>(
    this: void,
    handles: Iterable<Handle>,
  ): AsyncIterableIterator<Completion<Handle>>

  /** Waits, however many milliseconds; rejects with `signal.reason` when the action is aborted. */
  sleep(this: void, ms: number): Promise<void>

  /** Awaits anything of the app's, a `fetch` say, while this action holds no share of its thread. */
  idle<Value>(this: void, promise: PromiseLike<Value> | Value): Promise<Awaited<Value>>

  /**
   * Tells progress or metrics: a cloneable value, which reaches the parent's handle and the events. Never blocks, and
   * never throws: a value that can't be cloned is dropped with a `warn` log entry.
   */
  report(this: void, value: ReportOf<Types>): void

  /**
   * Keeps what this trial of a sweep would need to go on from here: it is copied at once, and replaces the one before. Give it
   * ahead of the report of the same step. Never blocks.
   *
   * @returns `false` if it isn't kept, because earlier ones are still on their way: those stand.
   * @throws `ActionInputError` in an action that is no trial of a sweep, and for more bytes than the sweep's
   *   `checkpoints.mostBytes`; `NotCloneableError` for what can't be cloned.
   */
  checkpoint(this: void, value: CheckpointOf<Types>): boolean
  /**
   * The checkpoint that this trial goes on from: its own, where it was tried again, was run again after its sweep had died, or
   * was paused; or that of a better one (`pbt`). `undefined` for one that begins, and in an action that is no trial.
   */
  readonly resumed: CheckpointOf<Types> | undefined

  /**
   * Takes the next message out of the mailbox; waits for it, parked, if there is none. In the order of their arrival,
   * also for several that wait. Messages that are left pass to the next attempt, if there is one.
   */
  receive(
    this: void,
    options?: ReceiveOptions & { readonly timeoutMs?: undefined },
  ): Promise<ReceivedBy<Types>>
  /** The same, but gives `undefined` when the time is up. */
  receive(this: void, options: ReceiveOptions): Promise<ReceivedBy<Types> | undefined>

  /**
   * Tells the parent an event, which reaches the listeners of this action's handle, and the runtime's events. It is
   * copied at once. Never blocks, and never throws: what can't be cloned is dropped with a `warn` log entry.
   */
  emit(this: void, event: EmitOf<Types>): void

  /**
   * Sends a message to any action whose address one has got, as `handle.send` does.
   *
   * @returns `false` if it is known not to arrive.
   * @throws `ActionInputError` for what is no address or no message, `NotCloneableError` for what can't be sent.
   */
  send<Message extends EventObject>(
    this: void,
    address: ActionAddress<Message>,
    message: NoInfer<Message>,
  ): boolean

  /**
   * The objects of the app that `createRuntime({ services })` was given: `await ctx.services.db.query('…')`. A call
   * that is pending when the action is aborted rejects with the abort, as any wait does; the object isn't notified.
   */
  // oxlint-disable-next-line typescript/no-generated-empty-object-type -- apps add to it
  readonly services: Remote<Services>

  /**
   * Serves the methods of an object to those who hold this action's handle (`handle.remote()`), from this thread, until
   * the action is stopped. The promise rejects with `signal.reason` then; it never resolves. A body that returns has
   * stopped, too. One object at a time.
   */
  expose(this: void, api: ExposedBy<Types>): Promise<never>

  /**
   * Runs clean-up that may spawn, sleep and await although this action is aborted; extends no grace. Only the context
   * passed in is shielded. Its signal fires after `ms` (counted from the later of entry and abort), at the end of this
   * action's grace, or on force, whichever is first; its live children are aborted then. What is spawned through it goes ahead
   * of all that waits, of other runs too.
   */
  shield<Result>(
    this: void,
    ms: number,
    body: (ctx: ActionContext<Types>) => Result | PromiseLike<Result>,
  ): Promise<Awaited<Result>>
}
