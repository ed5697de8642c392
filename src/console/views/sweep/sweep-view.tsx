// A run seen as a search: learning curves, the best so far, parameters against the metric, and the table of trials.

import { useSignal, type ReadonlySignal, type Signal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect, useMemo } from 'preact/hooks'
import type { AbortTarget } from '../../model/aborts/abort-target.js'
import { paced } from '../../model/frames.js'
import { FIRST_TERMINAL, phaseCode } from '../../model/words/phases.js'
import type { RunStore } from '../../model/runs/run-store.js'
import type { RunView } from '../../model/runs/run-view.js'
import { SeriesStore } from '../../model/sweep/series-store.js'
import { showCount, showCounted, showValue } from '../../model/words/show-number.js'
import { buildSweep, type Metric, type SweepModel } from '../../model/sweep/sweep-model.js'
import { toRows, type SweepRows } from '../../model/sweep/sweep-rows.js'
import { TrialNotes } from '../../model/sweep/trial-notes.js'
import { CURVES_END, savedPercent, TITLES } from '../../../sweep/page/words.js'
import { LearningCurves } from './learning-curves.js'
import { ParallelCoordinates } from './parallel-coordinates.js'
import { HistorySection, ParameterSections } from './sweep-sections.js'
import { StopSweepButton } from './sweep-stop.js'
import { TrialTable } from './trial-table.js'
import { Icon } from '../glyphs.js'
import type { ColourBy } from '../palette.js'

/** While reports come in, the whole is built anew at most so often. */
const BUILD_EVERY_MS = 300

/** What the view is given. */
export interface SweepProps {
  readonly view: RunView
  readonly selected: string | undefined
  readonly onSelect: (id: string | undefined) => void
  readonly onAbort: ((target: AbortTarget) => void) | undefined
}

/** What is shown, and what is pointed at and chosen in it. */
interface ShownSweep {
  readonly model: SweepModel
  readonly metric: Metric
  /** Id of the trial under the pointer. */
  readonly hovered: Signal<string | undefined>
  /** Ids of the trials that are chosen; `undefined`: all of them, none in particular. */
  readonly brushed: Signal<ReadonlySet<string> | undefined>
  readonly colourBy: ColourBy
  readonly rows: SweepRows
  /** Opens a trial by its number. */
  readonly selectTrial: (number: number) => void
}

/** The view of a search. */
export function SweepView(props: SweepProps): JSX.Element {
  const { view } = props
  const series = useMemo(() => new SeriesStore(view.store), [view.store])
  const wanted = useSignal<Partial<Metric>>({})
  const hovered = useSignal<string | undefined>(undefined)
  const brushed = useSignal<ReadonlySet<string> | undefined>(undefined)
  const colourBy = useSignal<ColourBy>('rank')
  const model = useSweepModel(view.store, series, wanted).value
  const rows = useMemo(() => (model?.metric === undefined ? undefined : toRows(model, model.metric)), [model])
  const notes = useMemo(() => {
    const table = view.store.table.peek()
    return new TrialNotes(view.store.run, table.queuedAt[table.tops[0] ?? 0] ?? 0)
  }, [view.store])

  if (rows === undefined || model === undefined || model.metric === undefined || model.trials.length === 0) {
    return <NothingReported isLoading={series.isLoading.value} />
  }
  const { metric } = model
  const selectTrial = (number: number): void => {
    const trial = model.trials.find((each) => each.number === number)
    if (trial !== undefined) props.onSelect(trial.id)
  }
  const shown: ShownSweep = {
    model,
    metric,
    hovered,
    brushed,
    colourBy: colourBy.value,
    rows,
    selectTrial,
  }
  return (
    <section class="sweep" aria-label="Sweep" tabIndex={0}>
      <div class="sweep-head">
        <MetricFields model={model} metric={metric} wanted={wanted} />
        <label class="inline-field">
          Colour by
          <select
            value={colourBy.value}
            onChange={(event) => (colourBy.value = event.currentTarget.value as ColourBy)}
          >
            <option value="rank">rank</option>
            <option value="state">state</option>
          </select>
        </label>
        <Facts model={model} onSelect={props.onSelect} />
        {props.onAbort !== undefined && <StopSweepButton store={view.store} />}
      </div>
      <Curves {...props} {...shown} />
      {model.axes.length > 0 && (
        <>
          <Parameters {...props} {...shown} />
          <ParameterSections rows={rows} onSelect={selectTrial} />
        </>
      )}
      <TrialTable
        model={model}
        metric={metric}
        view={view}
        hovered={hovered}
        brushed={brushed.value}
        selected={props.selected}
        notes={notes}
        onSelect={props.onSelect}
      />
    </section>
  )
}

