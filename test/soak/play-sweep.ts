// A sweep in a soak: trials that end well, throw, or are stopped by a pruner. What it has found can be told from the
// parameters alone.

import { action, type ActionContext } from 'heddle'
import { asha, median, none, random as randomly, sweep, tpe, uniform, type SweepResult } from 'heddle/sweep'
import type { Stage } from './stage.js'
import { within } from './within.js'
import { Violation } from './seen.js'

interface Place {
  readonly x: number
}

interface Progress {
  readonly step: number
  readonly score: number
}

const STEPS = 6
const THROWS_BELOW = 0.15

const climb = action(
  import.meta,
  'climb',
  { cpu: 0.5 },
  async ({ x }: Place, ctx: ActionContext<{ reports: Progress }>): Promise<void> => {
    for (let step = 1; step <= STEPS; step += 1) {
      ctx.report({ step, score: scoreOf(x, step) })
      if (x < THROWS_BELOW) throw new RangeError(`${x} is too low`)
      await ctx.sleep(x > 0.5 ? 1 : 0)
    }
  },
)

function scoreOf(x: number, step: number): number {
  return x - 1 / step
}

/** Plays one; resolves when it is over. */
export async function playSweep(stage: Stage, name: string): Promise<void> {
  const { runtime, story, random, calm, counts } = stage
  const trials = 6 + random.below(8)
  const seed = random.below(1000)
  const cancelsAt = random.chance(0.25) ? random.below(60) : undefined
  const run = story.follow(name, calm, 'sweep')
  const ended = new Promise<void>((resolve) => (run.onEnd = resolve))
  let seen = 0
  run.onEvent = () => {
    seen += 1
    if (seen === cancelsAt) study.cancel('by the soak')
  }
  counts.sweeps += 1
  const study = sweep(runtime, climb, {
    name,
    space: { x: uniform(0, 1) },
    metric: 'score',
    direction: 'maximize',
    maxSteps: STEPS,
    sampler: random.chance(0.5) ? tpe({ seed }) : randomly({ seed }),
    pruner: random.pick([none(), asha({ minSteps: 1, reduction: 2 }), median({ minSteps: 1 })]),
    trials,
    concurrency: 1 + random.below(4),
  })
  const outcome = await within(study.settled(), `sweep ${name}`, stage, {
    progress: () => run.events.length,
    history: () => [JSON.stringify(runtime.stats()), ...story.history(run, 'a0')],
  })
  if (outcome === undefined) return
  if (outcome.status === 'failed' && run.actions.size === 0) return
  await within(ended, `the last event of sweep ${name}`, stage)
  const wrong = outcome.status === 'succeeded' ? [...check(outcome.output, trials, calm)] : []
  if (outcome.status === 'failed') wrong.push(`has failed with ${String(outcome.error)}`)
  for (const message of wrong) stage.onViolation(new Violation(`sweep ${name} ${message}`, []))
  await stage.served?.mirror.compare(run, stage)
  story.finish(run, runtime.get(name), outcome, undefined)
}

function* check(result: SweepResult<Place>, trials: number, calm: boolean): Generator<string> {
  const { counts } = result
  if (result.trials.length !== trials || counts.running > 0)
    yield `was to make ${trials} trials, and has made ${result.trials.length}: ${JSON.stringify(counts)}`
  let best: number | undefined
  for (const { number, state, value, step, parameters } of result.trials) {
    const { x } = parameters
    const what = `has a trial ${number}, ${state} at step ${step} with ${value}`
    if (x < THROWS_BELOW && state === 'completed') yield `${what}, which throws at ${x}`
    if (calm && x >= THROWS_BELOW && state === 'failed') yield `${what}, which doesn't throw at ${x}`
    if (state === 'completed' && step !== STEPS) yield `${what}, and a whole one takes ${STEPS}`
    if (value !== undefined && Math.abs(value - scoreOf(x, step)) > 1e-9)
      yield `${what}: ${x} is worth another`
    if (state !== 'failed' && value !== undefined && (best === undefined || value > best)) best = value
  }
  if (result.best?.value !== best) yield `says that ${result.best?.value} is the best, and it is ${best}`
}
