// Which process, and which run in it, a command means: found without any configuration among this user's own processes,
// or named by its address.

import { Option, type Command } from 'commander'
import { connect, listProcesses, type FoundProcess } from '../control/client/processes.js'
import { ControlError } from '../control/client/control-error.js'
import type { ControlClient } from '../control/client/control-client.js'
import type { Page, RunSummary } from '../control/api.js'
import { isTerminal } from '../protocol/outcome.js'
import { printable } from './printable.js'
import { nearestTo } from '../nearest.js'
import { UsageError } from './usage-error.js'

/** How a process can be named. */
export interface TargetOptions {
  readonly process?: number
  readonly url?: string
  readonly token?: string
}

/** A process that is there, and a client for it. */
export interface Target {
  readonly client: ControlClient
  /** `undefined` if it was named by its address. */
  readonly process: FoundProcess | undefined
}

/** A run, and the process that it is in. */
export interface RunTarget extends Target {
  readonly run: string
  readonly summary: RunSummary
}

/** What can't be found: it may be gone, so it isn't a wrong command line. */
export class NotFoundError extends Error {
  override readonly name = 'NotFoundError'
}

/** Adds the options that name a process. */
export function addTargetOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--process <pid>', 'only this process, where several have a run of that name').argParser(
        (text) => {
          const pid = Number(text)
          if (Number.isInteger(pid) && pid > 0) return pid
          throw new UsageError(`--process is '${text}', but must be a process id, as heddle ps shows it`)
        },
      ),
    )
    .addOption(new Option('--url <url>', 'a process by its address, with --token').env('HEDDLE_URL'))
    .addOption(new Option('--token <token>', 'the token of that process').env('HEDDLE_TOKEN'))
}

/** The processes that are meant, the oldest first. @throws `NotFoundError` if a named one isn't there. */
export async function findProcesses(options: TargetOptions, warn: (text: string) => void): Promise<Target[]> {
  if (options.url !== undefined) {
    if (!URL.canParse(options.url)) {
      throw new UsageError(`--url is '${options.url}', but must be an address such as http://127.0.0.1:4321`)
    }
    return [{ client: connect({ url: options.url, token: options.token ?? '' }), process: undefined }]
  }
  const all = await listProcesses()
  const meant = options.process === undefined ? all : all.filter(({ pid }) => pid === options.process)
  if (options.process !== undefined && meant.length === 0) {
    const known = all.map(({ pid }) => String(pid)).join(', ')
    throw new NotFoundError(
      `no process ${options.process} serves runs${known === '' ? '' : `; those that do are ${known}`}`,
    )
  }
  const targets: Target[] = []
  for (const process of meant) {
    if (process.responsive) targets.push({ client: connect(process), process })
    else warn(`process ${process.pid} is too busy to answer, and is left out`)
  }
  return targets
}

/** Whether a process that was found is still there. */
export async function isServed({ instance }: FoundProcess): Promise<boolean> {
  return (await listProcesses()).some((one) => one.instance === instance)
}

/**
 * The run of that name; without a name, the only live one.
 *
 * @throws `NotFoundError` with the names that come near, `UsageError` if it isn't clear which one is meant.
 */
export async function findRun(
  run: string | undefined,
  options: TargetOptions,
  warn: (text: string) => void,
): Promise<RunTarget> {
  const targets = await findProcesses(options, warn)
  if (run === undefined) return findOnlyRun(targets, warn)
  const nearest: string[] = []
  const found: RunTarget[] = []
  const looks = targets.map(async (target) => {
    try {
      const summary = await target.client.run(run)
      found.push({ ...target, run, summary })
    } catch (error) {
      if (error instanceof ControlError && error.code === 'notFound') nearest.push(...error.nearest)
      else passOver(target, error, options, warn)
    }
  })
  await Promise.all(looks)
  const live = found.filter(({ summary }) => !isTerminal(summary.phase))
  const [first, second] =
    live.length > 0 ? live : found.toSorted((a, b) => b.summary.queuedAt - a.summary.queuedAt)
  if (first === undefined) throw notFound(run, nearest, targets.length)
  if (live.length > 1 && second !== undefined) {
    const pids = live.map(({ process }) => process?.pid).join(', ')
    throw new UsageError(
      `several processes have a live run '${run}': name one of them by --process (${pids})`,
    )
  }
  return first
}

async function findOnlyRun(targets: readonly Target[], warn: (text: string) => void): Promise<RunTarget> {
  const pages = await askAll(targets, (client) => client.runs({ phase: 'queued,running,aborting' }), warn)
  const live = pages.flatMap(({ target, answer }: { target: Target; answer: Page<RunSummary> }) =>
    answer.items.map((summary) => ({ ...target, run: summary.run, summary })),
  )
  const [only] = live
  if (only === undefined) throw new NotFoundError('no run is live in any served process of yours')
  if (live.length > 1) {
    const names = live.map(({ run }) => `'${printable(run)}'`).join(', ')
    throw new UsageError(`several runs are live: name one of ${names}`)
  }
  return only
}

/** Asks several processes the same; one that has gone in the meantime is passed over. */
export async function askAll<Answer>(
  targets: readonly Target[],
  ask: (client: ControlClient) => Promise<Answer>,
  warn: (text: string) => void,
): Promise<{ readonly target: Target; readonly answer: Answer }[]> {
  const answers = targets.map(async (target) => {
    try {
      return { target, answer: await ask(target.client) }
    } catch (error) {
      passOver(target, error, {}, warn)
      return undefined
    }
  })
  return (await Promise.all(answers)).filter((one) => one !== undefined)
}

/** One of several processes may end between being found and being asked; the only one that was named may not. */
function passOver(
  target: Target,
  error: unknown,
  options: TargetOptions,
  warn: (text: string) => void,
): void {
  const isGone = error instanceof ControlError && error.code === 'unreachable'
  if (target.process === undefined || options.process !== undefined || !(error instanceof ControlError))
    throw error
  if (!isGone) warn(`process ${target.process.pid} is left out: ${error.message}`)
}

function notFound(run: string, nearest: readonly string[], processes: number): NotFoundError {
  const where =
    processes === 0
      ? 'no process of yours serves any'
      : processes === 1
        ? "the one process that serves runs doesn't have it"
        : `none of the ${processes} processes that serve runs has it`
  const near = nearestTo(run, nearest) ?? nearest[0]
  const hint = near === undefined ? "'heddle ps' shows what runs" : `Did you mean '${printable(near)}'?`
  return new NotFoundError(`there is no run '${printable(run)}' (any more): ${where}. ${hint}`)
}
