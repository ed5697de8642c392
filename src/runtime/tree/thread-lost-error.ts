// The error of an attempt that was lost with its thread, with whom that is put down to (S28). It reads actions and changes
// nothing.

import {
  ThreadLostError,
  type ThreadLossBlame,
  type ThreadLossCulprit,
} from '../../protocol/errors/errors.js'
import type { LaneLoss } from '../../../actors/thread.js'
import type { Action } from './action.js'

/** Who has ended a thread, or for whom it was killed. */
export interface Guilty extends ThreadLossCulprit {
  readonly name: string
  /** Left out where it isn't known any more: of what has ended, code may be left. */
  readonly node: Action | undefined
}

/**
 * Whose doing it is that an attempt was lost (S28). What its own descendants do is its own doing: a parent that loses its
 * thread to its child would lose it again and again, for ever, as nobody counts what the innocent lose.
 */
function blameFor(
  action: Action,
  guilty: readonly Guilty[] | undefined,
): { readonly blame: ThreadLossBlame; readonly by: readonly Guilty[] } {
  if (guilty === undefined) return { blame: 'unknown', by: [] }
  if (guilty.some((one) => one.node === action)) return { blame: 'self', by: [] }
  const below = guilty.filter((one) => one.node?.run === action.run && one.action.startsWith(`${action.id}.`))
  return below.length > 0 ? { blame: 'self', by: below } : { blame: 'other', by: guilty }
}

/** The error of an attempt whose thread was lost. `guilty`: by whom, or for whom, where that is known. */
export function lostError(
  action: Action,
  loss: LaneLoss & { readonly isLoading: boolean; readonly thread: number | undefined },
  guilty: readonly Guilty[] | undefined,
): ThreadLostError {
  const { exitCode, error, isLoading, thread } = loss
  const outOfMemory = (error as { code?: unknown } | undefined)?.code === 'ERR_WORKER_OUT_OF_MEMORY'
  const crashed =
    error !== undefined && !(error instanceof Error && error.message.startsWith('worker exited'))
  const { blame, by } = blameFor(action, guilty)
  const isForNeighbour = loss.killed && (blame === 'other' || by.length > 0)
  const kind = isForNeighbour
    ? 'killed-for-neighbour'
    : outOfMemory
      ? 'out-of-memory'
      : crashed
        ? 'crashed'
        : 'exited'
  const why = {
    'killed-for-neighbour': 'it was killed for a neighbour that did not stop',
    'out-of-memory': 'it ran out of memory (see resourceLimits)',
    crashed: `it crashed: ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`,
    exited: `it exited with code ${exitCode ?? 'unknown'} (process.exit in an action?)`,
  }[kind]
  const [first] = by
  const loading = isLoading ? ` while its module ${action.definition.url} was being loaded` : ''
  return new ThreadLostError(
    `action ${action.id} '${action.name}' of run '${action.run.name}' lost its thread ${thread ?? ''}${loading}: ${why}${because(by)}`,
    {
      // A module that ends its thread isn't tried for ever (S10).
      loss: isLoading ? 'failed-to-start' : kind,
      blame,
      culprit: first && { run: first.run, action: first.action },
      run: action.run.name,
      action: action.id,
      thread,
      exitCode,
      ...(crashed && { cause: error }),
    },
  )
}

function because(guilty: readonly Guilty[]): string {
  const named = guilty.map(({ action, name, run }) => `action ${action} '${name}' of run '${run}'`)
  return named.length === 0 ? '' : `, because of ${named.join(', ')}`
}
