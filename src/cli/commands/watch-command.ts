// `heddle watch`: a run of another process, drawn as `heddle run` draws its own.

import { stdin, stdout } from 'node:process'
import { Command } from 'commander'
import type { ActionEventInfo, StreamEvent } from '../../control/api.js'
import { ROOT_ID } from '../../protocol/ids.js'
import { isTerminal, type TerminalPhase } from '../../protocol/outcome.js'
import { formatDuration } from '../display/duration.js'
import { describeEnd, describeError, describeReason } from '../display/event-lines.js'
import { EXIT_OK, exitCodeOf } from '../input/exit-codes.js'
import { Interrupts } from './interrupts.js'
import { isInteractive } from './links.js'
import { printable } from '../display/printable.js'
import { reportOutput } from '../display/report-output.js'
import { LineDisplay, LiveDisplay, type RunDisplay } from '../display/run-display.js'
import { describeCounts } from '../display/run-screen.js'
import { RunTotals } from '../display/run-totals.js'
import { inPhase, PHASE_SIGNS, styleFor } from '../display/style.js'
import { addTargetOptions, findRun, isServed, type RunTarget, type TargetOptions } from '../input/target.js'
import { wrapFor } from '../display/wrap-words.js'
import { WatchApp } from './watch-app.js'

interface WatchFlags extends TargetOptions {
  readonly json?: boolean
  readonly verbose?: boolean
  readonly exitStatus?: boolean
}

/** Makes the command; `onExit` is called with the exit code. */
export function watchCommand(onExit: (code: number) => void): Command {
  const command = new Command('watch')
    .summary('watch a run until it has ended')
    .description(
      'Shows a run live, until it has ended: its counts, what runs with its last report, aborts with their reasons. On a terminal, keys choose an action, show it and its logs, and abort it: ? says which. Watching changes nothing: q and Ctrl-C end the watching only.',
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
  const totals = new RunTotals()
  let display: RunDisplay | undefined
  let hasLeft = false
  const onLeave = (how: 'leave' | 'interrupt'): void => {
    hasLeft = how === 'leave'
    // As without keys: a terminal that gives each key at once makes no signal of this one.
    if (how === 'interrupt') process.emit('SIGINT', 'SIGINT')
    else stop.abort()
  }
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
      else if (event.type === 'live') display ??= createDisplay(target, totals, flags, onLeave)
      if (takeEvent(event, totals, display)) break
    }
    if (display instanceof WatchApp) await display.ended()
  } catch (error) {
    if (!stop.signal.aborted) throw error
  } finally {
    display?.end()
  }
  if (hasLeft && !hasEnded(totals)) return EXIT_OK
  return report(target, totals, flags, interrupts.exitCode)
}

/** A connection is tried again and again; a process that has ended won't come back. */
async function stopIfGone({ process }: RunTarget, stop: AbortController): Promise<void> {
  if (process !== undefined && !(await isServed(process))) stop.abort()
}

/** Applies an event; gives whether it is the run's last. */
function takeEvent(event: StreamEvent, totals: RunTotals, display: RunDisplay | undefined): boolean {
  switch (event.type) {
    case 'snapshot': {
      const [summary] = event.runs
      totals.reset(summary?.counts)
      if (summary !== undefined) totals.takeRoot(summary)
      return false
    }
    case 'actions':
      for (const item of event.actions) totals.take(item)
      return false
    case 'live':
      return hasEnded(totals)
    case 'grace':
      totals.grace(event.id, event.forceAt)
      return false
    case 'end':
      return true
    case 'columns':
    case 'gap':
    case 'dropped':
    case 'run':
    case 'forgotten':
      return false
    case 'abortProgress':
      if (display instanceof WatchApp) display.progress(event.progress)
      return false
    default:
      takeActionEvent(event, totals, display)
      return event.id === ROOT_ID && hasEnded(totals)
  }
}

function takeActionEvent(event: ActionEventInfo, totals: RunTotals, display: RunDisplay | undefined): void {
  if (display === undefined) totals.apply(event)
  else display.event(event)
}

function hasEnded(totals: RunTotals): boolean {
  return totals.root !== undefined && isTerminal(totals.root.phase)
}

function createDisplay(
  target: RunTarget,
  totals: RunTotals,
  flags: WatchFlags,
  onLeave: (how: 'leave' | 'interrupt') => void,
): RunDisplay {
  const options = {
    totals,
    run: target.run,
    url: undefined,
    detail: flags.verbose === true ? ('verbose' as const) : ('normal' as const),
    style: styleFor(stdout),
    startedAt: totals.root?.queuedAt ?? Date.now(),
    write: (text: string) => void stdout.write(text),
  }
  if (stdin.isTTY && isInteractive(stdout))
    return new WatchApp(target, options, { input: stdin, output: stdout }, onLeave)
  if (stdout.isTTY) return new LiveDisplay(options, stdout)
  stdout.write(`watching ${printable(target.run)}  ${describeCounts(totals.counts(), options.style)}\n`)
  return new LineDisplay(options)
}

function report(
  target: RunTarget,
  totals: RunTotals,
  flags: WatchFlags,
  interrupted: number | undefined,
): number {
  const phase = totals.root?.phase
  if (phase === undefined || !isTerminal(phase)) {
    if (interrupted !== undefined) return interrupted
    throw new Error(`the process of run '${printable(target.run)}' has ended, and the run with it`)
  }
  if (flags.json !== true) stdout.write(wrapFor(stdout, `${describeLast(target.run, totals, phase)}\n`))
  return flags.exitStatus === true ? exitCodeOf(phase) : EXIT_OK
}

function describeLast(run: string, totals: RunTotals, phase: TerminalPhase): string {
  const style = styleFor(stdout)
  const { queuedAt = 0, settledAt = queuedAt, reason, error } = totals.root ?? {}
  const head = `${inPhase(style, phase, `${PHASE_SIGNS[phase]} ${describeEnd(phase)}`)}  ${style('bold', printable(run))}  ${formatDuration(settledAt - queuedAt)}  ${describeCounts(totals.counts(), style, totals.endings)}`
  const why =
    phase === 'aborted' ? describeReason(reason) : phase === 'succeeded' ? '' : describeError(error, ROOT_ID)
  return why === '' ? head : `${head}\n  ${why}`
}
