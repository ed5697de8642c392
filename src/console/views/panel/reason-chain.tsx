// The chain of reasons that stopped an action: the reason that won, at which action it was aimed, what caused it; and what
// came later.

import type { JSX } from 'preact'
import type { ReasonInfo } from '../../../control/api.js'
import { isPruning } from '../../../control/shown/pruned.js'
import { NONE } from '../../model/runs/action-table.js'
import type { RunStore } from '../../model/runs/run-store.js'
import { showClock, showDuration } from '../../model/words/show-duration.js'
import { change } from '../../router.js'
import { ErrorChain } from './error-chain.js'

const SOURCE_LABEL: Readonly<Record<ReasonInfo['source'], string>> = {
  cancel: 'cancelled by the code that held its handle',
  external: 'aborted from outside',
  parent: 'its parent ended',
  root: 'the run’s root ended',
  timeout: 'its time was up',
  signal: 'the caller’s signal was aborted',
  shutdown: 'the runtime was shut down',
}

/** The reason and its escalations. */
export function ReasonChain(props: {
  readonly reason: ReasonInfo
  readonly escalations: readonly ReasonInfo[]
  readonly id: string
  readonly store: RunStore
}): JSX.Element {
  const { reason, escalations } = props
  return (
    <ol class="reasons">
      <li>
        <Reason {...props} reason={reason} />
      </li>
      {escalations.map((later, index) => (
        <li key={index}>
          <p class="cause-label">later, after {showDuration(later.at - reason.at)}: changed deadlines only</p>
          <Reason {...props} reason={later} />
        </li>
      ))}
    </ol>
  )
}

function Reason({ reason, id, store }: { reason: ReasonInfo; id: string; store: RunStore }): JSX.Element {
  const table = store.table.value
  const origin = table.rowOf(reason.origin)
  const canceller = reason.by === undefined ? NONE : table.rowOf(reason.by)
  return (
    <div class="reason">
      <p class="reason-message">{reason.message}</p>
      <dl class="pairs">
        <div>
          <dt>how it came</dt>
          <dd>
            {isPruning(reason) ? 'stopped by its sweep' : SOURCE_LABEL[reason.source]}{' '}
            <span class="muted mono">{isPruning(reason) ? reason.cause?.code : reason.source}</span>
          </dd>
        </div>
        {reason.by !== undefined && (
          <div>
            <dt>by</dt>
            <dd>
              {canceller === NONE ? reason.by : <ActionLink id={reason.by} name={table.names[canceller]!} />}
            </dd>
          </div>
        )}
        <div>
          <dt>aimed at</dt>
          <dd>
            {reason.origin === id ? (
              'this action'
            ) : (
              <ActionLink id={reason.origin} name={origin === NONE ? '' : table.names[origin]!} />
            )}
          </dd>
        </div>
        <div>
          <dt>when</dt>
          <dd>{showClock(reason.at)}</dd>
        </div>
      </dl>
      {reason.cause !== undefined && !isPruning(reason) && (
        <div class="cause">
          <p class="cause-label">caused by</p>
          <ErrorChain error={reason.cause} id={id} depth={1} />
        </div>
      )}
    </div>
  )
}

function ActionLink({ id, name }: { id: string; name: string }): JSX.Element {
  return (
    <button type="button" class="link" onClick={() => change({ action: id })}>
      <bdi>{name}</bdi> <span class="mono muted">{id}</span>
    </button>
  )
}
