// `heddle run`: what it is asked for. How it is carried out is in `run-in-foreground`.

import { Command, InvalidArgumentError, Option } from 'commander'
import { parseResources } from '../input/parse-resources.js'
import { parseDuration } from '../display/duration.js'
import { runInForeground } from './run-in-foreground.js'
import type { OwnOption } from '../input/read-input.js'
import { UsageError } from '../input/usage-error.js'

interface RunFlags {
  readonly input?: string
  readonly threads?: number
  readonly resources?: Readonly<Record<string, number>>
  readonly serve?: boolean
  readonly address?: string
  readonly runName?: string
  readonly grace?: string
  readonly timeout?: string
  readonly json?: boolean
  readonly quiet?: boolean
  readonly verbose?: boolean
  readonly help?: boolean
}

/** Makes the command; `onExit` is called with the exit code. */
export function runCommand(onExit: (code: number) => void): Command {
  const command: Command = new Command('run')
    .summary('run an action in the foreground')
    .description(
      [
        "Runs an action of a module in the foreground, until it has settled. Flags become the action's input: --child-delay 2 sets childDelay, --optimizer.lr 0.1 a nested value, and a repeated flag makes a list. They are read and checked by the action's schema; without one, what is JSON is read as JSON and the rest as text. Flags that this command has, too, go behind --.",
        '',
        'The result goes to standard output, everything else to standard error. Other terminals find the run by heddle ps, and stop it, or a part of it, by heddle abort.',
      ].join('\n'),
    )
  addOptions(command).action(
    async (module: string | undefined, action: string | undefined, flags: string[], options: RunFlags) => {
      if (module !== undefined) onExit(await run(command, module, action, flags, options))
      else if (options.help === true) command.outputHelp()
      else throw new UsageError('name a module: heddle run <module> [action]')
    },
  )
  return command
}

function addOptions(command: Command): Command {
  return command
    .argument('[module]', 'file (JavaScript or TypeScript) or package that defines the action')
    .argument('[action]', "its name; may be left out if it is the only one, the default export, or 'main'")
    .argument('[flags...]', "the action's input, as --name value")
    .allowUnknownOption()
    .helpOption(false)
    .option(
      '--input <json>',
      'input as JSON, @file, or @- for standard input; flags change single values of it',
    )
    .addOption(
      new Option('--threads <count>', 'threads for the actions (default: one for each core)').argParser(
        parseThreads,
      ),
    )
    .option(
      '--resources <name=count>',
      'named resources that actions may need, such as gpu=2; several by commas, or by the option again',
      parseResources,
    )
    .option('--serve', 'fail if the run can’t be served; say where it is')
    .option('--no-serve', 'open nothing to other terminals, HTTP and the console')
    .option('--address <host:port>', 'where to serve (default: a free port of 127.0.0.1)')
    .option('--run-name <name>', 'name of the run (default: made from the action’s)')
    .option(
      '--grace <time>',
      'how long aborted actions may clean up unless they say so themselves (default: 5s)',
    )
    .option('--timeout <time>', 'how long the run may take')
    .option('--json', 'write events and the outcome to standard output, as NDJSON')
    .option('-q, --quiet', 'write errors only')
    .option('-v, --verbose', 'tell every step of every action')
    .option('-h, --help', 'show this help, and with a module its actions and their flags')
}

function run(
  command: Command,
  module: string,
  action: string | undefined,
  flags: readonly string[],
  options: RunFlags,
): Promise<number> {
  // The action's name comes first or not at all: what begins with dashes is a flag already.
  const isFlag = action?.startsWith('-') === true
  return runInForeground({
    module,
    action: isFlag ? undefined : action,
    flags: isFlag ? [action, ...flags] : flags,
    own: ownOptionsBehind(command, module),
    json: options.input,
    threads: options.threads,
    resources: options.resources,
    serve: options.serve,
    address: options.address,
    runName: options.runName,
    graceMs: options.grace === undefined ? undefined : parseDuration(options.grace, '--grace'),
    timeoutMs: options.timeout === undefined ? undefined : parseDuration(options.timeout, '--timeout'),
    asJson: options.json === true,
    detail: options.quiet === true ? 'quiet' : options.verbose === true ? 'verbose' : 'normal',
    help: options.help === true ? command : undefined,
  })
}

/** Which options of the command stand behind the module, where those of the input do. `--input` can only be the command's. */
function ownOptionsBehind(command: Command, module: string): readonly OwnOption[] {
  const { rawArgs: words = [] } = (command.parent ?? {}) as { readonly rawArgs?: readonly string[] }
  const behind = words.slice(words.indexOf(module) + 1)
  // A -- separates the two.
  if (behind.includes('--')) return []
  return behind.flatMap((word, index): OwnOption[] => {
    const name = word.replace(/=.*$/s, '')
    const option = command.options.find(({ long, short }) => long === name || short === name)?.long
    return option === undefined || option === '--input' || option === '--help'
      ? []
      : [[option, behind[index + 1]]]
  })
}

function parseThreads(text: string): number {
  const threads = Number(text)
  if (Number.isInteger(threads) && threads >= 1) return threads
  // Without threads, the module would be imported by this very process, and start its app.
  throw new InvalidArgumentError('It must be a whole number, 1 or more.')
}
