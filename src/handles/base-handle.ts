// The common part of all handles: it keeps outcome, reports and listeners. The owner of the action (the runtime, or a body in
// a thread) adds how it is cancelled.

import { PushStream, type WaitHooks } from '../collections/push-stream.js'
import { HandleEnds } from './handle-ends.js'
import type {
  ActionAddress,
  ActionHandle,
  ActionTypes,
  MessageOf,
  ReportOf,
  ReportStream,
} from '../handle.js'
import type { CancelOptions } from '../options.js'
import { wrongValue } from '../checks/wrong-value.js'
import { inOwnContext } from '../protocol/async-context.js'
import type { EventObject } from '../protocol/event-object.js'
import { staysHere } from '../protocol/values/lossy-objects.js'
import { isTerminal, type Outcome, type Phase, type TerminalPhase } from '../protocol/outcome.js'
import type { Remote } from '../remote.js'
import { world } from '../protocol/world.js'

/** How many unread reports a reader is kept. */
const KEPT_REPORTS = 1000

/** Gets everything that a handle gets, for an actor that stands for the action. */
export interface HandleObserver {
  phase(phase: Phase): void
  report(value: unknown): void
  emit(event: EventObject): void
}

/** Waits for the ends of many handles at once. */
export interface EndWatcher {
  /** One of them has ended. */
  ended(handle: { readonly outcome: Outcome<unknown> | undefined }): void
}

type Listener = (event: EventObject) => void

/** What few handles have need of: apart, since there may be a million handles. */
class Extras<Output> {
  lastReport: unknown = undefined
  /** For others than the code of the body that holds it. */
  ends: HandleEnds<Output> | undefined
  streams: Set<PushStream<unknown>> | undefined
  listeners: Map<string, Set<Listener>> | undefined
  /** Those of them that are code of that body. */
  listenersInside: WeakSet<Listener> | undefined
  observer: HandleObserver | undefined
}

