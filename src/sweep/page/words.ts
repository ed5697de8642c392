// What the static report and the console call the same things.

/** What the parts of a sweep's picture are called. */
export const TITLES: Readonly<Record<'history' | 'curves' | 'best' | 'parallel' | 'trials', string>> = {
  history: 'History',
  curves: 'Learning curves',
  best: 'Best so far',
  parallel: 'Parallel coordinates',
  trials: 'Trials',
}

/** What is said of learning curves. */
export const CURVES_END: string = 'A curve ends where its trial did.'

/** What stands at an axis. */
export function axisName(name: string, isLog: boolean): string {
  return isLog ? `${name} (log)` : name
}

/** The metric at an axis of parallel coordinates, with the direction in which it is better. */
export function metricName(name: string, direction: 'minimize' | 'maximize'): string {
  return `${name} ${direction === 'maximize' ? '↑' : '↓'}`
}

/** How much of the steps was saved, in whole percent; 0 where there were none. */
export function savedPercent(saved: number, spent: number): number {
  return saved + spent === 0 ? 0 : Math.round((100 * saved) / (saved + spent))
}

/** A length of time in short: `4.2 s`, `12 min`, `3.1 h`. */
export function duration(seconds: number): string {
  if (seconds < 100) return `${seconds.toFixed(1)} s`
  if (seconds < 6000) return `${Math.round(seconds / 60)} min`
  return `${(seconds / 3600).toFixed(1)} h`
}
