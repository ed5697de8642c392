// Carries out `heddle run`: finds the module, describes it in a thread, reads the input, runs the action, shows it, and
// says by the exit code how it ended.

import { stderr, stdout } from 'node:process'
import type { Command } from 'commander'
import { actionRef, definitionKey } from '../../action.js'
import type { ActionDefinition } from '../../definition.js'
import type { RuntimeEvent } from '../../events.js'
import { isHeddleError } from '../../protocol/errors/is-heddle-error.js'
import { isTerminal, type Outcome } from '../../protocol/outcome.js'
import { describeActions } from '../input/action-help.js'
import { captureOutput, type CapturedOutput } from './captured-output.js'
import { chooseAction } from '../input/choose-action.js'
import { formatLimit } from '../display/duration.js'
import type { Detail } from '../display/event-lines.js'
import { EXIT_ABORTED, EXIT_OK } from '../input/exit-codes.js'
import { operatorName } from '../input/operator.js'
import { readInput, type OwnOption } from '../input/read-input.js'
import type { ActionDescription, inspectModule } from '../loading/inspect-module.js'
import { Interrupts, type StopSignal } from './interrupts.js'
import { JsonDisplay } from '../display/json-display.js'
import { takeSnapshot, toEventInfo } from '../display/local-events.js'
import {
  loadPackageFor,
  locateModule,
  type Package,
  type ProjectRun,
  type ProjectRuntime,
} from '../loading/module-location.js'
import { isInteractive } from './links.js'
import { quoted } from '../../control/shown/quoted.js'
import { LineDisplay, LiveDisplay, type RunDisplay } from '../display/run-display.js'
import {
  describeFreeFlags,
  describeInputIssues,
  describeOutcome,
  exitCodeOfOutcome,
  isWrongInput,
} from './run-outcome.js'
import { RunTotals } from '../display/run-totals.js'
import { serveRun } from './serve-run.js'
import { showResult } from '../display/show-value.js'
import { styleFor } from '../display/style.js'
import { threadOptionsFor } from '../loading/typescript-loading.js'
import { UsageError } from '../input/usage-error.js'
import { wrapFor } from '../display/wrap-words.js'

/** The runtime's own default. */
const DEFAULT_GRACE_MS = 5000
/** The records of so many actions are made within a frame. */
const MOST_LOOKED_AT = 5000

/** What `heddle run` was asked for. */
export interface ForegroundRequest {
  readonly module: string
  readonly action: string | undefined
  readonly flags: readonly string[]
  /** Options of the command itself that stand behind the module. */
  readonly own: readonly OwnOption[]
  readonly json: string | undefined
  readonly threads: number | undefined
  readonly resources: Readonly<Record<string, number>> | undefined
  /** `undefined`: if it can be. */
  readonly serve: boolean | undefined
  readonly address: string | undefined
  readonly runName: string | undefined
  readonly graceMs: number | undefined
  readonly timeoutMs: number | undefined
  readonly asJson: boolean
  readonly detail: Detail
  /** Only the help of this command is wanted, with the module's actions. */
  readonly help: Command | undefined
}

/** Runs it; gives the exit code. @throws `UsageError` for what the caller has to change. */
export async function runInForeground(request: ForegroundRequest): Promise<number> {
  const url = locateModule(request.module)
  const execArgv = threadOptionsFor(url)
  const loaded = await loadPackageFor(url)
  using interrupts = new Interrupts()
  // Everything that isn't the result goes to standard error, from the first import on.
  using output = captureOutput()
  const actions = await describeModule(loaded, { url, execArgv, request, interrupts, output })
  if (actions === undefined) return interrupts.exitCode ?? EXIT_ABORTED
  if (request.help !== undefined) return printHelp(request.help, actions, request, output)
  const action = chooseAction(actions, request.action, request.module)
  const input = readInput({
    json: request.json,
    flags: request.flags,
    schema: action.input,
    action: action.name,
    own: request.own,
  })
  // What `heddle ps`, and ps itself, show.
  process.title = `heddle run ${request.module} ${action.name}`
  const runtime = loaded.createRuntime({
    ...(request.threads !== undefined && { threads: request.threads }),
    ...(request.resources !== undefined && { resources: request.resources }),
    ...(request.graceMs !== undefined && { graceMs: request.graceMs }),
    ...(execArgv && { execArgv }),
  })
  try {
    const style = styleFor(stderr)
    const served = await serveRun(runtime, request, (text) => output.writeError(`${style('yellow', text)}\n`))
    const totals = new RunTotals()
    const events = runtime.events()
    const run = runtime.run(definitionOf(action), input, callOptions(request, action.name))
    const link = isInteractive(stderr) ? served?.link(run.run) : undefined
    const lookForGraces = (): void => takeGraces(run, totals)
    const display = createDisplay(request, {
      totals,
      run: run.run,
      url: run.url,
      link,
      output,
      lookForGraces,
    })
    output.redirect((text) => display.print(text))
    if (request.serve === true && link !== undefined) display.print(`open ${link}\n`)
    interrupts.handle(stopping({ runtime, run: run.run, action, request, display }))
    const outcome = await followRun(run, events, { totals, display })
    display.end()
    output.redirect((text) => output.writeError(text))
    await runtime.close()
    report(outcome, { run: run.run, action, totals, request, display, output })
    return outcome.status === 'aborted' ? (interrupts.exitCode ?? EXIT_ABORTED) : exitCodeOfOutcome(outcome)
  } finally {
    await runtime.close()
  }
}

