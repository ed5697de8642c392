/**
 * A hyper-parameter search: dozens of networks learn to read handwritten digits, those that lag behind are stopped, and
 * the first one that is good enough ends all the others.
 */
import { parseArgs } from 'node:util'
import { availableParallelism } from 'node:os'
import { createRuntime, isHeddleError } from 'heddle'
import type { ActionContext, ActionHandle, Outcome } from 'heddle'
import { loadDigits } from './dataset.js'
import type { Dataset } from './dataset.js'
import { createMedianRule, medianOf } from './median-rule.js'
import { createRandom } from './random.js'
import { randomConfiguration } from './search-space.js'
import { bestOf, createDisplay, describe, percent } from './table.js'
import type { Display, Row } from './table.js'
import { trial } from './trial.js'
import type { Progress, TrialResult } from './trial.js'

const HELP = `Searches for a network that reads handwritten digits.

Usage: npm start -- [options]

  --trials <n>      configurations to try (48)
  --target <share>  validation accuracy that ends the search, above 0.5 to 1 (0.96)
  --seed <n>        seed of configurations, weights and batches (3)
  --threads <n>     trials that run at a time (the machine's parallelism: ${availableParallelism()})
  --help            this text

Ctrl-C stops all trials, cleanly.
`

const MAX_EPOCHS = 16

interface Settings {
  readonly trials: number
  readonly target: number
  readonly seed: number
  readonly threads: number
  readonly maxEpochs: number
}

/** How the search went, for the report. */
interface Ended {
  /** `undefined` if no trial reached the target. */
  readonly winner: TrialResult | undefined
  readonly outcomes: readonly Outcome<TrialResult>[]
}

// No `isActionThread` guard here: threads import `trial.js`, where the action is defined, and never this file.
const settings = readSettings()
if (settings !== undefined) await main(settings)

async function main(settings: Settings): Promise<void> {
  const startedAt = performance.now()
  const runtime = createRuntime({ threads: settings.threads, processSignals: true })
  try {
    const digits = await loadDigits()
    const rows = drawRows(settings)
    const display = createDisplay(rows, settings, process.stdout)
    // A scope's body runs here, in the main thread, where it can reach the table; the trials it spawns go to threads.
    const ended = await runtime
      .scope((ctx) => search(ctx, rows, digits, settings, display), { name: 'digits' })
      .finally(() => display.close())
    console.log(report(ended, rows, settings, (performance.now() - startedAt) / 1000))
  } catch (error) {
    if (!isHeddleError(error, 'ActionAbortedError')) throw error
    console.log(`\nStopped: ${error.reason.message}.`)
    process.exitCode = 1 // after Ctrl-C the runtime ends the process itself, with 130
  } finally {
    await runtime.close()
  }
}

/** Starts all trials, stops those that lag, and ends the rest as soon as one has reached the target. */
async function search(
  ctx: ActionContext,
  rows: readonly Row[],
  digits: Dataset,
  { seed, target, maxEpochs }: Settings,
  display: Display,
): Promise<Ended> {
  const rule = createMedianRule({ warmUpEpochs: 2, minimumOthers: 3 })

  const trials = rows.map((row) => {
    const { trial: number, configuration } = row
    const input = { trial: number, configuration, digits, seed, maxEpochs, target }
    const handle = ctx.spawn(trial, input, { name: `trial-${number}` })
    row.handle = handle
    return handle
  })
  const watched = trials.map((handle, index) => watch(handle, rows[index]!))

  const winner = await ctx
    .first(trials, (result) => result.accuracy >= target)
    .catch((error: unknown) => {
      if (error instanceof AggregateError) return undefined // all have ended, and none was accepted
      throw error
    })
  return { winner, outcomes: await Promise.all(watched) }

  /** Keeps a trial's row up to date, and cancels the trial if it lags. */
  async function watch(
    handle: ActionHandle<TrialResult, { reports: Progress }>,
    row: Row,
  ): Promise<Outcome<TrialResult>> {
    for await (const { epoch, accuracy, loss } of handle.reports()) {
      row.state = 'running'
      row.accuracies[epoch - 1] = accuracy
      row.loss = loss
      display.show(row)
      const lag = rule.judge(row.trial, epoch, accuracy)
      if (lag !== undefined) {
        row.note = `stopped: median ${percent(lag.median)}`
        handle.cancel(
          `best ${percent(lag.best)} in ${lag.epoch} epochs, below the median ${percent(lag.median)} of ${lag.others} others`,
        )
      }
    }
    const outcome = await handle.settled()
    settle(row, outcome, target)
    display.show(row)
    return outcome
  }
}

