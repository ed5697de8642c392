// Finds the process, and the run in it, that a command means: without any configuration among this user's own processes, or
// by its address.

import { relative } from 'node:path'
import { Option, type Command } from 'commander'
import { connect, findProcesses, type FoundProcess } from '../../control/client/processes.js'
import { ControlError } from '../../control/client/control-error.js'
import type { ControlClient } from '../../control/client/control-client.js'
import type { RequestOptions } from '../../control/client/requests.js'
import type { RunPage, RunSummary } from '../../control/api.js'
import { isTerminal, LIVE_PHASES } from '../../protocol/outcome.js'
import { fitInto, printable } from '../display/printable.js'
import { nearestTo } from '../../checks/nearest.js'
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
  /** Whether it, and no other one, is meant: then its end is an error. */
  readonly isNamed: boolean
}

/** A run, and the process that it is in. */
export interface RunTarget extends Target {
  readonly run: string
  readonly summary: RunSummary
  /** Others that may have a run of that name, and didn't answer. */
  readonly silent: readonly Target[]
}

/** What can't be found: it may be gone, so it isn't a wrong command line. */
export class NotFoundError extends Error {
  override readonly name = 'NotFoundError'
}

/** What is unknown, as a process that may know it doesn't answer. */
export class SilentError extends Error {
  override readonly name = 'SilentError'
}

/** How long processes that are asked at the same time may take, in milliseconds. */
const ANSWER_MS = 1000
/** How long, where nobody else has what is looked for. */
const PATIENCE_MS = 2000
/** What a process that has been found may take for a question of its own; and how long its answer may be. */
const LIMITS = { timeoutMs: 10_000, mostBytes: 64 * 1024 * 1024 } as const
const WIDEST_TITLE = 120

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
export async function findTargets(options: TargetOptions): Promise<Target[]> {
  if (options.url !== undefined) {
    if (!URL.canParse(options.url)) {
      throw new UsageError(`--url is '${options.url}', but must be an address such as http://127.0.0.1:4321`)
    }
    return [
      {
        client: connect({ url: options.url, token: options.token ?? '' }, LIMITS),
        process: undefined,
        isNamed: true,
      },
    ]
  }
  // Not asked whether they answer: the question itself shows it.
  const all = await findProcesses({ timeoutMs: ANSWER_MS })
  const meant = options.process === undefined ? all : all.filter(({ pid }) => pid === options.process)
  if (options.process !== undefined && meant.length === 0) {
    const known = all.map(({ pid }) => String(pid)).join(', ')
    throw new NotFoundError(
      `no process ${options.process} serves runs${known === '' ? '' : `; those that do are ${known}`}`,
    )
  }
  const isNamed = options.process !== undefined
  return meant.map((process) => ({
    client: connect(process, { ...LIMITS, name: nameOf(process) }),
    process,
    isNamed,
  }))
}

/** Whether a process that was found is still there. */
export async function isServed({ instance }: FoundProcess): Promise<boolean> {
  return (await findProcesses()).some((one) => one.instance === instance)
}

/**
 * The run of that name; without a name, the only live one.
 *
 * @throws `NotFoundError` with the names that come near, `SilentError` if it may be in a process that doesn't answer,
 *   `UsageError` if it isn't clear which one is meant.
 */
export async function findRun(
  run: string | undefined,
  options: TargetOptions,
  warn: (text: string) => void,
): Promise<RunTarget> {
  const targets = await findTargets(options)
  if (run === undefined) return findOnlyRun(targets, warn)
  const nearest: string[] = []
  const ask = async (client: ControlClient, limits: RequestOptions): Promise<RunSummary | undefined> => {
    try {
      return await client.run(run, limits)
    } catch (error) {
      if (!(error instanceof ControlError) || error.code !== 'notFound') throw error
      nearest.push(...error.nearest)
      return undefined
    }
  }
  const { answers, silent } = await askAll(
    targets,
    ask,
    warn,
    (answer) => answer !== undefined && isLive(answer),
  )
  const found = answers.flatMap(({ target, answer }) =>
    answer === undefined ? [] : [{ ...target, run, summary: answer, silent }],
  )
  const live = found.filter(({ summary }) => isLive(summary))
  const [first, second] =
    live.length > 0 ? live : found.toSorted((a, b) => b.summary.queuedAt - a.summary.queuedAt)
  if (first === undefined) {
    if (silent.length > 0) throw mayBeIn(silent, `run '${printable(run)}'`)
    throw notFound(run, nearest, targets.length)
  }
  if (live.length > 1 && second !== undefined) {
    const pids = live.map(({ process }) => process?.pid).join(', ')
    throw new UsageError(
      `several processes have a live run '${run}': name one of them by --process (${pids})`,
    )
  }
  warnOfSilent(silent, warn)
  return first
}

function isLive({ phase }: RunSummary): boolean {
  return !isTerminal(phase)
}

async function findOnlyRun(targets: readonly Target[], warn: (text: string) => void): Promise<RunTarget> {
  const { answers, silent } = await askLiveRuns(targets, warn, ({ items }) => items.length > 0)
  const live = answers.flatMap(({ target, answer }) =>
    answer.items.map((summary) => ({ ...target, run: summary.run, summary, silent })),
  )
  const [only] = live
  if (only === undefined) {
    if (silent.length > 0) throw mayBeIn(silent, 'a live run')
    throw new NotFoundError('no run is live in any served process of yours')
  }
  if (live.length > 1) {
    const names = live.map(({ run }) => `'${printable(run)}'`).join(', ')
    throw new UsageError(`several runs are live: name one of ${names}`)
  }
  warnOfSilent(silent, warn)
  return only
}