/** The search, built anew now and then while reports come in. */
function useSweepModel(
  store: RunStore,
  series: SeriesStore,
  wanted: ReadonlySignal<Partial<Metric>>,
): ReadonlySignal<SweepModel | undefined> {
  const model = useSignal<SweepModel | undefined>(undefined)
  useEffect(() => {
    series.start()
    return () => series.stop()
  }, [series])
  useEffect(() => {
    let built = ''
    const build = (): void => {
      // Half of what was reported before would be shown as if it were all, until there is time for the other half.
      if (series.isLoading.peek()) return
      const table = store.table.peek()
      const key = `${table.version} ${series.revision.peek()} ${JSON.stringify(wanted.peek())}`
      if (key === built) return
      built = key
      model.value = buildSweep(table, series.byId, wanted.peek())
    }
    const stop = paced(build, BUILD_EVERY_MS)
    const offs = [wanted.subscribe(build), series.isLoading.subscribe(build)]
    return () => {
      stop()
      for (const off of offs) off()
    }
  }, [series])
  return model
}

function NothingReported({ isLoading }: { isLoading: boolean }): JSX.Element {
  return isLoading ? (
    <div class="blank" aria-busy="true">
      <p role="status">Loading the reports …</p>
    </div>
  ) : (
    <div class="blank">
      <h2>No numbers were reported</h2>
      <p>
        Where actions report numbers, as <code>ctx.report({'{ step, accuracy }'})</code> does, their curves,
        their inputs and the best of them are shown here.
      </p>
    </div>
  )
}

/** Which number is the metric, and whether more of it is better. */
function MetricFields(props: {
  readonly model: SweepModel
  readonly metric: Metric
  readonly wanted: Signal<Partial<Metric>>
}): JSX.Element {
  const { model, metric, wanted } = props
  return (
    <>
      <label class="inline-field">
        Metric
        <select
          value={metric.field}
          onChange={(event) => (wanted.value = { field: event.currentTarget.value })}
        >
          {model.fields.map((field) => (
            <option key={field} value={field}>
              {field === '' ? 'value' : field}
            </option>
          ))}
        </select>
      </label>
      <label class="inline-field">
        Better is
        <select
          value={metric.direction}
          onChange={(event) =>
            (wanted.value = {
              field: metric.field,
              direction: event.currentTarget.value as Metric['direction'],
            })
          }
        >
          <option value="maximize">more</option>
          <option value="minimize">less</option>
        </select>
      </label>
    </>
  )
}

function Curves(props: SweepProps & ShownSweep): JSX.Element {
  const { model, metric, hovered, brushed, rows } = props
  const isLog = useSignal(false)
  const byTime = useSignal(false)
  const from = props.view.whole().from
  return (
    <div class="sweep-charts">
      <figure>
        <figcaption>
          <h2>{TITLES.curves}</h2>
          <span class="muted">{CURVES_END} ■ stopped, × failed</span>
          <span class="spring" />
          <label class="inline-field">
            <input
              type="checkbox"
              checked={isLog.value}
              onChange={(event) => (isLog.value = event.currentTarget.checked)}
            />
            log
          </label>
        </figcaption>
        <LearningCurves
          model={model}
          metric={metric}
          hovered={hovered}
          brushed={brushed.value}
          selected={props.selected}
          colourBy={props.colourBy}
          isLog={isLog.value}
          onSelect={props.onSelect}
        />
      </figure>
      <figure class="history">
        {rows.description.metrics === undefined && (
          <label class="inline-field">
            Over
            <select
              value={byTime.value ? 'time' : 'trial'}
              onChange={(event) => (byTime.value = event.currentTarget.value === 'time')}
            >
              <option value="trial">trials</option>
              <option value="time">time</option>
            </select>
          </label>
        )}
        <HistorySection
          rows={rows}
          times={
            new Map(
              model.trials
                .filter(({ lastAt }) => !Number.isNaN(lastAt))
                .map(({ number, lastAt }) => [number, (lastAt - from) / 1000]),
            )
          }
          byTime={byTime.value}
          onSelect={props.selectTrial}
        />
      </figure>
    </div>
  )
}

