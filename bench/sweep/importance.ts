// `node build/bench/sweep/importance.js <file>`: sweeps whose importance others can judge, too. Writes the trials of each, and what
// `importance()` says of them; `bench/sweep/optuna/importance.py` asks Optuna's fANOVA about the same trials.

import { writeFile } from 'node:fs/promises'
import { action, createRuntime, isActionThread } from 'heddle'
import { random, sweep, tpe, type Sampler, type SweepResult } from 'heddle/sweep'
import { write } from '../reporting/print.js'
import {
  branin,
  hartmann6,
  rosenbrock10,
  styblinski6,
  architecture,
  ridge,
  type TestFunction,
} from './test-functions.js'

const TRIALS = 150
const SEEDS = 3

/** With unequal shares, so that there is an order to find. */
const functions: readonly TestFunction[] = [branin, hartmann6, rosenbrock10, styblinski6, architecture, ridge]
const samplers: Readonly<Record<string, (options: { readonly seed: number }) => Sampler>> = { random, tpe }

/** The value of a function at a point. */
export const evaluate = action(
  import.meta,
  'evaluate',
  ({ name, parameters }: { readonly name: string; readonly parameters: object }): number => {
    const testFunction = functions.find((one) => one.name === name)
    if (testFunction === undefined) throw new Error(`there is no function '${name}'`)
    return testFunction.evaluate(parameters as never)
  },
)

if (!isActionThread) {
  const [, , file] = process.argv
  if (file === undefined) throw new Error('the path of the file to write is missing')
  const found: object[] = []
  const runtime = createRuntime({ threads: 1 })
  try {
    for (const { name, space } of functions) {
      for (const [sampler, create] of Object.entries(samplers)) {
        for (let seed = 1; seed <= SEEDS; seed += 1) {
          const result: SweepResult = await sweep(runtime, evaluate, {
            space,
            input: (parameters) => ({ name, parameters }),
            metric: 'value',
            direction: 'minimize',
            sampler: create({ seed }),
            trials: TRIALS,
            concurrency: 1,
          })
          const trials = result.rows().map(({ parameters, value }) => ({ parameters, value }))
          const { parameters } = result.description
          found.push({ name, sampler, seed, parameters, trials, importance: result.importance() })
        }
      }
    }
  } finally {
    await runtime.close()
  }
  await writeFile(file, JSON.stringify(found))
  write(`written: ${file}`)
}
