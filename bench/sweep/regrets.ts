// The regret of a sampler on a function: how far above the minimum the best of its trials lies. Kept by seed, so that what takes
// half an hour can be measured in pieces.

import { mkdir, readFile, writeFile } from 'node:fs/promises'
import {
  cmaes,
  gp,
  halton,
  random,
  tpe,
  type ChoiceParameter,
  type NumberParameter,
  type Sampler,
} from 'heddle/sweep'
import type { TestFunction } from './test-functions.js'

/** How many trials each search has. */
export const TRIALS = 100

/** Our samplers, and the functions whose spaces each refuses. */
export const samplers: readonly {
  readonly name: string
  readonly create: (options: { readonly seed: number }) => Sampler
  readonly refuses?: readonly string[]
}[] = [
  { name: 'random', create: random },
  { name: 'halton', create: halton },
  { name: 'tpe', create: tpe },
  { name: 'cmaes', create: cmaes, refuses: ['NAS-like', 'conditional'] },
  { name: 'gp', create: gp },
]

/** Regrets by sampler, by seed from 0 on. */
export interface KeptRegrets {
  readonly versions: Readonly<Record<string, string>>
  readonly trials: number
  readonly functions: Record<string, { readonly probe: number; readonly regrets: Record<string, number[]> }>
}

const folder = new URL('../../../bench/results/samplers/', import.meta.url)

/** What is kept under a name; `undefined` if nothing is. */
export async function readRegrets(name: string): Promise<KeptRegrets | undefined> {
  let text: string
  try {
    text = await readFile(new URL(`${name}.json`, folder), 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  return JSON.parse(text) as KeptRegrets
}

/** Keeps regrets under a name. */
export async function keepRegrets(name: string, kept: KeptRegrets): Promise<void> {
  await mkdir(folder, { recursive: true })
  await writeFile(new URL(`${name}.json`, folder), `${JSON.stringify(kept, undefined, 1)}\n`)
}

/** The regret of one search. */
export function regretOf(sampler: Sampler, testFunction: TestFunction): number {
  const { space, minimum } = testFunction
  const search = sampler.start(space, { direction: 'minimize', trials: TRIALS, concurrency: 1 })
  let best = Infinity
  for (let trial = 0; trial < TRIALS; trial += 1) {
    const suggestion = search.suggest()
    if (suggestion === undefined) break
    const value = testFunction.evaluate(suggestion.parameters as never)
    best = Math.min(best, value)
    search.tell(suggestion.number, { value })
  }
  return best - minimum
}

/**
 * The value of a function 0.3 of the way through each range, at the second value of each choice: by it, two programs can see that
 * theirs are the same.
 */
export function probe(testFunction: TestFunction): number {
  return testFunction.evaluate(probePoint(testFunction.space) as never)
}

function probePoint(space: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(space).map(([name, parameter]) => [name, probeValue(parameter as AnyParameter)]),
  )
}

type AnyParameter =
  | NumberParameter
  | ChoiceParameter
  | { readonly kind: 'variants'; readonly key: string; readonly spaces: Readonly<Record<string, object>> }

function probeValue(parameter: AnyParameter): unknown {
  switch (parameter.kind) {
    case 'number': {
      const { low, high, log, step } = parameter
      const value = log ? low * (high / low) ** 0.3 : low + 0.3 * (high - low)
      return step === undefined ? value : Math.round(value)
    }
    case 'choice':
      return parameter.values[1]
    case 'variants': {
      const [, second] = Object.entries(parameter.spaces)
      return { [parameter.key]: second?.[0], ...probePoint(second?.[1] ?? {}) }
    }
  }
}
