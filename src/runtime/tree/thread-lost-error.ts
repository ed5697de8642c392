// The error of an attempt that was lost with its thread, with whom that is put down to (S28). It reads actions and changes
// nothing.

import {
  ThreadLostError,
  type ThreadLossBlame,
  type ThreadLossCulprit,
} from '../../protocol/errors/errors.js'
import type { LaneLoss, LostHost } from '../../../actors/thread-events.js'
import type { HostName } from '../../protocol/host-name.js'
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

/** Whose doing the loss of a host is: nobody knows; but that one leaves is no action's, and its attempts aren't counted (D12, D29). */
export function blameForHost({ how }: LostHost): readonly Guilty[] | undefined {
  return how === 'host-drained' ? [] : undefined
}

/** The error of an attempt whose thread was lost. `guilty`: by whom, or for whom, where that is known. */
export function lostError(
  action: Action,
  loss: LaneLoss & {
    readonly isLoading: boolean
    readonly thread: number | undefined
    readonly host: HostName | undefined
  },
  guilty: readonly Guilty[] | undefined,
): ThreadLostError {
  const { exitCode, error, isLoading, thread, withHost } = loss
  const host = withHost?.host ?? loss.host
  const outOfMemory = (error as { code?: unknown } | undefined)?.code === 'ERR_WORKER_OUT_OF_MEMORY'
  const crashed =
    error !== undefined && !(error instanceof Error && error.message.startsWith('worker exited'))
  const { blame, by } = blameFor(action, guilty)
  const isForNeighbour = loss.killed && (blame === 'other' || by.length > 0)
  const kind =
    withHost?.how ??
    (isForNeighbour ? 'killed-for-neighbour' : outOfMemory ? 'out-of-memory' : crashed ? 'crashed' : 'exited')
  const why = {
    'killed-for-neighbour': 'it was killed for a neighbour that did not stop',
    'out-of-memory': 'it ran out of memory (see resourceLimits)',
    crashed: `it crashed: ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`,
    exited: `it exited with code ${exitCode ?? 'unknown'} (process.exit in an action?)`,
    'host-lost': `${silence(withHost)}: what it did there may be done, and may have gone on for a while`,
    'host-drained': 'that host is leaving, and the attempt did not end in time',
  }[kind]
  const [first] = by
  const where = host === undefined ? '' : ` on host '${host.name}'`
  const loading = isLoading ? ` while its module ${action.definition.url} was being loaded` : ''
  return new ThreadLostError(
    `action ${action.id} '${action.name}' of run '${action.run.name}' lost its thread ${thread ?? ''}${where}${loading}: ${why}${because(by)}`,
    {
      // A module that ends its thread isn't tried for ever (S10).
      loss: isLoading && withHost === undefined ? 'failed-to-start' : kind,
      blame,
      culprit: first && { run: first.run, action: first.action },
      run: action.run.name,
      action: action.id,
      thread,
      exitCode,
      host,
      ...(crashed && { cause: error }),
    },
  )
}

function silence(withHost: LostHost | undefined): string {
  const { silentMs } = withHost ?? {}
  return silentMs === undefined
    ? 'that host has lost touch with this process'
    : `that host has not been heard for ${Math.round(silentMs)} ms`
}

function because(guilty: readonly Guilty[]): string {
  const named = guilty.map(({ action, name, run }) => `action ${action} '${name}' of run '${run}'`)
  return named.length === 0 ? '' : `, because of ${named.join(', ')}`
}
