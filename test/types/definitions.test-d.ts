// What `action()` infers, and what a call of a definition takes.

import { action, actionRef, type ActionContext, type ActionDefinition, type Runtime } from 'heddle'
import { expectTypeOf } from 'vitest'
import { z } from 'zod'

declare const ctx: ActionContext
declare const runtime: Runtime

// Input and output are those of the body.
const train = action(import.meta, 'train', async ({ rate }: { rate: number }) => ({ loss: rate }))
expectTypeOf(train).toEqualTypeOf<ActionDefinition<{ rate: number }, { loss: number }>>()
expectTypeOf(await ctx.spawn(train, { rate: 1 })).toEqualTypeOf<{ loss: number }>()
expectTypeOf(await runtime.run(train, { rate: 1 })).toEqualTypeOf<{ loss: number }>()

// A synchronous body, and one that returns a handle: its output is the child's.
const double = action(import.meta, 'double', (value: number) => value * 2)
expectTypeOf(double).toEqualTypeOf<ActionDefinition<number, number>>()
const forward = action(import.meta, 'forward', (value: number, { spawn }) => spawn(double, value))
expectTypeOf(forward).toEqualTypeOf<ActionDefinition<number, number>>()

// A wrong input doesn't compile.
// @ts-expect-error -- a text is no number
ctx.spawn(double, 'one')
// @ts-expect-error -- a property is missing
ctx.spawn(train, {})
// @ts-expect-error -- a property too many
ctx.spawn(train, { rate: 1, momentum: 2 })
// @ts-expect-error -- a property too many
void ctx.map(train, [{ rate: 1, momentum: 2 }])
// @ts-expect-error -- a property too many
runtime.run(train, { rate: 1, momentum: 2 })
// @ts-expect-error -- the input is missing
ctx.spawn(train)
// @ts-expect-error -- the input is missing
runtime.run(train)
// @ts-expect-error -- a text is no number
runtime.run(train, { rate: 'fast' })
// @ts-expect-error -- a bare function is no definition
ctx.spawn(() => 1)

// Where it may run.
action(import.meta, 'labelled', { on: { label: 'gpu' } }, (value: number) => value)
ctx.spawn(double, 1, { on: 'cluster' })
void ctx.map(double, [1], { on: 'anywhere' })
runtime.run(double, 1, { on: 'here' })
// @ts-expect-error -- no such place
ctx.spawn(double, 1, { on: 'there' })
// @ts-expect-error -- one label
ctx.spawn(double, 1, { on: { labels: ['gpu'] } })

// The input may be left out where `undefined` is one.
const main = action(import.meta, 'main', { cpu: 0 }, async (_: void, { sleep }) => sleep(1))
expectTypeOf(main).toEqualTypeOf<ActionDefinition<void, void>>()
ctx.spawn(main)
ctx.spawn(main, undefined, { name: 'main' })
runtime.run(main)
const maybe = action(import.meta, 'maybe', async (input: { size: number } | undefined) => input?.size)
ctx.spawn(maybe)
ctx.spawn(maybe, { size: 1 })
const noParameters = action(import.meta, 'noParameters', () => 'done')
ctx.spawn(noParameters)
expectTypeOf(await runtime.run(noParameters)).toEqualTypeOf<string>()

const either = action(import.meta, 'either', (input: { by: string } | { rate: number }) => Object.keys(input))
ctx.spawn(either, { by: 'name' })
void ctx.map(either, [{ by: 'name' }, { rate: 1 }])

// The context's annotation declares the types; without one there are none.
type Progress = { done: number }
const declared = action(
  import.meta,
  'declared',
  async (
    _: void,
    _ctx: ActionContext<{
      receives: { type: 'stop' }
      emits: { type: 'best'; loss: number }
      reports: Progress
    }>,
  ) => 1,
)
expectTypeOf(declared).toEqualTypeOf<
  ActionDefinition<
    void,
    number,
    { receives: { type: 'stop' }; emits: { type: 'best'; loss: number }; reports: Progress }
  >
>()
const declaredWithOptions = action(
  import.meta,
  'declaredWithOptions',
  { cpu: 0.5, retries: 2 },
  async (input: number, { report }: ActionContext<{ reports: Progress }>) => {
    report({ done: input })
    return input
  },
)
expectTypeOf(declaredWithOptions).toEqualTypeOf<ActionDefinition<number, number, { reports: Progress }>>()
action(import.meta, 'undeclared', async (_: void, inferred) => {
  expectTypeOf(inferred).toEqualTypeOf<ActionContext>()
  inferred.report('anything')
})
action(import.meta, 'wrongReport', async (_: void, { report }: ActionContext<{ reports: Progress }>) => {
  // @ts-expect-error -- it declares another report
  report('half')
})
// @ts-expect-error -- a message is an object with a `type`
type _NoType = ActionContext<{ receives: string }>

// An action that spawns itself annotates its return type.
const fibonacci = action(import.meta, 'fibonacci', async (n: number, { all, spawn }): Promise<number> => {
  if (n < 2) return n
  const [left, right] = await all([spawn(fibonacci, n - 1), spawn(fibonacci, n - 2)])
  return left + right
})
expectTypeOf(fibonacci).toEqualTypeOf<ActionDefinition<number, number>>()
const countdown = action(
  import.meta,
  'countdown',
  { cpu: 0, timeout: { runMs: 100 } },
  async (n: number, { spawn }): Promise<number> => (n === 0 ? 0 : await spawn(countdown, n - 1)),
)
expectTypeOf(countdown).toEqualTypeOf<ActionDefinition<number, number>>()

