// Two to four trials side by side: how each did, and the parameters in which they differ.

import type { JSX } from 'preact'
import { useSignal } from '@preact/signals'
import { showValue } from '../../model/words/show-number.js'
import type { ParameterValue, SweepModel, Trial } from '../../model/sweep/sweep-model.js'
import { Icon } from '../glyphs.js'
import { TrialBadge } from './trial-badge.js'

/** How many can be compared. */
export const COMPARED = { least: 2, most: 4 } as const

/** The comparison. */
export function TrialComparison(props: {
  readonly model: SweepModel
  readonly trials: readonly Trial[]
  readonly notes: ReadonlyMap<string, string>
  readonly onSelect: (id: string) => void
  readonly onClose: () => void
}): JSX.Element {
  const { model, trials, notes, onSelect } = props
  const onlyDifferent = useSignal(true)
  const parameters = model.axes.map(({ name, label }) => {
    const values = trials.map((trial) => trial.parameters.get(name))
    return { label, values, differ: values.some((value) => value !== values[0]) }
  })
  const shown = parameters.filter(({ differ }) => differ || !onlyDifferent.value)
  const hasNotes = trials.some(({ name }) => notes.has(name))
  return (
    <section class="comparison" aria-label="Comparison">
      <div class="trials-tools">
        <h2>Compared</h2>
        <label class="inline-field">
          <input
            type="checkbox"
            checked={onlyDifferent.value}
            onChange={(event) => (onlyDifferent.value = event.currentTarget.checked)}
          />
          only what differs
        </label>
        <span class="spring" />
        <button
          type="button"
          class="plain icon-only"
          aria-label="Close the comparison"
          onClick={props.onClose}
        >
          <Icon name="close" />
        </button>
      </div>
      <div class="scrolls" tabIndex={0} role="region" aria-label="Compared trials">
        <table class="records">
          <thead>
            <tr>
              <th scope="col">
                <span class="visually-hidden">What</span>
              </th>
              {trials.map(({ id, name }) => (
                <th scope="col" key={id}>
                  <button type="button" class="link" onClick={() => onSelect(id)}>
                    {name}
                  </button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            <Line
              label="state"
              cells={trials.map((trial) => (
                <TrialBadge trial={trial} />
              ))}
            />
            <Line
              label={model.metric?.field || 'value'}
              cells={trials.map(({ value, id }) =>
                id === model.best?.id ? <strong>{showValue(value)}, best of all</strong> : showValue(value),
              )}
            />
            <Line label={model.stepName} cells={trials.map(({ lastStep }) => showValue(lastStep))} />
            {shown.map(({ label, values, differ }) => (
              <Line key={label} label={label} cells={values.map(cell)} isDifferent={differ} />
            ))}
            <Line label="why it ended" cells={trials.map(({ remark }) => remark)} />
            {hasNotes && <Line label="note" cells={trials.map(({ name }) => notes.get(name) ?? '')} />}
          </tbody>
        </table>
      </div>
      {shown.length === 0 && <p class="muted">No parameter differs.</p>}
    </section>
  )
}

function Line({
  label,
  cells,
  isDifferent = false,
}: {
  label: string
  cells: readonly (JSX.Element | string)[]
  isDifferent?: boolean
}): JSX.Element {
  return (
    <tr class={isDifferent ? 'differs' : ''}>
      <th scope="row">{label}</th>
      {cells.map((each, index) => (
        <td key={index}>{each}</td>
      ))}
    </tr>
  )
}

function cell(value: ParameterValue | undefined): string {
  if (value === undefined) return '–'
  return typeof value === 'number' ? showValue(value) : String(value)
}