function Parameters(props: SweepProps & ShownSweep): JSX.Element {
  const { model, metric, hovered, brushed, view, onAbort } = props
  const chosen = brushed.value
  const live = model.trials.filter(
    ({ id, phase }) => chosen?.has(id) === true && phaseCode(phase) < FIRST_TERMINAL,
  )
  return (
    <figure class="sweep-parallel">
      <figcaption>
        <h2>{TITLES.parallel}</h2>
        <span class="muted">drag along an axis to choose trials; click it to let go</span>
        <span class="spring" />
        {chosen !== undefined && (
          <span class="brushed" role="status">
            {showCounted(chosen.size, 'trial')} chosen, {showCount(live.length)} live
            <button type="button" class="plain" onClick={() => view.mark(chosen, true)}>
              Mark
            </button>
            {onAbort !== undefined && live.length > 0 && (
              <button
                type="button"
                class="danger"
                onClick={() =>
                  onAbort({ kind: 'actions', ids: live.map(({ id }) => id), label: 'the chosen trials' })
                }
              >
                <Icon name="stop" />
                Abort {showCount(live.length)} chosen …
              </button>
            )}
          </span>
        )}
      </figcaption>
      <ParallelCoordinates
        model={model}
        metric={metric}
        colourBy={props.colourBy}
        hovered={hovered}
        brushed={brushed}
        onSelect={props.onSelect}
      />
    </figure>
  )
}

function Facts({ model, onSelect }: { model: SweepModel; onSelect: (id: string) => void }): JSX.Element {
  const { best, counts, stepsSaved, stepsSpent, description } = model
  const ended = (['pruned', 'paused', 'stopped', 'aborted', 'failed', 'interrupted'] as const)
    .filter((state) => (counts[state] ?? 0) > 0)
    .map((state) => ` · ${showCount(counts[state]!)} ${state}`)
  const share = savedPercent(stepsSaved, stepsSpent)
  return (
    <dl class="facts">
      {best !== undefined && (
        <div>
          <dt>Best</dt>
          <dd>
            <button type="button" class="link" onClick={() => onSelect(best.id)}>
              {showValue(best.value)} <span class="muted">{best.name}</span>
            </button>
          </dd>
        </div>
      )}
      <div>
        <dt>{TITLES.trials}</dt>
        <dd>
          {showCount(Object.values(counts).reduce((sum, count) => sum + count, 0))}
          {description?.trials !== undefined && (
            <span class="muted"> of {showCount(description.trials)}</span>
          )}
          <span class="muted">
            {' '}
            · {showCount(counts.running ?? 0)} running{ended}
          </span>
        </dd>
      </div>
      <div title="Steps that the stopped trials would have taken on, had they gone as far as the longest that ended">
        <dt>{model.stepName === 'epoch' ? 'Epochs' : 'Steps'} saved</dt>
        <dd>
          {showCount(Math.round(stepsSaved))}
          <span class="muted">
            {' '}
            · {share} % of what all would have taken · {showCount(Math.round(stepsSpent))} spent
          </span>
        </dd>
      </div>
      {description?.sampler !== undefined && (
        <div>
          <dt>Method</dt>
          <dd>
            {description.sampler}
            {description.pruner !== undefined && <span class="muted"> · {description.pruner}</span>}
          </dd>
        </div>
      )}
      {description?.stoppedBy !== undefined && (
        <div>
          <dt>Ended by</dt>
          <dd>
            {description.stoppedBy.by ?? description.stoppedBy.rule}
            <span class="muted"> · {description.stoppedBy.reason}</span>
          </dd>
        </div>
      )}
    </dl>
  )
}
