/**
 * Population-based training: trials learn side by side, and exchange messages with their parent after each round. The weak
 * ones copy the weights of a strong one and go on with its settings, a little changed.
 *
 * The problem is the one of the paper (Jaderberg et al. 2017, section 3.2): maximise Q(θ) = 1.2 − (θ₀² + θ₁²), of which a
 * trial sees only the surrogate 1.2 − (h₀θ₀² + h₁θ₁²). With h = (1, 0) or (0, 1), a trial alone never gets there.
 */
import { action, createRuntime, isActionThread, type ActionContext } from 'heddle'

type Pair = readonly [number, number]

interface TrialTypes {
  /** The parent's answer to a round. */
  receives: { type: 'goOn' } | { type: 'copy'; weights: Pair; settings: Pair; from: number }
  /** What a trial has reached after a round. */
  emits: { type: 'evaluated'; score: number; weights: Pair; settings: Pair }
}

const score = ([first, second]: Pair): number => 1.2 - (first ** 2 + second ** 2)

export const trial = action(
  import.meta,
  'trial',
  async ({ settings: given, rounds }: { settings: Pair; rounds: number }, ctx: ActionContext<TrialTypes>) => {
    let weights: Pair = [0.9, 0.9]
    let settings = given
    let copies = 0
    for (let round = 1; round <= rounds; round += 1) {
      for (let step = 0; step < 4; step += 1) {
        // One step up the gradient of the surrogate.
        weights = [
          weights[0] - 0.02 * 2 * settings[0] * weights[0],
          weights[1] - 0.02 * 2 * settings[1] * weights[1],
        ]
      }
      ctx.emit({ type: 'evaluated', score: score(weights), weights, settings })
      // Until the parent has seen the others of this round, it holds nothing of its thread.
      const answer = await ctx.receive()
      if (answer.type === 'copy') {
        ;({ weights, settings } = answer)
        copies += 1
      }
    }
    return { score: score(weights), copies }
  },
)

interface Plan {
  readonly settings: readonly Pair[]
  readonly rounds: number
  /** Whether the weak copy the strong; else each trial is for itself. */
  readonly exchange: boolean
  readonly seed: number
}

export const population = action(
  import.meta,
  'population',
  { cpu: 0 },
  async (
    { settings, rounds, exchange, seed }: Plan,
    ctx: ActionContext<{ reports: { round: number; best: number } }>,
  ) => {
    const random = randomFrom(seed)
    const trials = settings.map((own, index) =>
      ctx.spawn(trial, { settings: own, rounds }, { name: `trial ${index}` }),
    )
    type Evaluated = TrialTypes['emits'] & { readonly trial: number }
    let evaluated: Evaluated[] = []
    let round = 0
    const answerAll = (): void => {
      round += 1
      const ranked = evaluated.toSorted((one, other) => other.score - one.score)
      evaluated = []
      ctx.report({ round, best: ranked[0]!.score })
      const quarter = Math.max(1, Math.floor(ranked.length / 4))
      for (const [place, { trial: index }] of ranked.entries()) {
        const isWeak = place >= ranked.length - quarter
        if (!exchange || !isWeak) {
          trials[index]!.send({ type: 'goOn' })
          continue
        }
        const strong = ranked[Math.floor(random() * quarter)]!
        const explore = (setting: number): number => Math.max(0, setting + (random() - 0.5) * 0.2)
        trials[index]!.send({
          type: 'copy',
          weights: strong.weights,
          settings: [explore(strong.settings[0]), explore(strong.settings[1])],
          from: strong.trial,
        })
      }
    }
    for (const [index, one] of trials.entries()) {
      one.on('evaluated', (event) => {
        evaluated.push({ ...event, trial: index })
        if (evaluated.length === trials.length) answerAll()
      })
    }
    const results = await ctx.all(trials)
    return {
      best: Math.max(...results.map((result) => result.score)),
      worst: Math.min(...results.map((result) => result.score)),
      copies: results.reduce((sum, { copies }) => sum + copies, 0),
    }
  },
)

/** mulberry32: the same numbers for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

if (!isActionThread) {
  const runtime = createRuntime({ threads: 2 })
  try {
    // Half of the trials see one side of the problem, half the other.
    const settings = Array.from({ length: 8 }, (_, index): Pair => (index % 2 === 0 ? [1, 0] : [0, 1]))
    for (const exchange of [false, true]) {
      const run = runtime.run(population, { settings, rounds: 40, exchange, seed: 7 })
      const curve: string[] = []
      for await (const { round, best } of run.reports()) if (round % 8 === 0) curve.push(best.toFixed(3))
      const { best, worst, copies } = await run
      console.log(exchange ? 'with exchange' : 'each trial for itself')
      console.log(`  best of every 8th round: ${curve.join('  ')}`)
      console.log(
        `  in the end: best ${best.toFixed(3)}, worst ${worst.toFixed(3)}, of at most 1.200; ${copies} copies`,
      )
    }
  } finally {
    await runtime.close()
  }
}
