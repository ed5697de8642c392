// The places in which a body can run, so that one suite covers them all (design 3.2 to 3.4): in a thread, as the body
// of a scope, and in the app's own thread.
import {
  createRuntime,
  type ActionTypes,
  type CallOptions,
  type Outcome,
  type Run,
  type Runtime,
  type RuntimeEvent,
  type RuntimeOptions,
} from 'heddle'
import type { Probe } from '#fixtures/behaviour/probe.js'

export interface Place {
  readonly name: string
  /** Whether a synchronous loop in the body leaves the app's own loop free. */
  readonly isThread: boolean
  readonly create: (options?: RuntimeOptions) => Runtime
  readonly start: <Input, Output, Types extends ActionTypes>(
    runtime: Runtime,
    probe: Probe<Input, Output, Types>,
    input: NoInfer<Input>,
    options?: CallOptions,
  ) => Run<Awaited<Output>, Types>
}

function startAction<Input, Output, Types extends ActionTypes>(
  runtime: Runtime,
  { definition }: Probe<Input, Output, Types>,
  input: Input,
  options?: CallOptions,
): Run<Awaited<Output>, Types> {
  return (runtime.run as (...all: unknown[]) => unknown)(definition, input, options) as Run<
    Awaited<Output>,
    Types
  >
}

export const thread: Place = {
  name: 'in a thread',
  isThread: true,
  create: (options) => createRuntime({ threads: 1, ...options }),
  start: startAction,
}

export const scope: Place = {
  name: 'in a scope',
  isThread: false,
  create: (options) => createRuntime({ threads: 1, ...options }),
  start: (runtime, { body }, input, options) => runtime.scope((ctx) => body(input, ctx), options),
}

const ownThread: Place = {
  name: "in the app's own thread",
  isThread: false,
  create: (options) => createRuntime({ ...options, threads: 0 }),
  start: startAction,
}

export const places: readonly Place[] = [thread, scope, ownThread]

/** Waits until a run has reported that value. */
export async function reported(run: Run<unknown, never>, wanted: string): Promise<void> {
  if (run.lastReport === wanted) return
  for await (const report of run.reports() as AsyncIterable<unknown>) if (report === wanted) return
  throw new Error(`the run has ended without reporting '${wanted}'`)
}

/** Starts a probe, aborts it as soon as it reports that it is ready, and gives how it ended and what it reported last. */
export async function abortWhenReady(
  run: Run<unknown, never>,
  reason: unknown = 'enough',
): Promise<{ outcome: Outcome<unknown>; report: unknown }> {
  await reported(run, 'ready')
  run.cancel(reason)
  const outcome = await run.settled()
  return { outcome, report: run.lastReport }
}

/** Waits for an event, and leaves those that follow to the next call. */
export async function untilEvent<Type extends RuntimeEvent['type']>(
  events: AsyncIterableIterator<RuntimeEvent>,
  type: Type,
  isWanted: (event: Extract<RuntimeEvent, { type: Type }>) => boolean = () => true,
): Promise<Extract<RuntimeEvent, { type: Type }>> {
  for (;;) {
    const { done, value } = await events.next()
    if (done === true) throw new Error(`no event '${type}' has come`)
    if (value.type === type && isWanted(value as Extract<RuntimeEvent, { type: Type }>)) {
      return value as Extract<RuntimeEvent, { type: Type }>
    }
  }
}
