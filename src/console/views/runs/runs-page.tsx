// The list of runs: what is going on, what has ended, and who stopped what.

import { PHASES } from '../../../protocol/outcome.js'
import type { JSX } from 'preact'
import { useEffect, useMemo } from 'preact/hooks'
import { useSignal } from '@preact/signals'
import type { RunSummary } from '../../../control/api.js'
import type { ControlClient } from '../../../control/client/control-client.js'
import { isEmpty, NO_FILTER, type ActionFilter } from '../../model/runs/filter.js'
import { PHASE_LABEL, phaseCode, SHOWN_PHASES } from '../../model/words/phases.js'
import type { ProcessStore } from '../../model/process/process-store.js'
import { runRoute, type Route } from '../../model/route.js'
import { hasEnded, RunsStore } from '../../model/runs/runs-store.js'
import { showClock, showDuration, showElapsed } from '../../model/words/show-duration.js'
import { showName } from '../../model/words/show-name.js'
import { showCount, showCounted } from '../../model/words/show-number.js'
import { briefError } from '../../model/words/brief-error.js'
import { briefReport } from '../../model/words/brief-report.js'
import { go, linkTo } from '../../router.js'
import { mayAbort, mayStart, reopen } from '../../session.js'
import { CountBar } from '../count-bar.js'
import { FilterBar } from '../filter-bar.js'
import { focusTable } from '../focus-table.js'
import { Icon, PhaseBadge } from '../glyphs.js'
import { HostsTable } from './hosts-table.js'
import { LinkNotice } from '../link-notice.js'
import { ProcessStrip } from './process-strip.js'
import { RunsAbortDialog } from '../aborts/runs-abort.js'
import { StartButton } from './start-button.js'
import { useTabState } from '../tab-state.js'
import { TopBar } from '../top-bar.js'

/** The page of all runs. */
export function RunsPage({
  client,
  process,
  route,
}: {
  client: ControlClient
  process: ProcessStore
  route: Route & { page: 'runs' }
}): JSX.Element {
  const tries = useSignal(0)
  const store = useMemo(() => new RunsStore(client, () => reopen(client)), [client, tries.value])
  useEffect(() => {
    store.start()
    return () => store.stop()
  }, [store])
  useTabState('Runs', undefined, store.link.value)
  const marked = useSignal<ReadonlySet<string>>(new Set())
  const aborting = useSignal<readonly string[] | undefined>(undefined)
  // While something runs, its elapsed time counts up.
  const beat = useSignal(0)
  useEffect(() => {
    const timer = setInterval(() => {
      beat.value += 1
    }, 1000)
    return () => clearInterval(timer)
  }, [])
  void beat.value

  const all = store.runs.value
  const link = store.link.value
  const { filter } = route
  const shown = all.filter((run) => matches(run, filter))
  const isConnected = link.kind === 'live'
  const canAbort = mayAbort() && isConnected
  // A mark is there for what can be done with it: it goes with the end of its run.
  const live = new Set(all.filter((run) => !hasEnded(run)).map(({ run }) => run))
  const chosen = [...marked.value].filter((run) => live.has(run))
  const cluster = process.state.value?.now.cluster
  const counts = PHASES.map((phase) => all.filter((run) => run.phase === phase).length)
  return (
    <>
      <TopBar link={link} />
      <LinkNotice link={link} what="The list" onRetry={() => (tries.value += 1)} />
      <main class="runs" data-link={link.kind}>
        <ProcessStrip state={process.state.value} />
        {cluster !== undefined && <HostsTable client={client} stats={cluster} />}
        <div class="runs-head">
          <h1>Runs</h1>
          <FilterBar
            filter={filter}
            counts={counts}
            what="runs"
            placeholder="Search names, reasons, who"
            onChange={setFilter}
          />
          {isConnected && mayStart() && <StartButton client={client} />}
        </div>
        {shown.length === 0 ? (
          <NoRuns all={all.length} isLoading={link.kind === 'loading'} />
        ) : (
          <RunsTable
            runs={shown}
            now={store.clock.now()}
            live={live}
            chosen={chosen}
            {...(canAbort && {
              onChoose: (runs) => (marked.value = runs),
              onAbort: (runs) => (aborting.value = runs),
            })}
          />
        )}
      </main>
      {aborting.value !== undefined && (
        <RunsAbortDialog
          client={client}
          runs={aborting.value}
          onClose={() => {
            aborting.value = undefined
            focusTable()
          }}
        />
      )}
    </>
  )
}

function setFilter(filter: ActionFilter): void {
  go({ page: 'runs', filter }, true)
}

/** In place of the table. */
function NoRuns({ all, isLoading }: { all: number; isLoading: boolean }): JSX.Element {
  if (all > 0)
    return (
      <div class="blank">
        <h2>No run matches</h2>
        <p>{showCounted(all, 'run')} in all.</p>
        <p>
          <button type="button" onClick={() => setFilter(NO_FILTER)}>
            Show all
          </button>
        </p>
      </div>
    )
  if (isLoading)
    return (
      <div class="blank" aria-busy="true">
        <p>Loading the runs …</p>
      </div>
    )
  return (
    <div class="blank">
      <h2>No runs yet</h2>
      <p>As soon as the program starts one, it appears here.</p>
      <pre>{"const run = runtime.run(main, input, { name: 'my-run' })"}</pre>
    </div>
  )
}