interface Inspection {
  readonly url: string
  readonly execArgv: readonly string[] | undefined
  readonly request: ForegroundRequest
  readonly interrupts: Interrupts
  readonly output: CapturedOutput
}

/** The module's actions; `undefined` if the operator has had enough. What it prints on import is not shown twice. */
async function describeModule(
  { createRuntime, inspector }: Package,
  { url, execArgv, request, interrupts }: Inspection,
): Promise<readonly ActionDescription[] | undefined> {
  const runtime = createRuntime({ threads: 1, graceMs: 0, ...(execArgv && { execArgv }) })
  try {
    const run = runtime.run(actionRef<typeof inspectModule>(inspector, 'inspectModule'), { url })
    interrupts.handle({ onFirst: () => run.cancel(), onSecond: () => {} })
    const outcome = await run.settled()
    if (outcome.status === 'succeeded') return outcome.output
    if (outcome.status === 'aborted') return undefined
    const { error } = outcome
    const cause = isHeddleError(error, 'ActionFailedError') ? error.cause : undefined
    // Where Node itself can't load it, its stack says nothing of the module.
    const isOfNode = String((cause as NodeJS.ErrnoException | undefined)?.code).startsWith('ERR_')
    const stack = cause instanceof Error && !isOfNode ? cause.stack : undefined
    const detail = stack ?? (cause instanceof Error ? cause.message : error.message)
    throw new UsageError(`the module '${request.module}' can't be loaded: ${detail}`)
  } finally {
    await runtime.close()
  }
}

/** As `actionRef` makes it, but with the options that are known already. */
function definitionOf({ url, name, options }: ActionDescription): ActionDefinition<unknown, unknown> {
  return { url, name, [definitionKey]: { ...(options && { options }) } } as ActionDefinition<unknown, unknown>
}

function callOptions(
  { runName, timeoutMs }: ForegroundRequest,
  action: string,
): { name: string; timeout?: { deadlineMs: number } } {
  return {
    name: runName ?? `${action}-${process.pid.toString(36)}`,
    ...(timeoutMs !== undefined && { timeout: { deadlineMs: timeoutMs } }),
  }
}

function printHelp(
  command: Command,
  actions: readonly ActionDescription[],
  request: ForegroundRequest,
  output: CapturedOutput,
): number {
  const style = styleFor(stdout)
  const chosen =
    request.action === undefined ? actions : [chooseAction(actions, request.action, request.module)]
  const ownOptions = command.options.flatMap(({ long }) => (long === undefined ? [] : [long]))
  const lines = describeActions(chosen, { module: request.module, ownOptions, style })
  const usage = `${style('bold', 'Usage')}: heddle run ${request.module} ${request.action ?? '[action]'} [flags of its input] [options]`
  output.writeOut(`${[usage, '', ...lines].join('\n')}\nOptions of heddle run: heddle run --help\n`)
  return EXIT_OK
}

interface Shown {
  readonly totals: RunTotals
  readonly run: string
  readonly url: string | undefined
  /** The same with the token, where it may be shown. */
  readonly link: string | undefined
  readonly output: CapturedOutput
  readonly lookForGraces: () => void
}

