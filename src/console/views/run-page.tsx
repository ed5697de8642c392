// The page of a run: its header, its filter, the view that was chosen of it, the panel of the action that was chosen, and
// the dialog of an abort while one is open.

import { useComputed, useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect, useMemo, useRef } from 'preact/hooks'
import type { ControlClient } from '../../control/client/control-client.js'
import { lastName } from '../model/aborts/abort-habits.js'
import { AbortRequests } from '../model/aborts/abort-requests.js'
import { planAbort, type AbortTarget } from '../model/aborts/abort-target.js'
import { NO_FILTER } from '../model/runs/filter.js'
import { phaseOf } from '../model/words/phases.js'
import { runRoute, type Route, type RunViewName } from '../model/route.js'
import { RunStore, threadsOf } from '../model/runs/run-store.js'
import { RunView } from '../model/runs/run-view.js'
import { showName } from '../model/words/show-name.js'
import { showCount, showCounted } from '../model/words/show-number.js'
import { change, linkTo, route as currentRoute } from '../router.js'
import { mayAbort, reopen } from '../session.js'
import { AbortDialog } from './aborts/abort-dialog.js'
import { AbortList, countByPeople } from './aborts/abort-list.js'
import { AbortStrips } from './aborts/abort-strips.js'
import { ActionPanel } from './panel/action-panel.js'
import { FilterBar } from './filter-bar.js'
import { focusNear } from './focus-table.js'
import { LazySweepView } from './sweep/lazy-sweep-view.js'
import { LinkNotice } from './link-notice.js'
import { LogView } from './logs/log-view.js'
import { useRovingFocus } from './roving-focus.js'
import { RunBody } from './run-body.js'
import { RunHeader } from './run-header.js'
import { SelectionBar } from './selection-bar.js'
import { StopStrip } from './sweep/sweep-stop.js'
import { useTabState } from './tab-state.js'
import { ThreadView } from './timeline/thread-view.js'
import { Timeline } from './timeline/timeline.js'
import { TopBar } from './top-bar.js'

const VIEW_LABEL: Readonly<Record<RunViewName, string>> = {
  timeline: 'Timeline',
  threads: 'Threads',
  sweep: 'Sweep',
  logs: 'Logs',
  aborts: 'Aborts',
}

/** What the filter changes. Elsewhere, a filter leads to the timeline. */
const FILTERED: ReadonlySet<RunViewName> = new Set<RunViewName>(['timeline'])

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
  const requests = useMemo(() => new AbortRequests(store), [store])
  const failure = useSignal<string | undefined>(undefined)
  const focusBefore = useRef<HTMLElement | null>(null)
  useEffect(() => {
    store.start()
    return () => {
      view.stop()
      store.stop()
    }
  }, [store])
  void store.revision.value
  const link = store.link.value
  const table = store.table.value
  useTabState(route.run, table.length === 0 ? undefined : phaseOf(table.phase[table.tops[0] ?? 0]!), link)
  const select = (action: string | undefined): void => change({ action }, route.action !== undefined)
  const openAbort = (next: AbortTarget): void => {
    focusBefore.current = document.activeElement instanceof HTMLElement ? document.activeElement : null
    if (next.kind === 'action' && next.isForce === true) {
      const wish = { reason: '', by: lastName() || 'console', graceMs: undefined, force: true }
      focusNear(focusBefore.current)
      requests.send(next, planAbort(table, next), wish).catch((error: unknown) => {
        failure.value = error instanceof Error ? error.message : String(error)
      })
    } else target.value = next
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
          {showName(route.run)}
        </a>
      </TopBar>
      {table.length > 0 && <LinkNotice link={link} what="The run" onRetry={() => store.reload()} />}
      {table.length === 0 ? (
        <Blank store={store} />
      ) : (
        <main class="run" data-link={link.kind}>
          <RunHeader store={store} view={view} onAbort={onAbort} />
          <div class="run-tools">
            <ViewChoice store={store} chosen={route.view} />
            {route.view !== 'logs' && (
              <FilterBar
                filter={route.filter}
                counts={table.counts}
                what="actions"
                placeholder="Name, id, error, by:…"
                onChange={(next) =>
                  change({ filter: next, ...(!FILTERED.has(route.view) && { view: 'timeline' }) }, true)
                }
              />
            )}
          </div>
          <RunBody
            view={route.view}
            panel={
              route.action === undefined ? undefined : (
                <ActionPanel
                  key={route.action}
                  store={store}
                  id={route.action}
                  onClose={() => select(undefined)}
                  onSelect={select}
                  onAbort={onAbort}
                />
              )
            }
          >
            <ChosenView store={store} view={view} route={route} onSelect={select} onAbort={onAbort} />
            <SelectionBar view={view} onAbort={onAbort} />
          </RunBody>
          {failure.value !== undefined && (
            <p class="strip-failure bad" role="alert">
              Nothing was forced: {failure.value}
              <button type="button" onClick={() => (failure.value = undefined)}>
                Done
              </button>
            </p>
          )}
          <StopStrip store={store} canStop={onAbort !== undefined} />
          <AbortStrips store={store} requests={requests} />
        </main>
      )}
      {target.value !== undefined && (
        <AbortDialog
          store={store}
          requests={requests}
          target={target.value}
          onClose={(wasSent) => {
            target.value = undefined
            const before = focusBefore.current
            // A button that has aborted something is about to go.
            if (wasSent || before?.isConnected !== true) focusNear(before)
            else before.focus()
          }}
        />
      )}
    </>
  )
}