/** The runs, and what can be done with those that are marked. `live`, `chosen`: names. */
function RunsTable(props: {
  readonly runs: readonly RunSummary[]
  readonly now: number
  readonly live: ReadonlySet<string>
  readonly chosen: readonly string[]
  /** Both left out where nothing may be aborted. */
  readonly onChoose?: (runs: ReadonlySet<string>) => void
  readonly onAbort?: (runs: readonly string[]) => void
}): JSX.Element {
  const { runs, now, live, chosen, onChoose, onAbort } = props
  const mark = (run: string, isMarked: boolean): void => {
    const next = new Set(chosen)
    if (isMarked) next.add(run)
    else next.delete(run)
    onChoose?.(next)
  }
  return (
    <div class="runs-table-frame" tabIndex={0} role="region" aria-label="Runs">
      <table class="runs-table">
        <thead>
          <tr>
            {onChoose !== undefined && (
              <td class="run-choice">
                <input
                  type="checkbox"
                  aria-label="Mark all live runs"
                  disabled={live.size === 0}
                  checked={live.size > 0 && chosen.length === live.size}
                  onClick={(event) => onChoose(new Set(event.currentTarget.checked ? live : []))}
                />
              </td>
            )}
            <th scope="col">Run</th>
            <th scope="col">Phase</th>
            <th scope="col" class="wide">
              Actions
            </th>
            <th scope="col" class="number">
              Elapsed
            </th>
            <th scope="col" class="number optional">
              Started
            </th>
            <th scope="col" class="optional">
              Last word
            </th>
            {onAbort !== undefined && (
              <td class="run-abort">
                <button
                  type="button"
                  class="danger"
                  disabled={chosen.length === 0}
                  onClick={() => onAbort(chosen)}
                >
                  <Icon name="stop" />
                  <span class="word">Abort </span>
                  {showCount(chosen.length)} …
                </button>
              </td>
            )}
          </tr>
        </thead>
        <tbody>
          {runs.map((run) => (
            <RunLine
              key={`${run.run} ${run.queuedAt}`}
              run={run}
              now={now}
              isMarked={chosen.includes(run.run)}
              {...(onAbort !== undefined && { onMark: mark, onAbort: () => onAbort([run.run]) })}
            />
          ))}
        </tbody>
      </table>
    </div>
  )
}

function RunLine({
  run,
  now,
  isMarked,
  onMark,
  onAbort,
}: {
  run: RunSummary
  now: number
  isMarked: boolean
  /** Both left out where nothing may be aborted. */
  onMark?: (run: string, isMarked: boolean) => void
  onAbort?: () => void
}): JSX.Element {
  const link = linkTo(runRoute(run.run))
  const begunAt = run.startedAt ?? run.queuedAt
  return (
    <tr
      class="run-line"
      onClick={(event) => {
        const { target } = event
        if (target instanceof Element && target.closest('a, input, button') !== null) return
        if (getSelection()?.isCollapsed !== false) link.onClick(event)
      }}
    >
      {onMark !== undefined && (
        <td class="run-choice">
          {!hasEnded(run) && (
            <input
              type="checkbox"
              aria-label={`Mark ${run.run}`}
              checked={isMarked}
              onClick={(event) => onMark(run.run, event.currentTarget.checked)}
            />
          )}
        </td>
      )}
      <th scope="row">
        <a {...link} class="run-name">
          <bdi>{showName(run.run)}</bdi>
        </a>
        {run.name !== run.run && (
          <span class="muted run-root">
            <bdi>{run.name}</bdi>
          </span>
        )}
      </th>
      <td>
        <PhaseBadge phase={run.phase} />
        {run.reason !== undefined && (
          <span class="muted by">
            by <bdi>{run.reason.by ?? run.reason.source}</bdi>
          </span>
        )}
      </td>
      <td class="wide">
        <CountBar counts={countsOf(run)} total={run.total} />
      </td>
      <td class="number">
        {hasEnded(run) ? showDuration((run.settledAt ?? now) - begunAt) : showElapsed(now - begunAt)}
      </td>
      <td class="number optional muted">{showClock(begunAt, false)}</td>
      <td class="optional last-word">{lastWord(run)}</td>
      {onAbort !== undefined && (
        <td class="run-abort">
          {!hasEnded(run) && (
            <button
              type="button"
              class="plain icon-only danger"
              title={`Abort ${run.run} …`}
              aria-label={`Abort ${run.run}`}
              onClick={onAbort}
            >
              <Icon name="stop" />
            </button>
          )}
        </td>
      )}
    </tr>
  )
}

/** What a sweep has stopped was pruned; the rest of the aborted ones was aborted. */
function countsOf({ counts, pruned }: RunSummary): number[] {
  return SHOWN_PHASES.map((phase) =>
    phase === 'pruned' ? pruned : phase === 'aborted' ? counts.aborted - pruned : counts[phase],
  )
}

function lastWord(run: RunSummary): JSX.Element | string {
  if (run.reason !== undefined) return run.reason.message
  if (run.error !== undefined) {
    return <span class="bad">{briefError(run.error)}</span>
  }
  if (run.unheard > 0)
    return `${showCount(run.unheard)} unheard ${run.unheard === 1 ? 'failure' : 'failures'}`
  return run.lastReport === undefined ? (
    ''
  ) : (
    <span class="mono muted">{briefReport(run.lastReport.value)}</span>
  )
}

function matches(run: RunSummary, filter: ActionFilter): boolean {
  if (isEmpty(filter)) return true
  if (filter.phases.size > 0 && !filter.phases.has(phaseCode(run.phase))) return false
  const text = [
    run.run,
    run.name,
    run.reason?.message,
    run.reason?.by,
    run.error?.message,
    PHASE_LABEL[run.phase],
  ]
    .join(' ')
    .toLowerCase()
  return filter.text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word))
}
