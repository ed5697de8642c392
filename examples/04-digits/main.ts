/**
 * A hyper-parameter sweep: dozens of networks learn to read handwritten digits. TPE chooses their settings, ASHA stops those
 * that lag behind, and the first one that is good enough ends all the others.
 */
import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { availableParallelism } from 'node:os'
import { createRuntime, isHeddleError, type Runtime } from 'heddle'
import { asha, showSweep, sweep, target, tpe, type SweepResult } from 'heddle/sweep'
import { loadDigits } from './dataset.js'
import { space, type Configuration } from './search-space.js'
import { trial } from './trial.js'

const HELP = `Searches for a network that reads handwritten digits.

Usage: npm start -- [options]

  --trials <n>      configurations to try (64)
  --target <share>  validation accuracy that ends the search, above 0.5 to 1 (0.9575)
  --seed <n>        seed of configurations, weights and batches (1)
  --threads <n>     trials that run at a time (the machine's parallelism: ${availableParallelism()})
  --report <file>   also writes a page that shows the whole sweep
  --help            this text

Ctrl-C stops all trials, cleanly.
`

const MAX_EPOCHS = 16

interface Settings {
  readonly trials: number
  readonly target: number
  readonly seed: number
  readonly threads: number
  readonly report: string | undefined
}

// No `isActionThread` guard here: threads import `trial.js`, where the action is defined, and never this file.
const settings = readSettings()
if (settings !== undefined) await main(settings)

async function main({ trials, target: accuracy, seed, threads, report }: Settings): Promise<void> {
  const startedAt = performance.now()
  const runtime = createRuntime({ threads, processSignals: true })
  try {
    const isServed = await tellWhereToWatch(runtime)
    const digits = await loadDigits()
    const study = sweep(runtime, trial, {
      name: 'digits',
      space,
      // What all trials have in common comes here; the digits are shared memory, so that sending them copies nothing.
      input: (configuration, { number }) => ({
        configuration,
        trial: number,
        digits,
        seed,
        maxEpochs: MAX_EPOCHS,
        target: accuracy,
      }),
      metric: 'accuracy',
      direction: 'maximize',
      step: 'epoch',
      maxSteps: MAX_EPOCHS,
      sampler: tpe({ seed }),
      pruner: asha({ minSteps: 1, reduction: 3 }),
      trials,
      concurrency: threads + 1,
      // The winner is let run to its end, where it reads the digits that decided nothing.
      stop: target(accuracy, { when: 'completed' }),
    })
    const view = showSweep(study, process.stdout)
    const result = await study.finally(() => view.close())
    console.log(conclusion(result, (performance.now() - startedAt) / 1000))
    if (report !== undefined) {
      await study.report(report)
      console.log(`  The whole sweep: ${report}`)
    }
    if (isServed && isTerminal()) await untilKey()
  } catch (error) {
    if (!isHeddleError(error, 'ActionAbortedError')) throw error
    console.log(`\nStopped: ${error.reason.message}.`)
    process.exitCode = 1 // after Ctrl-C the runtime ends the process itself, with 130
  } finally {
    await runtime.close()
  }
}

/** The best trial, what the stops have saved, and what has mattered. */
function conclusion(result: SweepResult<Configuration>, seconds: number): string {
  const { best, counts, cost, trials, stoppedBy } = result
  if (best?.value === undefined) return '\nNo trial has learned anything.'
  const { testAccuracy } = best.metrics
  const saved = cost.stepsSaved ?? 0
  const importance = Object.entries(result.importance())
    .toSorted(([, a], [, b]) => b - a)
    .map(([name, share]) => `${name} ${(100 * share).toFixed(0)} %`)
  return [
    '',
    stoppedBy === undefined
      ? `No trial reached the target; trial ${best.number} came closest:`
      : `Trial ${best.number} reached the target after ${best.step} epochs:`,
    `  ${describe(best.parameters)}`,
    `  validation accuracy ${percent(best.value)}` +
      (testAccuracy === undefined ? '' : `, on digits that decided nothing ${percent(testAccuracy)}`),
    '',
    `Trained ${cost.steps} epochs in ${trials.length} trials, of which ${counts.failed} failed; ` +
      `stopping ${counts.pruned + counts.stopped} of them`,
    `early saved ${saved} (${percent(saved / (saved + cost.steps))}).`,
    ...(importance.length > 0 ? ['  What has mattered:', ...importance.map((share) => `    ${share}`)] : []),
    `  ${seconds.toFixed(1)} s in all.`,
  ].join('\n')
}

/**
 * Serves what runs, for a browser to watch and stop; gives whether it is. The link holds a token, so it is for this terminal
 * alone, and for no log.
 */
async function tellWhereToWatch(runtime: Runtime): Promise<boolean> {
  try {
    const server = await runtime.serve()
    const where = isTerminal() ? server.link() : `npx heddle open --process ${process.pid}`
    console.log(`Watch it, and stop what you like:\n  ${where}\n`)
    return true
  } catch (error) {
    // The search goes on, unseen.
    console.error(`It can't be watched: ${(error as Error).message}\n`)
    return false
  }
}

/** Whether a person sits here: then the console stays until they have seen enough. */
function isTerminal(): boolean {
  const { CI, TERM } = process.env
  return process.stdin.isTTY && process.stdout.isTTY && !CI && TERM !== 'dumb'
}

/** Waits for any key. */
async function untilKey(): Promise<void> {
  console.log('\nThe console stays open: press a key to end.')
  process.stdin.setRawMode(true)
  await once(process.stdin, 'data')
  process.stdin.setRawMode(false).pause()
}

function describe(configuration: Configuration): string {
  const { hiddenUnits, initialisation, batchSize, learningRate, momentum, l2 } = configuration
  return (
    `${hiddenUnits} hidden units (${initialisation}), batches of ${batchSize}, ` +
    `learning rate ${learningRate.toPrecision(2)},\n  momentum ${momentum}, L2 ${l2.toExponential(1)}`
  )
}

/** 0.9471 as '94.71 %'. */
function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`
}

/** Reads the command line; `undefined` if there is nothing more to do. */
function readSettings(): Settings | undefined {
  try {
    const { values } = parseArgs({
      options: {
        trials: { type: 'string', default: '64' },
        target: { type: 'string', default: '0.9575' },
        seed: { type: 'string', default: '1' },
        threads: { type: 'string', default: String(availableParallelism()) },
        report: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    })
    if (values.help) {
      process.stdout.write(HELP)
      return undefined
    }
    return {
      trials: numberFrom('trials', values.trials, atLeastOne, 'an integer of at least 1'),
      target: numberFrom('target', values.target, isShare, 'a number above 0.5, at most 1'),
      seed: numberFrom('seed', values.seed, Number.isSafeInteger, 'an integer'),
      threads: numberFrom('threads', values.threads, atLeastOne, 'an integer of at least 1'),
      report: values.report,
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

function atLeastOne(value: number): boolean {
  return Number.isInteger(value) && value >= 1
}

function isShare(value: number): boolean {
  return value > 0.5 && value <= 1
}
