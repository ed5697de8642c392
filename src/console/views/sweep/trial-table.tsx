// The trials as a table, the best first, or by whatever column one chooses.

import { useSignal, type Signal } from '@preact/signals'
import type { JSX } from 'preact'
import type { RunView } from '../../model/runs/run-view.js'
import { alignValues, showCount, showCounted } from '../../model/words/show-number.js'
import type { Metric, ParameterValue, SweepModel, Trial } from '../../model/sweep/sweep-model.js'
import { toRows, trialsAsCSV } from '../../model/sweep/sweep-rows.js'
import type { TrialNotes } from '../../model/sweep/trial-notes.js'
import { TITLES } from '../../../sweep/page/words.js'
import { moment, saveFile } from '../../save-export.js'
import { Icon } from '../glyphs.js'
import { TrialBadge } from './trial-badge.js'
import { COMPARED, TrialComparison } from './trial-comparison.js'

const FIRST_ROWS = 100

/** The column that orders the rows: `best`, `last`, `step`, `name`, `state`, or the name of a parameter after a colon. */
type Order = { readonly by: string; readonly isDown: boolean }

/** The table. */
export function TrialTable(props: {
  readonly model: SweepModel
  readonly metric: Metric
  readonly view: RunView
  readonly hovered: Signal<string | undefined>
  readonly brushed: ReadonlySet<string> | undefined
  readonly selected: string | undefined
  readonly notes: TrialNotes
  readonly onSelect: (id: string) => void
}): JSX.Element {
  const { model, metric, view, hovered, brushed } = props
  const chosen = useSignal<Order | undefined>(undefined)
  const limit = useSignal(FIRST_ROWS)
  const order = chosen.value ?? { by: 'best', isDown: metric.direction === 'maximize' }
  const trials = (
    brushed === undefined ? [...model.trials] : model.trials.filter(({ id }) => brushed.has(id))
  ).toSorted((left, right) => compare(valueOf(left, order.by), valueOf(right, order.by), order.isDown))
  const marked = view.marked.value
  const notes = useSignal(props.notes.read())
  /** Ids of the trials that are compared. */
  const compared = useSignal<readonly string[]>([])
  const comparison = model.trials.filter(({ id }) => compared.value.includes(id))
  const markedTrials = trials.filter(({ id }) => marked.has(id))
  const note = (trial: string, text: string): void => {
    if (props.notes.write(trial, text)) notes.value = props.notes.read()
  }
  const rows = trials.slice(0, limit.value)
  const columns = new Map(
    ['best', 'last', 'step', ...model.axes.map((axis) => `:${axis.name}`)].map((by) => [
      by,
      alignValues(
        rows.map((trial) => {
          const value = valueOf(trial, by)
          return typeof value === 'number' ? value : undefined
        }),
      ),
    ]),
  )
  const orderBy = (by: string): void => {
    chosen.value = {
      by,
      isDown: order.by === by ? !order.isDown : by === 'best' && metric.direction === 'maximize',
    }
    limit.value = FIRST_ROWS
  }
  const heading = (by: string, label: string, isNumber = true): JSX.Element => (
    <SortHeading key={by} {...{ by, label, isNumber, order }} onChoose={() => orderBy(by)} />
  )
  return (
    <div class="trials-part">
      {comparison.length >= COMPARED.least && (
        <TrialComparison
          model={model}
          trials={comparison}
          notes={notes.value}
          onSelect={props.onSelect}
          onClose={() => (compared.value = [])}
        />
      )}
      <TrialTools
        all={model.trials.length}
        shown={trials.length}
        isBrushed={brushed !== undefined}
        marked={markedTrials.length}
        onCompare={() => (compared.value = markedTrials.map(({ id }) => id))}
        onSave={() =>
          saveFile(
            `${view.store.run}-trials-${moment()}.csv`,
            'text/csv',
            trialsAsCSV(toRows(model, metric), model.trials, notes.peek()),
          )
        }
      />
      <div class="trials" tabIndex={0} role="region" aria-label="Trials">
        <table class="records">
          <thead>
            <tr>
              <th scope="col">
                <input
                  type="checkbox"
                  aria-label="Mark all trials of this table"
                  checked={trials.length > 0 && trials.every(({ id }) => marked.has(id))}
                  onClick={(event) =>
                    view.mark(
                      trials.map(({ id }) => id),
                      event.currentTarget.checked,
                    )
                  }
                />
              </th>
              {heading('name', 'Trial', false)}
              {heading('state', 'State', false)}
              {heading('best', `Best ${metric.field === '' ? 'value' : metric.field}`)}
              {heading('last', 'Last')}
              {heading('step', 'Step')}
              {model.axes.map((axis) => heading(`:${axis.name}`, axis.label, axis.kind === 'number'))}
              <th scope="col">Why it ended</th>
              <th scope="col">Note</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((trial, index) => (
              <TrialLine
                key={trial.id}
                trial={trial}
                axes={model.axes}
                cell={(by) => columns.get(by)![index] as string}
                view={view}
                hovered={hovered}
                isSelected={trial.id === props.selected}
                note={notes.value.get(trial.name) ?? ''}
                onNote={(text) => note(trial.name, text)}
                onSelect={() => props.onSelect(trial.id)}
              />
            ))}
          </tbody>
        </table>
        {trials.length > limit.value && (
          <button type="button" class="more" onClick={() => (limit.value += 400)}>
            Show more: {showCount(trials.length - limit.value)} are left
          </button>
        )}
      </div>
    </div>
  )
}

