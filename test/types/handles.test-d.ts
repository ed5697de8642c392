// What a caller gets: handles, runs, outcomes, errors.

import {
  action,
  type ActionAbortedError,
  type ActionFailedError,
  type ActionTimedOutError,
  createRuntime,
  HeddleError,
  isActionThread,
  isHeddleError,
  type ThreadLostError,
  transfer,
  type AbortAnswer,
  type AbortHow,
  type AbortReason,
  type ActionAddress,
  type ActionContext,
  type ActionEvent,
  type ActionHandle,
  type ActionInfo,
  type ActionRecord,
  type AbortEvent,
  type Completion,
  type GapEvent,
  type Outcome,
  type Phase,
  type PhaseEvent,
  type ReportOf,
  type Run,
  type Runtime,
  type RuntimeEvent,
  type SnapshotEvent,
} from 'heddle'
import type { ActionActorRef, ActionSnapshot } from 'heddle/actors'
import { expectTypeOf } from 'vitest'

type Progress = { done: number }
declare const ctx: ActionContext
declare const runtime: Runtime
const count = action(import.meta, 'count', (n: number, { report }: ActionContext<{ reports: Progress }>) => {
  report({ done: n })
  return n
})
const name = action(import.meta, 'name', async (n: number) => String(n))
const handle = ctx.spawn(count, 1)
const named = ctx.spawn(name, 1)

// A handle is a PromiseLike, with `catch` and `finally`, and no Promise.
expectTypeOf(handle).toEqualTypeOf<ActionHandle<number, { reports: Progress }>>()
expectTypeOf(handle).toExtend<PromiseLike<number>>()
expectTypeOf(handle).not.toExtend<Promise<number>>()
expectTypeOf(await handle).toEqualTypeOf<number>()
expectTypeOf(handle.then((output) => output > 1)).toEqualTypeOf<Promise<boolean>>()
expectTypeOf(handle.then(String, () => undefined)).toEqualTypeOf<Promise<string | undefined>>()
expectTypeOf(handle.catch(() => 'none' as const)).toEqualTypeOf<Promise<number | 'none'>>()
expectTypeOf(handle.finally(() => {})).toEqualTypeOf<Promise<number>>()
expectTypeOf(Promise.all([handle, named])).toEqualTypeOf<Promise<[number, string]>>()
handle.catch((error) => expectTypeOf(error).toEqualTypeOf<unknown>())

// Its members.
expectTypeOf(handle.id).toEqualTypeOf<string>()
expectTypeOf(handle.name).toEqualTypeOf<string>()
expectTypeOf(handle.phase).toEqualTypeOf<Phase>()
expectTypeOf(handle.lastReport).toEqualTypeOf<Progress | undefined>()
expectTypeOf(named.lastReport).toEqualTypeOf<unknown>()
expectTypeOf(handle.ref).toEqualTypeOf<ActionAddress>()
expectTypeOf(handle.ref).not.toExtend<PromiseLike<unknown>>()
expectTypeOf(handle.cancel()).toEqualTypeOf<void>()
handle.cancel('enough', { graceMs: 10, force: true })
handle.cancel(new Error('enough'))
expectTypeOf(handle.settled()).toEqualTypeOf<Promise<Outcome<number>>>()
for await (const report of handle.reports()) expectTypeOf(report).toEqualTypeOf<Progress>()
for await (const report of named.reports()) expectTypeOf(report).toEqualTypeOf<unknown>()
expectTypeOf(handle[Symbol.asyncDispose]()).toEqualTypeOf<Promise<void>>()
// @ts-expect-error -- where it stands is only read
handle.phase = 'running'
// @ts-expect-error -- no such option
handle.cancel('enough', { by: 'me' })

// A handle fits where less is asked for.
expectTypeOf(handle).toExtend<ActionHandle>()
expectTypeOf(handle).toExtend<ActionHandle<number>>()
expectTypeOf(handle).not.toExtend<ActionHandle<string>>()
expectTypeOf(runtime.run(count, 1)).toExtend<Run>()
expectTypeOf(runtime.run(count, 1)).toExtend<ActionHandle<number, { reports: Progress }>>()

