/**
 * Population-based training: trials learn side by side, and every few steps the weak ones are replaced by copies of the
 * strong ones, which go on with their weights, and with settings that are a little changed.
 *
 * The problem is the one of the paper (Jaderberg et al. 2017, section 3.2): maximise Q(θ) = 1.2 − (θ₀² + θ₁²), of which a
 * trial sees only the surrogate 1.2 − (h₀θ₀² + h₁θ₁²). With h = (1, 0) or (0, 1), a trial alone never gets there.
 */
import { action, createRuntime, isActionThread, type ActionContext, type Runtime } from 'heddle'
import { none, pbt, random, sweep, uniform, type SweepResult } from 'heddle/sweep'

type Pair = readonly [number, number]

interface Settings {
  readonly first: number
  readonly second: number
}

interface TrialTypes {
  reports: { step: number; score: number }
  /** What a trial goes on from: its own, or that of a stronger one. */
  checkpoints: { step: number; weights: Pair }
}

const STEPS = 40
const POPULATION = 8

const score = ([first, second]: Pair): number => 1.2 - (first ** 2 + second ** 2)

export const trial = action(
  import.meta,
  'trial',
  async ({ first, second }: Settings, ctx: ActionContext<TrialTypes>) => {
    let { step, weights } = ctx.resumed ?? { step: 0, weights: [0.9, 0.9] as Pair }
    while (step < STEPS) {
      for (let each = 0; each < 4; each += 1) {
        // One step up the gradient of the surrogate.
        weights = [weights[0] * (1 - 0.04 * first), weights[1] * (1 - 0.04 * second)]
      }
      step += 1
      // Ahead of the report: whoever is judged by that goes on from here.
      ctx.checkpoint({ step, weights })
      ctx.report({ step, score: score(weights) })
      await ctx.sleep(0)
    }
  },
)

/** Half of the trials begin blind to one side of the problem, half to the other. */
const start = Array.from({ length: POPULATION }, (_, index): Settings =>
  index % 2 === 0 ? { first: 1 - index / 100, second: 0 } : { first: 0, second: 1 - index / 100 },
)

/** `exchange`: whether the weak are replaced; else each trial is for itself. */
export async function train(runtime: Runtime, exchange: boolean): Promise<SweepResult<Settings>> {
  return sweep(runtime, trial, {
    space: { first: uniform(0, 1), second: uniform(0, 1) },
    start,
    metric: 'score',
    direction: 'maximize',
    sampler: random({ seed: 7 }),
    pruner: exchange ? pbt({ ready: 4, maxSteps: STEPS, population: POPULATION, seed: 7 }) : none(),
    ...(!exchange && { trials: POPULATION }),
    // One at a time, so that each run of this example finds the same. With more, it is faster.
    concurrency: 1,
  })
}

/** The settings that have led to a trial, the oldest first: that of a copy are those of what it was copied from, and its own. */
function scheduleOf(result: SweepResult<Settings>, number: number | undefined): string[] {
  const found = result.trials.find((one) => one.number === number)
  if (found === undefined) return []
  const { first, second } = found.parameters
  return [...scheduleOf(result, found.copyOf), `(${first.toFixed(2)}, ${second.toFixed(2)})`]
}

if (!isActionThread) {
  const runtime = createRuntime({ threads: 2 })
  try {
    for (const exchange of [false, true]) {
      const result = await train(runtime, exchange)
      const { best, counts } = result
      console.log(exchange ? 'with exchange' : 'each trial for itself')
      console.log(
        `  best ${best?.value?.toFixed(3)} of at most 1.200; ${counts.pruned} trials replaced by copies`,
      )
      if (exchange)
        console.log(`  settings of the best, in order: ${scheduleOf(result, best?.number).join(' → ')}`)
    }
  } finally {
    await runtime.close()
  }
}
