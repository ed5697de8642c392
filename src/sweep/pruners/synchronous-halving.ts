// Synchronous successive halving (Jamieson & Talwalkar 2016): trials wait at each rung until all of their cohort have come
// there, or have ended; then the best part goes on from its checkpoints, and the rest is stopped.

import { checkCount, checkNumber, LARGEST_COUNT } from '../../checks/check-number.js'
import { refuseUnknown } from '../../checks/refuse-unknown.js'
import { checkDirection } from '../check-direction.js'
import { showNumber } from '../results/show-number.js'
import type { NextStep, Pause, Pruner, PrunerSearch, Reported } from './pruner.js'

/** What `successiveHalving` takes. */
export interface SuccessiveHalvingOptions {
  /** `R`: the steps of a trial that isn't stopped. */
  readonly maxSteps: number
  /** `r`: the step of the first rung. Default 1. */
  readonly minSteps?: number | undefined
  /** `η`: one in so many goes on at each rung, and rungs lie this factor apart. Default 3. */
  readonly reduction?: number | undefined
  /** How many trials are compared with each other. Default: so many that one of them comes to `maxSteps`. */
  readonly cohort?: number | undefined
}

const OPTIONS: ReadonlySet<string> = new Set<keyof SuccessiveHalvingOptions>([
  'maxSteps',
  'minSteps',
  'reduction',
  'cohort',
])
const OF = 'successiveHalving'

/**
 * Successive halving with trials that wait (Jamieson & Talwalkar 2016): exactly one in `reduction` of a cohort goes on at each
 * rung, where `asha` decides at once and by those that have come before. It takes `ctx.checkpoint`: without, a trial that goes
 * on begins anew, and what it has reported already stands. While a cohort waits for its last ones, the next one begins.
 *
 * Worth it where steps are dear, trials take about as long as each other, and a checkpoint costs little beside a rung.
 *
 * @throws `ActionInputError` for a wrong option.
 */
export function successiveHalving(options: SuccessiveHalvingOptions): Pruner {
  refuseUnknown(options, OPTIONS, OF)
  const { maxSteps, minSteps = 1, reduction = 3 } = options
  checkCount(maxSteps, OF, 'maxSteps', 1, LARGEST_COUNT)
  checkNumber(minSteps, OF, 'minSteps', 'a number above 0, at most maxSteps', (r) => r > 0 && r <= maxSteps)
  checkNumber(reduction, OF, 'reduction', 'a number above 1', (by) => by > 1 && by < Infinity)
  const rungs = Math.max(0, Math.ceil(Math.log(maxSteps / minSteps) / Math.log(reduction) - 1e-9))
  const cohort = checkCount(
    options.cohort ?? Math.ceil(reduction ** rungs - 1e-9),
    OF,
    'cohort',
    1,
    LARGEST_COUNT,
  )
  return {
    name: `${OF}(cohort ${cohort}, reduction ${reduction})`,
    maxSteps,
    isScheduler: true,
    start: ({ direction }) => {
      checkDirection(direction, OF)
      return new Halving({ minSteps, reduction, rungs, cohort }, direction === 'maximize' ? -1 : 1)
    },
  }
}

interface Rules {
  readonly minSteps: number
  readonly reduction: number
  readonly rungs: number
  readonly cohort: number
}

/** A trial that hasn't ended. */
interface Runner {
  readonly trial: number
  readonly cohort: number
  /** The rung that it is on its way to. */
  rung: number
  loss: number
  lastStep: number
  isPaused: boolean
  /** The rung was decided: it goes on, or for that reason doesn't. */
  verdict: 'goOn' | { readonly reason: string } | undefined
}

class Halving implements PrunerSearch {
  readonly #rules: Rules
  readonly #sign: number
  readonly #runners = new Map<number, Runner>()
  #begun = 0

  constructor(rules: Rules, sign: number) {
    this.#rules = rules
    this.#sign = sign
  }

