// What does a sweep itself cost per trial, does that grow, and how soon are the threads free when it is cancelled?

import { performance } from 'node:perf_hooks'
import { createRuntime } from 'heddle'
import { random, sweep, tpe, uniform, type Sampler } from 'heddle/sweep'
import { rowsOf, type Group, type Taken } from '../measure.js'
import { atMost, rowOf, type Suite } from '../suite.js'
import { computing, oneMillisecond } from './short-trial.js'

const THREADS = 2
const IN_FLIGHT = 64

const TRIALS = 10_000
const CANCELS = 20

export const sweepCost: Suite = {
  name: 'sweep-cost',
  question: 'What does a sweep itself cost per trial, does that grow, and how soon is it over?',
  async run() {
    const growth: Group = {
      title: `the main thread's time for a trial of 1 ms, ${IN_FLIGHT} in flight, by tenths of ${TRIALS.toLocaleString('en')}`,
      unit: 'ms',
      rows: rowsOf([await growthOf(random({ seed: 1 })), await growthOf(tpe({ seed: 1 }))]),
    }
    const cancel: Group = {
      title: 'from study.cancel(), with computing trials, until nothing runs any more',
      unit: 'ms',
      rows: rowsOf([{ name: 'heddle', kind: 'heddle', rounds: [await cancelOf(CANCELS)] }]),
    }
    return {
      groups: [growth, cancel],
      goals: [
        ...growth.rows.map(({ name, high }) =>
          atMost(`${growth.title}, ${name}, the worst tenth`, high, 0.5, 'ms'),
        ),
        atMost(cancel.title, rowOf(cancel, 'heddle').p50, 50, 'ms'),
      ],
    }
  },
}

/** The main thread's active time per trial, in tenths of the sweep: all that a trial costs there, the runtime included. */
async function growthOf(sampler: Sampler): Promise<Taken> {
  const runtime = createRuntime({ threads: THREADS, retain: 0 })
  try {
    const study = sweep(runtime, oneMillisecond, {
      space: { x: uniform(0, 1), y: uniform(0, 1) },
      metric: 'score',
      direction: 'maximize',
      sampler,
      trials: TRIALS,
      concurrency: IN_FLIGHT,
    })
    const tenths: number[] = []
    let before = performance.eventLoopUtilization()
    let counted = 0
    for await (const { counts } of study.reports()) {
      const ended = counts.completed + counts.failed
      if (ended - counted < TRIALS / 10 && ended < TRIALS) continue
      tenths.push(performance.eventLoopUtilization(before).active / Math.max(1, ended - counted))
      before = performance.eventLoopUtilization()
      counted = ended
    }
    await study
    return { name: sampler.name, kind: 'heddle', rounds: tenths.map((ms) => [ms]) }
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
