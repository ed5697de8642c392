// Loggers: what takes a sweep's numbers elsewhere as they come. Two are here, to formats that others read; an experiment tracker
// is another one, of an app's own.

import { appendFile, rename, writeFile } from 'node:fs/promises'
import { wrongOption, wrongValue } from '../checks/wrong-value.js'
import type { FlatParameters, SweepProgress, TrialState } from './results/progress.js'

/** A report that was taken in. */
export interface LoggedReport {
  /** Name of the study. */
  readonly study: string
  readonly trial: number
  readonly attempt: number
  readonly step: number
  /** By name; choices that JSON doesn't keep are their labels. */
  readonly parameters: FlatParameters
  /** All numbers of the report. */
  readonly numbers: Readonly<Record<string, number>>
  /** Epoch milliseconds. */
  readonly at: number
}

/** A trial that has ended. */
export interface LoggedTrial extends Omit<LoggedReport, 'numbers'> {
  readonly state: TrialState
  /** As `trial.value` and `trial.values`. */
  readonly value?: number
  readonly values?: Readonly<Record<string, number>>
  readonly reason?: string
}

/**
 * Is told what happens in a sweep. If one of its methods throws or rejects, the sweep fails with that error; none is waited for
 * but `close`.
 */
export interface SweepLogger {
  /** A trial has reported; not what came after its verdict. */
  report?(report: LoggedReport): unknown
  /** A trial has ended; not one that is tried again or goes on later. */
  trial?(trial: LoggedTrial): unknown
  /** How the sweep stands: at most five times a second, and at its end. */
  progress?(progress: SweepProgress): unknown
  /** The sweep has ended, however it did. It is waited for. */
  close?(): unknown
}

/**
 * Appends each report and each end of a trial to a file, as a line of JSON with a `type`: `'report'`, `'trial'`. A number that
 * isn't finite is `null`.
 */
export function jsonLines(path: string): SweepLogger {
  checkPath(path, 'jsonLines')
  let pending = ''
  const write = inTurn(async () => {
    const text = pending
    pending = ''
    if (text !== '') await appendFile(path, text)
  })
  const append = (line: object): Promise<void> => {
    pending += `${JSON.stringify(line)}\n`
    return write()
  }
  return {
    report: (report) => append({ type: 'report', ...report }),
    trial: (trial) => append({ type: 'trial', ...trial }),
    close: () => write(),
  }
}

/**
 * Keeps a file in the OpenMetrics text format with how the sweep stands: for the textfile collector of Prometheus' node exporter,
 * say. It is replaced as a whole.
 */
export function openMetrics(path: string): SweepLogger {
  checkPath(path, 'openMetrics')
  let last: SweepProgress | undefined
  const write = inTurn(async () => {
    const progress = last
    last = undefined
    if (progress === undefined) return
    await writeFile(`${path}.new`, renderMetrics(progress))
    await rename(`${path}.new`, path)
  })
  return {
    progress: (progress) => {
      last = progress
      return write()
    },
    close: () => write(),
  }
}

/** The text of a progress in the OpenMetrics format. */
function renderMetrics({ study, metric, counts, best, ...progress }: SweepProgress): string {
  const own = label('study', study)
  const gauge = (
    name: string,
    help: string,
    values: readonly (readonly [labels: string, value: number])[],
  ) => [
    `# TYPE heddle_sweep_${name} gauge`,
    `# HELP heddle_sweep_${name} ${help}`,
    ...values.map(([labels, value]) => `heddle_sweep_${name}{${own}${labels}} ${value}`),
  ]
  const values = best?.values ?? (best?.value === undefined ? {} : { [metric]: best.value })
  const lines = [
    ...gauge(
      'trials',
      'How many trials stand how.',
      Object.entries(counts).map(([state, count]) => [`,${label('state', state)}`, count] as const),
    ),
    ...gauge(
      'best',
      'The best value so far.',
      Object.entries(values).map(([name, value]) => [`,${label('metric', name)}`, value] as const),
    ),
    ...gauge('steps', 'Steps trained by all trials.', [['', progress.stepsSpent]]),
    ...gauge(
      'steps_saved',
      'Steps that stopping trials early has saved, estimated.',
      progress.stepsSaved === undefined ? [] : [['', progress.stepsSaved]],
    ),
    ...gauge('updated_seconds', 'When that was, in seconds since 1970.', [['', progress.at / 1000]]),
    '# EOF',
  ]
  return `${lines.join('\n')}\n`
}

/** The option `loggers`, as a list. @throws `ActionInputError` for what is none. */
export function resolveLoggers(
  given: SweepLogger | readonly SweepLogger[] | undefined,
  of: string,
): readonly SweepLogger[] {
  const loggers = given ?? []
  const list: readonly unknown[] = Array.isArray(loggers) ? loggers : [loggers]
  for (const logger of list) {
    const methods = ['report', 'trial', 'progress', 'close'] as const
    const isOne =
      typeof logger === 'object' &&
      logger !== null &&
      methods.some((name) => typeof (logger as SweepLogger)[name] === 'function')
    if (!isOne)
      throw wrongOption(
        of,
        'loggers',
        logger,
        'made by jsonLines(), or an object of report, trial, progress, close',
      )
  }
  return list as readonly SweepLogger[]
}

function label(name: string, value: string): string {
  return `${name}="${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`
}

function checkPath(path: unknown, of: string): void {
  if (typeof path !== 'string' || path === '') throw wrongValue(of, 'the path', path, 'the path of a file')
}

/** One call at a time; calls that come meanwhile share the next one. */
function inTurn(act: () => Promise<void>): () => Promise<void> {
  let current: Promise<void> = Promise.resolve()
  let next: Promise<void> | undefined
  return () => {
    next ??= current.then(() => {
      next = undefined
      current = act()
      return current
    })
    return next
  }
}
