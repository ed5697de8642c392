// How good are the samplers? The best of 100 trials on fourteen functions, over thirty seeds, beside random search and beside
// Optuna's samplers, with a rank test.

import { rowsOf, type Group } from '../measure.js'
import { isQuick } from '../quick.js'
import { median } from '../statistics.js'
import { shown, type Goal, type Suite } from '../suite.js'
import { rankTest } from './rank-test.js'
import { probe, readRegrets, regretOf, samplers, TRIALS, type KeptRegrets } from './regrets.js'
import { testFunctions, type TestFunction } from './test-functions.js'

const QUICK_SEEDS = 2
/** On so many of the fourteen functions our best is to have the lower median. */
const BETTER_ON = 10

export const sweepSamplers: Suite = {
  name: 'sweep-samplers',
  question: `How good are the samplers: the best of ${TRIALS} trials on published functions, beside random search and Optuna?`,
  async run() {
    const [ours, theirs] = [isQuick ? undefined : await readRegrets('heddle'), await readRegrets('optuna')]
    const compared = testFunctions.map((testFunction) => compare(testFunction, ours, theirs))
    const better = compared.filter(({ isBetter }) => isBetter).length
    return {
      groups: compared.map(({ group }) => group),
      goals: [
        ...compared.flatMap(({ goals }) => goals),
        {
          text: `functions on which our best sampler's median is lower than that of Optuna's best, of ${compared.length}`,
          measured: String(better),
          holds: better >= BETTER_ON,
        },
      ],
    }
  },
}

interface Compared {
  readonly group: Group
  readonly goals: readonly Goal[]
  readonly isBetter: boolean
}

function compare(
  testFunction: TestFunction,
  ours: KeptRegrets | undefined,
  theirs: KeptRegrets | undefined,
): Compared {
  const { name } = testFunction
  const own = ours?.functions[name]?.regrets ?? quickRegrets(testFunction)
  const other = theirs?.functions[name]
  if (
    other !== undefined &&
    Math.abs(other.probe - probe(testFunction)) > 1e-9 * Math.max(1, Math.abs(other.probe))
  )
    throw new Error(`${name} isn't the same function in bench/sweep/optuna/samplers.py`)
  const byRandom = own['random'] ?? []
  const best = bestOf(own)
  const byOptuna = bestOf(other?.regrets ?? {})
  const rows = rowsOf([
    ...Object.entries(own).map(([sampler, regrets]) => ({
      name: sampler,
      kind: sampler === 'random' ? ('floor' as const) : ('heddle' as const),
      rounds: regrets.map((regret) => [regret]),
    })),
    ...Object.entries(other?.regrets ?? {}).map(([sampler, regrets]) => ({
      name: `Optuna ${theirs?.versions['optuna']} ${sampler}`,
      kind: 'beside' as const,
      rounds: regrets.map((regret) => [regret]),
    })),
  ])
  const goals: Goal[] = ['tpe', 'gp', 'cmaes'].flatMap((sampler) => {
    const regrets = own[sampler]
    if (regrets === undefined) return []
    const chance = rankTest(regrets, byRandom)
    return {
      text: `${name}: ${sampler} is better than random search (Mann and Whitney, one-sided, p below 0.05)`,
      measured: `p = ${chance.toPrecision(2)}`,
      holds: chance < 0.05,
    }
  })
  if (byOptuna !== undefined && best !== undefined) {
    const worse = rankTest(byOptuna.regrets, best.regrets)
    goals.push({
      text: `${name}: our best (${best.sampler}) is not worse than Optuna's (${byOptuna.sampler}; one-sided, p below 0.05 would say so)`,
      measured: `p = ${worse.toPrecision(2)}, medians ${shown(best.median)} and ${shown(byOptuna.median)}`,
      holds: worse >= 0.05,
    })
  }
  return {
    group: { title: `${name}: regret after ${TRIALS} trials`, unit: 'above the minimum', rows },
    goals,
    isBetter: best !== undefined && byOptuna !== undefined && best.median < byOptuna.median,
  }
}

/** The sampler with the lowest median, of those that have all seeds. */
function bestOf(
  regrets: Readonly<Record<string, readonly number[]>>,
): { readonly sampler: string; readonly regrets: readonly number[]; readonly median: number } | undefined {
  const most = Math.max(0, ...Object.values(regrets).map(({ length }) => length))
  const [best] = Object.entries(regrets)
    .filter(([, { length }]) => length === most && most > 0)
    .map(([sampler, of]) => ({ sampler, regrets: of, median: median(of) }))
    .toSorted((a, b) => a.median - b.median)
  return best
}

function quickRegrets(testFunction: TestFunction): Record<string, number[]> {
  return Object.fromEntries(
    samplers
      .filter(({ refuses, name }) => refuses?.includes(testFunction.name) !== true && name !== 'gp')
      .map(({ name, create }) => [
        name,
        Array.from({ length: QUICK_SEEDS }, (_, seed) => regretOf(create({ seed }), testFunction)),
      ]),
  )
}