/** The ways of looking at the run that have something to show, and how much that is. */
function ViewChoice({ store, chosen }: { store: RunStore; chosen: RunViewName }): JSX.Element {
  const table = store.table.value
  const detail = store.detail.value
  const counts: Readonly<
    Partial<Record<RunViewName, readonly [count: number | undefined, noun: string, plural?: string]>>
  > = {
    timeline: [table.length, 'action'],
    threads: [detail && threadsOf(detail), 'thread'],
    aborts: [countByPeople(store), 'abort by people', 'aborts by people'],
  }
  const names = (Object.keys(VIEW_LABEL) as RunViewName[]).filter(
    (name) => name !== 'sweep' || chosen === 'sweep' || table.hasNumbers,
  )
  const focus = useRovingFocus()
  return (
    <div class="tabs" role="group" aria-label="View" onKeyDown={focus.onKeyDown}>
      {names.map((name, index) => {
        const [count, noun, plural] = counts[name] ?? []
        return (
          <button
            key={name}
            type="button"
            class="tab"
            aria-pressed={chosen === name}
            {...(count !== undefined && { 'aria-description': showCounted(count, noun!, plural) })}
            onClick={() => change({ view: name })}
            {...focus.button(index)}
          >
            {VIEW_LABEL[name]}
            {count !== undefined && count > 0 && (
              <span class="tab-count" aria-hidden="true">
                {showCount(count)}
              </span>
            )}
          </button>
        )
      })}
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
      return <LazySweepView {...shown} />
    case 'logs':
      return <LogView store={store} onSelect={props.onSelect} isPage />
    case 'aborts':
      return <AbortList store={store} onSelect={props.onSelect} />
  }
}

/** Before there is anything to show, or where there is nothing. */
function Blank({ store }: { store: RunStore }): JSX.Element {
  const link = store.link.value
  switch (link.kind) {
    case 'missing':
      return (
        <main class="blank">
          <h1>
            There is no run ‘<bdi>{store.run}</bdi>’
          </h1>
          <p>It hasn’t begun yet, or it ended and the program has forgotten it.</p>
          {link.nearest.length > 0 && (
            <p>
              Did you mean{' '}
              {link.nearest.slice(0, 3).map((name, index) => (
                <span key={name}>
                  {index > 0 && ', '}
                  <a {...linkTo(runRoute(name))}>
                    <bdi>{name}</bdi>
                  </a>
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
          <h1>The server refuses this page</h1>
          <p>{link.why}</p>
        </main>
      )
    case 'lost':
    case 'ended':
    case 'stalled':
      return (
        <main class="blank">
          <h1>The program doesn’t answer</h1>
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
