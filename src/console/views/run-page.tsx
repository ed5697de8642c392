// The page of a run: its header, its filter, the view that was chosen of it, the panel of the action that was chosen, and
// the dialog of an abort while one is open.

import { useComputed, useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect, useMemo, useRef } from 'preact/hooks'
import type { ControlClient } from '../../control/client/control-client.js'
import type { AbortTarget } from '../model/abort-target.js'
import { FIRST_TERMINAL } from '../model/phases.js'
import { NO_FILTER } from '../model/filter.js'
import { runRoute, type Route, type RunViewName } from '../model/route.js'
import { RunStore } from '../model/run-store.js'
import { RunView } from '../model/run-view.js'
import { showCount, showCounted } from '../model/show-number.js'
import { change, linkTo, route as currentRoute } from '../router.js'
import { mayAbort, reopen } from '../session.js'
import { AbortDialog } from './abort-dialog.js'
import { AbortList } from './abort-list.js'
import { ActionPanel } from './action-panel.js'
import { FilterBar } from './filter-bar.js'
import { Icon } from './glyphs.js'
import { LinkNotice } from './link-notice.js'
import { RunHeader } from './run-header.js'
import { SweepView } from './sweep-view.js'
import { ThreadView } from './thread-view.js'
import { Timeline } from './timeline.js'
import { TopBar } from './top-bar.js'

const VIEW_LABEL: Readonly<Record<RunViewName, string>> = {
  timeline: 'Timeline',
  threads: 'Threads',
  sweep: 'Sweep',
  aborts: 'Aborts',
}

/** The page of one run. */
export function RunPage({
  client,
  route,
}: {
  client: ControlClient
  route: Route & { page: 'run' }
}): JSX.Element {
  const store = useMemo(() => new RunStore(client, route.run, () => reopen(client)), [client, route.run])
  const filter = useComputed(() =>
    currentRoute.value.page === 'run' ? currentRoute.value.filter : NO_FILTER,
  )
  const view = useMemo(() => new RunView(store, filter), [store])
  const target = useSignal<AbortTarget | undefined>(undefined)
  const focusBefore = useRef<HTMLElement | null>(null)
  useEffect(() => {
    store.start()
    return () => {
      view.stop()
      store.stop()
    }
  }, [store])
  useEffect(() => {
    document.title = `${route.run} · Heddle`
  }, [route.run])

  void store.revision.value
  const link = store.link.value
  const table = store.table.value
  const select = (action: string | undefined): void => change({ action }, route.action !== undefined)
  const openAbort = (next: AbortTarget): void => {
    focusBefore.current = document.activeElement instanceof HTMLElement ? document.activeElement : null
    target.value = next
  }
  // Nothing is offered that couldn't be sent.
  const isConnected = link.kind === 'live' || link.kind === 'stalled'
  const onAbort = mayAbort() && isConnected ? openAbort : undefined

  return (
    <>
      <TopBar link={link}>
        <span class="muted" aria-hidden="true">
          /
        </span>
        <a {...linkTo(runRoute(route.run))} class="here" aria-current="page">
          {route.run}
        </a>
      </TopBar>
      {table.length > 0 && <LinkNotice link={link} what="The run" onRetry={() => store.reload()} />}
      {table.length === 0 ? (
        <Blank store={store} />
      ) : (
        <main class="run">
          <RunHeader store={store} view={view} onAbort={onAbort} />
          <div class="run-tools">
            <ViewChoice chosen={route.view} />
            <FilterBar
              filter={route.filter}
              counts={table.counts}
              what="actions"
              placeholder="Name, id, error, by:…"
              onChange={(next) => change({ filter: next }, true)}
            >
              <FilterState view={view} onAbort={onAbort} />
            </FilterBar>
          </div>
          <div class="run-body">
            <div class="run-view">
              <ChosenView store={store} view={view} route={route} onSelect={select} onAbort={onAbort} />
            </div>
            {route.action !== undefined && (
              <ActionPanel
                key={route.action}
                store={store}
                id={route.action}
                onClose={() => select(undefined)}
                onSelect={select}
                onAbort={onAbort}
              />
            )}
          </div>
        </main>
      )}
      {target.value !== undefined && (
        <AbortDialog
          store={store}
          target={target.value}
          onClose={() => {
            target.value = undefined
            focusBefore.current?.focus()
          }}
        />
      )}
    </>
  )
}

/** Which way of looking at the run is chosen. */
function ViewChoice({ chosen }: { chosen: RunViewName }): JSX.Element {
  return (
    <div class="segmented" role="group" aria-label="View">
      {(Object.keys(VIEW_LABEL) as RunViewName[]).map((name) => (
        <button
          key={name}
          type="button"
          aria-pressed={chosen === name}
          onClick={() => change({ view: name })}
        >
          {VIEW_LABEL[name]}
        </button>
      ))}
    </div>
  )
}

