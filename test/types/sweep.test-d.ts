// What `sweep` infers from a trial and a space, and what doesn't compile.

import { action, type ActionContext, type Runtime } from 'heddle'
import {
  asha,
  choice,
  int,
  logUniform,
  random,
  readStudy,
  sweep,
  target,
  tpe,
  uniform,
  variants,
  type ParametersOf,
  type Pause,
  type Sampler,
  type Study,
  type SweepResult,
} from 'heddle/sweep'
import { expectTypeOf } from 'vitest'

declare const runtime: Runtime
declare const ctx: ActionContext

interface Progress {
  readonly step: number
  readonly epoch: number
  readonly accuracy: number
  readonly note: string
  readonly loss?: number
}

const train = action(
  import.meta,
  'train',
  async (_input: { lr: number; act: 'relu' | 'tanh' }, ctx: ActionContext<{ reports: Progress }>) => {
    ctx.report({ step: 1, epoch: 1, accuracy: 1, note: '' })
  },
)

// Values are those of the parameters; a choice keeps its literals, and variants are a union told apart by their key.
const space = {
  lr: logUniform(1e-4, 1),
  act: choice(['relu', 'tanh']),
  hidden: int(16, 256, { step: 16 }),
  optimiser: variants('kind', {
    sgd: { momentum: uniform(0, 1), nesterov: choice([true, false]) },
    adam: {},
  }),
}
expectTypeOf<ParametersOf<typeof space>>().toEqualTypeOf<{
  readonly lr: number
  readonly act: 'relu' | 'tanh'
  readonly hidden: number
  readonly optimiser:
    | { readonly kind: 'sgd'; readonly momentum: number; readonly nesterov: boolean }
    | { readonly kind: 'adam' }
}>()

// The space is the whole input: no `input` is needed.
const whole = { lr: logUniform(1e-4, 1), act: choice(['relu', 'tanh']) }
const study = sweep(runtime, train, { space: whole, metric: 'accuracy', direction: 'maximize', trials: 1 })
expectTypeOf(study).toEqualTypeOf<
  Study<{ readonly lr: number; readonly act: 'relu' | 'tanh' }, 'step' | 'epoch' | 'accuracy' | 'loss'>
>()
const result = await study
expectTypeOf(result.best?.parameters.act).toEqualTypeOf<'relu' | 'tanh' | undefined>()
expectTypeOf(await study).toExtend<SweepResult>()
result.pareto({ accuracy: 'maximize', loss: 'minimize' })
// @ts-expect-error -- the trial reports no such metric
result.pareto({ speed: 'maximize' })
for (const trial of study.trials()) {
  if (trial.state === 'completed') expectTypeOf(trial.value).toEqualTypeOf<number>()
  if (trial.state === 'running') expectTypeOf(trial.value).toEqualTypeOf<number | undefined>()
  if (trial.state === 'pruned') expectTypeOf(trial.reason).toEqualTypeOf<string>()
  // @ts-expect-error -- a trial that may still run has no reason
  void trial.reason
}

// Of several metrics, there is no best trial, and no trial has a value: all have `values`, those that ran to their end for certain.
const both = sweep(runtime, train, {
  space: whole,
  metric: { accuracy: 'maximize', loss: 'minimize' },
  trials: 1,
  onTrial: (trial, started) => {
    expectTypeOf(trial.parameters.act).toEqualTypeOf<'relu' | 'tanh'>()
    expectTypeOf(trial.value).toEqualTypeOf<undefined>()
    expectTypeOf(started.best).toEqualTypeOf<undefined>()
  },
})
expectTypeOf(both.best).toEqualTypeOf<undefined>()
const front = await both
expectTypeOf(front.best).toEqualTypeOf<undefined>()
for (const trial of [...front.pareto(), ...both.trials(), ...front.trials]) {
  expectTypeOf(trial.value).toEqualTypeOf<undefined>()
  if (trial.state === 'completed') expectTypeOf(trial.values.loss).toEqualTypeOf<number>()
  if (trial.state === 'running') expectTypeOf(trial.values?.accuracy).toEqualTypeOf<number | undefined>()
  // @ts-expect-error -- that isn't one of the metrics
  void trial.values?.epoch
}
// An object of one direction is one metric.
const single = sweep(runtime, train, { space: whole, metric: { loss: 'minimize' }, trials: 1 })
expectTypeOf(single).toEqualTypeOf<typeof study>()
// Whether a stored study has several isn't known: then both are there, perhaps.
const stored = await readStudy('sweep.jsonl')
for (const trial of stored.trials) {
  if (trial.state !== 'completed') continue
  expectTypeOf(trial.value).toEqualTypeOf<number | undefined>()
  expectTypeOf(trial.values?.['loss']).toEqualTypeOf<number | undefined>()
}
expectTypeOf(stored.best?.value).toEqualTypeOf<number | undefined>()
sweep(runtime, train, {
  space: whole,
  // @ts-expect-error -- the trial reports no such metric
  metric: { accuracy: 'maximize', speed: 'maximize' },
  trials: 1,
})
// @ts-expect-error -- there is no such direction
sweep(runtime, train, { space: whole, metric: { accuracy: 'up', loss: 'minimize' }, trials: 1 })
sweep(runtime, train, {
  space: whole,
  // @ts-expect-error -- each metric has its direction
  metric: { accuracy: 'maximize', loss: 'minimize' },
  direction: 'minimize',
})