function createDisplay(
  request: ForegroundRequest,
  { totals, run, url, link, output, lookForGraces }: Shown,
): RunDisplay {
  const write = (text: string): void => output.writeError(text)
  if (request.asJson)
    return new JsonDisplay({ totals, run, url, writeOut: (text) => output.writeOut(text), write })
  const style = styleFor(stderr)
  const options = { totals, run, url, link, detail: request.detail, style, startedAt: Date.now(), write }
  if (stderr.isTTY && request.detail !== 'quiet')
    return new LiveDisplay({ ...options, lookForGraces }, stderr)
  if (request.detail !== 'quiet')
    write(`run ${run}${url === undefined ? '' : `  ${url}  (heddle open ${quoted(run)})`}\n`)
  return new LineDisplay(options)
}

/** Events don't say when force comes, but records do: of a run that isn't very large, they are looked at. */
function takeGraces(run: ProjectRun<unknown>, totals: RunTotals): void {
  const all = Object.values(totals.counts()).reduce((sum, count) => sum + count, 0)
  if (all > MOST_LOOKED_AT) return
  for (const { id, forceAt } of run.actions()) if (forceAt !== undefined) totals.grace(id, forceAt)
}

/** Shows all that happens until the run has settled. */
async function followRun(
  run: ProjectRun<unknown>,
  events: AsyncIterable<RuntimeEvent>,
  { totals, display }: { readonly totals: RunTotals; readonly display: RunDisplay },
): Promise<Outcome<unknown>> {
  let hasMissed = false
  for await (const event of events) {
    if (event.type === 'gap') hasMissed = true
    else if (event.type === 'snapshot' && hasMissed) takeSnapshot(totals, event, run)
    const info = toEventInfo(event)
    if (info?.run === run.run) display.event(info)
    // The root's end is the last of a run (S3).
    if (totals.root !== undefined && isTerminal(totals.root.phase)) break
  }
  return run.settled()
}

interface Stopping {
  readonly runtime: ProjectRuntime
  readonly run: string
  readonly action: ActionDescription
  readonly request: ForegroundRequest
  readonly display: RunDisplay
}

/** What Ctrl-C does. */
function stopping({ runtime, run, action, request, display }: Stopping): Parameters<Interrupts['handle']>[0] {
  const why: Readonly<Record<StopSignal, string>> = {
    SIGINT: 'interrupted (Ctrl-C)',
    SIGTERM: 'the process got SIGTERM',
    SIGHUP: 'the terminal has gone',
  }
  return {
    onFirst(signal) {
      const grace = formatLimit(action.options?.graceMs ?? request.graceMs ?? DEFAULT_GRACE_MS)
      display.note(`aborting: '${action.name}' has a grace of ${grace} to clean up. Ctrl-C again to force`)
      runtime.abort(run, { reason: why[signal], by: operatorName() })
    },
    onSecond() {
      display.note('forcing. Ctrl-C once more leaves at once')
      runtime.abort(run, { reason: 'interrupted again', by: operatorName(), force: true })
    },
  }
}

interface Ending {
  readonly run: string
  readonly action: ActionDescription
  readonly totals: RunTotals
  readonly request: ForegroundRequest
  readonly display: RunDisplay
  readonly output: CapturedOutput
}

function report(outcome: Outcome<unknown>, { run, action, totals, request, display, output }: Ending): void {
  if (display instanceof JsonDisplay) return display.outcome(outcome)
  const style = styleFor(stderr)
  if (isWrongInput(outcome)) {
    const hint = action.input === undefined ? describeFreeFlags(request.flags) : []
    const issues = [...describeInputIssues(outcome), ...hint].map((line) => `  ${line}\n`)
    const help = `heddle run ${request.module} ${request.action ?? ''} --help`.replace('  ', ' ')
    output.writeError(
      wrapFor(
        stderr,
        `${style('red', 'error')}: the input isn't what the action takes\n${issues.join('')}  (${help} lists what it takes)\n`,
      ),
    )
    return
  }
  if (request.detail !== 'quiet' || outcome.status !== 'succeeded') {
    output.writeError(wrapFor(stderr, `${describeOutcome(run, outcome, totals, style).join('\n')}\n`))
  }
  if (outcome.status !== 'succeeded') return
  const result = showResult(outcome.output, { colours: false })
  if (result !== undefined) output.writeOut(result.endsWith('\n') ? result : `${result}\n`)
}
