// `node build/bench/sweep/importance.js <file>`: sweeps whose importance others can judge, too. Writes the trials of each, what
// `importance()` says of them, and what is true of the function; `bench/sweep/optuna/importance.py` asks Optuna's fANOVA about
// the same trials.

import { writeFile } from 'node:fs/promises'
import { action, createRuntime, isActionThread } from 'heddle'
import { halton, random, sweep, tpe, type Sampler, type SweepResult } from 'heddle/sweep'
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
/** For the true shares: at how many values of a parameter the function is looked at, and at how many of all others. */
const VALUES = 250
const PLACES = 1000

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

/** Parameters all over a space, those of a choice equally often. */
function spread({ space }: TestFunction, count: number, seed: number): Record<string, unknown>[] {
  const search = halton({ seed }).start(space, { direction: 'minimize' })
  return Array.from({ length: count }, () => ({ ...search.suggest()?.parameters }))
}

/** The shares of the variance over the space that parameters explain by themselves: that of the mean at each value. */
function trueShares(testFunction: TestFunction): Record<string, number> {
  const places = spread(testFunction, PLACES, 1)
  const values = spread(testFunction, VALUES, 2)
  const variances = Object.keys(testFunction.space).map((name) => {
    const means = values.map(({ [name]: value }) => {
      const losses = places.map((place) => testFunction.evaluate({ ...place, [name]: value } as never))
      return meanOf(losses)
    })
    const mean = meanOf(means)
    return [name, meanOf(means.map((one) => (one - mean) ** 2))] as const
  })
  const total = variances.reduce((sum, [, variance]) => sum + variance, 0)
  return Object.fromEntries(variances.map(([name, variance]) => [name, variance / total]))
}

function meanOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, one) => sum + one, 0) / numbers.length
}

if (!isActionThread) {
  const [, , file] = process.argv
  if (file === undefined) throw new Error('the path of the file to write is missing')
  const found: object[] = []
  const runtime = createRuntime({ threads: 1 })
  try {
    for (const testFunction of functions) {
      const { name, space } = testFunction
      const truth = trueShares(testFunction)
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
          found.push({ name, sampler, seed, truth, parameters, trials, importance: result.importance() })
        }
      }
    }
  } finally {
    await runtime.close()
  }
  await writeFile(file, JSON.stringify(found))
  write(`written: ${file}`)
}
