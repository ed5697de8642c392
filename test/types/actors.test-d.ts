// Messages, emits, actor logics, machines that invoke actions, services and remote objects.

import {
  action,
  createRuntime,
  type ActionAddress,
  type ActionContext,
  type ActionDefinition,
  type ActionHandle,
  type EmitEvent,
  type EventObject,
  type MessageOf,
  type Remote,
  type Run,
  type Runtime,
  type RuntimeEvent,
  type Services,
} from 'heddle'
import { fromAction, stubAction, type FromActionSnapshot, type NoMessage } from 'heddle/actors'
import { expectTypeOf } from 'vitest'
import {
  assign,
  createActor,
  emit,
  fromCallback,
  fromPromise,
  sendTo,
  setup,
  type EventFromLogic,
  type InputFrom,
  type OutputFrom,
  type SnapshotFrom,
} from 'xstate'

interface Cache {
  get(key: string): string | undefined
  set(key: string, value: string): Promise<void>
  each(callback: (key: string) => void): number
  readonly size: number
  readonly limits: { readonly bytes: number; check(): boolean }
}

declare module 'heddle' {
  interface Services {
    cache: Cache
  }
}

interface Types {
  receives: { type: 'add'; n: number } | { type: 'stop' }
  emits: { type: 'sum'; sum: number } | { type: 'idle' }
  reports: { n: number }
  exposes: { double(n: number): number }
}

declare const ctx: ActionContext
declare const own: ActionContext<Types>
declare const runtime: Runtime
const sum = action(import.meta, 'sum', async (start: number, inner: ActionContext<Types>) => {
  expectTypeOf(await inner.receive()).toEqualTypeOf<Types['receives']>()
  return start
})
const silent = action(import.meta, 'silent', async (n: number) => n)
const handle = ctx.spawn(sum, 1)
const quiet = ctx.spawn(silent, 1)

// A body receives what it declares; with a time, perhaps nothing.
expectTypeOf(await own.receive()).toEqualTypeOf<Types['receives']>()
expectTypeOf(await own.receive({ signal: new AbortController().signal })).toEqualTypeOf<Types['receives']>()
expectTypeOf(await own.receive({ timeoutMs: 5 })).toEqualTypeOf<Types['receives'] | undefined>()
expectTypeOf(await ctx.receive()).toEqualTypeOf<EventObject>()
// @ts-expect-error -- no such option
void own.receive({ timeout: 5 })

// It emits what it declares.
own.emit({ type: 'sum', sum: 1 })
own.emit({ type: 'idle' })
ctx.emit({ type: 'anything' })
// @ts-expect-error -- a text is no sum
own.emit({ type: 'sum', sum: 'one' })
// @ts-expect-error -- it declares no such event
own.emit({ type: 'other' })
// @ts-expect-error -- an event is an object with a type
ctx.emit('idle')

// A handle is sent what its action receives; nothing, where that declares nothing.
expectTypeOf(handle.send({ type: 'add', n: 1 })).toEqualTypeOf<boolean>()
// @ts-expect-error -- a text is no number
handle.send({ type: 'add', n: 'one' })
// @ts-expect-error -- it receives no such message
handle.send({ type: 'multiply' })
// @ts-expect-error -- it declares no messages
quiet.send({ type: 'add', n: 1 })
expectTypeOf<MessageOf<Types>>().toEqualTypeOf<Types['receives']>()
expectTypeOf<MessageOf<{}>>().toEqualTypeOf<never>()
runtime.run(sum, 1).send({ type: 'stop' })
// @ts-expect-error -- nor a run
runtime.run(silent, 1).send({ type: 'stop' })

// An address keeps what its action receives, also in another one's input.
expectTypeOf(handle.ref).toEqualTypeOf<ActionAddress<Types['receives']>>()
expectTypeOf(quiet.ref).toEqualTypeOf<ActionAddress>()
expectTypeOf(ctx.send(handle.ref, { type: 'add', n: 1 })).toEqualTypeOf<boolean>()
// @ts-expect-error -- it receives no such message
ctx.send(handle.ref, { type: 'multiply' })
// @ts-expect-error -- it declares no messages
ctx.send(quiet.ref, { type: 'add', n: 1 })
const writer = action(import.meta, 'writer', async (to: ActionAddress<{ type: 'stop' }>, inner) => {
  inner.send(to, { type: 'stop' })
  // @ts-expect-error -- not to this address
  inner.send(to, { type: 'add', n: 1 })
})
ctx.spawn(writer, handle.ref)
// @ts-expect-error -- it takes no such message
ctx.spawn(writer, quiet.ref)