/** What several processes have answered, and those of them that haven't. */
export interface Answers<Answer> {
  readonly answers: readonly { readonly target: Target; readonly answer: Answer }[]
  readonly silent: readonly Target[]
}

/** Asks several processes for their live runs: see `askAll`. */
export function askLiveRuns(
  targets: readonly Target[],
  warn: (text: string) => void,
  isSought?: (answer: RunPage) => boolean,
): Promise<Answers<RunPage>> {
  const phase = LIVE_PHASES.join(',')
  return askAll(targets, (client, limits) => client.runs({ phase }, limits), warn, isSought)
}

/**
 * Asks several processes the same, all at the same time. One that has gone in the meantime is passed over; one that is
 * stopped, or whose event loop is blocked, holds up nobody: it is waited for only so long.
 *
 * @param isSought - What is looked for: without such an answer after `ANSWER_MS`, the silent get until `PATIENCE_MS`.
 */
export async function askAll<Answer>(
  targets: readonly Target[],
  ask: (client: ControlClient, limits: RequestOptions) => Promise<Answer>,
  warn: (text: string) => void,
  isSought?: (answer: Answer) => boolean,
): Promise<Answers<Answer>> {
  const answers: { target: Target; answer: Answer }[] = []
  const silent = new Set(targets)
  const stop = new AbortController()
  let isEnough = isSought === undefined
  const asked = targets.map(async (target) => {
    try {
      if (target.process?.responsive === false) return
      const answer = await ask(target.client, { signal: stop.signal })
      answers.push({ target, answer })
      if (isSought?.(answer) === true) isEnough = true
      silent.delete(target)
    } catch (error) {
      if (stop.signal.aborted) return
      silent.delete(target)
      passOver(target, error, warn)
    }
  })
  const all = Promise.all(asked)
  try {
    await within(all, ANSWER_MS)
    // It may be in one that only takes a little longer, or be the only one that was meant.
    if (silent.size > 0 && !isEnough) await within(all, PATIENCE_MS - ANSWER_MS)
  } finally {
    stop.abort()
  }
  // In the order in which they were found, however fast each was.
  const inOrder = targets.flatMap((target) => answers.filter((one) => one.target === target))
  return { answers: inOrder, silent: targets.filter((target) => silent.has(target)) }
}

/** Waits until something is over, or the time is. */
async function within(work: Promise<unknown>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    // Where it is this process that comes late, what has arrived by now counts.
    timer = setTimeout(() => setImmediate(() => setImmediate(resolve)), ms)
  })
  try {
    await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

/** One of several processes may end between being found and being asked; the only one that was named may not. */
function passOver(target: Target, error: unknown, warn: (text: string) => void): void {
  if (!(error instanceof ControlError) || target.isNamed) throw error
  if (error.code !== 'unreachable') warn(`${nameOfTarget(target)} is left out: ${printable(error.message)}`)
}

/** A process as messages name it: `process 4711 (heddle run jobs.js main)`. */
function nameOf(process: FoundProcess): string {
  const title = fitInto(printable(titleOf(process)), WIDEST_TITLE)
  return `process ${process.pid}${title === '' ? '' : ` (${title})`}`
}

function nameOfTarget({ process, client }: Target): string {
  return process === undefined ? `the process at ${client.url}` : nameOf(process)
}

/** The title that a process has given itself, as `heddle run` does, else the module that it was started with. */
export function titleOf({ title, main, cwd }: FoundProcess): string {
  if (main === undefined || !/(^|[\\/])node(\.exe)?$/.test(title)) return title
  const below = relative(cwd, main)
  return below.startsWith('..') ? main : below
}

/** Warns of the processes that didn't answer, where others did. */
export function warnOfSilent(silent: readonly Target[], warn: (text: string) => void): void {
  if (silent.length > 0) warn(`left out: ${describeSilent(silent)}`)
}

/** The processes that have answered don't know it; the silent ones may. */
function mayBeIn(silent: readonly Target[], what: string): SilentError {
  return new SilentError(`${what} isn't in any process that answers, but ${describeSilent(silent)}`)
}

/** Which processes don't answer, why that may be, and what can be done. */
export function describeSilent(silent: readonly Target[]): string {
  const names = silent.map(nameOfTarget).join(', ')
  const [one] = silent
  const pid = one?.process?.pid
  const help =
    pid === undefined ? '' : ` ('kill -CONT ${pid}' wakes one that was stopped, 'kill ${pid}' ends one)`
  return silent.length === 1
    ? `${names} doesn't answer: it is stopped, or its event loop is blocked${help}`
    : `${names} don't answer: they are stopped, or their event loops are blocked${help}`
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

/** Which names the actions of a run have, where none of those that were given is one of them. */
export async function nearestName(
  { client, run }: Pick<RunTarget, 'client' | 'run'>,
  given: readonly string[],
): Promise<string | undefined> {
  const names = (await client.run(run)).names.map(({ name }) => name)
  const near = given.flatMap((name) => nearestTo(name, names) ?? [])
  if (near.length > 0) return `Did you mean name=${printable(near.join('|'))}?`
  const shown = names.slice(0, MOST_NAMES).map((name) => `'${printable(name)}'`)
  const more = names.length - shown.length
  return shown.length === 0
    ? undefined
    : `Its actions are named ${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}; * stands for any text`
}

const MOST_NAMES = 10