/** How many there are, and what can be done with them. */
function TrialTools(props: {
  readonly all: number
  readonly shown: number
  readonly isBrushed: boolean
  readonly marked: number
  readonly onCompare: () => void
  readonly onSave: () => void
}): JSX.Element {
  const { all, shown, isBrushed, marked, onCompare, onSave } = props
  return (
    <div class="trials-tools">
      <h2>{TITLES.trials}</h2>
      <span class="muted">
        {isBrushed ? `${showCount(shown)} of ${showCounted(all, 'trial')}` : showCount(shown)}
      </span>
      <span class="spring" />
      {marked > 0 && (
        <button
          type="button"
          disabled={marked < COMPARED.least || marked > COMPARED.most}
          title={`Side by side: ${COMPARED.least} to ${COMPARED.most} trials`}
          onClick={onCompare}
        >
          Compare {showCount(marked)} marked
        </button>
      )}
      <button type="button" onClick={onSave}>
        <Icon name="down" />
        CSV
      </button>
    </div>
  )
}

/** The head of a column, which orders the rows by it. */
function SortHeading(props: {
  readonly by: string
  readonly label: string
  readonly isNumber: boolean
  readonly order: Order
  readonly onChoose: () => void
}): JSX.Element {
  const { by, label, isNumber, order, onChoose } = props
  const isOrder = order.by === by
  return (
    <th
      scope="col"
      class={isNumber ? 'number' : ''}
      aria-sort={isOrder ? (order.isDown ? 'descending' : 'ascending') : 'none'}
    >
      <button type="button" class="plain sort" onClick={onChoose}>
        {label}
        <span aria-hidden="true">{isOrder ? (order.isDown ? ' ↓' : ' ↑') : ''}</span>
      </button>
    </th>
  )
}

/** One trial. `cell`: what stands in a column of numbers. */
function TrialLine(props: {
  readonly trial: Trial
  readonly axes: SweepModel['axes']
  readonly cell: (by: string) => string
  readonly view: RunView
  readonly hovered: Signal<string | undefined>
  readonly isSelected: boolean
  readonly note: string
  readonly onNote: (text: string) => void
  readonly onSelect: () => void
}): JSX.Element {
  const { trial, axes, cell, view, hovered, isSelected, note, onNote, onSelect } = props
  return (
    <tr
      class={`${isSelected ? 'selected' : ''}${trial.id === hovered.value ? ' hovered' : ''}`}
      onMouseEnter={() => (hovered.value = trial.id)}
      onMouseLeave={() => (hovered.value = undefined)}
    >
      <td>
        <input
          type="checkbox"
          aria-label={`Mark ${trial.name}`}
          checked={view.marked.value.has(trial.id)}
          onClick={(event) => view.mark([trial.id], event.currentTarget.checked)}
        />
      </td>
      <th scope="row">
        <button type="button" class="link" onClick={onSelect}>
          {trial.name}
        </button>
      </th>
      <td>
        <TrialBadge trial={trial} />
      </td>
      <td class="number">
        <strong>{cell('best')}</strong>
      </td>
      <td class="number">{cell('last')}</td>
      <td class="number">{cell('step')}</td>
      {axes.map(({ name, kind }) => (
        <td key={name} class={kind === 'number' ? 'number' : ''}>
          {kind === 'number' ? cell(`:${name}`) : String(trial.parameters.get(name) ?? '–')}
        </td>
      ))}
      <td class="muted remark" title={trial.remark}>
        {trial.remark}
      </td>
      <td class="note">
        <input
          type="text"
          aria-label={`Note on ${trial.name}`}
          title="Kept in this browser only"
          maxLength={400}
          value={note}
          // With each letter: what is drawn anew meanwhile has what was typed.
          onInput={(event) => onNote(event.currentTarget.value)}
        />
      </td>
    </tr>
  )
}

function valueOf(trial: Trial, by: string): ParameterValue | undefined {
  switch (by) {
    case 'name':
      return trial.name
    case 'state':
      return trial.state
    case 'best':
      return trial.best
    case 'last':
      return trial.last
    case 'step':
      return trial.lastStep
    default:
      return trial.parameters.get(by.slice(1))
  }
}

/** What isn't there, or isn't a number, comes last either way. */
function compare(
  left: ParameterValue | undefined,
  right: ParameterValue | undefined,
  isDown: boolean,
): number {
  const isLeft = left !== undefined && !Number.isNaN(left)
  const isRight = right !== undefined && !Number.isNaN(right)
  if (!isLeft || !isRight) return Number(isRight) - Number(isLeft)
  const order =
    typeof left === 'number' && typeof right === 'number'
      ? left - right
      : String(left).localeCompare(String(right), 'en', { numeric: true })
  return isDown ? -order : order
}
