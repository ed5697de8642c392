// `heddle open`: the console at a run of a process that is served, in the browser, unlocked. Whoever may read this user's
// files may do so: the token lies in the process's entry.

import { stderr } from 'node:process'
import { Command } from 'commander'
import { EXIT_FAILED, EXIT_OK } from '../input/exit-codes.js'
import { isInteractive, linkTo } from './links.js'
import { openInBrowser } from './open-in-browser.js'
import { printable } from '../display/printable.js'
import { quoted } from '../../control/shown/quoted.js'
import { reportOutput, type ReportOutput } from '../display/report-output.js'
import { styleFor } from '../display/style.js'
import {
  addTargetOptions,
  askLiveRuns,
  describeSilent,
  findRun,
  findTargets,
  NotFoundError,
  SilentError,
  warnOfSilent,
  type Target,
  type TargetOptions,
} from '../input/target.js'
import { UsageError } from '../input/usage-error.js'

interface OpenFlags extends TargetOptions {
  readonly print?: boolean
}

/** Makes the command; `onExit` is called with the exit code. */
export function openCommand(onExit: (code: number) => void): Command {
  const command = new Command('open')
    .summary('open a run in the browser')
    .description(
      'Opens the console, a web page that the process itself serves, at a run, or at all runs of the process. The link holds the token: who has it may abort. BROWSER says which browser, and none that only the link is printed.',
    )
    .argument('[run]', 'name of a run; may be left out if only one process is served')
    .option('--print', 'print the link, with its token, and open nothing')
    .action(async (run: string | undefined, flags: OpenFlags) =>
      onExit(await open(run, flags, reportOutput())),
    )
  return addTargetOptions(command)
}

async function open(run: string | undefined, flags: OpenFlags, output: ReportOutput): Promise<number> {
  const target =
    run === undefined ? await findOnly(flags, output.warn) : await findRun(run, flags, output.warn)
  const token = target.process?.token ?? flags.token ?? ''
  const link = linkTo(target.client.url, run, token)
  if (flags.print === true) {
    output.line(link)
    return EXIT_OK
  }
  const shown = linkTo(target.client.url, run)
  const problem = await openInBrowser(link)
  if (problem === undefined) {
    output.note(`opened ${printable(shown)}`)
    return EXIT_OK
  }
  // A log keeps what is written to it, and is read by others: no token goes there unasked.
  if (isInteractive(stderr)) {
    output.note(`${styleFor(stderr)('dim', problem)}\nopen ${link}`)
    return EXIT_OK
  }
  const command = `heddle open ${run === undefined ? '' : `${quoted(run)} `}--print`
  output.note(`${problem}: '${command}' prints the link of ${printable(shown)}`)
  return EXIT_FAILED
}

/** The process, where there is only one; or that of the only live run. */
async function findOnly(flags: OpenFlags, warn: (text: string) => void): Promise<Target> {
  const targets = await findTargets(flags)
  const { answers, silent } = await askLiveRuns(targets, warn)
  const live = answers.filter(({ answer }) => answer.items.length > 0)
  const [only] = answers.length === 1 ? answers : live
  if (only === undefined) {
    if (silent.length > 0) throw new SilentError(describeSilent(silent))
    throw new NotFoundError(
      answers.length === 0
        ? 'no process of yours serves its runs. (heddle run does, and an app that calls runtime.serve().)'
        : `none of the ${answers.length} processes that serve runs has a live one: name one of them by --process, or a run`,
    )
  }
  if (answers.length > 1 && live.length > 1) {
    const names = live.flatMap(({ answer }) => answer.items.map(({ run }) => `'${printable(run)}'`))
    throw new UsageError(
      `several processes have live runs: name one of ${names.join(', ')}, or use --process`,
    )
  }
  warnOfSilent(silent, warn)
  return only.target
}
