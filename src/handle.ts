// What a caller holds of an action, on either side of a thread: awaitable, cancellable. The base class keeps outcome,
// reports and listeners; who owns the action (the runtime, or a body in a thread) adds how it is cancelled.

import type { Outcome, Phase, TerminalPhase } from './protocol/outcome.js'
import { isTerminal } from './protocol/outcome.js'
import type { EventObject } from './protocol/event-object.js'
import type { CancelOptions } from './options.js'
import { PushStream, type WaitHooks } from './push-stream.js'
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
  /** Where it stands, as far as this thread has been told. */
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
   * Aborts it and everything under it, with source `cancel`. Returns at once; the first abort wins, later ones only
   * shorten the grace. Does nothing once it has ended.
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
   * @returns `false` if it is known not to arrive: the action has ended, or (as far as this thread can tell) its mailbox
   *   is full and refuses more. A message that is refused or lost later is told of by a log entry.
   * @throws `ActionInputError` for what is no object with a `type`, `NotCloneableError` for what can't be sent.
   */
  send(message: MessageOf<Types>): boolean
  /**
   * Calls a listener with each event of that type that it emits from now on; with `'*'`, with every event.
   *
   * @returns Stops listening. The listeners go when the action ends.
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

/** How many unread reports a reader is kept. */
const KEPT_REPORTS = 1000

/** Told of everything that a handle is told of, for an actor that stands for the action. */
export interface HandleObserver {
  phase(phase: Phase): void
  report(value: unknown): void
  emit(event: EventObject): void
}

type Listener = (event: EventObject) => void

/** The common part of all handles. */
export abstract class BaseHandle<Output, Types extends ActionTypes> implements ActionHandle<Output, Types> {
  readonly id: string
  readonly name: string
  readonly #hooks: WaitHooks | undefined
  #phase: Phase = 'queued'
  #lastReport: unknown = undefined
  #outcome: Outcome<Output> | undefined
  // Only made when somebody asks: most handles of a large fan-out are never awaited one by one. Two, since who awaits a
  // handle would otherwise have a closure more, for each of 100 000, that takes the output out of the outcome.
  #settled: Promise<Outcome<Output>> | undefined
  #resolveSettled: ((outcome: Outcome<Output>) => void) | undefined
  #output: Promise<Output> | undefined
  #resolveOutput: ((output: Output | PromiseLike<never>) => void) | undefined
  #waits = 0
  #streams: Set<PushStream<unknown>> | undefined
  #listeners: Map<string, Set<Listener>> | undefined
  #observer: HandleObserver | undefined
  #listened = false

  protected constructor(id: string, name: string, hooks?: WaitHooks) {
    this.id = id
    this.name = name
    this.#hooks = hooks
  }

  abstract readonly ref: ActionAddress<MessageOf<Types>>
  abstract send(message: EventObject): boolean
  abstract remote<Api extends object>(): Promise<Remote<Api>>
  abstract cancel(reason?: unknown, options?: CancelOptions): void

  get phase(): Phase {
    return this.#phase
  }

  get lastReport(): ReportOf<Types> | undefined {
    return this.#lastReport as ReportOf<Types> | undefined
  }

  /** Whether anybody has ever asked how it ends (S19). */
  protected get listened(): boolean {
    return this.#listened
  }

