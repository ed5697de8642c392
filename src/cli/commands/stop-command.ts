// `heddle stop`: asks a sweep to end by itself. It begins no trial any more, and resolves with what it has found: an abort of the
// run would throw that away.

import { Command } from 'commander'
import type { RunStopAnswer, StopInfo } from '../../control/api.js'
import { ControlError } from '../../control/client/control-error.js'
import { quoted } from '../../control/shown/quoted.js'
import { ROOT_ID } from '../../protocol/ids.js'
import { isTerminal } from '../../protocol/outcome.js'
import { describeEnd } from '../display/event-lines.js'
import { printable } from '../display/printable.js'
import { reportOutput, type ReportOutput } from '../display/report-output.js'
import { EXIT_FAILED, EXIT_OK } from '../input/exit-codes.js'
import { operatorName } from '../input/operator.js'
import { addTargetOptions, findRun, type RunTarget, type TargetOptions } from '../input/target.js'

interface StopFlags extends TargetOptions {
  readonly reason?: string
  readonly by: string
  readonly now?: boolean
  readonly wait?: boolean
  readonly json?: boolean
}

/** Makes the command; `onExit` is called with the exit code. */
export function stopCommand(onExit: (code: number) => void): Command {
  const command = new Command('stop')
    .summary('end a sweep, and keep what it has found')
    .description(
      'Asks a sweep to end by itself: no trial begins any more, and it resolves with what it has found. The trials that run go on to their ends, unless --now stops them, too; a second stop can say --now later. A study with a file can go on from it. Any other run is stopped by heddle abort.',
    )
    .argument('<run>', 'name of the run')
    .option('--reason <text>', 'why; shown wherever the sweep is, and kept in its file')
    .option('--by <name>', 'who', operatorName())
    .option('--now', 'stop the trials that run, too; each has its grace')
    .option('--wait', 'wait until the sweep has ended')
    .option('--json', 'write NDJSON')
    .action(async (run: string, flags: StopFlags) => onExit(await stop(run, flags, reportOutput())))
  return addTargetOptions(command)
}

async function stop(run: string, flags: StopFlags, output: ReportOutput): Promise<number> {
  const target = await findRun(run, flags, output.warn)
  const over = new AbortController()
  const ended = flags.wait === true ? untilEnded(target, over.signal) : undefined
  // It is waited for below; where the request itself fails, nobody does.
  ended?.catch(() => {})
  try {
    const answer = await target.client.stop(target.run, {
      by: flags.by,
      ...(flags.reason !== undefined && { reason: flags.reason }),
      running: flags.now === true ? 'abort' : 'finish',
    })
    if (flags.json === true) output.json(answer)
    else output.line(describeStopAnswer(answer))
    if (ended === undefined || isTerminal(answer.phase)) return EXIT_OK
    const how = await ended
    if (flags.json === true) output.json({ type: 'ended', run: target.run, ...(how && { phase: how }) })
    else
      output.line(
        `run '${printable(target.run)}' has ended${how === undefined ? '' : `: ${describeEnd(how)}`}`,
      )
    return EXIT_OK
  } catch (error) {
    if (!(error instanceof ControlError) || error.code !== 'conflict') throw error
    output.warn(`${error.message} (heddle abort ${quoted(target.run)})`)
    return EXIT_FAILED
  } finally {
    over.abort()
  }
}

/** What has become of a stop, in a sentence. */
function describeStopAnswer({ run, accepted, phase, running, stoppedBy }: RunStopAnswer): string {
  const name = `run '${printable(run)}'`
  if (accepted) {
    if (running === 0) return `stopping ${name}: no trial runs`
    const trials = `${running} ${running === 1 ? 'trial' : 'trials'}`
    return stoppedBy?.running === 'finish'
      ? `finishing ${name}: ${trials} still ${running === 1 ? 'runs' : 'run'} (--now stops ${running === 1 ? 'it' : 'them'})`
      : `stopping ${name} and ${trials}`
  }
  if (isTerminal(phase)) return `${name} has ended already (${describeEnd(phase)}): nothing has changed`
  const why = stoppedBy === undefined ? '' : `, by ${describeStopper(stoppedBy)}`
  const still = running === 0 ? '' : `; ${running} ${running === 1 ? 'trial is' : 'trials are'} left`
  return `${name} is ending already${why}${still}: nothing has changed`
}

/** Who or what, and why. */
function describeStopper({ rule, reason, by }: StopInfo): string {
  return `${printable(by ?? rule)}: ${printable(reason)}`
}

/** The phase in which the run has ended; `undefined` if the process has gone without a word. */
async function untilEnded({ client, run, summary }: RunTarget, signal: AbortSignal) {
  const events = client.events({ run, lastEventId: String(summary.seq), reconnect: false, signal })
  try {
    for await (const event of events)
      if (event.type === 'phase' && event.id === ROOT_ID && isTerminal(event.phase)) return event.phase
  } catch (error) {
    if (!(error instanceof ControlError) || error.code !== 'unreachable') throw error
  }
  return undefined
}
