// `heddle watch`: a run of another process, drawn as `heddle run` draws its own.

import { stdout } from 'node:process'
import { Command } from 'commander'
import type { ActionEventInfo, StreamEvent } from '../control/api.js'
import { ROOT_ID } from '../protocol/ids.js'
import { isTerminal, type TerminalPhase } from '../protocol/outcome.js'
import { formatDuration } from './duration.js'
import { describeEnd, describeError, describeReason } from './event-lines.js'
import { EXIT_OK, exitCodeOf } from './exit-codes.js'
import { Interrupts } from './interrupts.js'
import { printable } from './printable.js'
import { reportOutput } from './report-output.js'
import { LineDisplay, LiveDisplay, type RunDisplay } from './run-display.js'
import { describeCounts } from './run-screen.js'
import { RunView } from './run-view.js'
import { inPhase, PHASE_SIGNS, styleFor } from './style.js'
import { addTargetOptions, findRun, isServed, type RunTarget, type TargetOptions } from './target.js'

interface WatchFlags extends TargetOptions {
  readonly json?: boolean
  readonly verbose?: boolean
  readonly exitStatus?: boolean
}

/** Makes the command; `onExit` is told what the process should exit with. */
export function watchCommand(onExit: (code: number) => void): Command {
  const command = new Command('watch')
    .summary('watch a run until it has ended')
    .description(
      'Shows a run live, until it has ended: its counts, what runs with its last report, aborts with their reasons. Watching changes nothing: Ctrl-C ends the watching only.',
    )
    .argument('[run]', 'name of the run; may be left out if only one is live')
    .option('-v, --verbose', 'tell every step of every action')
    .option('--exit-status', 'exit as the run has ended: 0, 1 failed, 124 timed out, 130 aborted')
    .option('--json', 'write each event as NDJSON')
    .action(async (name: string | undefined, flags: WatchFlags) => {
      const target = await findRun(name, flags, reportOutput().warn)
      onExit(await watch(target, flags))
    })
  return addTargetOptions(command)
}

async function watch(target: RunTarget, flags: WatchFlags): Promise<number> {
  using interrupts = new Interrupts()
  const stop = new AbortController()
  interrupts.handle({ onFirst: () => stop.abort(), onSecond: () => {} })
  const view = new RunView()
  let display: RunDisplay | undefined
  try {
    const events = target.client.events({
      run: target.run,
      signal: stop.signal,
      onConnection: (state) => {
        display?.note(state === 'lost' ? 'the connection is lost; trying again' : '')
        if (state === 'lost') void stopIfGone(target, stop)
      },
    })
    for await (const event of events) {
      if (flags.json === true) stdout.write(`${JSON.stringify(event)}\n`)
      else if (event.type === 'live') display ??= createDisplay(target, view, flags)
      if (takeEvent(event, view, display)) break
    }
  } catch (error) {
    if (!stop.signal.aborted) throw error
  } finally {
    display?.end()
  }
  return report(target, view, flags, interrupts.exitCode)
}

/** A connection is tried again and again; a process that has ended won't come back. */
async function stopIfGone({ process }: RunTarget, stop: AbortController): Promise<void> {
  if (process !== undefined && !(await isServed(process))) stop.abort()
}

/** Applies an event; gives whether it is the run's last. */
function takeEvent(event: StreamEvent, view: RunView, display: RunDisplay | undefined): boolean {
  switch (event.type) {
    case 'snapshot': {
      const [summary] = event.runs
      view.reset(summary?.counts)
      if (summary !== undefined) view.takeRoot(summary)
      return false
    }
    case 'actions':
      for (const item of event.actions) view.take(item)
      return false
    case 'live':
      return hasEnded(view)
    case 'grace':
      view.grace(event.id, event.forceAt)
      return false
    case 'end':
      return true
    case 'gap':
    case 'dropped':
    case 'run':
    case 'forgotten':
    case 'abortProgress':
      return false
    default:
      takeActionEvent(event, view, display)
      return event.id === ROOT_ID && hasEnded(view)
  }
}

function takeActionEvent(event: ActionEventInfo, view: RunView, display: RunDisplay | undefined): void {
  if (display === undefined) view.apply(event)
  else display.event(event)
}

function hasEnded(view: RunView): boolean {
  return view.root !== undefined && isTerminal(view.root.phase)
}

function createDisplay(target: RunTarget, view: RunView, flags: WatchFlags): RunDisplay {
  const options = {
    view,
    run: target.run,
    url: undefined,
    detail: flags.verbose === true ? ('verbose' as const) : ('normal' as const),
    style: styleFor(stdout),
    startedAt: view.root?.queuedAt ?? Date.now(),
    write: (text: string) => void stdout.write(text),
  }
  if (stdout.isTTY) return new LiveDisplay(options, stdout)
  stdout.write(`watching ${printable(target.run)}  ${describeCounts(view.counts(), options.style)}\n`)
  return new LineDisplay(options)
}

function report(
  target: RunTarget,
  view: RunView,
  flags: WatchFlags,
  interrupted: number | undefined,
): number {
  const phase = view.root?.phase
  if (phase === undefined || !isTerminal(phase)) {
    if (interrupted !== undefined) return interrupted
    throw new Error(`the process of run '${printable(target.run)}' has ended, and the run with it`)
  }
  if (flags.json !== true) stdout.write(`${describeLast(target.run, view, phase)}\n`)
  return flags.exitStatus === true ? exitCodeOf(phase) : EXIT_OK
}

function describeLast(run: string, view: RunView, phase: TerminalPhase): string {
  const style = styleFor(stdout)
  const { queuedAt = 0, settledAt = queuedAt, reason, error } = view.root ?? {}
  const head = `${inPhase(style, phase, `${PHASE_SIGNS[phase]} ${describeEnd(phase)}`)}  ${style('bold', printable(run))}  ${formatDuration(settledAt - queuedAt)}  ${describeCounts(view.counts(), style)}`
  const why = phase === 'aborted' ? describeReason(reason) : phase === 'succeeded' ? '' : describeError(error)
  return why === '' ? head : `${head}\n  ${why}`
}