/** The run, in the way that was chosen. */
function ChosenView(props: {
  readonly store: RunStore
  readonly view: RunView
  readonly route: Route & { page: 'run' }
  readonly onSelect: (id: string | undefined) => void
  readonly onAbort: ((target: AbortTarget) => void) | undefined
}): JSX.Element {
  const { store, route, ...rest } = props
  const shown = { ...rest, selected: route.action }
  switch (route.view) {
    case 'timeline':
      return <Timeline {...shown} />
    case 'threads':
      return <ThreadView {...shown} />
    case 'sweep':
      return <SweepView {...shown} />
    case 'aborts':
      return <AbortList store={store} onSelect={props.onSelect} />
  }
}

/** How much the filter lets through, what is marked, and what can be done with either. */
function FilterState({
  view,
  onAbort,
}: {
  view: RunView
  onAbort: ((target: AbortTarget) => void) | undefined
}): JSX.Element {
  const table = view.store.table.value
  void view.store.revision.value
  const filter = view.filter.value
  const hasFilter = filter.phases.size > 0 || filter.text !== ''
  const { matching } = view.shown.value
  const marked = [...view.marked.value].filter((id) => {
    const row = table.rowOf(id)
    return row !== -1 && !table.hasEnded(row)
  })
  const isEnding = filter.phases.size > 0 && [...filter.phases].every((code) => code >= FIRST_TERMINAL)
  return (
    <div class="filter-state">
      {hasFilter && (
        <span class="muted" role="status">
          {showCount(matching)} of {showCounted(table.length, 'action')}
        </span>
      )}
      {hasFilter && (
        <button type="button" class="plain" onClick={() => change({ filter: NO_FILTER }, true)}>
          Clear
        </button>
      )}
      {hasFilter && !isEnding && onAbort !== undefined && matching > 0 && (
        <button
          type="button"
          class="danger"
          onClick={() => onAbort({ kind: 'actions', ids: view.matchingIds(), label: describeFilter(view) })}
        >
          <Icon name="stop" />
          Abort matching …
        </button>
      )}
      {view.marked.value.size > 0 && (
        <>
          <span class="muted">{showCount(view.marked.value.size)} marked</span>
          <button type="button" class="plain" onClick={() => (view.marked.value = new Set())}>
            Unmark
          </button>
          {onAbort !== undefined && marked.length > 0 && (
            <button
              type="button"
              class="danger"
              onClick={() => onAbort({ kind: 'actions', ids: marked, label: 'the marked actions' })}
            >
              <Icon name="stop" />
              Abort {showCount(marked.length)} marked …
            </button>
          )}
        </>
      )}
    </div>
  )
}

function describeFilter(view: RunView): string {
  const { text } = view.filter.peek()
  return text === '' ? 'what the filter shows' : `what the filter “${text}” shows`
}

/** Before there is anything to show, or where there is nothing. */
function Blank({ store }: { store: RunStore }): JSX.Element {
  const link = store.link.value
  switch (link.kind) {
    case 'missing':
      return (
        <main class="blank">
          <h2>There is no run ‘{store.run}’</h2>
          <p>It hasn’t begun yet, or it ended and the program has forgotten it.</p>
          {link.nearest.length > 0 && (
            <p>
              Did you mean{' '}
              {link.nearest.slice(0, 3).map((name, index) => (
                <span key={name}>
                  {index > 0 && ', '}
                  <a {...linkTo(runRoute(name))}>{name}</a>
                </span>
              ))}
              ?
            </p>
          )}
          <p>
            <button type="button" onClick={() => location.reload()}>
              Look again
            </button>
          </p>
        </main>
      )
    case 'refused':
      return (
        <main class="blank">
          <h2>The server refuses this page</h2>
          <p>{link.why}</p>
        </main>
      )
    case 'lost':
    case 'ended':
    case 'stalled':
      return (
        <main class="blank">
          <h2>The program doesn’t answer</h2>
          <p>It may have ended. The page tries again by itself.</p>
          <p>
            <button type="button" onClick={() => store.reload()}>
              Try now
            </button>
          </p>
        </main>
      )
    case 'loading':
    case 'live':
      return (
        <main class="blank" aria-busy="true">
          <p role="status">
            {link.kind === 'loading' && link.loaded > 0
              ? `Loading, ${showCounted(link.loaded, 'action')} …`
              : 'Loading the run …'}
          </p>
        </main>
      )
  }
}