  begin(trial: number): void {
    const known = this.#runners.get(trial)
    if (known === undefined) {
      const cohort = Math.floor(this.#begun / this.#rules.cohort)
      this.#begun += 1
      this.#runners.set(trial, {
        trial,
        cohort,
        rung: 0,
        loss: Infinity,
        lastStep: -Infinity,
        isPaused: false,
        verdict: undefined,
      })
      return
    }
    if (known.isPaused) {
      this.#decideIfIdle(known)
      known.rung += 1
    }
    known.isPaused = false
    known.verdict = undefined
  }

  decide({ trial, step, value }: Reported): Pause | undefined {
    const runner = this.#runners.get(trial)
    const { minSteps, reduction, rungs } = this.#rules
    if (runner === undefined || !(step > runner.lastStep) || runner.isPaused) return undefined
    runner.lastStep = step
    // At the last step there is nothing left to decide.
    if (runner.rung >= rungs || step < minSteps * reduction ** runner.rung * (1 - 1e-9)) return undefined
    runner.loss = Number.isNaN(value) ? Infinity : this.#sign * value
    return { pause: `it waits at rung ${runner.rung + 1} (step ${step}) for the others of its cohort` }
  }

  paused(trial: number): void {
    const runner = this.#runners.get(trial)
    if (runner === undefined) return
    runner.isPaused = true
    // At once, and not when it is asked for: a study that is read again decides by the same ones.
    this.#decideRungs(false)
  }

  next({ isIdle }: { readonly isIdle: boolean }): NextStep | undefined {
    if (isIdle) this.#decideRungs(true)
    for (const { trial, verdict } of this.#runners.values()) {
      if (verdict === 'goOn') return { kind: 'goOn', trial }
      if (verdict !== undefined) return { kind: 'stop', trial, reason: verdict.reason }
    }
    return undefined
  }

  end(trial: number): void {
    const runner = this.#runners.get(trial)
    if (runner === undefined) return
    this.#decideIfIdle(runner)
    this.#runners.delete(trial)
    this.#decideRungs(false)
  }

  /** One that waits goes on, or ends, undecided: an earlier session had decided without those that never came. */
  #decideIfIdle({ isPaused, verdict }: Runner): void {
    if (isPaused && verdict === undefined) this.#decideRungs(true)
  }

  restart(trial: number): void {
    const runner = this.#runners.get(trial)
    if (runner === undefined) return
    runner.rung = 0
    runner.lastStep = -Infinity
    runner.isPaused = false
    runner.verdict = undefined
  }

  /** Decides each rung of each cohort to which nobody else is on the way. */
  #decideRungs(isIdle: boolean): void {
    const cohorts = new Map<number, Runner[]>()
    for (const runner of this.#runners.values()) {
      const others = cohorts.get(runner.cohort)
      if (others === undefined) cohorts.set(runner.cohort, [runner])
      else others.push(runner)
    }
    for (const [cohort, runners] of cohorts) {
      const isWhole = isIdle || this.#begun >= (cohort + 1) * this.#rules.cohort
      if (!isWhole) continue
      const waiting = runners.filter(({ isPaused, verdict }) => isPaused && verdict === undefined)
      const rung = Math.min(...waiting.map((one) => one.rung))
      const isComing = runners.some((one) => {
        if (!one.isPaused) return one.rung <= rung
        return one.verdict === 'goOn' && one.rung < rung
      })
      if (waiting.length > 0 && !isComing) this.#decideRung(waiting.filter((one) => one.rung === rung))
    }
  }

  #decideRung(arrived: readonly Runner[]): void {
    const ranked = arrived.toSorted((a, b) => (a.loss === b.loss ? a.trial - b.trial : a.loss - b.loss))
    const kept = Math.max(1, Math.floor(ranked.length / this.#rules.reduction + 1e-9))
    const limit = showNumber(this.#sign * (ranked[kept - 1] as Runner).loss)
    for (const [rank, runner] of ranked.entries()) {
      const { loss, rung } = runner
      const isKept = rank < kept && loss < Infinity
      runner.verdict = isKept
        ? 'goOn'
        : {
            reason: `${showNumber(this.#sign * loss)} is ${rank + 1} of ${ranked.length} at rung ${rung + 1}, where the best ${kept} go on (${limit})`,
          }
    }
  }
}
