// `heddle abort`: stops a run, single actions or a selection of them, in whichever process they are.

import { createInterface } from 'node:readline/promises'
import { stderr, stdin } from 'node:process'
import { Command } from 'commander'
import type { AbortAnswer, AbortProgress, AbortRequest, StreamEvent } from '../../control/api.js'
import { ControlError } from '../../control/client/control-error.js'
import { describeAnswer, describeNamed, describeProgress } from '../display/describe-abort.js'
import { parseDuration } from '../display/duration.js'
import { EXIT_ABORTED, EXIT_OK } from '../input/exit-codes.js'
import { LiveRegion } from '../display/live-region.js'
import { nearestTo } from '../../checks/nearest.js'
import { printable } from '../display/printable.js'
import { reportOutput, type ReportOutput } from '../display/report-output.js'
import { styleFor } from '../display/style.js'
import {
  addTargetOptions,
  findRun,
  nearestName,
  NotFoundError,
  type RunTarget,
  type TargetOptions,
} from '../input/target.js'
import { operatorName } from '../input/operator.js'
import { UsageError } from '../input/usage-error.js'
import { parseWhere } from '../input/where.js'

interface AbortFlags extends TargetOptions {
  readonly reason?: string
  readonly by: string
  readonly grace?: string
  readonly force?: boolean
  readonly where?: string[]
  readonly dryRun?: boolean
  readonly wait?: boolean
  readonly yes?: boolean
  readonly json?: boolean
}

/** What is to be stopped. */
interface Aim {
  readonly run: string
  readonly actions: readonly string[]
}

/** Makes the command; `onExit` is called with the exit code. */
export function abortCommand(onExit: (code: number) => void): Command {
  const command = new Command('abort')
    .usage('[options] <run> [action...] | run <run> | action <run> <action...>')
    .summary('stop a run, an action, or a selection')
    .description(
      `Stops a run, or single actions of it with everything under them. Their code sees the abort with its reason, cleans up within its grace, and only then is forced; a parent that awaits a stopped action catches ActionAbortedError and goes on. What has ended already is left as it is, and that is no error.`,
    )
    .argument('<target...>', 'the run, and ids of its actions, such as a0.3')
    .option('--reason <text>', 'why; shown wherever the abort is')
    .option('--by <name>', 'who', operatorName())
    .option('--grace <time>', 'one deadline for all clean-up, from now (default: each action’s own grace)')
    .option('--force', 'no grace at all')
    .option(
      '--where <conditions>',
      'only actions that all of these describe: phase=running,name=trial* (also parent, under, search; a|b for either)',
      (text: string, before: string[] | undefined) => [...(before ?? []), text],
    )
    .option('--dry-run', 'say what would be stopped, and stop nothing')
    .option('--wait', 'wait until all of it has ended, and say how')
    .option('-y, --yes', 'don’t ask before more is stopped than was named')
    .option('--json', 'write NDJSON')
    .action(async (targets: string[], flags: AbortFlags) =>
      onExit(await abort(aimOf(targets), flags, reportOutput())),
    )
  return addTargetOptions(command)
}

/** The forms with `run` and `action` say what they mean; a run may itself have one of these names. */
function aimOf(targets: readonly string[]): Aim {
  const [first = '', ...rest] = targets
  const [run, ...actions] = rest
  if (first === 'run' && run !== undefined) {
    if (actions.length > 0) {
      throw new UsageError(
        `'heddle abort run' takes one run, but got ${rest.join(' ')}: its actions are aborted by heddle abort action ${run} ${actions.join(' ')}`,
      )
    }
    return { run, actions }
  }
  if (first === 'action' && run !== undefined) {
    if (actions.length === 0)
      throw new UsageError(`say which action of run '${run}': heddle abort action ${run} a0.1`)
    return { run, actions }
  }
  return { run: first, actions: rest }
}

async function abort({ run, actions }: Aim, flags: AbortFlags, output: ReportOutput): Promise<number> {
  const request: AbortRequest = {
    by: flags.by,
    ...(flags.reason !== undefined && { reason: flags.reason }),
    ...(flags.grace !== undefined && { graceMs: parseDuration(flags.grace, '--grace') }),
    ...(flags.force === true && { force: true }),
    ...(actions.length > 0 && { actions }),
    ...(flags.where !== undefined && { where: parseWhere(flags.where) }),
  }
  const target = await findRun(run, flags, output.warn)
  if (flags.dryRun === true) {
    return report(await send(target, { ...request, dryRun: true }), target, request, flags, output)
  }
  if (!(await isMeant(target, request, flags))) {
    output.note('nothing was aborted')
    return EXIT_ABORTED
  }
  return flags.wait === true
    ? abortAndWait(target, request, flags, output)
    : report(await send(target, request), target, request, flags, output)
}

