// What does a sweep itself cost per trial, does that grow, and how soon are the threads free when it is cancelled?

import { performance } from 'node:perf_hooks'
import { createRuntime } from 'heddle'
import { random, sweep, tpe, uniform, type Sampler } from 'heddle/sweep'
import { CLOCK, mainThreadMs } from '../main-thread.js'
import { collect, rowsOf, type Group, type Taken } from '../measure.js'
import { unlessQuick } from '../quick.js'
import { atMost, rowOf, type Suite } from '../suite.js'
import { computing, oneMillisecond } from './short-trial.js'

const THREADS = 2
const IN_FLIGHT = 64

const TRIALS = unlessQuick(10_000, 500)
const CANCELS = unlessQuick(20, 2)

export const sweepCost: Suite = {
  name: 'sweep-cost',
  question: 'What does a sweep itself cost per trial, does that grow, and how soon is it over?',
  async run() {
    const costs = [await costOf(random({ seed: 1 })), await costOf(tpe({ seed: 1 }))]
    const growth: Group = {
      title: `the main thread's time for a trial of 1 ms, ${IN_FLIGHT} in flight, by tenths of ${TRIALS.toLocaleString('en')}`,
      unit: `ms of ${CLOCK}`,
      rows: rowsOf(
        costs.map(({ name, tenths }): Taken => ({ name, kind: 'heddle', rounds: tenths.map((ms) => [ms]) })),
      ),
    }
    const kept: Group = {
      title: `heap that a study of ${TRIALS.toLocaleString('en')} trials keeps for each of them`,
      unit: 'KB',
      rows: rowsOf(costs.map(({ name, keptKb }): Taken => ({ name, kind: 'heddle', rounds: [[keptKb]] }))),
    }
    const cancel: Group = {
      title: 'from study.cancel(), with computing trials, until nothing runs any more',
      unit: 'ms',
      rows: rowsOf([{ name: 'heddle', kind: 'heddle', rounds: [await cancelOf(CANCELS)] }]),
    }
    return {
      groups: [growth, kept, cancel],
      goals: [
        ...costs.map(({ name, tenths }) =>
          atMost(`${growth.title}, ${name}, the last tenth`, tenths.at(-1) ?? NaN, 0.5, 'ms'),
        ),
        ...costs.map(({ name, keptKb }) => atMost(`${kept.title}, ${name}`, keptKb, 2, 'KB')),
        atMost(cancel.title, rowOf(cancel, 'heddle').p50, 50, 'ms'),
      ],
    }
  },
}

interface Cost {
  readonly name: string
  /** The main thread's time per trial, in tenths of the sweep: all that a trial costs there, the runtime included. */
  readonly tenths: readonly number[]
  readonly keptKb: number
}

async function costOf(sampler: Sampler): Promise<Cost> {
  const runtime = createRuntime({ threads: THREADS, retain: 0 })
  try {
    collect()
    const heapBefore = process.memoryUsage().heapUsed
    const study = sweep(runtime, oneMillisecond, {
      space: { x: uniform(0, 1), y: uniform(0, 1) },
      metric: 'score',
      direction: 'maximize',
      sampler,
      trials: TRIALS,
      concurrency: IN_FLIGHT,
    })
    const tenths: number[] = []
    let before = mainThreadMs()
    let counted = 0
    for await (const { counts } of study.reports()) {
      const ended = counts.completed + counts.failed
      if (ended - counted < TRIALS / 10 && ended < TRIALS) continue
      if (ended === counted) continue
      const now = mainThreadMs()
      tenths.push((now - before) / (ended - counted))
      before = now
      counted = ended
    }
    const { best } = await study
    if (best === undefined || counted !== TRIALS) throw new Error(`only ${counted} trials have ended`)
    collect()
    const keptKb = (process.memoryUsage().heapUsed - heapBefore) / 1024 / study.trials().length
    return { name: sampler.name, tenths, keptKb }
  } finally {
    await runtime.close()
  }
}

/** From `study.cancel()`, while trials compute on all threads, until nothing runs any more. */
async function cancelOf(times: number): Promise<number[]> {
  const runtime = createRuntime({ threads: THREADS })
  try {
    const taken: number[] = []
    for (let round = 0; round < times; round += 1) {
      const study = sweep(runtime, computing, {
        space: { x: uniform(0, 1) },
        metric: 'score',
        direction: 'maximize',
        sampler: random({ seed: round }),
        trials: 1000,
        concurrency: IN_FLIGHT,
      })
      for await (const { counts } of study.reports())
        if (counts.running > 0 && study.best !== undefined) break
      const startedAt = performance.now()
      study.cancel('enough')
      await study.settled()
      taken.push(performance.now() - startedAt)
      const { running, aborting } = runtime.stats()
      if (running + aborting > 0)
        throw new Error(`${running} run and ${aborting} are being stopped after the end`)
    }
    return taken
  } finally {
    await runtime.close()
  }
}
