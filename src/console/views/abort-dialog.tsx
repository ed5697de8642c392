// The dialog of an abort: what it will stop, why, and how long that may take; and then how far it has come. What it is
// aimed at was settled when it was opened: ids, of the run that was looked at then.

import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect, useLayoutEffect, useMemo, useRef } from 'preact/hooks'
import type { AbortProgress } from '../../control/api.js'
import { planAbort, type AbortPlan, type AbortTarget } from '../model/abort-target.js'
import type { RunStore } from '../model/run-store.js'
import { sendAbort, type AbortWish } from '../model/send-abort.js'
import { showCount, showCounted } from '../model/show-number.js'
import { AbortProgressView } from './abort-progress.js'
import { Icon } from './glyphs.js'

const STORED_NAME = 'heddle.name'

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
        <Ask
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

function Ask(props: {
  readonly target: AbortTarget
  readonly plan: AbortPlan
  readonly live: AbortPlan
  readonly isSending: boolean
  readonly isSameRun: boolean
  readonly failure: string | undefined
  readonly onCancel: () => void
  readonly onSubmit: (wish: AbortWish) => void
}): JSX.Element {
  const { plan, live, target } = props
  const reason = useSignal('')
  const reasonField = useRef<HTMLInputElement>(null)
  useEffect(() => reasonField.current?.focus(), [])
  const name = useSignal(readName())
  const grace = useSignal<'own' | 'given' | 'none'>('own')
  const seconds = useSignal('5')
  const graceMs = Number(seconds.value) * 1000
  const isGraceWrong =
    grace.value === 'given' && !(seconds.value.trim() !== '' && graceMs >= 0 && graceMs < 1e9)
  const count = live.rows.length
  const isOver = count === 0
  return (
    <form
      class="dialog-body"
      onSubmit={(event) => {
        event.preventDefault()
        if (isOver || isGraceWrong || props.isSending || !props.isSameRun) return
        keepName(name.value)
        props.onSubmit({
          reason: reason.value.trim(),
          by: name.value.trim() === '' ? 'console' : name.value.trim(),
          graceMs: grace.value === 'given' ? graceMs : undefined,
          force: grace.value === 'none',
        })
      }}
    >
      <div class="abort-count" role="status">
        {isOver ? (
          <p>
            {plan.rows.length === 0 ? 'This has ended already.' : 'All of it has ended by itself meanwhile.'}{' '}
            There is nothing to abort.
          </p>
        ) : (
          <>
            <p>
              Stops <strong>{showCounted(count, 'live action')}</strong>
              {target.kind === 'actions' &&
                count > live.ids.length &&
                `: ${showCount(live.ids.length)} chosen and ${showCount(count - live.ids.length)} under them`}
              {target.kind === 'action' && count > 1 && `: it and ${showCount(count - 1)} under it`}.
            </p>
            <p class="muted">
              {[
                live.running > 0 && `${showCount(live.running)} running`,
                live.queued > 0 && `${showCount(live.queued)} queued`,
                live.aborting > 0 && `${showCount(live.aborting)} aborting already`,
                plan.rows.length > count &&
                  `${showCount(plan.rows.length - count)} ended since you opened this`,
                plan.ended > 0 && `${showCount(plan.ended)} of the chosen had ended before`,
              ]
                .filter(Boolean)
                .join(' · ')}
            </p>
          </>
        )}
        {live.rows.includes(0) && target.kind !== 'run' && (
          <p>
            <strong>The root is among them:</strong> the whole run ends.
          </p>
        )}
        {!props.isSameRun && (
          <p class="bad">Another run has taken this name. This dialog doesn’t touch it.</p>
        )}
      </div>
      <label class="field">
        <span>Reason</span>
        <input
          type="text"
          name="reason"
          maxLength={500}
          placeholder="Told to the code, and shown wherever the abort is"
          autocomplete="off"
          ref={reasonField}
          value={reason.value}
          onInput={(event) => (reason.value = event.currentTarget.value)}
        />
      </label>
      <label class="field">
        <span>Who</span>
        <input
          type="text"
          name="by"
          maxLength={100}
          placeholder="console"
          autocomplete="off"
          value={name.value}
          onInput={(event) => (name.value = event.currentTarget.value)}
        />
      </label>
      <fieldset class="field grace">
        <legend>Grace, for their clean-up</legend>
        <label>
          <input
            type="radio"
            name="grace"
            checked={grace.value === 'own'}
            onChange={() => (grace.value = 'own')}
          />
          Each action’s own
        </label>
        <label>
          <input
            type="radio"
            name="grace"
            checked={grace.value === 'given'}
            onChange={() => (grace.value = 'given')}
          />
          At most
          <input
            type="number"
            name="seconds"
            min="0"
            step="any"
            aria-label="Seconds of grace for all"
            value={seconds.value}
            onFocus={() => (grace.value = 'given')}
            onInput={(event) => (seconds.value = event.currentTarget.value)}
          />
          s for all of it
        </label>
        <label>
          <input
            type="radio"
            name="grace"
            checked={grace.value === 'none'}
            onChange={() => (grace.value = 'none')}
          />
          Force at once: no clean-up
        </label>
        {isGraceWrong && <p class="bad">A number of seconds, 0 or more.</p>}
      </fieldset>
      {props.failure !== undefined && (
        <p class="bad" role="alert">
          {props.failure}
        </p>
      )}
      <footer class="dialog-foot">
        <button type="button" onClick={props.onCancel}>
          {isOver ? 'Close' : 'Keep running'}
        </button>
        {!isOver && props.isSameRun && (
          <button type="submit" class="danger-fill" disabled={isGraceWrong || props.isSending}>
            {props.isSending
              ? 'Aborting …'
              : `${grace.value === 'none' ? 'Force' : 'Abort'} ${showCounted(count, 'action')}`}
          </button>
        )}
      </footer>
    </form>
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

function readName(): string {
  try {
    return localStorage.getItem(STORED_NAME) ?? ''
  } catch {
    return ''
  }
}

function keepName(name: string): void {
  try {
    localStorage.setItem(STORED_NAME, name.trim())
  } catch {
    // A browser that keeps nothing: it is asked again.
  }
}