  /** How it ended; `undefined` before. Made when somebody asks: of the many that are stopped with their parent, nobody does. */
  get outcome(): Outcome<Output> | undefined {
    if (this.#outcome === undefined && this.isSettled) this.#outcome = this.decode()
    return this.#outcome
  }

  // oxlint-disable-next-line unicorn/no-thenable -- a handle is awaitable by design
  then<Fulfilled = Output, Rejected = never>(
    onFulfilled?: ((output: Output) => Fulfilled | PromiseLike<Fulfilled>) | null,
    onRejected?: ((error: unknown) => Rejected | PromiseLike<Rejected>) | null,
  ): Promise<Fulfilled | Rejected> {
    this.#beginWait()
    return this.watchOutput().then(onFulfilled, onRejected)
  }

  catch<Caught = never>(
    onRejected?: ((error: unknown) => Caught | PromiseLike<Caught>) | null,
  ): Promise<Output | Caught> {
    return this.then(undefined, onRejected)
  }

  finally(onFinally?: (() => void) | null): Promise<Output> {
    return this.then().finally(onFinally)
  }

  settled(): Promise<Outcome<Output>> {
    this.#beginWait()
    return this.watch()
  }

  /** Its output, for a combinator, which waits for many and may stop waiting: its own wait is the one that parks. */
  watchOutput(): Promise<Output> {
    this.#listen()
    this.#output ??= this.isSettled
      ? outputOf(this.outcome as Outcome<Output>)
      : new Promise((resolve) => (this.#resolveOutput = resolve))
    return this.#output
  }

  /** The same with how it ends. */
  watch(): Promise<Outcome<Output>> {
    this.#listen()
    this.#settled ??= this.isSettled
      ? Promise.resolve(this.outcome as Outcome<Output>)
      : new Promise((resolve) => (this.#resolveSettled = resolve))
    return this.#settled
  }

  #listen(): void {
    if (this.#listened) return
    this.#listened = true
    this.firstListened()
  }

  /** Somebody asks how it ends, for the first time. */
  protected firstListened(): void {
    // Of a run, nobody needs to know.
  }

  #beginWait(): void {
    if (this.#hooks === undefined || this.isSettled) return
    this.#waits += 1
    this.#hooks.began()
  }

  reports(): ReportStream<ReportOf<Types>> {
    const stream = new PushStream<unknown>(this.#hooks, (ended) => this.#streams?.delete(ended), {
      limit: KEPT_REPORTS,
      onFirstMissed: () =>
        this.warn(
          `a reader of the reports of action ${this.id} '${this.name}' has fallen behind by ${KEPT_REPORTS}: the oldest are left out, and reports().missed counts them; read faster, or take lastReport`,
        ),
    })
    if (!this.isSettled) (this.#streams ??= new Set()).add(stream)
    else stream.end()
    return stream as ReportStream<ReportOf<Types>>
  }

  on(type: string, listener: (event: never) => void): () => void {
    if (this.isSettled) return () => {}
    this.#listeners ??= new Map()
    let listeners = this.#listeners.get(type)
    if (listeners === undefined) this.#listeners.set(type, (listeners = new Set()))
    // Each call listens for itself, also with a function that listens already.
    const own: Listener = (event) => listener(event as never)
    listeners.add(own)
    return () => void listeners.delete(own)
  }

  /** Tells all there is to one who stands for this handle. */
  observe(observer: HandleObserver): void {
    this.#observer = observer
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cancel('disposed')
    await this.settled()
  }

  /** Logs what its holder should know. */
  protected abstract warn(message: string): void

  /** Gives the outcome where `settle` wasn't given one. */
  protected decode(): Outcome<Output> {
    throw new Error(`action ${this.id} '${this.name}' has ended without an outcome`)
  }

  /** Takes in a change of phase. */
  protected changePhase(phase: Phase): void {
    if (isTerminal(this.#phase)) return
    this.#phase = phase
    this.#observer?.phase(phase)
  }

  /** Takes in a report. */
  protected takeReport(value: unknown): void {
    this.#lastReport = value
    this.#observer?.report(value)
    if (this.#streams === undefined) return
    for (const stream of this.#streams) stream.push(value)
  }

  /** Takes in an event that was emitted. A listener that throws doesn't keep it from the others. */
  protected takeEmit(event: EventObject, onError: (error: unknown) => void): void {
    this.#observer?.emit(event)
    if (this.#listeners === undefined) return
    for (const type of [event.type, '*']) {
      for (const listener of this.#listeners.get(type) ?? []) {
        try {
          listener(event)
        } catch (error) {
          onError(error)
        }
      }
    }
  }

  /** Whether it has ended. */
  protected get isSettled(): boolean {
    return isTerminal(this.#phase)
  }

  /** Takes in the end. Once. */
  protected settle(status: TerminalPhase, outcome?: Outcome<Output>): void {
    if (this.isSettled) return
    this.#phase = status
    this.#outcome = outcome
    for (; this.#waits > 0; this.#waits -= 1) this.#hooks?.ended()
    if (this.#resolveSettled !== undefined) this.#resolveSettled(this.outcome as Outcome<Output>)
    if (this.#resolveOutput !== undefined) {
      const ended = this.outcome as Outcome<Output>
      this.#resolveOutput(ended.status === 'succeeded' ? ended.output : Promise.reject(ended.error))
    }
    this.#resolveSettled = undefined
    this.#resolveOutput = undefined
    this.#listeners = undefined
    this.#observer = undefined
    const streams = this.#streams
    this.#streams = undefined
    if (streams !== undefined) for (const stream of streams) stream.end()
  }
}

async function outputOf<Output>(outcome: Outcome<Output>): Promise<Output> {
  if (outcome.status === 'succeeded') return outcome.output
  throw outcome.error
}