// Inside an action, and with all options.
sweep(ctx, train, {
  space: whole,
  metric: 'loss',
  direction: 'minimize',
  step: 'epoch',
  sampler: tpe({ seed: 7 }),
  pruner: asha({ minSteps: 1, reduction: 3 }),
  stop: [target(0.1)],
  failures: { lost: 'retry', error: 'worst' },
  storage: 'sweep.jsonl',
})

// @ts-expect-error -- the metric isn't a number
sweep(runtime, train, { space: whole, metric: 'note', direction: 'maximize', trials: 1 })
// @ts-expect-error -- the trial reports no such metric
sweep(runtime, train, { space: whole, metric: 'speed', direction: 'maximize', trials: 1 })
// @ts-expect-error -- there is no such direction
sweep(runtime, train, { space: whole, metric: 'accuracy', direction: 'up', trials: 1 })
// @ts-expect-error -- a direction is needed
sweep(runtime, train, { space: whole, metric: 'accuracy', trials: 1 })
// @ts-expect-error -- steps are numbers
sweep(runtime, train, { space: whole, metric: 'accuracy', direction: 'maximize', step: 'note', trials: 1 })
// @ts-expect-error -- a bare function is no trial
sweep(runtime, () => 1, { space: whole, metric: 'accuracy', direction: 'maximize', trials: 1 })

// Where the space isn't the whole input, it must be made.
const part = { lr: logUniform(1e-4, 1) }
// @ts-expect-error -- the input lacks `act`
sweep(runtime, train, { space: part, metric: 'accuracy', direction: 'maximize', trials: 1 })
sweep(runtime, train, {
  space: part,
  input: ({ lr }, { number, attempt }) => {
    expectTypeOf(lr).toEqualTypeOf<number>()
    expectTypeOf(number + attempt).toEqualTypeOf<number>()
    return { lr, act: 'relu' }
  },
  metric: 'accuracy',
  direction: 'maximize',
  trials: 1,
})
sweep(runtime, train, {
  space: part,
  // @ts-expect-error -- there is no such activation
  input: ({ lr }) => ({ lr, act: 'sigmoid' }),
  metric: 'accuracy',
  direction: 'maximize',
  trials: 1,
})
const wrongValues = { lr: logUniform(1e-4, 1), act: choice(['relu', 'sigmoid']) }
// @ts-expect-error -- the space offers what the trial doesn't take
sweep(runtime, train, { space: wrongValues, metric: 'accuracy', direction: 'maximize', trials: 1 })

// A trial that declares no reports is measured by what it returns.
const score = action(import.meta, 'score', ({ lr }: { lr: number }) => ({ score: lr, label: 'a' }))
sweep(runtime, score, { space: part, metric: 'score', direction: 'maximize', trials: 1 })
// @ts-expect-error -- a text is no metric
sweep(runtime, score, { space: part, metric: 'label', direction: 'maximize', trials: 1 })

// Samplers and pruners alone.
declare const sampler: Sampler
const search = sampler.start(space, { direction: 'minimize' })
const suggestion = search.suggest()
if (suggestion?.parameters.optimiser.kind === 'sgd') {
  expectTypeOf(suggestion.parameters.optimiser.momentum).toEqualTypeOf<number>()
}
search.tell(1, { value: 0.5 })
// @ts-expect-error -- a text is no value
search.tell(1, { value: '0.5' })
const judge = asha().start({ direction: 'minimize' })
expectTypeOf(judge.decide({ trial: 1, step: 1, value: 0.5 })).toEqualTypeOf<string | Pause | undefined>()