/** The common part of all handles. */
export abstract class BaseHandle<Output, Types extends ActionTypes> implements ActionHandle<Output, Types> {
  readonly id: string
  readonly name: string
  readonly #hooks: WaitHooks | undefined
  #phase: Phase = 'queued'
  #outcome: Outcome<Output> | undefined
  /**
   * Only made when somebody asks: most handles of a large fan-out are never awaited one by one. Where a body holds it, for that
   * one's code: what that waits for is never answered once it has ended (S15).
   */
  #ends: HandleEnds<Output> | undefined
  /** Who waits for it with many others, as that code does. */
  #watcher: EndWatcher | undefined
  #waits = 0
  #extras: Extras<Output> | undefined
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
    return this.#extras?.lastReport as ReportOf<Types> | undefined
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
    return this.watchOutput(this.#isInside).then(onFulfilled, onRejected)
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
    return this.watch(this.#isInside)
  }

  /** The same, for what isn't the answer to anybody's question how it ends (S19). */
  protected whenSettled(): Promise<Outcome<Output>> {
    this.#beginWait()
    return this.#endsFor(this.#isInside).settled(this.outcome)
  }

  /**
   * Its output, for a combinator, which waits for many and may stop waiting: its own wait is the one that parks. `isInside`:
   * not answered once the body has ended that holds the handle, if one does.
   */
  watchOutput(isInside: boolean = this.#hooks !== undefined): Promise<Output> {
    this.#listen()
    return this.#endsFor(isInside).output(this.outcome)
  }

  /**
   * Has a watcher told when it ends, as `watchOutput` answers inside: a combinator waits for 100 000, and a promise with what
   * belongs to it for each is what most of its time would go into. `false` where it has ended, or has a watcher.
   */
  watchedBy(watcher: EndWatcher): boolean {
    if (this.isSettled || this.#watcher !== undefined) return false
    this.#listen()
    this.#watcher = watcher
    return true
  }

  /** The same with how it ends. */
  watch(isInside: boolean = this.#hooks !== undefined): Promise<Outcome<Output>> {
    this.#listen()
    return this.#endsFor(isInside).settled(this.outcome)
  }

  /** How it ends, for other purposes than an answer: its failure stays unheard (S19). */
  whenEnded(): Promise<Outcome<Output>> {
    return this.#endsFor(this.#hooks !== undefined).settled(this.outcome)
  }

  #endsFor(isInside: boolean): HandleEnds<Output> {
    if (isInside || this.#hooks === undefined) return (this.#ends ??= new HandleEnds())
    return (this.#more.ends ??= new HandleEnds())
  }

  get #more(): Extras<Output> {
    return (this.#extras ??= new Extras())
  }

  get #isInside(): boolean {
    return this.#hooks?.isInside === true
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
    const stream = new PushStream<unknown>(this.#hooks, (ended) => this.#extras?.streams?.delete(ended), {
      limit: KEPT_REPORTS,
      onFirstMissed: () =>
        this.warn(
          `a reader of the reports of action ${this.id} '${this.name}' has fallen behind by ${KEPT_REPORTS}: the oldest are left out, and reports().missed counts them; read faster, or take lastReport`,
        ),
    })
    if (!this.isSettled) (this.#more.streams ??= new Set()).add(stream)
    else stream.end()
    return stream as ReportStream<ReportOf<Types>>
  }

  on(type: string, listener: (event: never) => void): () => void {
    if (typeof type !== 'string' || typeof listener !== 'function') {
      const [what, value] = typeof type === 'string' ? ['listener', listener] : ['type', type]
      throw wrongValue(
        `on() of action ${this.id} '${this.name}'`,
        `the ${what}`,
        value,
        what === 'type' ? "a text: the event's, or '*' for all" : 'a function (event) => …',
      )
    }
    if (this.isSettled) return () => {}
    const more = this.#more
    more.listeners ??= new Map()
    let listeners = more.listeners.get(type)
    if (listeners === undefined) more.listeners.set(type, (listeners = new Set()))
    // Each call listens for itself, also with a function that listens already.
    const own: Listener = inOwnContext((event: EventObject) => listener(event as never))
    listeners.add(own)
    if (this.#isInside) (more.listenersInside ??= new WeakSet()).add(own)
    return () => void listeners.delete(own)
  }

  /** Whether an observer stands for this handle. */
  get isObserved(): boolean {
    return this.#extras?.observer !== undefined
  }

  /** Passes everything on to an observer that stands for this handle. */
  observe(observer: HandleObserver): void {
    this.#more.observer = observer
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cancel('disposed')
    await this.settled()
  }

  /**
   * Of one that nobody is responsible for but its holder: if it has failed, and nobody has heard of that when the loop comes
   * round, its error is an unhandled rejection of the process, as that of any promise (S19).
   */
  protected rejectUnlessHeard(): void {
    if (this.#listened || (this.#phase !== 'failed' && this.#phase !== 'timedOut')) return
    world.setImmediate(() => {
      // The promise that a late listener gets, too: Node reports then that it was handled after all.
      if (!this.#listened && !this.isErrorObserved) void this.#endsFor(false).output(this.outcome)
    })
  }

  /** Whether somebody else than its holder hears of its failure. */
  protected get isErrorObserved(): boolean {
    return false
  }

  /** Logs a warning to its holder. */
  abstract warn(message: string): void

  /** Gives the outcome where `settle` wasn't given one. */
  protected decode(): Outcome<Output> {
    throw new Error(`action ${this.id} '${this.name}' has ended without an outcome`)
  }

  /** The body that holds it has ended: what its code waits for, or listens to, here is never answered; others are (S15). */
  protected holderEnded(): void {
    if (this.#hooks === undefined) return
    this.#ends = undefined
    this.#watcher = undefined
    if (this.#extras === undefined) return
    const { streams, listeners: byType, listenersInside } = this.#extras
    if (streams !== undefined) for (const stream of streams) stream.dropInside()
    if (byType === undefined || listenersInside === undefined) return
    for (const listeners of byType.values()) {
      for (const listener of listeners) if (listenersInside.has(listener)) listeners.delete(listener)
    }
  }

  /** Takes in a change of phase. */
  protected changePhase(phase: Phase): void {
    if (isTerminal(this.#phase)) return
    this.#phase = phase
    this.#extras?.observer?.phase(phase)
  }

  /** Takes in a report. */
  protected takeReport(value: unknown): void {
    const more = this.#more
    more.lastReport = value
    more.observer?.report(value)
    if (more.streams === undefined) return
    for (const stream of more.streams) stream.push(value)
  }

  /** Takes in an event that was emitted. A listener that throws doesn't keep it from the others. */
  protected takeEmit(event: EventObject, onError: (error: unknown) => void): void {
    this.#extras?.observer?.emit(event)
    const listenersOf = this.#extras?.listeners
    if (listenersOf === undefined) return
    for (const type of [event.type, '*']) {
      for (const listener of listenersOf.get(type) ?? []) {
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
    // Not made where nobody waits: see `outcome`.
    this.#ends?.answer(() => this.outcome as Outcome<Output>)
    const extras = this.#extras
    extras?.ends?.answer(() => this.outcome as Outcome<Output>)
    const watcher = this.#watcher
    this.#watcher = undefined
    watcher?.ended(this)
    if (extras === undefined) return
    extras.listeners = undefined
    extras.observer = undefined
    const { streams } = extras
    extras.streams = undefined
    if (streams !== undefined) for (const stream of streams) stream.end()
  }
}

// A copy would have its id, and nothing that can be done with it.
Object.defineProperty(BaseHandle.prototype, staysHere, {
  value: 'a handle would arrive without its methods: give its `ref`, which `ctx.send` takes',
})