// A function that needs no reports takes any context.
const helper = async (any: ActionContext): Promise<void> => any.sleep(1)
declare const reporting: ActionContext<{ reports: Progress }>
void helper(reporting)

// ReportOf.
expectTypeOf<ReportOf<{ reports: Progress }>>().toEqualTypeOf<Progress>()
expectTypeOf<ReportOf<{}>>().toEqualTypeOf<unknown>()
expectTypeOf<ReportOf<{ emits: { type: 'a' } }>>().toEqualTypeOf<unknown>()

// No function returns a promise of a handle: it would collapse to the output.
type PromisesOfHandles<Object> = {
  [Key in keyof Object]: Object[Key] extends (...parameters: never[]) => infer Result
    ? Result extends Promise<infer Value>
      ? Value extends ActionHandle
        ? Key
        : never
      : never
    : never
}[keyof Object]
expectTypeOf<PromisesOfHandles<ActionContext>>().toEqualTypeOf<never>()
expectTypeOf<PromisesOfHandles<Runtime>>().toEqualTypeOf<never>()
expectTypeOf<PromisesOfHandles<Run>>().toEqualTypeOf<never>()
expectTypeOf<PromisesOfHandles<{ wrong(): Promise<Run> }>>().toEqualTypeOf<'wrong'>()
const collapsing = async () => ctx.spawn(count, 1)
expectTypeOf(collapsing).returns.toEqualTypeOf<Promise<number>>()

// Outcomes narrow by status.
declare const outcome: Outcome<number>
expectTypeOf(outcome.queuedAt).toEqualTypeOf<number>()
expectTypeOf(outcome.settledAt).toEqualTypeOf<number>()
expectTypeOf(outcome.startedAt).toEqualTypeOf<number | undefined>()
switch (outcome.status) {
  case 'succeeded':
    expectTypeOf(outcome.output).toEqualTypeOf<number>()
    // @ts-expect-error -- there is none
    void outcome.error
    break
  case 'failed':
    expectTypeOf(outcome.error).toEqualTypeOf<HeddleError>()
    // @ts-expect-error -- nobody aborted it
    void outcome.reason
    break
  case 'timedOut':
    expectTypeOf(outcome.error).toEqualTypeOf<ActionTimedOutError>()
    expectTypeOf(outcome.reason).toEqualTypeOf<AbortReason>()
    break
  case 'aborted':
    expectTypeOf(outcome.error).toEqualTypeOf<ActionAbortedError>()
    expectTypeOf(outcome.reason).toEqualTypeOf<AbortReason>()
    expectTypeOf(outcome.escalations).toEqualTypeOf<readonly AbortReason[]>()
    expectTypeOf(outcome.how).toEqualTypeOf<AbortHow>()
    // @ts-expect-error -- its value was dropped
    void outcome.output
    break
  default:
    expectTypeOf(outcome).toEqualTypeOf<never>()
}
// @ts-expect-error -- only one that succeeded has an output
void outcome.output

// isHeddleError narrows by code.
declare const thrown: unknown
if (isHeddleError(thrown)) {
  expectTypeOf(thrown).toEqualTypeOf<HeddleError>()
  expectTypeOf(thrown.run).toEqualTypeOf<string | undefined>()
  expectTypeOf(thrown.cause).toEqualTypeOf<unknown>()
}
if (isHeddleError(thrown, 'ActionAbortedError')) {
  expectTypeOf(thrown).toEqualTypeOf<ActionAbortedError>()
  expectTypeOf(thrown.reason).toEqualTypeOf<AbortReason>()
  expectTypeOf(thrown.source).toEqualTypeOf<AbortReason['source']>()
  expectTypeOf(thrown.how).toEqualTypeOf<AbortHow | undefined>()
}
if (isHeddleError(thrown, 'ThreadLostError')) expectTypeOf(thrown).toEqualTypeOf<ThreadLostError>()
if (isHeddleError(thrown, 'ActionFailedError')) expectTypeOf(thrown).toEqualTypeOf<ActionFailedError>()
if (isHeddleError(thrown, 'ValueError')) expectTypeOf(thrown).toEqualTypeOf<ActionFailedError>()
declare const code: string
if (isHeddleError(thrown, code)) expectTypeOf(thrown).toEqualTypeOf<ActionFailedError>()
// @ts-expect-error -- it isn't known to be one
void thrown.code
// @ts-expect-error -- the base class is abstract
void new HeddleError('no')