// Choices of any value that can be cloned, groups, and constants.
const wide = {
  layers: choice([[64], [64, 64]]),
  model: { dropout: uniform(0, 0.5), act: choice(['relu', 'tanh']), depth: 3 },
  epochs: 10,
  started: new Date(0),
}
expectTypeOf<ParametersOf<typeof wide>>().toEqualTypeOf<{
  readonly layers: [64] | [64, 64]
  readonly model: { readonly dropout: number; readonly act: 'relu' | 'tanh'; readonly depth: number }
  readonly epochs: number
  readonly started: Date
}>()
// @ts-expect-error -- a function can't be sent to a thread
choice([() => 1])
// @ts-expect-error -- a constant that isn't there is left out
random().start({ x: uniform(0, 1), y: undefined }, { direction: 'minimize' })

// Constants keep their literals where the space is written in place.
const build = action(
  import.meta,
  'build',
  async (_input: { layers: number[]; act: 'relu' | 'tanh'; rate: number }) => ({ score: 1 }),
)
sweep(runtime, build, {
  space: { layers: choice([[64], [64, 64]]), act: 'relu', rate: uniform(0, 1) },
  metric: 'score',
  direction: 'maximize',
  trials: 1,
})

// Points that are known beforehand: some of the parameters, of variants which one it is.
const tuned = action(import.meta, 'tuned', async (_input: ParametersOf<typeof space>) => ({ score: 1 }))
const known = sweep(runtime, tuned, {
  space,
  metric: 'score',
  direction: 'maximize',
  trials: 9,
  start: [{ lr: 0.1 }, { act: 'relu', optimiser: { kind: 'sgd', momentum: 0.9 } }, {}],
  fixed: { hidden: 32 },
  warmStart: result.trials,
  onTrial: (trial, started) => {
    started.enqueue({ act: 'tanh' })
    // @ts-expect-error -- there is no such activation
    started.enqueue({ act: 'gelu' })
    expectTypeOf(started.best?.parameters.hidden).toEqualTypeOf<number | undefined>()
    expectTypeOf(trial.parameters.lr).toEqualTypeOf<number>()
    expectTypeOf(trial.notes).toEqualTypeOf<readonly string[]>()
  },
  onBest: async ({ value, attributes }) => {
    expectTypeOf(value).toEqualTypeOf<number | undefined>()
    expectTypeOf(attributes).toEqualTypeOf<Readonly<Record<string, unknown>>>()
  },
})
known.enqueue({ lr: 0.1, optimiser: { kind: 'adam' } })
known.annotate(1, { notes: 'by hand', attributes: { data: 'v2' } })
// @ts-expect-error -- a text is no rate
known.enqueue({ lr: 'fast' })
// @ts-expect-error -- there is no such parameter
known.enqueue({ rate: 0.1 })
// @ts-expect-error -- there is no such activation
sweep(runtime, tuned, { space, metric: 'score', direction: 'maximize', trials: 1, start: [{ act: 'gelu' }] })
// @ts-expect-error -- which variant it is isn't said
sweep(runtime, tuned, { space, metric: 'score', direction: 'maximize', start: [{ optimiser: {} }] })
// @ts-expect-error -- there is no such parameter
sweep(runtime, tuned, { space, metric: 'score', direction: 'maximize', trials: 1, fixed: { rate: 1 } })
// @ts-expect-error -- a trial has parameters
sweep(runtime, tuned, { space, metric: 'score', direction: 'maximize', warmStart: [{ value: 1 }] })

// With what is returned as the objective, the metric is any text, or left out.
sweep(runtime, train, { space: whole, objective: 'returned', direction: 'maximize', trials: 1 })
sweep(runtime, train, {
  space: whole,
  objective: 'returned',
  metric: 'speed',
  direction: 'maximize',
  trials: 1,
  onTrial: ({ parameters }) => expectTypeOf(parameters.act).toEqualTypeOf<'relu' | 'tanh'>(),
})
sweep(runtime, train, {
  space: whole,
  metric: 'loss',
  objective: 'last',
  direction: 'minimize',
  trials: 1,
})
// @ts-expect-error -- elsewhere a metric is needed
sweep(runtime, train, { space: whole, objective: 'last', direction: 'minimize', trials: 1 })
// @ts-expect-error -- there is no such objective
sweep(runtime, train, { space: whole, metric: 'loss', objective: 'mean', direction: 'minimize', trials: 1 })