/** Writes into a row how its trial ended. */
function settle(row: Row, outcome: Outcome<TrialResult>, target: number): void {
  switch (outcome.status) {
    case 'succeeded':
      row.state = outcome.output.accuracy >= target ? 'reached' : 'finished'
      row.note = row.state === 'reached' ? 'reached the target' : ''
      break
    case 'aborted':
      row.state = row.note === '' ? 'ended' : 'stopped'
      if (outcome.reason.source !== 'cancel') row.note = outcome.reason.message
      row.note ||= outcome.how === 'never-started' ? 'never started' : 'ended by the winner'
      break
    case 'failed':
    case 'timedOut':
      row.state = 'failed'
      row.note = outcome.error.code
  }
}

/** One row, and so one random configuration, for each trial. */
function drawRows({ seed, trials }: Settings): Row[] {
  const random = createRandom(seed, 'configurations')
  return Array.from({ length: trials }, (_, index) => ({
    trial: index + 1,
    configuration: randomConfiguration(random),
    state: 'queued',
    note: '',
    accuracies: [],
    loss: NaN,
  }))
}

/** The best trial, what the stops have saved, and how long they took. */
function report(
  { winner, outcomes }: Ended,
  rows: readonly Row[],
  settings: Settings,
  seconds: number,
): string {
  const best = rows.toSorted((a, b) => bestOf(b) - bestOf(a))[0]!
  const tested = outcomes.flatMap((outcome) => (outcome.status === 'succeeded' ? [outcome.output] : []))
  const test = tested.find((result) => result.trial === best.trial)?.testAccuracy
  const trained = rows.reduce((sum, row) => sum + row.accuracies.length, 0)
  const all = rows.length * settings.maxEpochs
  const count = (state: Row['state']): number => rows.filter((row) => row.state === state).length
  const neverStarted = outcomes.filter(
    (outcome) => outcome.status === 'aborted' && outcome.how === 'never-started',
  )
  const stops = outcomes.flatMap((outcome) =>
    outcome.status === 'aborted' && outcome.how === 'cooperative' && outcome.abortRequestedAt !== undefined
      ? [outcome.settledAt - outcome.abortRequestedAt]
      : [],
  )

  const lines = [
    '',
    winner === undefined
      ? `No trial reached ${percent(settings.target)}; trial ${best.trial} came closest:`
      : `Trial ${winner.trial} reached ${percent(settings.target)} after ${winner.epoch} epochs:`,
    `  ${describe(best)}`,
    `  validation accuracy ${percent(bestOf(best))}` +
      (test === undefined ? '' : `, on digits that decided nothing ${percent(test)}`),
    '',
    `Trained ${trained} epochs of ${all} (${rows.length} trials × ${settings.maxEpochs}): ` +
      `${percent(1 - trained / all)} of the compute was saved.`,
    `  ${count('stopped')} trials were stopped by the median rule, ${count('ended')} ended by the winner ` +
      `(${neverStarted.length} of them before they started), ${count('failed')} failed.`,
  ]
  if (stops.length > 0) {
    lines.push(
      `  From a stop to the end of its trial: ${medianOf(stops).toFixed(1)} ms in the median, ` +
        `${Math.max(...stops).toFixed(1)} ms at most.`,
    )
  }
  return [...lines, `  ${seconds.toFixed(1)} s in all.`].join('\n')
}

/** Reads the command line; `undefined` if there is nothing more to do. */
function readSettings(): Settings | undefined {
  try {
    const { values } = parseArgs({
      options: {
        trials: { type: 'string', default: '48' },
        target: { type: 'string', default: '0.96' },
        seed: { type: 'string', default: '3' },
        threads: { type: 'string', default: String(availableParallelism()) },
        help: { type: 'boolean', default: false },
      },
    })
    if (values.help) {
      process.stdout.write(HELP)
      return undefined
    }
    return {
      trials: numberFrom(
        'trials',
        values.trials,
        (n) => Number.isInteger(n) && n >= 1,
        'an integer of at least 1',
      ),
      target: numberFrom('target', values.target, (n) => n > 0.5 && n <= 1, 'a number above 0.5, at most 1'),
      seed: numberFrom('seed', values.seed, Number.isSafeInteger, 'an integer'),
      threads: numberFrom(
        'threads',
        values.threads,
        (n) => Number.isInteger(n) && n >= 1,
        'an integer of at least 1',
      ),
      maxEpochs: MAX_EPOCHS,
    }
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${HELP}`)
    process.exitCode = 2
    return undefined
  }
}

function numberFrom(name: string, text: string, accepts: (value: number) => boolean, wanted: string): number {
  const value = Number(text)
  if (text.trim() === '' || !accepts(value)) throw new RangeError(`--${name} is ${wanted}, not '${text}'`)
  return value
}