// Listeners get the events of their type, or all.
const stop = handle.on('sum', (event) => {
  expectTypeOf(event).toEqualTypeOf<{ type: 'sum'; sum: number }>()
})
expectTypeOf(stop).toEqualTypeOf<() => void>()
handle.on('*', (event) => {
  expectTypeOf(event).toEqualTypeOf<Types['emits']>()
})
quiet.on('anything', (event) => {
  expectTypeOf(event).toExtend<EventObject>()
})
// @ts-expect-error -- it emits no such event
handle.on('other', () => {})

// Handles and runs that declare more fit where less is asked for.
expectTypeOf(handle).toExtend<ActionHandle>()
expectTypeOf(handle).toExtend<ActionHandle<number>>()
expectTypeOf(runtime.run(sum, 1)).toExtend<Run>()
const helper = async (any: ActionContext): Promise<void> => any.sleep(1)
void helper(own)

// Services: methods return promises, properties are awaited, at any depth.
expectTypeOf(ctx.services.cache).toExtend<Remote<Cache>>()
expectTypeOf(ctx.services.cache.get('a')).toEqualTypeOf<Promise<string | undefined>>()
expectTypeOf(ctx.services.cache.set('a', 'b')).toEqualTypeOf<Promise<void>>()
expectTypeOf(ctx.services.cache.each((key) => expectTypeOf(key).toEqualTypeOf<string>())).toEqualTypeOf<
  Promise<number>
>()
expectTypeOf(await ctx.services.cache.size).toEqualTypeOf<number>()
expectTypeOf(await ctx.services.cache.limits.bytes).toEqualTypeOf<number>()
expectTypeOf(ctx.services.cache.limits.check()).toEqualTypeOf<Promise<boolean>>()
// @ts-expect-error -- there is no such service
void ctx.services.database
// @ts-expect-error -- a number is no key
void ctx.services.cache.get(1)
declare const services: Services
createRuntime({ services })
// @ts-expect-error -- the declared service is missing
createRuntime({ services: {} })

// What an action exposes.
void own.expose({ double: (n) => n * 2 })
expectTypeOf(own.expose({ double: (n: number) => n * 2 })).toEqualTypeOf<Promise<never>>()
// @ts-expect-error -- it declares another method
void own.expose({ triple: (n: number) => n * 3 })
const remote = await handle.remote()
expectTypeOf(remote.double(1)).toEqualTypeOf<Promise<number>>()
// @ts-expect-error -- it exposes no such method
void remote.triple(1)
expectTypeOf(quiet.remote<Cache>()).toEqualTypeOf<Promise<Remote<Cache>>>()
// @ts-expect-error -- what is served is an object
void ctx.expose(5)

// A logic's definition has the logic's types.
const machine = setup({
  types: {
    context: {} as { total: number },
    events: {} as { type: 'add'; n: number } | { type: 'end' },
    input: {} as { start: number },
    output: {} as { total: number },
    emitted: {} as { type: 'added'; total: number },
  },
}).createMachine({
  context: ({ input }) => ({ total: input.start }),
  initial: 'open',
  states: {
    open: {
      on: {
        end: 'closed',
        add: { actions: emit(({ context }) => ({ type: 'added', total: context.total })) },
      },
    },
    closed: { type: 'final' },
  },
  output: ({ context }) => context,
})
const machined = action(import.meta, 'machined', machine)
const optioned = action(import.meta, 'optioned', { cpu: 0, mailbox: { limit: 5 } }, machine)
expectTypeOf(optioned).toEqualTypeOf<typeof machined>()
const running = ctx.spawn(machined, { start: 1 })
expectTypeOf(await running).toEqualTypeOf<{ total: number }>()
expectTypeOf(running.lastReport?.value).toEqualTypeOf<'open' | 'closed' | undefined>()
expectTypeOf(running.lastReport?.context).toEqualTypeOf<{ total: number } | undefined>()
running.send({ type: 'add', n: 1 })
running.on('added', ({ total }) => expectTypeOf(total).toEqualTypeOf<number>())
// @ts-expect-error -- the input is missing
ctx.spawn(machined)
// @ts-expect-error -- the machine takes no such event
running.send({ type: 'multiply' })
// @ts-expect-error -- the machine emits no such event
running.on('subtracted', () => {})
const promised = action(
  import.meta,
  'promised',
  fromPromise(async ({ input }: { input: number }) => String(input)),
)
expectTypeOf(await ctx.spawn(promised, 1)).toEqualTypeOf<string>()
const called = action(
  import.meta,
  'called',
  fromCallback<{ type: 'ask' }, number>(() => {}),
)
ctx.spawn(called, 1).send({ type: 'ask' })
// @ts-expect-error -- an actor logic has types of its own, and no schema
action(import.meta, 'withSchema', { input: 1 }, machine)

