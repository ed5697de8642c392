// An action as an actor of a user's own machine: invoked, it starts; left, it is aborted. XState leaves children running
// where their parent's own code throws, so each also watches those above it.

import { AsyncLocalStorage } from 'node:async_hooks'
import type { ActorLogic, AnyActorRef, EventObject as AnyEvent, Snapshot } from 'xstate'
import type { ActionCancelEvent } from '../src/action-actor.js'
import { isDefinition } from '../src/action.js'
import type { ActionDefinition, Arguments } from '../src/definition.js'
import type { ActionHandle, ActionTypes, EmitOf, MessageOf, ReportOf } from '../src/handle.js'
import type { HandleObserver } from '../src/handles/base-handle.js'
import { checkOptions, type CallOptions } from '../src/options.js'
import type { AbortReason } from '../src/protocol/errors/abort-reason.js'
import { wrongOption } from '../src/checks/wrong-value.js'
import { describeValue, messageOf } from '../src/protocol/values/describe-value.js'
import { ActionInputError } from '../src/protocol/errors/errors.js'
import type { Outcome, Phase } from '../src/protocol/outcome.js'
import { currentContext } from './inside/body/context.js'
import { watchAncestors } from './watch-ancestors.js'

/** What the actor of an action shows: `onSnapshot` sees it. */
export type FromActionSnapshot<Output, Report> = Snapshot<Output> & {
  readonly phase: Phase
  /** What it reported last. */
  readonly report: Report | undefined
  /** How it was aborted or timed out. */
  readonly reason: AbortReason | undefined
  readonly input: unknown
}

/** The event of an actor that takes none: nothing that is sent has this type. (XState takes no `never` for it.) */
export interface NoMessage {
  readonly type: never
}

/** The logic that `fromAction` makes of an action with these types. */
export type FromActionLogic<Input, Output, Types extends ActionTypes = {}> = ActorLogic<
  FromActionSnapshot<Output, ReportOf<Types>>,
  [MessageOf<Types>] extends [never] ? NoMessage : MessageOf<Types>,
  Input,
  // XState doesn't export the name of this type.
  AnyActorRef['system'],
  EmitOf<Types>
>

/** The runtime that runs it: what `createRuntime` returns. */
export interface ActionRunner {
  run<Input, Output, Types extends ActionTypes>(
    definition: ActionDefinition<Input, Output, Types>,
    ...inputAndOptions: Arguments<NoInfer<Input>, CallOptions>
  ): ActionHandle<Output, Types>
}

/** What `fromAction` can be given. */
export interface FromActionOptions {
  /** Runs it. Left out, it belongs to the action around it; in an app it is given later, by `machine.provide`. */
  readonly runtime?: ActionRunner | undefined
}

const FROM_ACTION_OPTIONS: ReadonlySet<string> = new Set<keyof FromActionOptions>(['runtime'])

type AnySnapshot = FromActionSnapshot<unknown, unknown>
type AnyLogic = ActorLogic<AnySnapshot, AnyEvent, unknown>
type Handle = ActionHandle<unknown, never> & {
  observe(observer: HandleObserver): void
  warn(message: string): void
}

type OwnEvent =
  | { readonly type: 'heddle.phase'; readonly phase: Phase }
  | { readonly type: 'heddle.report'; readonly value: unknown }
  | { readonly type: 'heddle.settled'; readonly outcome: Outcome<unknown> }
  | { readonly type: 'xstate.stop' }

/** Those that haven't been taken. Nobody else can make one: it isn't known by its form (X2). */
const news = new WeakSet<object>()

/** What each running actor holds. */
const running = new WeakMap<AnyActorRef, { readonly handle: Handle; readonly stopWatching: () => void }>()

/**
 * Makes an actor logic of an action, to be invoked or spawned by machines.
 *
 * Leaving the state that invoked it aborts the work in the thread. Its output is `done`; its failure, timeout or abort by
 * somebody else is `error`, with the same error that its handle would reject with. Reports and phases are in its snapshots;
 * what it emits is emitted by the actor, and sent to the actor's parent; what the actor is sent reaches the mailbox.
 *
 * In an app, give it a runtime. Inside a body (and inside a machine that is a body) it is a child of that action, which is
 * parked while the child lives.
 */
