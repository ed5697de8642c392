// Under `exactOptionalPropertyTypes`, which is on here: every option may be given as `undefined`, which is the same as
// leaving it out. So settings that are read from somewhere can be passed on as they are.

import {
  action,
  createRuntime,
  type ActionContext,
  type BaseOptions,
  type CallOptions,
  type CancelOptions,
  type CloseOptions,
  type MailboxOptions,
  type MapOptions,
  type ReceiveOptions,
  type RetryOptions,
  type RuntimeOptions,
  type ServeLimits,
  type ServeOptions,
  type SpawnOptions,
  type StopOptions,
  type TimeoutOptions,
} from 'heddle'
import { fromAction, type FromActionOptions } from 'heddle/actors'
import { createClient, type ClientOptions, type EventsOptions, type ListOptions } from 'heddle/client'
import {
  choice,
  sweep,
  type AshaOptions,
  type BudgetOptions,
  type GridOptions,
  type HyperbandOptions,
  type PatienceOptions,
  type PercentileOptions,
  type PlateauOptions,
  type SeedOptions,
  type SweepOptions,
  type TargetOptions,
  type ThresholdOptions,
  type TpeOptions,
} from 'heddle/sweep'
import { expectTypeOf } from 'vitest'

/** Those options that may be left out, but not be `undefined`. */
type Refusing<Options> = {
  [Key in keyof Options]-?: {} extends Pick<Options, Key>
    ? { [Name in Key]: undefined } extends Pick<Options, Key>
      ? never
      : Key
    : never
}[keyof Options]

expectTypeOf<
  Refusing<{ refuses?: number; takes?: number | undefined; needs: number }>
>().toEqualTypeOf<'refuses'>()

interface All {
  baseOptions: Refusing<BaseOptions>
  timeoutOptions: Refusing<TimeoutOptions>
  retryOptions: Refusing<RetryOptions>
  mailboxOptions: Refusing<MailboxOptions>
  callOptions: Refusing<CallOptions>
  spawnOptions: Refusing<SpawnOptions>
  mapOptions: Refusing<MapOptions>
  stopOptions: Refusing<StopOptions>
  cancelOptions: Refusing<CancelOptions>
  receiveOptions: Refusing<ReceiveOptions>
  runtimeOptions: Refusing<RuntimeOptions>
  runtimeOptionsRetain: Refusing<Exclude<RuntimeOptions['retain'], number | undefined>>
  closeOptions: Refusing<CloseOptions>
  serveOptions: Refusing<ServeOptions>
  serveOptionsLimits: Refusing<Exclude<ServeOptions['limits'], undefined>>
  fromActionOptions: Refusing<FromActionOptions>
  clientOptions: Refusing<ClientOptions>
  listOptions: Refusing<ListOptions>
  eventsOptions: Refusing<EventsOptions>
  sweepOptions: Refusing<SweepOptions<{}, { loss: number }>>
  ashaOptions: Refusing<AshaOptions>
  budgetOptions: Refusing<BudgetOptions>
  gridOptions: Refusing<GridOptions>
  hyperbandOptions: Refusing<HyperbandOptions>
  patienceOptions: Refusing<PatienceOptions>
  percentileOptions: Refusing<PercentileOptions>
  plateauOptions: Refusing<PlateauOptions>
  seedOptions: Refusing<SeedOptions>
  targetOptions: Refusing<TargetOptions>
  thresholdOptions: Refusing<ThresholdOptions>
  tpeOptions: Refusing<TpeOptions>
}
expectTypeOf<All[keyof All]>().toEqualTypeOf<never>()
expectTypeOf<keyof ServeLimits>().toEqualTypeOf<keyof Exclude<ServeOptions['limits'], undefined>>()

// Inference isn't spoilt by it.
const typed = action(
  import.meta,
  'typed',
  { cpu: undefined, timeout: { runMs: undefined }, input: undefined, output: undefined },
  async (input: number, ctx: ActionContext) => {
    await ctx.receive({ signal: undefined, timeoutMs: undefined })
    return String(input)
  },
)
const runtime = createRuntime({
  threads: undefined,
  env: { ...process.env, LEVEL: undefined },
  retain: undefined,
})
const run = runtime.run(typed, 1, { name: undefined, signal: undefined, timeout: undefined })
expectTypeOf(run.settled()).resolves.toHaveProperty('status')
expectTypeOf(run.then()).resolves.toEqualTypeOf<string>()
run.cancel(undefined, { graceMs: undefined, force: undefined })
void runtime.close({ drainMs: undefined, graceMs: undefined })
void fromAction(typed, { runtime: undefined })
void createClient
void sweep(
  runtime,
  typed as never,
  {
    space: { x: choice([1]) },
    metric: 'loss',
    direction: 'minimize',
    concurrency: undefined,
  } as never,
)
