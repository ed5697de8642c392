// The dialog of an abort: what it will stop, why, and how long that may take; and then how far it has come. What it is
// aimed at was settled when it was opened: ids, of the run that was looked at then.

import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useLayoutEffect, useMemo, useRef } from 'preact/hooks'
import type { AbortProgress } from '../../control/api.js'
import { planAbort, type AbortPlan, type AbortTarget } from '../model/abort-target.js'
import type { RunStore } from '../model/run-store.js'
import { sendAbort, type AbortWish } from '../model/send-abort.js'
import { showCount, showCounted } from '../model/show-number.js'
import { AbortForm } from './abort-form.js'
import { AbortProgressView } from './abort-progress.js'
import { Icon } from './glyphs.js'

/** The dialog. */
export function AbortDialog(props: {
  readonly store: RunStore
  readonly target: AbortTarget
  readonly onClose: () => void
}): JSX.Element {
  const { store, target, onClose } = props
  const dialog = useRef<HTMLDialogElement>(null)
  // As it was when the dialog was opened, and never again.
  const opened = useMemo(
    () => ({ plan: planAbort(store.table.peek(), target), queuedAt: queuedAtOf(store) }),
    [],
  )
  const state = useSignal<'asking' | 'sending' | 'sent'>('asking')
  const failure = useSignal<string | undefined>(undefined)
  const sent = useSignal<{ readonly ids: readonly string[]; readonly finished: number }>({
    ids: [],
    finished: 0,
  })

  // A layout effect, since the field's own effect, which comes after it, puts the focus into the open dialog.
  useLayoutEffect(() => {
    dialog.current?.showModal()
  }, [])

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
      const answers = await sendAbort(store, target, opened.plan.ids, wish)
      for (const { progress } of answers) if (progress !== undefined) store.tookProgress(progress)
      sent.value = {
        ids: answers.flatMap(({ progress }) => (progress === undefined ? [] : [progress.abort])),
        finished: answers.reduce((sum, { finished }) => sum + finished, 0),
      }
      state.value = 'sent'
    } catch (error) {
      failure.value = error instanceof Error ? error.message : String(error)
      state.value = 'asking'
    }
  }

  return (
    <dialog
      ref={dialog}
      class="abort-dialog"
      aria-labelledby="abort-title"
      onClose={onClose}
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
          onClick={() => dialog.current?.close()}
        >
          <Icon name="close" />
        </button>
      </header>
      {state.value === 'sent' ? (
        <Sent
          store={store}
          ids={sent.value.ids}
          finished={sent.value.finished}
          onClose={() => dialog.current?.close()}
        />
      ) : (
        <AbortForm
          target={target}
          plan={opened.plan}
          live={nowLive}
          isSending={state.value === 'sending'}
          failure={failure.value}
          isSameRun={isSameRun}
          onCancel={() => dialog.current?.close()}
          onSubmit={(wish) => void submit(wish)}
        />
      )}
    </dialog>
  )
}

function Sent(props: {
  readonly store: RunStore
  readonly ids: readonly string[]
  readonly finished: number
  readonly onClose: () => void
}): JSX.Element {
  const all = props.store.progress.value
  const parts = props.ids.flatMap((id) => {
    const progress = all.get(id)
    return progress === undefined ? [] : [progress]
  })
  return (
    <div class="dialog-body">
      {parts.length === 0 ? (
        <p role="status">It had ended by itself; nothing has changed.</p>
      ) : (
        <AbortProgressView progress={joined(parts)} clock={props.store.clock} />
      )}
      {props.finished > 0 && parts.length > 0 && (
        <p class="muted">{showCount(props.finished)} of the chosen had ended already.</p>
      )}
      <footer class="dialog-foot">
        <button type="button" class="primary" onClick={props.onClose}>
          Done
        </button>
      </footer>
    </div>
  )
}

/** Many ids go in several requests; here they are one abort again. */
function joined(parts: readonly AbortProgress[]): AbortProgress {
  const sum = (of: (part: AbortProgress) => number): number =>
    parts.reduce((total, part) => total + of(part), 0)
  const ends = parts.map(({ settledAt }) => settledAt ?? Number.NaN)
  const lastEnd = Math.max(...ends)
  const { settledAt: _, ...first } = parts[0] as AbortProgress
  return {
    ...first,
    requested: sum(({ requested }) => requested),
    acknowledged: sum(({ acknowledged }) => acknowledged),
    settled: sum(({ settled }) => settled),
    cooperative: sum(({ cooperative }) => cooperative),
    forced: sum(({ forced }) => forced),
    abandoned: sum(({ abandoned }) => abandoned),
    neverStarted: sum(({ neverStarted }) => neverStarted),
    ...(!Number.isNaN(lastEnd) && { settledAt: lastEnd }),
  }
}

function titleOf(store: RunStore, target: AbortTarget, plan: AbortPlan): string {
  switch (target.kind) {
    case 'run':
      return `Abort the run ${store.run}`
    case 'action':
      return `Abort ${target.name} (${target.id})`
    case 'actions':
      return `Abort ${target.label}: ${showCounted(plan.ids.length, 'action')}`
  }
}

/** Tells a run from a later one of the same name. */
function queuedAtOf(store: RunStore): number {
  return store.table.peek().queuedAt[0] ?? 0
}
