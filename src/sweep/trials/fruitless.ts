// Notices a sweep that can't find anything at all: one whose metric nobody gives ends early, with what was given instead,
// and one of which every trial has failed says so.

import { ActionInputError } from '../../protocol/errors/errors.js'
import { GivenKeys } from '../space/given-keys.js'
import type { MetricDirection } from '../results/metrics.js'
import type { TrialLedger } from './trial-ledger.js'
import { numbersOf, returnedNumbers, type TrialEnd } from './trial.js'

/** So many trials at least must have ended without the metric before that is taken for a wrong one. */
const MIN_WITHOUT_METRIC = 3

/** Watches over one session of a sweep. */
export class FruitlessCheck {
  readonly #ledger: TrialLedger
  readonly #given = new GivenKeys()
  #ended = 0
  #withoutMetric = 0

  constructor(ledger: TrialLedger) {
    this.#ledger = ledger
  }

  /** A report had no metric. */
  reported(report: unknown): void {
    if (!this.#ledger.isMeasured) this.#given.add('report', report)
  }

  /** The numbers that a trial has returned. A plain one is the metric, unless it has reported one of almost that name. */
  returned(output: unknown): Record<string, number> {
    const { metrics, metric, objective } = this.#ledger.options
    if (metrics.length > 1) return numbersOf(output)
    const isDoubtful =
      typeof output === 'number' &&
      objective !== 'returned' &&
      !this.#ledger.isMeasured &&
      this.#given.isNearly(metric)
    return isDoubtful ? {} : returnedNumbers(output, metric)
  }

  /** A trial has ended; `output`: what it returned. */
  ended({ failure }: TrialEnd, output: unknown): void {
    this.#ended += 1
    if (failure !== 'noMetric') return
    this.#withoutMetric += 1
    this.#given.add('return', output)
  }

  /** What is wrong, once so many have ended without the metric that it won't come. `isOver`: there are no more. */
  findError(study: string, isOver: boolean): ActionInputError | undefined {
    const { metrics, metric, concurrency, objective } = this.#ledger.options
    const count = this.#withoutMetric
    const missing = metrics.find(({ name }) => !this.#given.hasNumber(name))?.name ?? metric
    const isAll = isOver && count > 0 && count === this.#ended
    if (this.#ledger.isMeasured || !(isAll || count >= Math.max(MIN_WITHOUT_METRIC, concurrency)))
      return undefined
    return new ActionInputError(
      `sweep '${study}': ${count === 1 ? 'a trial has' : `${count} trials have`} ended, and none has ${objective === 'returned' ? 'returned a number, or one as' : metrics.length > 1 ? 'given the numbers' : 'given a number'} ` +
        `${describeMetrics(metrics)}. ${this.#given.describe(missing, objective)}`,
    )
  }

  /** The warning at the end of a sweep, if all of its trials have failed. */
  describeFailure(study: string): string | undefined {
    const { records, counts } = this.#ledger
    if (records.size === 0 || counts.failed < records.size) return undefined
    const kinds = new Map<string, number>()
    for (const { failure = 'error' } of records.values()) kinds.set(failure, (kinds.get(failure) ?? 0) + 1)
    const [first] = records.values()
    const by = [...kinds].map(([kind, count]) => `${count} by '${kind}'`).join(', ')
    return `sweep '${study}' has found nothing: all its trials have failed (${by}). Trial ${first?.number}: ${first?.reason}`
  }
}

function describeMetrics(metrics: readonly MetricDirection[]): string {
  const names = metrics.map(({ name }) => `'${name}'`).join(' and ')
  return metrics.length === 1 ? `${names}, the metric` : `${names} together, the metrics`
}
