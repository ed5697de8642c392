// `heddle logs`: what actions have logged, and, with -f, what they go on to log.

import { Command, Option } from 'commander'
import type { LogEntry, LogsQuery } from '../../control/api.js'
import { ControlError } from '../../control/client/control-error.js'
import type { LogLevel } from '../../protocol/messages.js'
import { ROOT_ID } from '../../protocol/ids.js'
import { isTerminal } from '../../protocol/outcome.js'
import { describeLog, EventLayout } from '../display/event-lines.js'
import { EXIT_OK } from '../input/exit-codes.js'
import { parseCount } from '../input/parse-count.js'
import { Interrupts } from './interrupts.js'
import { reportOutput, type ReportOutput } from '../display/report-output.js'
import { addTargetOptions, findRun, isServed, type RunTarget, type TargetOptions } from '../input/target.js'

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error']

interface LogsFlags extends TargetOptions {
  readonly follow?: boolean
  readonly under?: boolean
  readonly level: LogLevel
  readonly limit: number
  readonly json?: boolean
}

/** Makes the command; `onExit` is called with the exit code. */
export function logsCommand(onExit: (code: number) => void): Command {
  const command = new Command('logs')
    .summary('show what actions have logged')
    .description('Shows the log entries of a run, or of one action, oldest first.')
    .argument('[run]', 'name of the run; may be left out if only one is live')
    .argument('[action]', 'id of an action, such as a0.3')
    .option('-f, --follow', 'go on until the run has ended')
    .option('--under', 'of the action and of what is under it')
    .addOption(
      new Option('--level <level>', 'the least important that is shown').choices(LEVELS).default('debug'),
    )
    .addOption(
      new Option('-n, --limit <count>', 'how many of the newest are shown')
        .default(200)
        .argParser((text) => parseCount('--limit', text, 5000)),
    )
    .option('--json', 'write NDJSON')
    .action(async (run: string | undefined, action: string | undefined, flags: LogsFlags) => {
      const output = reportOutput()
      const target = await findRun(run, flags, output.warn)
      onExit(await showLogs(target, action, flags, output))
    })
  return addTargetOptions(command)
}

async function showLogs(
  target: RunTarget,
  action: string | undefined,
  flags: LogsFlags,
  output: ReportOutput,
): Promise<number> {
  const { client, run, summary } = target
  const query: LogsQuery = {
    level: flags.level,
    limit: flags.limit,
    ...(action !== undefined && { action, under: flags.under === true }),
  }
  const layout = new EventLayout(summary.queuedAt, output.style, () => output.width)
  const print = (entry: LogEntry): void => {
    if (flags.json === true) output.json(entry)
    else output.lines(layout.lines(entry, describeLog(entry, output.style)))
  }
  // An action that isn't there is an error, not a silence.
  if (action !== undefined) await client.action(run, action)
  const page = await client.logs(run, query)
  for (const entry of page.items) print(entry)
  if (page.items.length === 0 && flags.follow !== true) {
    const which = flags.level === 'debug' ? '' : ` at level ${flags.level} or above`
    output.note(
      `No log entries${which}: only what is told to ctx.log is recorded. What actions write to the console is in the output of their process.`,
    )
  }
  if (flags.follow !== true || isTerminal(summary.phase)) return EXIT_OK
  return followLogs(target, action, flags, page.seq, print)
}

/** Goes on with what is logged after an event, until the run has ended or the user has had enough. */
async function followLogs(
  { client, run, process }: RunTarget,
  action: string | undefined,
  flags: LogsFlags,
  since: number,
  print: (entry: LogEntry) => void,
): Promise<number> {
  using interrupts = new Interrupts()
  const stop = new AbortController()
  interrupts.handle({ onFirst: () => stop.abort(), onSecond: () => {} })
  const isWanted = (id: string): boolean =>
    action === undefined || id === action || (flags.under === true && id.startsWith(`${action}.`))
  const names = new Map<string, string>()
  const following = {
    run,
    lastEventId: String(since),
    signal: stop.signal,
    onConnection: (state: 'connected' | 'lost') => {
      if (state === 'lost' && process !== undefined) {
        void isServed(process).then((isThere) => (isThere ? undefined : stop.abort()))
      }
    },
  }
  try {
    for await (const event of client.events(following)) {
      if (event.type === 'actions') for (const { id, name } of event.actions) names.set(id, name)
      if (event.type === 'end') break
      if (event.type === 'phase') {
        names.set(event.id, event.name)
        if (event.id === ROOT_ID && isTerminal(event.phase)) break
      }
      if (event.type !== 'log' || event.seq <= since || !isWanted(event.id)) continue
      if (LEVELS.indexOf(event.level) < LEVELS.indexOf(flags.level)) continue
      const { type: _, run: __, ...entry } = event
      const name = names.get(entry.id) ?? (await nameOf(client, run, entry.id))
      names.set(entry.id, name)
      print({ ...entry, name })
    }
  } catch (error) {
    if (!stop.signal.aborted) throw error
  }
  return interrupts.exitCode ?? EXIT_OK
}

/** The name of an action that was spawned before the events began. */
async function nameOf(client: RunTarget['client'], run: string, id: string): Promise<string> {
  try {
    return (await client.action(run, id)).name
  } catch (error) {
    // Its record, or its process, may be gone by now.
    if (error instanceof ControlError) return ''
    throw error
  }
}
