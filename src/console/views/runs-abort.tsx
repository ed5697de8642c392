// The dialog that aborts runs of the list: which, why, and who asks; each ends with its own grace. It goes when the server has
// taken all of them; what the server refuses is said, and the rest has been asked for.

import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import type { ControlClient } from '../../control/client/control-client.js'
import { DEFAULT_REASON, keepHabits, lastName } from '../model/abort-habits.js'
import { isolated } from '../model/show-name.js'
import { showCount, showCounted } from '../model/show-number.js'
import { ReasonChips, TextField } from './abort-form.js'

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
  const dialog = useRef<HTMLDialogElement>(null)
  const field = useRef<HTMLInputElement>(null)
  const reason = useSignal('')
  const name = useSignal(lastName())
  const isSending = useSignal(false)
  const failure = useSignal<string | undefined>(undefined)
  useLayoutEffect(() => dialog.current?.showModal(), [])
  useEffect(() => field.current?.focus(), [])

  const submit = async (): Promise<void> => {
    isSending.value = true
    failure.value = undefined
    const by = name.value.trim() === '' ? 'console' : name.value.trim()
    const why = reason.value.trim()
    keepHabits(name.value.trim(), why)
    const ends = await Promise.allSettled(
      runs.map((run) => client.abort(run, { by, ...(why !== '' && { reason: why }) })),
    )
    const failed = ends.find((end) => end.status === 'rejected')
    if (failed === undefined) {
      dialog.current?.close()
      return
    }
    isSending.value = false
    failure.value = failed.reason instanceof Error ? failed.reason.message : String(failed.reason)
  }

  return (
    <dialog
      ref={dialog}
      class="abort-dialog"
      aria-labelledby="abort-title"
      onClose={onClose}
      onCancel={(event) => {
        if (isSending.peek()) event.preventDefault()
      }}
    >
      <header class="dialog-head">
        <h2 id="abort-title">Abort {showCounted(runs.length, 'run')}</h2>
      </header>
      <form
        class="dialog-body"
        onSubmit={(event) => {
          event.preventDefault()
          if (!isSending.peek()) void submit()
        }}
      >
        <p class="abort-names">
          {runs.slice(0, MOST_NAMES).map(isolated).join(', ')}
          {runs.length > MOST_NAMES && ` and ${showCount(runs.length - MOST_NAMES)} more`}, with all their
          actions.
        </p>
        <TextField
          label="Reason"
          name="reason"
          most={500}
          placeholder={DEFAULT_REASON}
          field={field}
          value={reason}
        />
        <ReasonChips reason={reason} field={field} />
        <TextField label="Who" name="by" most={100} placeholder="console" value={name} />
        {failure.value !== undefined && (
          <p class="bad" role="alert">
            Not all were aborted: {failure.value}
          </p>
        )}
        <footer class="dialog-foot">
          {!isSending.value && (
            <button type="button" onClick={() => dialog.current?.close()}>
              Keep running
            </button>
          )}
          <button type="submit" class="danger-fill" disabled={isSending.value}>
            {isSending.value ? 'Aborting …' : `Abort ${showCounted(runs.length, 'run')}`}
          </button>
        </footer>
      </form>
    </dialog>
  )
}