// In a machine: input, output, messages, snapshots, emits.
const sumLogic = fromAction(sum)
expectTypeOf<InputFrom<typeof sumLogic>>().toEqualTypeOf<number>()
expectTypeOf<OutputFrom<typeof sumLogic>>().toEqualTypeOf<number>()
expectTypeOf<EventFromLogic<typeof sumLogic>>().toEqualTypeOf<Types['receives']>()
expectTypeOf<SnapshotFrom<typeof sumLogic>>().toEqualTypeOf<FromActionSnapshot<number, { n: number }>>()
expectTypeOf<EventFromLogic<ReturnType<typeof fromAction<number, number, {}>>>>().toEqualTypeOf<NoMessage>()
createActor(sumLogic, { input: 1 }).on('sum', (event) => expectTypeOf(event.sum).toEqualTypeOf<number>())
// @ts-expect-error -- the input is missing
createActor(sumLogic)

const parts = setup({
  types: { context: {} as { total: number; n: number | undefined }, events: {} as { type: 'go' } },
  actors: { sum: sumLogic, silent: fromAction(silent) },
})
const parent = parts.createMachine({
  context: { total: 0, n: undefined },
  invoke: {
    id: 'summing',
    src: 'sum',
    input: 5,
    onDone: { actions: assign({ total: ({ event }) => event.output }) },
    onSnapshot: { actions: assign({ n: ({ event }) => event.snapshot.report?.n }) },
  },
  on: { go: { actions: sendTo('summing', { type: 'add', n: 1 }) } },
})
const noNumber = parts.createMachine({
  context: { total: 0, n: undefined },
  // @ts-expect-error -- a text is no input of it
  invoke: { src: 'sum', input: 'five' },
})
const noActor = parts.createMachine({
  context: { total: 0, n: undefined },
  // @ts-expect-error -- there is no such actor
  invoke: { src: 'product' },
})
void [noNumber, noActor]

// Provided: by the same action with a runtime, or by a stub.
parent.provide({ actors: { sum: fromAction(sum, { runtime }) } })
parent.provide({
  actors: {
    sum: stubAction(sum, (input, { report, emit: tell, onMessage, signal }) => {
      expectTypeOf(input).toEqualTypeOf<number>()
      expectTypeOf(signal).toEqualTypeOf<AbortSignal>()
      report({ n: 1 })
      tell({ type: 'idle' })
      onMessage((message) => expectTypeOf(message).toEqualTypeOf<Types['receives']>())
      return input
    }),
  },
})
// @ts-expect-error -- its output is another one
parent.provide({ actors: { sum: stubAction(sum, () => 'text') } })
// @ts-expect-error -- another action
parent.provide({ actors: { sum: fromAction(machined, { runtime }) } })

// Emits are among the events.
declare const event: RuntimeEvent
if (event.type === 'emit') {
  expectTypeOf(event).toEqualTypeOf<EmitEvent>()
  expectTypeOf(event.event).toEqualTypeOf<EventObject>()
}

// Definitions vary as their messages do.
expectTypeOf<ActionDefinition<number, number, Types>>().not.toEqualTypeOf<ActionDefinition<number, number>>()