// `all` keeps tuples, and arrays.
expectTypeOf(ctx.all([handle, named])).toEqualTypeOf<Promise<[number, string]>>()
expectTypeOf(ctx.all([handle, Promise.resolve(true)], { graceMs: 1 })).toEqualTypeOf<
  Promise<[number, boolean]>
>()
declare const handles: ActionHandle<number>[]
expectTypeOf(ctx.all(handles)).toEqualTypeOf<Promise<number[]>>()
expectTypeOf(ctx.all([])).toEqualTypeOf<Promise<[]>>()
// @ts-expect-error -- a number can't be awaited for anything
void ctx.all([1])

// `first` gives any one of the outputs.
expectTypeOf(ctx.first(handles)).toEqualTypeOf<Promise<number>>()
expectTypeOf(ctx.first([handle, named])).toEqualTypeOf<Promise<number | string>>()
void ctx.first(
  [handle, ctx.spawn(count, 2)],
  (output, index) => {
    expectTypeOf(output).toEqualTypeOf<number>()
    expectTypeOf(index).toEqualTypeOf<number>()
    return output > 1
  },
  { graceMs: 10 },
)
void ctx.first(handles, async (output) => output > 1)
// @ts-expect-error -- it answers with a boolean
void ctx.first(handles, (output) => output)

// `map`: outputs, or outcomes.
expectTypeOf(ctx.map(count, [1, 2])).toEqualTypeOf<Promise<number[]>>()
expectTypeOf(ctx.map(count, new Set([1]), { concurrency: 4 })).toEqualTypeOf<Promise<number[]>>()
expectTypeOf(ctx.map(count, [1], { outcomes: false })).toEqualTypeOf<Promise<number[]>>()
expectTypeOf(ctx.map(count, [1], { outcomes: true, graceMs: 1 })).toEqualTypeOf<Promise<Outcome<number>[]>>()
async function* numbers(): AsyncGenerator<number> {
  yield 1
}
expectTypeOf(ctx.map(name, numbers())).toEqualTypeOf<Promise<string[]>>()
// @ts-expect-error -- texts are no numbers
void ctx.map(count, ['one'])
// @ts-expect-error -- a number can't be iterated over
void ctx.map(count, 3)
// @ts-expect-error -- its children are bound to it
void ctx.map(count, [1], { detached: true })

// `completed`.
for await (const completion of ctx.completed([handle, ctx.spawn(count, 2)])) {
  expectTypeOf(completion).toEqualTypeOf<Completion<typeof handle>>()
  expectTypeOf(completion.handle).toEqualTypeOf<typeof handle>()
  expectTypeOf(completion.index).toEqualTypeOf<number>()
  expectTypeOf(completion.outcome).toEqualTypeOf<Outcome<number>>()
}
for await (const { outcome: either } of ctx.completed([handle, named])) {
  expectTypeOf(either).toEqualTypeOf<Outcome<number | string>>()
}
// @ts-expect-error -- a promise has no outcome
ctx.completed([Promise.resolve(1)])

