// The handle that a caller holds of an action, on either side of a thread: awaitable, cancellable.

import type { Outcome, Phase } from './protocol/outcome.js'
import type { EventObject } from './protocol/event-object.js'
import type { CancelOptions } from './options.js'
import type { Remote } from './remote.js'

/** What an action declares besides input and output, by annotating its context. */
export interface ActionTypes {
  /** The messages that it takes. */
  receives?: EventObject
  /** The events that it emits. */
  emits?: EventObject
  /** What it reports. */
  reports?: unknown
  /** The methods that it serves. */
  exposes?: object
  /** What it keeps to go on from, as a trial of a sweep. */
  checkpoints?: unknown
}

/** What an action of these types reports; `unknown` if it declares nothing. */
export type ReportOf<Types extends ActionTypes> = Types extends { reports: infer Report } ? Report : unknown

/** What an action of these types can be sent; `never` if it declares nothing, so that nothing can be sent. */
export type MessageOf<Types extends ActionTypes> = Types extends {
  receives: infer Message extends EventObject
}
  ? Message
  : never

/** What an action of these types emits; any event if it declares nothing. */
export type EmitOf<Types extends ActionTypes> = Types extends { emits: infer Event extends EventObject }
  ? Event
  : EventObject

/** What an action of these types serves to its callers; any object if it declares nothing. */
export type ExposedBy<Types extends ActionTypes> = Types extends { exposes: infer Api extends object }
  ? Api
  : object

/** What a trial of these types goes on from; `unknown` if it declares nothing. */
export type CheckpointOf<Types extends ActionTypes> = Types extends { checkpoints: infer Checkpoint }
  ? Checkpoint
  : unknown

/** One of several events by its type; all of them for `'*'`. */
export type EventOfType<Event extends EventObject, Type extends string> = Type extends '*'
  ? Event
  : Event extends { readonly type: infer Own }
    ? Own extends Type
      ? Event
      : Type extends Own
        ? Event
        : never
    : never

declare const takes: unique symbol

/**
 * The address of an action: cloneable, so that it can travel in inputs and messages. Not awaitable.
 *
 * `Message` is what the action takes: `ctx.send(address, message)` compiles for that only.
 */
export interface ActionAddress<Message extends EventObject = never> {
  readonly run: string
  readonly action: string
  readonly name: string
  /** Never there: it only carries the type. */
  readonly [takes]?: (message: Message) => void
}

/**
 * An action that was started. It runs whether or not it is awaited; only its rejection is silent until somebody
 * listens.
 *
 * Don't return a handle from an async function: it would collapse to its output. Wrap it in an object.
 */
export interface ActionHandle<
  Output = unknown,
  Types extends ActionTypes = ActionTypes,
> extends PromiseLike<Output> {
  /** A path: the third child of `a0.1` is `a0.1.3`. */
  readonly id: string
  /** What it is shown as. */
  readonly name: string
  /** Where it stands, as far as this thread knows. */
  readonly phase: Phase
  /** What it reported last; `undefined` before the first report. */
  readonly lastReport: ReportOf<Types> | undefined
  /** Its address, which can be sent to other actions. */
  readonly ref: ActionAddress<MessageOf<Types>>
  /** Attaches callbacks for its output and for its rejection, as with any promise. */
  then<Fulfilled = Output, Rejected = never>(
    onFulfilled?: ((output: Output) => Fulfilled | PromiseLike<Fulfilled>) | null,
    onRejected?: ((error: unknown) => Rejected | PromiseLike<Rejected>) | null,
  ): Promise<Fulfilled | Rejected>
  /** Attaches a callback for the rejection only. */
  catch<Caught = never>(
    onRejected?: ((error: unknown) => Caught | PromiseLike<Caught>) | null,
  ): Promise<Output | Caught>
  /** Attaches a callback for either end. */
  finally(onFinally?: (() => void) | null): Promise<Output>
  /**
   * Aborts it and everything under it, with source `cancel`. Returns at once; the first abort wins, later ones change its
   * grace only: a `graceMs` counts instead of the actions' own, be it shorter or longer, and of several the earliest. Does
   * nothing once it has ended, except that what still drains under it gets that grace.
   *
   * @param reason - Why: a text, or an error, which becomes the `cause` of the abort reason.
   * @throws `ActionInputError` for a wrong `graceMs`.
   */
  cancel(reason?: unknown, options?: CancelOptions): void
  /**
   * Puts a message into its mailbox, from where its body takes it with `ctx.receive()`; one that comes before the body
   * has started waits. Messages of one sender arrive in their order. The message is copied at once, so it may be changed
   * afterwards; what is marked with `transfer()` is moved.
   *
   * @returns `false` if it is known not to arrive: the action has ended, or (as far as this thread knows) its mailbox
   *   is full and refuses more. A log entry reports a message that is refused or lost later.
   * @throws `ActionInputError` for what is no object with a `type`, `NotCloneableError` for what can't be sent.
   */
  send(message: MessageOf<Types>): boolean
  /**
   * Calls a listener with each event of that type that it emits from now on; with `'*'`, with every event.
   *
   * @returns Stops listening. The listeners go when the action ends.
   * @throws `ActionInputError` for a type that is no text, or a listener that is no function.
   */
  on<Type extends EmitOf<Types>['type'] | '*'>(
    type: Type,
    listener: (event: EventOfType<EmitOf<Types>, Type>) => void,
  ): () => void
  /**
   * What it exposes, to be called from here: each method returns a promise. Waits until the action exposes something;
   * rejects with its outcome if it ends before. Calls that are pending when it ends reject with its outcome, too.
   */
  remote<Api extends object = ExposedBy<Types>>(): Promise<Remote<Api>>
  /** How it ended; never rejects. */
  settled(): Promise<Outcome<Output>>
  /**
   * What it reports from now on; ends when the action does. Of a reader that falls behind by more than 1000 reports, the
   * oldest are left out: it says how many, and the reader's action (or, in the app, this one) logs a warning.
   */
  reports(): ReportStream<ReportOf<Types>>
  /** Cancels it and waits for its end. */
  [Symbol.asyncDispose](): Promise<void>
}

/** What `reports()` gives. */
export interface ReportStream<Report> extends AsyncIterableIterator<Report> {
  /** How many reports have been left out so far, because the reader was slow; they lie ahead of those still to be read. */
  readonly missed: number
  [Symbol.asyncIterator](): ReportStream<Report>
}
