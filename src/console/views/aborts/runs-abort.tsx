// The dialog that aborts runs of the list: which, why, and who asks; each ends with its own grace. Where the server refuses one
// of them, the rest has been asked for.

import type { JSX } from 'preact'
import type { ControlClient } from '../../../control/client/control-client.js'
import { DEFAULT_REASON } from '../../model/aborts/abort-habits.js'
import { isolated } from '../../model/words/show-name.js'
import { showCount, showCounted } from '../../model/words/show-number.js'
import { AskDialog, type Answers } from './ask-dialog.js'

const MOST_NAMES = 5

/** The dialog. */
export function RunsAbortDialog({
  client,
  runs,
  onClose,
}: {
  client: ControlClient
  runs: readonly string[]
  onClose: () => void
}): JSX.Element {
  const send = async (answers: Answers): Promise<void> => {
    const ends = await Promise.allSettled(runs.map((run) => client.abort(run, answers)))
    const failed = ends.find((end) => end.status === 'rejected')
    if (failed !== undefined) throw failed.reason
  }
  const action = `Abort ${showCounted(runs.length, 'run')}`
  return (
    <AskDialog
      title={action}
      defaultReason={DEFAULT_REASON}
      action={action}
      sending="Aborting …"
      failed="Not all were aborted"
      onSend={send}
      onClose={onClose}
    >
      <p class="abort-names">
        {runs.slice(0, MOST_NAMES).map(isolated).join(', ')}
        {runs.length > MOST_NAMES && ` and ${showCount(runs.length - MOST_NAMES)} more`}, with all their
        actions.
      </p>
    </AskDialog>
  )
}
