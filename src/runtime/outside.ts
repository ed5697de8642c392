// Finds what somebody outside names, and aborts it. It is apart from the runtime's surface because the control server
// does the same for many actions in one step.

import { milliseconds, type CancelOptions } from '../options.js'
import type { AbortReason } from '../protocol/abort-reason.js'
import { messageOf } from '../protocol/describe-value.js'
import { ActionNotFoundError } from '../protocol/errors.js'
import { childIndex, isActionId, spawnerId } from '../protocol/ids.js'
import type { TerminalPhase } from '../protocol/outcome.js'
import type { ActionNode } from './action-node.js'
import type { Records } from './records.js'
import type { RunState } from './run-state.js'
import type { Supervisor } from './supervisor.js'

/** What an abort from outside can be given. */
export interface OutsideAbort extends CancelOptions {
  readonly reason?: string | undefined
  readonly by?: string | undefined
}

/** The run of that name; throws an `ActionNotFoundError` that names the others. */
export function findRun(records: Records, name: string): RunState {
  const run = records.run(name)
  if (run !== undefined) return run
  const known = [...records.runs()].map((one) => `'${one.name}'`)
  const shown = `${known.length > 10 ? `${known.length}, the last ones ` : ''}${known.slice(-10).join(', ')}`
  throw new ActionNotFoundError(
    `there is no run '${name}' (any more); ${known.length === 0 ? 'there are none' : `there are ${shown}`}. A run's name is run.run`,
    { run: name },
  )
}

/** The node of an action, or, where its record is gone, that it is finished; unknown ids throw (S24). */
export function findAction(run: RunState, id: string): ActionNode | { readonly phase: TerminalPhase } {
  const node = run.nodes.get(id)
  if (node !== undefined) return node
  for (let child = id, parent = spawnerId(id); isActionId(id) && parent !== undefined;) {
    const known = run.nodes.get(parent)
    // That it has ended is known; how, only as far as all that are forgotten ended alike.
    if (known !== undefined && childIndex(child) <= known.lastIndex) return { phase: mostOften(run.dropped) }
    if (known !== undefined) break
    child = parent
    parent = spawnerId(parent)
  }
  throw new ActionNotFoundError(
    `run '${run.name}' has no action '${id}'; its actions have ids such as ${[...run.nodes.keys()].slice(-3).join(', ')}`,
    { run: run.name, action: id },
  )
}

/** Aborts an action with what is under it; `false` if its end came first. Throws for a wrong `graceMs`. */
export function abortFromOutside(
  supervisor: Supervisor,
  target: ActionNode,
  { reason, by, graceMs, force }: OutsideAbort,
): boolean {
  if (graceMs !== undefined) milliseconds(graceMs, `abort of run '${target.run.name}'`, 'graceMs')
  const abortReason: AbortReason = {
    source: 'external',
    message: reason === undefined ? 'aborted from outside' : messageOf(reason),
    by: by === undefined ? 'api' : messageOf(by),
    origin: target.id,
    at: supervisor.now(),
  }
  return supervisor.cancellation.abort(target, abortReason, { graceMs, force })
}

/** How most of the settled actions ended whose records are gone. */
function mostOften(dropped: Readonly<Record<TerminalPhase, number>>): TerminalPhase {
  const phases = Object.keys(dropped) as TerminalPhase[]
  return phases.reduce((most, phase) => (dropped[phase] > dropped[most] ? phase : most))
}