// Schemas: callers give the input type, the body gets the output type; and the other way round for what it returns.
const validated = action(
  import.meta,
  'validated',
  {
    input: z.object({ rate: z.number().default(0.1), layers: z.string().transform(Number) }),
    output: z.object({ loss: z.string().transform(Number) }),
  },
  async (input) => {
    expectTypeOf(input).toEqualTypeOf<{ rate: number; layers: number }>()
    return { loss: String(input.rate) }
  },
)
expectTypeOf(validated).toEqualTypeOf<
  ActionDefinition<{ rate?: number | undefined; layers: string }, { loss: number }>
>()
ctx.spawn(validated, { layers: '3' })
expectTypeOf(await ctx.spawn(validated, { rate: 1, layers: '3' })).toEqualTypeOf<{ loss: number }>()
// @ts-expect-error -- the schema's input has a text there
ctx.spawn(validated, { layers: 3 })
// @ts-expect-error -- the input is missing
ctx.spawn(validated)
const inputOnly = action(
  import.meta,
  'inputOnly',
  { input: z.coerce.number() },
  (input, { report }: ActionContext<{ reports: Progress }>) => {
    expectTypeOf(input).toEqualTypeOf<number>()
    report({ done: input })
    return input
  },
)
expectTypeOf(inputOnly).toEqualTypeOf<ActionDefinition<unknown, number, { reports: Progress }>>()
const outputOnly = action(
  import.meta,
  'outputOnly',
  { output: z.number().transform(String) },
  async (n: number) => n,
)
expectTypeOf(outputOnly).toEqualTypeOf<ActionDefinition<number, string>>()
const optionalInput = action(import.meta, 'optionalInput', { input: z.number().optional() }, (input) => {
  expectTypeOf(input).toEqualTypeOf<number | undefined>()
})
ctx.spawn(optionalInput)
runtime.run(optionalInput, 1)
// @ts-expect-error -- the body must return what the schema takes
action(import.meta, 'wrongOutput', { output: z.object({ loss: z.number() }) }, async () => ({ loss: 'low' }))
// @ts-expect-error -- the body's input must be what the schema gives
action(import.meta, 'wrongInput', { input: z.string() }, async (input: number) => input)
const recursive = action(
  import.meta,
  'recursive',
  { input: z.number() },
  async (n, { spawn }): Promise<number> => (n === 0 ? 0 : await spawn(recursive, n - 1)),
)
expectTypeOf(recursive).toEqualTypeOf<ActionDefinition<number, number>>()

// Module, name and options.
action('file:///app/train.js', 'byText', () => 1)
action(new URL('file:///app/train.js'), 'byUrl', () => 1)
action(
  import.meta,
  'allOptions',
  {
    cpu: 0.5,
    timeout: { runMs: 1, queuedMs: 2, deadlineMs: 3 },
    retries: { limit: 3, backoffMs: 10, factor: 2, maxBackoffMs: 100 },
    graceMs: 0,
    priority: -1,
    mailbox: { limit: 5, overflow: 'dropOldest' },
  },
  () => 1,
)
// @ts-expect-error -- no such option
action(import.meta, 'wrongOption', { timeoutMs: 5 }, () => 1)
// @ts-expect-error -- a share is a number
action(import.meta, 'wrongCpu', { cpu: 'all' }, () => 1)
// @ts-expect-error -- there are two ways to overflow
action(import.meta, 'wrongMailbox', { mailbox: { overflow: 'dropNewest' } }, () => 1)
// @ts-expect-error -- a module is `import.meta` or a URL
action(1, 'wrongModule', () => 1)
// @ts-expect-error -- the body is missing
action(import.meta, 'noBody', { cpu: 0 })

// A reference has the type of what it names.
const reference = actionRef<typeof declaredWithOptions>(
  new URL('file:///app/train.js'),
  'declaredWithOptions',
)
expectTypeOf(reference).toEqualTypeOf<typeof declaredWithOptions>()
expectTypeOf(await ctx.spawn(reference, 1)).toEqualTypeOf<number>()
// @ts-expect-error -- the input is that of the definition
ctx.spawn(reference, 'one')
// @ts-expect-error -- it names a definition
actionRef<() => number>('file:///app/train.js', 'train')

// What a call can be given.
const { signal } = new AbortController()
runtime.run(train, { rate: 1 }, { name: 'first', signal, timeout: 10, graceMs: 5, priority: 1 })
ctx.spawn(train, { rate: 1 }, { name: 'first', signal, timeout: { queuedMs: 1 }, detached: true })
// @ts-expect-error -- a run has nothing to be detached from
runtime.run(train, { rate: 1 }, { detached: true })
// @ts-expect-error -- retries are the definition's
ctx.spawn(train, { rate: 1 }, { retries: 3 })

// A definition of a wider input, or a narrower output, can stand for another.
expectTypeOf<ActionDefinition<number | string, 1>>().toExtend<ActionDefinition<number, number>>()
expectTypeOf<ActionDefinition<number, number>>().not.toExtend<ActionDefinition<number | string, number>>()
expectTypeOf<ActionDefinition<number, string>>().not.toExtend<ActionDefinition<number, number>>()
