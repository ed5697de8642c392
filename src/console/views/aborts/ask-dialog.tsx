// A dialog that asks why and who, and sends that with what else it was given. It goes when the server has taken it; what the
// server refuses is said, and can be sent again.

import { useSignal } from '@preact/signals'
import type { ComponentChildren, JSX } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { keepHabits, lastName } from '../../model/aborts/abort-habits.js'
import { ReasonChips, TextField } from './abort-form.js'

/** Why, and who asks. */
export interface Answers {
  /** Left out where none was given. */
  readonly reason?: string
  readonly by: string
}

/** The dialog. */
export function AskDialog(props: {
  readonly title: string
  /** What the server takes as the reason where none is given. */
  readonly defaultReason: string
  /** On the button, and while it is sent. */
  readonly action: string
  readonly sending: string
  /** Stands before what the server says. */
  readonly failed: string
  readonly onSend: (answers: Answers) => Promise<void>
  readonly onClose: () => void
  readonly children: ComponentChildren
}): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null)
  const field = useRef<HTMLInputElement>(null)
  const reason = useSignal('')
  const name = useSignal(lastName())
  const isSending = useSignal(false)
  const failure = useSignal<string | undefined>(undefined)
  useLayoutEffect(() => dialog.current?.showModal(), [])

  const submit = async (): Promise<void> => {
    isSending.value = true
    failure.value = undefined
    const [by, why] = [name.peek().trim(), reason.peek().trim()]
    keepHabits(by, why)
    try {
      await props.onSend({ by: by === '' ? 'console' : by, ...(why !== '' && { reason: why }) })
      dialog.current?.close()
    } catch (error) {
      isSending.value = false
      failure.value = error instanceof Error ? error.message : String(error)
    }
  }

  return (
    <dialog
      ref={dialog}
      class="abort-dialog"
      aria-labelledby="ask-title"
      onClose={props.onClose}
      onCancel={(event) => {
        if (isSending.peek()) event.preventDefault()
      }}
    >
      <header class="dialog-head">
        <h2 id="ask-title">{props.title}</h2>
      </header>
      <form
        class="dialog-body"
        onSubmit={(event) => {
          event.preventDefault()
          if (!isSending.peek()) void submit()
        }}
      >
        {props.children}
        <TextField
          label="Reason"
          name="reason"
          most={500}
          placeholder={props.defaultReason}
          field={field}
          isFirst
          value={reason}
        />
        <ReasonChips reason={reason} field={field} />
        <TextField label="Who" name="by" most={100} placeholder="console" value={name} />
        {failure.value !== undefined && (
          <p class="bad" role="alert">
            {props.failed}: {failure.value}
          </p>
        )}
        <footer class="dialog-foot">
          {!isSending.value && (
            <button type="button" onClick={() => dialog.current?.close()}>
              Keep running
            </button>
          )}
          <button type="submit" class="danger-fill" disabled={isSending.value}>
            {isSending.value ? props.sending : props.action}
          </button>
        </footer>
      </form>
    </dialog>
  )
}
