/**
 * The median rule: a trial that does worse than half of the others did at the same point isn't worth its time.
 * Knows nothing of actions; whoever asks does the stopping.
 *
 * After Golovin et al. 2017, 'Google Vizier: A Service for Black-Box Optimization', section 3.2, which compares a trial's
 * best with the median of the others' running averages. Here it is compared with the median of the others' bests.
 */

/** Why a trial should be stopped. */
export interface Lag {
  readonly epoch: number
  /** The trial's best accuracy up to that epoch, 0…1. */
  readonly best: number
  /** The median of the bests of the other trials up to that epoch, 0…1. */
  readonly median: number
  /** How many others had come that far. */
  readonly others: number
}

/** Compares trials with each other; made by `createMedianRule`. */
export interface MedianRule {
  /**
   * Notes what a trial reached and compares it with the others.
   *
   * Epochs may be missing, as reports are coalesced when they come faster than they are read: what is noted for a later
   * epoch then counts for the missing ones too.
   *
   * @returns How far it lags behind, or `undefined` if it should go on.
   */
  judge(trial: number, epoch: number, accuracy: number): Lag | undefined
}

/**
 * A rule for one search.
 *
 * @param options.warmUpEpochs No trial is stopped before it has come so far: early accuracies say little.
 * @param options.minimumOthers Nor before so many others have.
 */
export function createMedianRule(options: { warmUpEpochs: number; minimumOthers: number }): MedianRule {
  /** For each trial its best accuracy up to each epoch; the first epoch is at 0. */
  const bests = new Map<number, number[]>()

  return {
    judge(trial, epoch, accuracy) {
      const own = bests.get(trial) ?? []
      bests.set(trial, own)
      const best = Math.max(accuracy, own.at(-1) ?? 0)
      while (own.length < epoch) own.push(best)

      if (epoch < options.warmUpEpochs) return undefined
      const others = [...bests]
        .filter(([other, reached]) => other !== trial && reached.length >= epoch)
        .map(([, reached]) => reached[epoch - 1]!)
      if (others.length < options.minimumOthers) return undefined
      const median = medianOf(others)
      return best < median ? { epoch, best, median, others: others.length } : undefined
    },
  }
}

/** The middle one of some numbers, or the mean of the middle two; of at least one. */
export function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
