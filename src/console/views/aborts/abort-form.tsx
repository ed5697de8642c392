// The form of an abort: what it will stop, why, who asks, and how long their clean-up may take.

import { useSignal, type Signal } from '@preact/signals'
import type { ComponentChildren, JSX, Ref } from 'preact'
import { useMemo, useRef } from 'preact/hooks'
import { DEFAULT_REASON, keepHabits, lastName, lastReasons } from '../../model/aborts/abort-habits.js'
import { nameActions } from '../../model/aborts/abort-requests.js'
import type { AbortPlan, AbortTarget } from '../../model/aborts/abort-target.js'
import type { RunStore } from '../../model/runs/run-store.js'
import type { AbortWish } from '../../model/aborts/send-abort.js'
import { showCount, showCounted } from '../../model/words/show-number.js'
import { useRovingFocus } from '../roving-focus.js'

/** What the form shows and does. */
export interface AbortFormProps {
  readonly store: RunStore
  readonly target: AbortTarget
  readonly plan: AbortPlan
  /** What of the plan still lives. */
  readonly live: AbortPlan
  readonly isSending: boolean
  readonly isSameRun: boolean
  readonly failure: string | undefined
  readonly onCancel: () => void
  readonly onSubmit: (wish: AbortWish) => void
}

/** How long they may clean up: as each says, as long as is given here, or not at all. */
type Grace = 'own' | 'given' | 'none'

/** The form. */
export function AbortForm(props: AbortFormProps): JSX.Element {
  const { live, isSending, isSameRun } = props
  const reason = useSignal('')
  const reasonField = useRef<HTMLInputElement>(null)
  const name = useSignal(lastName())
  // What is being aborted already has its grace: all that is left to ask for is force.
  const grace = useSignal<Grace>(live.rows.length > 0 && live.aborting === live.rows.length ? 'none' : 'own')
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
        if (isOver || isGraceWrong || isSending || !isSameRun) return
        keepHabits(name.value.trim(), reason.value.trim())
        props.onSubmit({
          reason: reason.value.trim(),
          by: name.value.trim() === '' ? 'console' : name.value.trim(),
          graceMs: grace.value === 'given' ? graceMs : undefined,
          force: grace.value === 'none',
        })
      }}
    >
      <AbortCount {...props} />
      <TextField
        label="Reason"
        name="reason"
        most={500}
        placeholder={DEFAULT_REASON}
        field={reasonField}
        isFirst
        value={reason}
      />
      <ReasonChips reason={reason} field={reasonField} />
      <TextField label="Who" name="by" most={100} placeholder="console" value={name} />
      <GraceField grace={grace} seconds={seconds} isWrong={isGraceWrong} />
      {props.failure !== undefined && (
        <p class="bad" role="alert">
          {props.failure}
        </p>
      )}
      <footer class="dialog-foot">
        {!isSending && (
          <button type="button" onClick={props.onCancel}>
            {isOver ? 'Close' : 'Keep running'}
          </button>
        )}
        {!isOver && isSameRun && (
          <button type="submit" class="danger-fill" disabled={isGraceWrong || isSending}>
            {isSending
              ? 'Aborting …'
              : `${grace.value === 'none' ? 'Force' : 'Abort'} ${showCounted(count, 'action')}`}
          </button>
        )}
      </footer>
    </form>
  )
}

/** The latest reasons, to be taken again. */
export function ReasonChips({
  reason,
  field,
}: {
  reason: Signal<string>
  field: { readonly current: HTMLInputElement | null }
}): JSX.Element | null {
  const reasons = useMemo(lastReasons, [])
  const focus = useRovingFocus()
  if (reasons.length === 0) return null
  return (
    <div class="reason-chips" role="group" aria-label="Given before" onKeyDown={focus.onKeyDown}>
      {reasons.map((each, index) => (
        <button
          key={each}
          type="button"
          class="chip"
          onClick={() => {
            reason.value = each
            field.current?.focus()
          }}
          {...focus.button(index)}
        >
          {each}
        </button>
      ))}
    </div>
  )
}

/** What it will stop. */
function AbortCount({ store, plan, live, target, isSameRun }: AbortFormProps): JSX.Element {
  const count = live.rows.length
  return (
    <div class="abort-count" role="status">
      {count === 0 ? (
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
          {target.kind === 'actions' && (
            <p class="abort-names">
              <bdi>{nameActions(store, live.ids)}</bdi>
            </p>
          )}
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
      {!isSameRun && <p class="bad">Another run has taken this name. This dialog doesn’t touch it.</p>}
    </div>
  )
}

/** A field for a line of text. */
export function TextField(props: {
  readonly label: string
  readonly name: string
  readonly most: number
  readonly placeholder: string
  readonly value: Signal<string>
  readonly field?: Ref<HTMLInputElement>
  /** It has the focus from the moment on in which its dialog is open: a key that is pressed then is meant for it. */
  readonly isFirst?: boolean
}): JSX.Element {
  const { label, name, most, placeholder, value, field, isFirst = false } = props
  return (
    <label class="field">
      <span>{label}</span>
      <input
        type="text"
        name={name}
        maxLength={most}
        placeholder={placeholder}
        autocomplete="off"
        autofocus={isFirst}
        ref={field ?? null}
        value={value.value}
        onInput={(event) => (value.value = event.currentTarget.value)}
      />
    </label>
  )
}

function GraceField(props: {
  readonly grace: Signal<Grace>
  readonly seconds: Signal<string>
  readonly isWrong: boolean
}): JSX.Element {
  const { grace, seconds, isWrong } = props
  const choice = (value: Grace, words: ComponentChildren): JSX.Element => (
    <label>
      <input
        type="radio"
        name="grace"
        checked={grace.value === value}
        onChange={() => (grace.value = value)}
      />
      {words}
    </label>
  )
  return (
    <fieldset class="field grace">
      <legend>Grace, for their clean-up</legend>
      {choice('own', 'Each action’s own')}
      {choice(
        'given',
        <>
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
        </>,
      )}
      {choice('none', 'Force at once: no clean-up')}
      {isWrong && <p class="bad">A number of seconds, 0 or more.</p>}
    </fieldset>
  )
}
