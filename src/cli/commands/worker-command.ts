// `heddle worker`: makes this process a host, until it is told to stop.

import type { ResourceLimits } from 'node:worker_threads'
import { Command, Option } from 'commander'
import { formatDuration, parseDuration } from '../display/duration.js'
import { printable } from '../display/printable.js'
import { reportOutput, type ReportOutput } from '../display/report-output.js'
import { addClusterOptions, clusterOptions, withUsage, type ClusterFlags } from '../input/cluster-options.js'
import { EXIT_FAILED, EXIT_OK } from '../input/exit-codes.js'
import { parseCount } from '../input/parse-count.js'
import { parseResources } from '../input/parse-resources.js'
import { UsageError } from '../input/usage-error.js'
import { loadClusterFor, locateModule } from '../loading/module-location.js'
import { threadOptionsFor } from '../loading/typescript-loading.js'
import { Interrupts } from './interrupts.js'

interface WorkerFlags extends ClusterFlags {
  readonly threads?: number
  readonly labels?: readonly string[]
  readonly resources?: Readonly<Record<string, number>>
  readonly name?: string
  readonly lease?: string
  readonly build?: string
  readonly maxValueBytes?: number
  readonly maxBufferedBytes?: number
  readonly drain?: string
  readonly env?: Readonly<Record<string, string>>
  readonly execArgv?: readonly string[]
  readonly heap?: number
}

/** So large is the young generation at most, in MiB. */
const MOST_YOUNG = 16
/** `startWorker`'s own default. */
const DEFAULT_DRAIN = '30s'

/** Makes the command; `onExit` is called with the exit code. */
export function workerCommand(onExit: (code: number) => void): Command {
  const command = new Command('worker')
    .summary('lend the threads of this machine')
    .description(
      [
        'Runs actions of these modules, and of those that they import, for apps on other machines that ask for threads by the same Redis (connectCluster). The modules are imported in threads only.',
        '',
        'SIGTERM, or Ctrl-C, drains it: it takes nothing new, and lets what runs end for as long as --drain says. A second one ends it at once.',
      ].join('\n'),
    )
    .argument('<modules...>', 'files (JavaScript or TypeScript) or packages that define actions')
  return addFlags(addClusterOptions(command)).action(
    async (modules: readonly string[], flags: WorkerFlags) => {
      onExit(await work(modules, flags, reportOutput()))
    },
  )
}

function addFlags(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--threads <count>',
        'threads that are lent at a time (default: one for each core)',
      ).argParser((text) => parseCount('--threads', text)),
    )
    .option('--labels <names>', 'what this machine has, such as gpu; several by commas', (text) =>
      text.split(',').map((label) => label.trim()),
    )
    .option(
      '--resources <name=count>',
      'named resources of this machine that actions may need, such as gpu=2; several by commas, or by the option again',
      parseResources,
    )
    .option('--name <name>', 'what it is shown as (default: the name of the machine)')
    .option('--lease <time>', 'after what silence the other side counts as lost (default: 10s)')
    .option(
      '--build <text>',
      'must be the same at the apps (default: name and version of the modules’ packages)',
    )
    .addOption(
      new Option('--max-value-bytes <count>', 'how large one value may be (default: 16 MiB)').argParser(
        (text) => parseCount('--max-value-bytes', text),
      ),
    )
    .addOption(
      new Option(
        '--max-buffered-bytes <count>',
        'how much may wait for one app to acknowledge it (default: 64 MiB)',
      ).argParser((text) => parseCount('--max-buffered-bytes', text)),
    )
    .option('--drain <time>', `how long what runs may go on when it is to stop (default: ${DEFAULT_DRAIN})`)
    .option(
      '--env <name=value>',
      'environment of the threads, instead of this process’s; by the option again, further ones',
      parseVariable,
    )
    .option(
      '--exec-argv <option>',
      'Node option of the threads, instead of this process’s; by the option again, further ones',
      appendText,
    )
    .addOption(
      new Option('--heap <MiB>', 'limit of each thread’s heap, the young generation included').argParser(
        (text) => parseCount('--heap', text),
      ),
    )
}

async function work(modules: readonly string[], flags: WorkerFlags, output: ReportOutput): Promise<number> {
  const urls = modules.map((module) => locateModule(module))
  const [first] = urls
  const options = optionsOf(urls, flags)
  process.title = `heddle worker ${modules.join(' ')}`
  const { startWorker } = await loadClusterFor(first)
  using interrupts = new Interrupts()
  const host = await withUsage(() => startWorker(options))
  const { actions } = host
  output.note(
    `${printable(host.name)} (${host.instance.slice(0, 8)}) serves ${actions.length} ${actions.length === 1 ? 'action' : 'actions'}: ${printable(actions.map((action) => action.split(' ').at(-1)).join(', '))}`,
  )
  // Awaited: what listens to signals goes when this returns.
  return await new Promise((resolve) => {
    const end = (code: number): void => resolve(code)
    interrupts.handle({
      onFirst: () => {
        const drain = formatDuration(parseDuration(flags.drain ?? DEFAULT_DRAIN, '--drain'))
        output.note(
          host.lanes() === 0
            ? 'stopping'
            : `stopping: ${host.lanes()} threads are lent, and have ${drain} to end what runs there. Once more, and it stops at once`,
        )
        void host.drain().then((isWhole) => end(isWhole ? EXIT_OK : EXIT_FAILED))
      },
      onSecond: () => {
        const isWhole = host.lanes() === 0
        void host.close().then(() => end(isWhole ? EXIT_OK : EXIT_FAILED))
      },
    })
  })
}

function optionsOf(urls: readonly string[], flags: WorkerFlags): Record<string, unknown> {
  const {
    threads,
    labels,
    resources,
    name,
    lease,
    build,
    maxValueBytes,
    maxBufferedBytes,
    drain,
    env,
    heap,
  } = flags
  // Where one of them needs tsx, the threads have it.
  const execArgv =
    flags.execArgv ?? urls.map((url) => threadOptionsFor(url)).find((found) => found !== undefined)
  return {
    ...clusterOptions(flags),
    actions: urls,
    ...(threads !== undefined && { threads }),
    ...(labels !== undefined && { labels }),
    ...(resources !== undefined && { resources }),
    ...(name !== undefined && { name }),
    ...(lease !== undefined && { leaseMs: parseDuration(lease, '--lease') }),
    ...(build !== undefined && { build }),
    ...(maxValueBytes !== undefined && { maxValueBytes }),
    ...(maxBufferedBytes !== undefined && { maxBufferedBytes }),
    ...(drain !== undefined && { drainMs: parseDuration(drain, '--drain') }),
    ...(env !== undefined && { env }),
    ...(execArgv !== undefined && { execArgv }),
    ...(heap !== undefined && { resourceLimits: limitsOf(heap) }),
  }
}

/** Of both generations together. The young one is kept small, or a thread that is out of memory may end the process with it. */
function limitsOf(heap: number): ResourceLimits {
  const maxYoungGenerationSizeMb = Math.min(MOST_YOUNG, Math.ceil(heap / 4))
  return { maxYoungGenerationSizeMb, maxOldGenerationSizeMb: Math.max(1, heap - maxYoungGenerationSizeMb) }
}

function parseVariable(
  text: string,
  before: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const at = text.indexOf('=')
  if (at > 0) return { ...before, [text.slice(0, at)]: text.slice(at + 1) }
  throw new UsageError(`--env is '${text}', but must be a name and a value, as in LEVEL=debug`)
}

function appendText(text: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), text]
}