/** One action goes by its own route, which says where it stands. */
async function send({ client, run }: RunTarget, request: AbortRequest): Promise<AbortAnswer> {
  const { actions, where, ...simple } = request
  const [only] = actions ?? []
  try {
    return only !== undefined && actions?.length === 1 && where === undefined
      ? await client.abortAction(run, only, simple)
      : await client.abort(run, request)
  } catch (error) {
    if (!(error instanceof ControlError) || error.code !== 'notFound') throw error
    const near = nearestTo(only ?? '', error.nearest) ?? error.nearest[0]
    const isName = only !== undefined && !/^a\d/.test(only)
    const hint =
      near !== undefined && !error.message.includes('id you mean')
        ? `. Did you mean '${printable(near)}'?`
        : ''
    const names = isName
      ? ` (an action is named by its id, as in a0.3; by its name it is --where name=${only})`
      : ''
    throw new NotFoundError(`${error.message}${hint}${names}`)
  }
}

/** Asks a person who is there before more is stopped than was named. */
async function isMeant(target: RunTarget, request: AbortRequest, flags: AbortFlags): Promise<boolean> {
  if (flags.yes === true || flags.json === true || !stdin.isTTY || !stderr.isTTY) return true
  const { requested, named } = await send(target, { ...request, dryRun: true })
  // What was named one by one is meant.
  if (requested <= Math.max(1, request.actions?.length ?? 0)) return true
  const readline = createInterface({ input: stdin, output: stderr })
  try {
    const answer = await readline.question(
      `Abort ${requested} actions of run '${printable(target.run)}' (${describeNamed(named, requested)})? [y/N] `,
    )
    return /^y(es)?$/i.test(answer.trim())
  } finally {
    readline.close()
  }
}

async function report(
  answer: AbortAnswer,
  target: RunTarget,
  { where }: AbortRequest,
  flags: AbortFlags,
  output: ReportOutput,
): Promise<number> {
  const others = target.silent.flatMap(({ process }) =>
    process === undefined ? [] : [{ pid: process.pid, title: process.title }],
  )
  if (flags.json === true) output.json({ ...answer, ...(others.length > 0 && { silent: others }) })
  else output.line(describeAnswer(answer, output.style))
  const isNothing = !answer.accepted && answer.matched === 0 && answer.finished === 0
  if (isNothing && where?.name !== undefined) {
    const hint = await nearestName(target, [where.name].flat())
    if (hint !== undefined) output.note(hint)
  }
  return EXIT_OK
}

async function abortAndWait(
  target: RunTarget,
  request: AbortRequest,
  flags: AbortFlags,
  output: ReportOutput,
): Promise<number> {
  // Listened for from before the abort on: when the run ends by it, its process may be gone at once.
  const stop = new AbortController()
  const events = target.client.events({
    run: target.run,
    // What has happened before needn't be shown.
    lastEventId: String(target.summary.seq),
    reconnect: false,
    signal: stop.signal,
  })
  try {
    await nextOfType(events, 'live')
    const answer = await send(target, request)
    await report(answer, target, request, flags, output)
    const { progress } = answer
    if (progress === undefined) return EXIT_OK
    const last = await followProgress(events, progress, flags)
    if (flags.json === true) output.json({ type: 'abortProgress', progress: last })
    else output.line(describeProgress(last, output.style))
    return EXIT_OK
  } finally {
    stop.abort()
    await events.return?.()
  }
}

async function nextOfType(events: AsyncIterator<StreamEvent>, type: StreamEvent['type']): Promise<void> {
  for (;;) {
    const { done, value } = await events.next()
    if (done === true || value.type === type) return
  }
}

/** Until all that the abort stops has ended, or the process has. */
async function followProgress(
  events: AsyncIterator<StreamEvent>,
  first: AbortProgress,
  flags: AbortFlags,
): Promise<AbortProgress> {
  const region =
    stderr.isTTY && flags.json !== true
      ? new LiveRegion(stderr, (text) => void stderr.write(text))
      : undefined
  let last = first
  const draw = (): void => region?.draw([describeProgress(last, styleFor(stderr))])
  const timer = region && setInterval(draw, 100)
  try {
    draw()
    while (last.settledAt === undefined) {
      const { done, value } = await events.next()
      if (done === true) break
      if (value.type === 'abortProgress' && value.progress.abort === first.abort) last = value.progress
    }
    return last
  } catch (error) {
    // The process has ended without a word.
    if (error instanceof ControlError && error.code === 'unreachable') return last
    throw error
  } finally {
    clearInterval(timer)
    region?.stop()
  }
}