// The rest of `ctx`.
expectTypeOf(ctx.signal).toEqualTypeOf<AbortSignal>()
expectTypeOf(ctx.info).toEqualTypeOf<ActionInfo>()
expectTypeOf(ctx.sleep(1)).toEqualTypeOf<Promise<void>>()
expectTypeOf(ctx.idle(fetch('http://localhost'))).toEqualTypeOf<Promise<Response>>()
expectTypeOf(ctx.idle(handle)).toEqualTypeOf<Promise<number>>()
expectTypeOf(ctx.shield(100, (shielded) => shielded.spawn(count, 1))).toEqualTypeOf<Promise<number>>()
expectTypeOf(reporting.shield(100, async ({ report }) => report({ done: 1 }))).toEqualTypeOf<Promise<void>>()
ctx.log.info('trained', { loss: 1 })

// The runtime.
expectTypeOf(createRuntime({ threads: 2, graceMs: 10, retain: { runs: 5 } })).toEqualTypeOf<Runtime>()
// @ts-expect-error -- no such option
createRuntime({ maxThreads: 2 })
expectTypeOf(runtime.run(count, 1)).toEqualTypeOf<Run<number, { reports: Progress }>>()
const run = runtime.scope(async ({ spawn }) => (await spawn(count, 1)) > 0, { name: 'scope' })
expectTypeOf(run).toEqualTypeOf<Run<boolean, {}>>()
expectTypeOf(runtime.scope(({ spawn }) => spawn(count, 1))).toEqualTypeOf<Run<number, {}>>()
expectTypeOf(run.run).toEqualTypeOf<string>()
expectTypeOf(run.url).toEqualTypeOf<string | undefined>()
expectTypeOf(run.actions()).toEqualTypeOf<ActionRecord[]>()
expectTypeOf(run.actor).toEqualTypeOf<ActionActorRef | undefined>()
if (run.actor !== undefined) {
  run.actor.send({ type: 'ping', n: 1 })
  run.actor.send({ type: 'heddle.cancel', reason: new Error('enough'), graceMs: 10, force: true })
  run.actor.send({ type: 'xstate.stop' })
  // @ts-expect-error -- a message is an object with a type
  run.actor.send('ping')
  // @ts-expect-error -- a message has a type
  run.actor.send({ n: 1 })
  run.actor.stop()
  const snapshot = run.actor.getSnapshot()
  expectTypeOf(snapshot.children).toEqualTypeOf<Readonly<Record<string, ActionActorRef>>>()
}
expectTypeOf<ReturnType<ActionActorRef['getSnapshot']>>().toEqualTypeOf<ActionSnapshot>()
expectTypeOf(runtime.runs()).toEqualTypeOf<Run[]>()
expectTypeOf(runtime.get('nightly')).toEqualTypeOf<Run | undefined>()
expectTypeOf(runtime.abort('nightly')).toEqualTypeOf<AbortAnswer>()
runtime.abort('nightly', { reason: 'enough', by: 'me', graceMs: 10, force: true })
runtime.abort('nightly', 'a0.1', { reason: 'enough' })
// @ts-expect-error -- a run is aborted by name
runtime.abort(run)
expectTypeOf(runtime.ready()).toEqualTypeOf<Promise<void>>()
expectTypeOf(runtime.close({ graceMs: 10 })).toEqualTypeOf<Promise<void>>()
expectTypeOf(isActionThread).toEqualTypeOf<boolean>()
expectTypeOf(transfer(new Float64Array(1))).toExtend<Float64Array>()

// Events narrow by type.
for await (const event of runtime.events({ since: 1 })) {
  expectTypeOf(event).toEqualTypeOf<RuntimeEvent>()
  if (event.type === 'snapshot') expectTypeOf(event).toEqualTypeOf<SnapshotEvent>()
  else if (event.type === 'gap') expectTypeOf(event).toEqualTypeOf<GapEvent>()
  else expectTypeOf(event).toEqualTypeOf<ActionEvent>()
  if (event.type === 'phase') expectTypeOf(event).toEqualTypeOf<PhaseEvent>()
  if (event.type === 'abort') expectTypeOf(event).toEqualTypeOf<AbortEvent>()
}