export function fromAction<Input, Output, Types extends ActionTypes>(
  definition: ActionDefinition<Input, Output, Types>,
  options: FromActionOptions = {},
): FromActionLogic<Input, Output, Types> {
  if (!isDefinition(definition)) {
    throw new ActionInputError(
      `fromAction was given ${describeValue(definition)}, but needs what action() or actionRef() returned`,
    )
  }
  const { name } = definition
  const of = `fromAction of '${name}'`
  checkOptions(options, FROM_ACTION_OPTIONS, of)
  const { runtime } = options
  if (runtime !== undefined && typeof (runtime as Partial<ActionRunner> | null)?.run !== 'function')
    throw wrongOption(of, 'runtime', runtime, 'what createRuntime() returned')
  const logic: AnyLogic = {
    // What inspectors show.
    config: { id: name },
    getInitialSnapshot: (_scope, input) => initialSnapshot(input),
    start(snapshot, { self, emit }) {
      if (snapshot.status !== 'active') return
      const handle = startAction(definition as never, snapshot.input, options)
      // What comes from the thread belongs to the one who started it: a body, or a request of the app's.
      const inContext = AsyncLocalStorage.snapshot()
      // Not from within: a machine that hears of a phase may cancel the action whose phase is just being changed. And
      // XState warns of each event that comes to an actor after its end.
      const soon = (step: () => void): void =>
        queueMicrotask(() => {
          if (running.get(self as AnyActorRef)?.handle === handle) inContext(step)
        })
      const tell = (event: OwnEvent): void => {
        news.add(event)
        soon(() => (self as AnyActorRef).send(event))
      }
      handle.observe({
        phase: (phase) => tell({ type: 'heddle.phase', phase }),
        report: (value) => tell({ type: 'heddle.report', value }),
        emit(event) {
          soon(() => {
            emit(event)
            // XState shows emits to listeners only.
            self._parent?.send(event)
          })
        },
      })
      const stopWatching = watchAncestors(self as AnyActorRef, (why, error) => {
        running.delete(self as AnyActorRef)
        handle.cancel(error === undefined ? why : new Error(why, { cause: error.value }))
      })
      running.set(self as AnyActorRef, { handle, stopWatching })
      void handle.settled().then((outcome) => {
        stopWatching()
        tell({ type: 'heddle.settled', outcome })
      })
    },
    transition(snapshot, event, { self }) {
      if (isNews(event)) return next(snapshot, event, self as AnyActorRef)
      handOn(event, running.get(self as AnyActorRef)?.handle)
      return snapshot
    },
    getPersistedSnapshot: (snapshot) => snapshot,
    // An action that was running when it was persisted is started again.
    restoreSnapshot: (snapshot) => snapshot as AnySnapshot,
  }
  return logic as unknown as FromActionLogic<Input, Output, Types>
}

/** What a stub is given, in place of the context of a body. */
export interface StubTools<Types extends ActionTypes> {
  /** Aborted when the actor is stopped. */
  readonly signal: AbortSignal
  report(this: void, value: ReportOf<Types>): void
  emit(this: void, event: EmitOf<Types>): void
  /** Calls back with each message that the actor is sent. */
  onMessage(this: void, listener: (message: MessageOf<Types>) => void): void
}

/**
 * Stands for an action in tests of a machine: `machine.provide({ actors: { train: stubAction(train, () => 0.9) } })`. It has
 * the type that `fromAction` gives that definition, and runs a function of the test's, with no thread and no runtime.
 *
 * @param definition - Only its types are used.
 * @param body - What it returns, or resolves to, is the output; what it throws is the error.
 */
