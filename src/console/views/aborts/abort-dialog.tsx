// The dialog of an abort: what it will stop, why, and how long that may take. What it is aimed at was settled when it was
// opened: ids, of the run that was looked at then. Once the server has taken it, it goes, and a strip tells the rest.

import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useLayoutEffect, useMemo, useRef } from 'preact/hooks'
import type { AbortRequests } from '../../model/aborts/abort-requests.js'
import { planAbort, type AbortPlan, type AbortTarget } from '../../model/aborts/abort-target.js'
import type { RunStore } from '../../model/runs/run-store.js'
import type { AbortWish } from '../../model/aborts/send-abort.js'
import { isolated } from '../../model/words/show-name.js'
import { showCounted } from '../../model/words/show-number.js'
import { AbortForm } from './abort-form.js'
import { Icon } from '../glyphs.js'

/** The dialog. `onClose` is told whether an abort was sent. */
export function AbortDialog(props: {
  readonly store: RunStore
  readonly requests: AbortRequests
  readonly target: AbortTarget
  readonly onClose: (wasSent: boolean) => void
}): JSX.Element {
  const { store, requests, target, onClose } = props
  const dialog = useRef<HTMLDialogElement>(null)
  // As it was when the dialog was opened, and never again.
  const opened = useMemo(
    () => ({ plan: planAbort(store.table.peek(), target), queuedAt: queuedAtOf(store) }),
    [],
  )
  const state = useSignal<'asking' | 'sending' | 'sent'>('asking')
  const failure = useSignal<string | undefined>(undefined)

  useLayoutEffect(() => dialog.current?.showModal(), [])

  void store.revision.value
  const table = store.table.value
  const nowLive = useMemo(
    () => planAbort(table, { kind: 'actions', ids: opened.plan.ids, label: '' }),
    [table.version],
  )
  const isSameRun = queuedAtOf(store) === opened.queuedAt

  const submit = async (wish: AbortWish): Promise<void> => {
    if (state.peek() !== 'asking') return
    state.value = 'sending'
    failure.value = undefined
    try {
      if (!isSameRun) throw new Error('Another run has taken the name of this one; nothing was aborted.')
      await requests.send(target, opened.plan, wish)
      state.value = 'sent'
      dialog.current?.close()
    } catch (error) {
      failure.value = `Nothing was aborted: ${error instanceof Error ? error.message : String(error)}`
      state.value = 'asking'
    }
  }

  return (
    <dialog
      ref={dialog}
      class="abort-dialog"
      aria-labelledby="abort-title"
      onClose={() => onClose(state.peek() === 'sent')}
      onCancel={(event) => {
        if (state.peek() === 'sending') event.preventDefault()
      }}
    >
      <header class="dialog-head">
        <h2 id="abort-title">{titleOf(store, target, opened.plan)}</h2>
        <button
          type="button"
          class="plain icon-only"
          aria-label="Close"
          disabled={state.value === 'sending'}
          onClick={() => dialog.current?.close()}
        >
          <Icon name="close" />
        </button>
      </header>
      <AbortForm
        store={store}
        target={target}
        plan={opened.plan}
        live={nowLive}
        isSending={state.value !== 'asking'}
        failure={failure.value}
        isSameRun={isSameRun}
        onCancel={() => dialog.current?.close()}
        onSubmit={(wish) => void submit(wish)}
      />
    </dialog>
  )
}

function titleOf(store: RunStore, target: AbortTarget, plan: AbortPlan): string {
  switch (target.kind) {
    case 'run':
      return `Abort the run ${isolated(store.run)}`
    case 'action':
      return `Abort ${isolated(target.name)} (${target.id})`
    case 'actions':
      return `Abort ${target.label}: ${showCounted(plan.ids.length, 'action')}`
  }
}

/** Tells a run from a later one of the same name. */
function queuedAtOf(store: RunStore): number {
  return store.table.peek().queuedAt[0] ?? 0
}
