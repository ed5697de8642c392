// `heddle sweep`: what the file of a study holds. It takes no lock and needs no process of its sweep, so it works while that
// runs, too. What reads studies is loaded once one is named.

import { writeFile } from 'node:fs/promises'
import { basename, dirname, extname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Command, Option } from 'commander'
import type { AnyResult } from '../../sweep/results/sweep-result.js'
import { EXIT_FAILED, EXIT_OK } from '../input/exit-codes.js'
import { UsageError } from '../input/usage-error.js'
import { printable } from '../display/printable.js'
import { reportOutput, type ReportOutput } from '../display/report-output.js'
import { openInBrowser } from './open-in-browser.js'
import { watchStudy } from './watch-study.js'

/** Makes the command; `onExit` is called with the exit code. */
export function sweepCommand(onExit: (code: number) => void): Command {
  const sweep = new Command('sweep')
    .summary('show what a sweep has found, from its file')
    .description(
      'Reads the file of a study (the option storage of a sweep), also while its sweep runs: it takes no lock, and changes nothing.',
    )
  const commands = [reportCommand(onExit), bestCommand(onExit), exportCommand(), watchCommand(onExit)]
  for (const command of commands) sweep.addCommand(command)
  return sweep
}

interface OutputFlags {
  readonly output?: string
}

function reportCommand(onExit: (code: number) => void): Command {
  return new Command('report')
    .summary('write the page that shows it')
    .description(
      'Writes a page that shows the study: history, learning curves, parameters, what matters, all trials. It is one file that needs no other.',
    )
    .argument('<file>', 'file of the study')
    .option('-o, --output <path>', 'where to; - for standard output (default: beside the file, .html)')
    .option('--open', 'open it in the browser')
    .action(async (file: string, flags: OutputFlags & { readonly open?: boolean }) => {
      const output = reportOutput()
      const result = await read(file)
      const path = flags.output ?? join(dirname(file), `${basename(file, extname(file))}.html`)
      await write(path, result.toHTML(), file, output)
      onExit(flags.open === true ? await show(path, output) : EXIT_OK)
    })
}

async function show(path: string, output: ReportOutput): Promise<number> {
  if (path === '-') throw new UsageError('--open needs a file: leave out --output -')
  const problem = await openInBrowser(pathToFileURL(resolve(path)).href)
  if (problem === undefined) return EXIT_OK
  output.note(`${problem}: open ${printable(path)}`)
  return EXIT_FAILED
}

function bestCommand(onExit: (code: number) => void): Command {
  return new Command('best')
    .summary('print the best trial')
    .description(
      'Prints the best trial that it has so far, with its parameters; of a sweep of several metrics, those on the Pareto front. Exits with 1 if there is none.',
    )
    .argument('<file>', 'file of the study')
    .option('--json', 'write it as a line of JSON')
    .action(async (file: string, { json }: { readonly json?: boolean }) => {
      const output = reportOutput()
      const result = await read(file)
      const isSeveral = result.description.metrics !== undefined
      const best = new Set(isSeveral ? result.pareto().map(({ number }) => number) : [result.best?.number])
      const rows = result.rows().filter(({ number }) => best.has(number))
      if (rows.length === 0) {
        output.note(
          `none of the ${result.trials.length} trials of '${printable(file)}' is known to be the best`,
        )
        onExit(EXIT_FAILED)
      }
      for (const row of rows) {
        if (json === true) output.json(row)
        else printBest(row, result, output)
      }
    })
}

function printBest(
  row: ReturnType<AnyResult['rows']>[number],
  { description, trials }: AnyResult,
  output: ReportOutput,
): void {
  const { metric, stepKey } = description
  const { number, state, value, values = { [metric]: value }, step, parameters, metrics, notes } = row
  const measured = Object.entries(values).map(([name, entry]) => `${printable(name)} ${entry}`)
  output.line(
    `${output.style('green', measured.join(', '))}  trial ${number} of ${trials.length}, ${state}${step > 0 ? ` at ${printable(stepKey)} ${step}` : ''}`,
  )
  const others = Object.entries(metrics).filter(([name]) => !Object.hasOwn(values, name) && name !== stepKey)
  const lines = [...Object.entries(parameters), ...others].map(
    ([name, entry]) => [printable(name), printable(String(entry))] as const,
  )
  const width = Math.max(0, ...lines.map(([name]) => name.length))
  output.lines(lines.map(([name, entry]) => `  ${output.style('dim', name.padEnd(width))}  ${entry}`))
  output.lines(notes.map((note) => `  ${printable(note)}`))
}

const FORMATS = ['csv', 'json'] as const

function exportCommand(): Command {
  return new Command('export')
    .summary('write all trials as CSV or JSON')
    .description('Writes all trials, with their parameters, numbers, attributes and notes.')
    .argument('<file>', 'file of the study')
    .addOption(
      new Option('--format <format>', 'csv or json (default: as the output is called, else csv)').choices(
        FORMATS,
      ),
    )
    .option('-o, --output <path>', 'where to (default: standard output)')
    .action(async (file: string, flags: OutputFlags & { readonly format?: (typeof FORMATS)[number] }) => {
      const result = await read(file)
      const { output = '-', format = extname(output) === '.json' ? 'json' : 'csv' } = flags
      const text = format === 'csv' ? result.toCSV() : `${JSON.stringify(result, undefined, 2)}\n`
      await write(output, text, file, reportOutput())
    })
}

function watchCommand(onExit: (code: number) => void): Command {
  return new Command('watch')
    .summary('watch it until its sweep has ended')
    .description(
      'Shows the study as a table that follows its file, until nobody writes to it any more. On no terminal, a line for each better best. Watching changes nothing: Ctrl-C ends the watching only.',
    )
    .argument('<file>', 'file of the study')
    .option('--json', 'write how it stands as NDJSON, at each change')
    .action(async (file: string, { json }: { readonly json?: boolean }) =>
      onExit(await watchStudy(file, json === true, reportOutput())),
    )
}

async function read(file: string): Promise<AnyResult> {
  const { readStudy } = await import('../../sweep/read-study.js')
  return readStudy(file)
}

async function write(path: string, text: string, file: string, output: ReportOutput): Promise<void> {
  if (path === '-') {
    output.text(text)
    return
  }
  if (resolve(path) === resolve(file)) {
    throw new UsageError(`'${path}' is the study itself: give --output another path`)
  }
  await writeFile(path, text)
  output.note(`wrote ${printable(path)}`)
}
