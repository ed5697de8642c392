// What do sampler and pruner save on real data? The digits, equal seeds, {random, TPE} × {none, median, ASHA, Hyperband}:
// epochs and time to a target, the best accuracy, how busy the threads are.

import { createRuntime, type Runtime } from 'heddle'
import {
  asha,
  hyperband,
  median,
  none,
  random,
  sweep,
  tpe,
  type Pruner,
  type Sampler,
  type StopRule,
} from 'heddle/sweep'
import { loadDigits, type Dataset } from '../../examples/04-digits/dataset.js'
import { space } from '../../examples/04-digits/search-space.js'
import { trial } from '../../examples/04-digits/trial.js'
import { rowsOf, type Group } from '../measure.js'
import { unlessQuick } from '../quick.js'
import { median as medianOf } from '../statistics.js'
import { atLeast, atMost, type Goal, type Suite } from '../suite.js'

const REPETITIONS = unlessQuick(3)
const TRIALS = unlessQuick(81, 9)
/** As in examples/04-digits. */
const MAX_EPOCHS = 16
/** How many of the 7000 digits are learned from: fewer make an epoch shorter. */
const TRAINING_DIGITS = 800
const TARGET = 0.89
const THREADS = 2

const pruners: Readonly<Record<string, (maxEpochs: number) => Pruner>> = {
  none: () => none(),
  median: () => median({ minSteps: 2 }),
  asha: () => asha({ minSteps: 1, reduction: 3 }),
  hyperband: (maxSteps) => hyperband({ minSteps: 1, maxSteps, reduction: 3 }),
}
const samplers: Readonly<Record<string, (seed: number) => Sampler>> = {
  random: (seed) => random({ seed }),
  tpe: (seed) => tpe({ seed }),
}

interface Found {
  readonly epochs: number
  readonly best: number
  readonly epochsToTarget: number | undefined
  readonly secondsToTarget: number | undefined
  readonly threadSeconds: number
  /** The share of the threads' time in which a trial ran there. */
  readonly busy: number
}

export const sweepDigits: Suite = {
  name: 'sweep-digits',
  // It takes ten minutes, and hardly differs by Node.
  isOnDemand: true,
  question: 'What do sampler and pruner save on real data?',
  async run() {
    const all = await loadDigits()
    const data: Dataset = { ...all, training: { start: 0, end: Math.min(all.training.end, TRAINING_DIGITS) } }
    const found = new Map<string, Found[]>()
    const runtime = createRuntime({ threads: THREADS })
    try {
      for (let repetition = 1; repetition <= REPETITIONS; repetition += 1) {
        for (const sampler of Object.keys(samplers)) {
          for (const pruner of Object.keys(pruners)) {
            const cell = `${sampler} × ${pruner}`
            const one = await runStudy(runtime, data, sampler, pruner, repetition)
            found.set(cell, [...(found.get(cell) ?? []), one])
          }
        }
      }
    } finally {
      await runtime.close()
    }
    return { groups: groupsOf(found), goals: goalsOf(found) }
  },
}

async function runStudy(
  runtime: Runtime,
  data: Dataset,
  sampler: string,
  pruner: string,
  seed: number,
): Promise<Found> {
  let epochsToTarget: number | undefined
  let secondsToTarget: number | undefined
  const startedAt = performance.now()
  // Looks on as a stop rule does, and never stops.
  const watch: StopRule = {
    name: 'watch',
    start: () => ({
      check: ({ best, steps }) => {
        if (best !== undefined && best.value >= TARGET && epochsToTarget === undefined) {
          epochsToTarget = steps
          secondsToTarget = (performance.now() - startedAt) / 1000
        }
        return undefined
      },
    }),
  }
  const study = sweep(runtime, trial, {
    space,
    // A target that no trial reaches: each one takes all its epochs.
    input: (configuration, { number }) => ({
      configuration,
      trial: number,
      digits: data,
      seed,
      maxEpochs: MAX_EPOCHS,
      target: 2,
    }),
    metric: 'accuracy',
    direction: 'maximize',
    step: 'epoch',
    maxSteps: MAX_EPOCHS,
    sampler: (samplers[sampler] as (seed: number) => Sampler)(seed),
    pruner: (pruners[pruner] as (maxEpochs: number) => Pruner)(MAX_EPOCHS),
    trials: TRIALS,
    concurrency: THREADS + 1,
    stop: watch,
  })
  const { best, cost } = await study
  const seconds = (performance.now() - startedAt) / 1000
  return {
    epochs: cost.steps,
    best: best?.value ?? NaN,
    epochsToTarget,
    threadSeconds: cost.threadSeconds,
    secondsToTarget,
    busy: cost.threadSeconds / (THREADS * seconds),
  }
}

function groupsOf(found: ReadonlyMap<string, readonly Found[]>): Group[] {
  const group = (title: string, unit: string, value: (one: Found) => number | undefined): Group => ({
    title: `${title}, ${TRIALS} trials of up to ${MAX_EPOCHS} epochs, ${REPETITIONS} repetitions`,
    unit,
    rows: rowsOf(
      [...found].flatMap(([name, runs]) => {
        const values = runs.flatMap((one) => value(one) ?? [])
        return values.length === 0
          ? []
          : [{ name, kind: 'beside' as const, rounds: values.map((one) => [one]) }]
      }),
    ),
  })
  return [
    group('epochs in all', 'epochs', ({ epochs }) => epochs),
    group(`epochs until ${100 * TARGET} %`, 'epochs', ({ epochsToTarget }) => epochsToTarget),
    group(`seconds until ${100 * TARGET} %`, 'seconds', ({ secondsToTarget }) => secondsToTarget),
    group('error of the best', '%', ({ best }) => 100 * (1 - best)),
    group('threads', 'seconds', ({ threadSeconds }) => threadSeconds),
    group('threads idle', '%', ({ busy }) => 100 * (1 - busy)),
  ]
}

function goalsOf(found: ReadonlyMap<string, readonly Found[]>): Goal[] {
  return Object.keys(samplers).flatMap((sampler) => {
    const whole = found.get(`${sampler} × none`) ?? []
    const halved = found.get(`${sampler} × asha`) ?? []
    return [
      atMost(
        `${sampler}: epochs with ASHA, of those without stops`,
        middle(halved, epochs) / middle(whole, epochs),
        1 / 3,
        '×',
      ),
      atMost(
        `${sampler}: what ASHA loses of the best accuracy`,
        middle(whole, best) - middle(halved, best),
        0.5,
        'points',
      ),
      atLeast(`${sampler}: threads busy with ASHA`, 100 * middle(halved, ({ busy }) => busy), 90, '%'),
    ]
  })
}

function middle(runs: readonly Found[], value: (one: Found) => number | undefined): number {
  return medianOf(runs.flatMap((one) => value(one) ?? []))
}

function epochs(one: Found): number {
  return one.epochs
}

function best(one: Found): number {
  return 100 * one.best
}
