// How a sweep is stopped from its page: a dialog that asks why, and whether its running trials may finish; then a strip at the foot,
// for whoever looks, that says how many still run, and stops them where it is pressed.

import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { readSweepReport, type SweepReport } from '../../../sweep/results/read-progress.js'
import { lastName } from '../../model/aborts/abort-habits.js'
import { FIRST_TERMINAL } from '../../model/words/phases.js'
import type { RunStore } from '../../model/runs/run-store.js'
import { isolated } from '../../model/words/show-name.js'
import { showCounted } from '../../model/words/show-number.js'
import { mayAbort } from '../../session.js'
import { AskDialog, type Answers } from '../aborts/ask-dialog.js'
import { Icon, PhaseGlyph } from '../glyphs.js'

type Running = 'finish' | 'abort'

/** What the run says of itself, while it lives and is a sweep. */
function liveSweepOf(store: RunStore): SweepReport | undefined {
  void store.revision.value
  const table = store.table.value
  const [root] = table.tops
  if (root === undefined || table.phase[root]! >= FIRST_TERMINAL) return undefined
  const report = table.details.get(root)?.lastReport
  return report && readSweepReport(report.value)
}

async function stop(store: RunStore, running: Running, answers: Answers): Promise<void> {
  await store.client.stop(store.run, { running, ...answers })
}

/** The button that asks, where the run can be stopped. */
export function StopSweepButton({ store }: { store: RunStore }): JSX.Element | null {
  const button = useRef<HTMLButtonElement>(null)
  const isOpen = useSignal(false)
  const sweep = liveSweepOf(store)
  const canStop =
    store.detail.value?.stoppable === true &&
    mayAbort() &&
    sweep !== undefined &&
    sweep.stoppedBy === undefined
  // While it is open, it stays: it says itself what has become of the sweep meanwhile.
  if (!canStop && !isOpen.value) return null
  return (
    <>
      <button ref={button} type="button" class="danger" onClick={() => (isOpen.value = true)}>
        <Icon name="stop" />
        Stop the sweep …
      </button>
      {isOpen.value && (
        <StopDialog
          store={store}
          running={sweep?.counts?.running ?? 0}
          onClose={() => {
            isOpen.value = false
            button.current?.focus()
          }}
        />
      )}
    </>
  )
}

function StopDialog(props: {
  readonly store: RunStore
  readonly running: number
  readonly onClose: () => void
}): JSX.Element {
  const { store, running, onClose } = props
  const choice = useSignal<Running>('finish')
  const option = (value: Running, words: string): JSX.Element => (
    <label>
      <input
        type="radio"
        name="running"
        checked={choice.value === value}
        onChange={() => (choice.value = value)}
      />
      {words}
    </label>
  )
  return (
    <AskDialog
      title={`Stop the sweep ${isolated(store.run)}`}
      defaultReason="stopped from outside"
      action="Stop the sweep"
      sending="Stopping …"
      failed="Nothing was stopped"
      onSend={(answers) => stop(store, choice.peek(), answers)}
      onClose={onClose}
    >
      <p>No trial begins any more. What was found is the result; a study with a file can go on later.</p>
      <fieldset class="field grace">
        <legend>{showCounted(running, 'running trial')}</legend>
        {option('finish', running === 1 ? 'Let it finish' : 'Let them finish')}
        {option('abort', running === 1 ? 'Abort it now' : 'Abort them now')}
      </fieldset>
    </AskDialog>
  )
}

/** While a sweep that was stopped still has trials. */
export function StopStrip({ store, canStop }: { store: RunStore; canStop: boolean }): JSX.Element | null {
  const sweep = liveSweepOf(store)
  const isSending = useSignal(false)
  const failure = useSignal<string | undefined>(undefined)
  const running = sweep?.counts?.running ?? 0
  const isFinishing = sweep?.stoppedBy?.running === 'finish' && running > 0
  useEffect(() => {
    if (!isFinishing) isSending.value = false
  }, [isFinishing])
  if (sweep?.stoppedBy === undefined || !isFinishing) return null
  const { by, rule, reason } = sweep.stoppedBy
  const abortNow = async (): Promise<void> => {
    isSending.value = true
    failure.value = undefined
    try {
      await stop(store, 'abort', { by: lastName() || 'console' })
    } catch (error) {
      isSending.value = false
      failure.value = error instanceof Error ? error.message : String(error)
    }
  }
  return (
    <section class="abort-strips" aria-label="The stop of the sweep">
      <div class="abort-strip" role="group" aria-label="Stop of the sweep">
        <div class="strip-line">
          <PhaseGlyph phase="running" />
          <span role="status" class="strip-words">
            Finishing: {showCounted(running, 'trial')} still {running === 1 ? 'runs' : 'run'}
          </span>
          <span class="muted strip-time">
            <bdi>{reason}</bdi> · by <bdi>{by ?? rule}</bdi>
          </span>
          {failure.value !== undefined && (
            <span class="bad" role="alert">
              {failure.value}
            </span>
          )}
          {canStop && (
            <span class="strip-buttons">
              <button type="button" class="danger" disabled={isSending.value} onClick={() => void abortNow()}>
                Abort now
              </button>
            </span>
          )}
        </div>
      </div>
    </section>
  )
}