export function stubAction<Input, Output, Types extends ActionTypes>(
  definition: ActionDefinition<Input, Output, Types>,
  body: (input: Input, tools: StubTools<Types>) => Output | PromiseLike<Output>,
): FromActionLogic<Input, Output, Types> {
  const stubs = new WeakMap<
    AnyActorRef,
    { controller: AbortController; listeners: ((message: never) => void)[] }
  >()
  const logic: AnyLogic = {
    config: { id: definition.name },
    getInitialSnapshot: (_scope, input) => initialSnapshot(input),
    start(snapshot, { self, emit }) {
      if (snapshot.status !== 'active') return
      const controller = new AbortController()
      const listeners: ((message: never) => void)[] = []
      stubs.set(self as AnyActorRef, { controller, listeners })
      const tell = (event: OwnEvent): void => {
        news.add(event)
        if (!controller.signal.aborted) (self as AnyActorRef).send(event)
      }
      const tools: StubTools<Types> = {
        signal: controller.signal,
        report: (value) => tell({ type: 'heddle.report', value }),
        emit(event) {
          emit(event)
          self._parent?.send(event)
        },
        onMessage: (listener) => void listeners.push(listener),
      }
      tell({ type: 'heddle.phase', phase: 'running' })
      const now = Date.now()
      const times = { queuedAt: now, settledAt: now }
      const run = async (): Promise<Output> => body(snapshot.input as Input, tools)
      run().then(
        (output) => tell({ type: 'heddle.settled', outcome: { status: 'succeeded', output, ...times } }),
        (error: unknown) =>
          tell({ type: 'heddle.settled', outcome: { status: 'failed', error: error as never, ...times } }),
      )
    },
    transition(snapshot, event, { self }) {
      const stub = stubs.get(self as AnyActorRef)
      if (event.type === 'xstate.stop') stub?.controller.abort(new Error('the actor was stopped'))
      if (isNews(event)) return next(snapshot, event, undefined)
      if (isMessage(event)) for (const listener of stub?.listeners ?? []) listener(event as never)
      return snapshot
    },
    getPersistedSnapshot: (snapshot) => snapshot,
    restoreSnapshot: (snapshot) => snapshot as AnySnapshot,
  }
  return logic as unknown as FromActionLogic<Input, Output, Types>
}

function initialSnapshot(input: unknown): AnySnapshot {
  return {
    status: 'active',
    output: undefined,
    error: undefined,
    phase: 'queued',
    report: undefined,
    reason: undefined,
    input,
  }
}

/** Whether it comes from the runtime, or is XState's stop. */
function isNews(event: AnyEvent): event is OwnEvent {
  return event.type === 'xstate.stop' || news.delete(event)
}

function isMessage({ type }: AnyEvent): boolean {
  return !type.startsWith('heddle.') && !type.startsWith('xstate.')
}

/** Hands on to an action what its actor is sent (X2, X4). */
function handOn(event: AnyEvent, handle: Handle | undefined): void {
  if (handle === undefined) return
  const { type } = event
  if (isMessage(event)) handle.send(event as never)
  else if (type === 'heddle.cancel') cancelBy(event as ActionCancelEvent, handle)
  else if (type.startsWith('heddle.'))
    handle.warn(`an event '${type}' that was sent to the actor of action ${handle.id} changed nothing`)
}

function cancelBy({ type, reason, ...options }: ActionCancelEvent, handle: Handle): void {
  try {
    handle.cancel(reason, options)
  } catch (error) {
    // Thrown, it would end the actor.
    handle.warn(`'${type}' to the actor of action ${handle.id} cancelled nothing: ${messageOf(error)}`)
  }
}

/** The next snapshot. */
function next(snapshot: AnySnapshot, event: OwnEvent, self: AnyActorRef | undefined): AnySnapshot {
  switch (event.type) {
    case 'heddle.phase':
      return { ...snapshot, phase: event.phase }
    case 'heddle.report':
      return { ...snapshot, report: event.value }
    case 'heddle.settled': {
      if (self !== undefined) running.delete(self)
      const { outcome } = event
      const phase = outcome.status
      if (outcome.status === 'succeeded') {
        return { ...snapshot, status: 'done', output: outcome.output, error: undefined, phase }
      }
      const reason = 'reason' in outcome ? outcome.reason : undefined
      return { ...snapshot, status: 'error', output: undefined, error: outcome.error, phase, reason }
    }
    case 'xstate.stop': {
      const own = self && running.get(self)
      if (self !== undefined) running.delete(self)
      own?.stopWatching()
      own?.handle.cancel('the state that invoked it was left')
      return { ...snapshot, status: 'stopped', output: undefined, error: undefined }
    }
  }
}

function startAction(
  definition: ActionDefinition<never, unknown, never>,
  input: unknown,
  { runtime }: FromActionOptions,
): Handle {
  if (runtime !== undefined) return runtime.run(definition, input as never) as unknown as Handle
  const context = currentContext()
  if (context === undefined) {
    throw new ActionInputError(
      `action '${definition.name}' was invoked by a machine outside of any action: give it a runtime, as in machine.provide({ actors: { ${definition.name}: fromAction(${definition.name}, { runtime }) } })`,
    )
  }
  return context.spawn(definition, input as never) as unknown as Handle
}
