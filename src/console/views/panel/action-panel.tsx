// Everything that is known of one action. It asks the server for it, and again whenever the event stream says that
// something has happened to it.

import { useSignal, type ReadonlySignal } from '@preact/signals'
import type { ComponentChildren, JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import type { ActionDetail, ErrorInfo } from '../../../control/api.js'
import type { AbortTarget } from '../../model/aborts/abort-target.js'
import { NONE } from '../../model/runs/action-table.js'
import { FIRST_TERMINAL, PHASE_LABEL, phaseCode, phaseOf } from '../../model/words/phases.js'
import type { RunStore } from '../../model/runs/run-store.js'
import { showCountdown, showDuration, showElapsed } from '../../model/words/show-duration.js'
import { showName } from '../../model/words/show-name.js'
import { showCount, showCounted } from '../../model/words/show-number.js'
import { AttemptList } from './attempt-list.js'
import { ErrorChain } from './error-chain.js'
import { Icon, PhaseBadge, PhaseGlyph } from '../glyphs.js'
import { LogView } from '../logs/log-view.js'
import { ReasonChain } from './reason-chain.js'
import { ReportCharts } from '../sweep/report-charts.js'
import { StepTimes } from './step-times.js'
import { ValueView } from './value-view.js'

/** However much happens to it, it is asked for at most so often. */
const ASK_EVERY_MS = 400

/** Why an action can't be shown, or not as it is now. */
interface DetailFailure {
  readonly message: string
  /** Its record isn't kept any more. */
  readonly isGone: boolean
}

/** The panel. */
export function ActionPanel(props: {
  readonly store: RunStore
  readonly id: string
  readonly onClose: () => void
  readonly onSelect: (id: string) => void
  readonly onAbort: ((target: AbortTarget) => void) | undefined
}): JSX.Element {
  const { store, id, onAbort } = props
  const { detail, failure } = useDetail(store, id)

  void store.revision.value
  const table = store.table.value
  const row = table.rowOf(id)
  const known = detail.value
  const name = row === NONE ? known?.name : table.names[row]
  const phase = row === NONE ? (known?.phase ?? 'queued') : phaseOf(table.phase[row]!)
  const isLive = phaseCode(phase) < FIRST_TERMINAL && (row !== NONE || known !== undefined)
  const hasChildren = row !== NONE && table.firstChild[row] !== NONE
  return (
    <aside
      id="panel"
      class="panel"
      aria-label={`Action ${id}`}
      onKeyDown={(event) => {
        if (event.key === 'Escape') props.onClose()
      }}
    >
      <header class="panel-head">
        <div class="panel-title">
          <h2>
            <bdi>{showName(name ?? id)}</bdi>
          </h2>
          <span class="mono muted">{id}</span>
        </div>
        <button
          type="button"
          class="plain icon-only"
          aria-label="Close the panel"
          title="Close (Esc)"
          onClick={props.onClose}
        >
          <Icon name="close" />
        </button>
      </header>
      <div class="panel-body" tabIndex={0} role="region" aria-label="Details">
        <Ancestors detail={known} store={store} onSelect={props.onSelect} />
        <div class="panel-state">
          <PhaseBadge phase={phase} />
          {known?.how !== undefined && <span class="tag">{known.how}</span>}
          <span class="muted">
            {known?.thread !== undefined && ` thread ${known.thread} `}
            {known?.host !== undefined && <HostOf detail={known} />}
            {known?.thread !== undefined && '·'}
            {known !== undefined && ` ${known.cpu} cpu`}
            {known !== undefined && known.attempt > 1 && ` · attempt ${known.attempt}`}
          </span>
          <span class="spring" />
          {isLive && onAbort !== undefined && (
            <button
              type="button"
              class="danger"
              onClick={() => onAbort({ kind: 'action', id, name: name ?? id, isForce: phase === 'aborting' })}
            >
              <Icon name={phase === 'aborting' ? 'force' : 'stop'} />
              {phase === 'aborting' ? 'Force now' : hasChildren ? 'Abort subtree …' : 'Abort …'}
            </button>
          )}
        </div>
        {known?.error !== undefined && <LostHost error={known.error} />}
        {phase === 'aborting' && row !== NONE && <Grace store={store} row={row} />}
        {failure.value !== undefined && (
          <p class={failure.value.isGone ? 'panel-note' : 'panel-note bad'} role="alert">
            {failure.value.isGone
              ? 'The program no longer keeps the record of this action; what the table shows is all there is.'
              : failure.value.message}
          </p>
        )}
        {known === undefined ? (
          failure.value === undefined && <p class="muted">Loading …</p>
        ) : (
          <Details detail={known} store={store} onSelect={props.onSelect} />
        )}
      </div>
    </aside>
  )
}

/** The machine of its thread, and how far away that is. */
function HostOf({ detail: { host, hostInstance, rttMs } }: { detail: ActionDetail }): JSX.Element {
  return (
    <span class="panel-host" title={hostInstance}>
      of <bdi>{showName(host ?? '')}</bdi>
      {rttMs !== undefined && `, round trip ${showDuration(rttMs)}`}{' '}
    </span>
  )
}

/** What has become of what ran on a machine that is gone. */
function LostHost({ error: { fields } }: { error: ErrorInfo }): JSX.Element | null {
  const { loss, host } = fields ?? {}
  if (typeof host !== 'string' || (loss !== 'host-lost' && loss !== 'host-drained')) return null
  return (
    <p class="panel-note bad" role="status">
      {loss === 'host-lost' ? (
        <>
          Its host <bdi>{showName(host)}</bdi> was lost. What it did there may be done, and may have gone on
          for a while; a second attempt is made only where <code>retries</code> says so.
        </>
      ) : (
        <>
          Its host <bdi>{showName(host)}</bdi> has left before it had ended.
        </>
      )}
    </p>
  )
}

/** What is known of an action, asked for again whenever something happens to it. */
function useDetail(
  store: RunStore,
  id: string,
): {
  readonly detail: ReadonlySignal<ActionDetail | undefined>
  readonly failure: ReadonlySignal<DetailFailure | undefined>
} {
  const detail = useSignal<ActionDetail | undefined>(undefined)
  const failure = useSignal<DetailFailure | undefined>(undefined)

  useEffect(() => {
    const stop = new AbortController()
    let isAsking = false
    let isDue = false
    const ask = async (): Promise<void> => {
      if (isAsking) {
        isDue = true
        return
      }
      isAsking = true
      do {
        isDue = false
        try {
          detail.value = await store.client.action(store.run, id, { signal: stop.signal })
          failure.value = undefined
        } catch (error) {
          if (stop.signal.aborted) return
          const { status } = error as { status?: number }
          failure.value = {
            message: error instanceof Error ? error.message : String(error),
            isGone: status === 404 || status === 410,
          }
        }
        await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS))
      } while (isDue && !stop.signal.aborted)
      isAsking = false
    }
    void ask()
    const off = store.onEvent((event) => {
      if (event.id === id) void ask()
    })
    return () => {
      off()
      stop.abort()
    }
  }, [store, id])
  return { detail, failure }
}

function Details({
  detail,
  store,
  onSelect,
}: {
  detail: ActionDetail
  store: RunStore
  onSelect: (id: string) => void
}): JSX.Element {
  const { error, reason, input, output } = detail
  return (
    <>
      {error !== undefined &&
        (detail.phase === 'failed' || error.cause !== undefined || reason === undefined) && (
          <Section title={detail.phase === 'failed' ? 'Error' : 'Ended with'}>
            <ErrorChain error={error} id={detail.id} />
          </Section>
        )}
      {reason !== undefined && (
        <Section title="Why it was stopped">
          <ReasonChain reason={reason} escalations={detail.escalations ?? []} id={detail.id} store={store} />
        </Section>
      )}
      <Section title="Times">
        <StepTimes detail={detail} clock={store.clock} />
      </Section>
      {detail.earlier !== undefined && detail.earlier.length > 0 && (
        <Section title={`Attempts (${detail.earlier.length + 1})`}>
          <AttemptList detail={detail} />
        </Section>
      )}
      {detail.series.length > 0 && (
        <Section title={`Reports (${showCount(detail.reportCount)})`}>
          <ReportCharts series={detail.series} />
        </Section>
      )}
      {detail.lastReport !== undefined && (
        <Section
          title={
            detail.series.length > 0
              ? 'Last report'
              : `Reports (${showCount(detail.reportCount)}), the last one`
          }
        >
          <ValueView shown={detail.lastReport} />
        </Section>
      )}
      {input !== undefined && (
        <Section title="Input">
          <ValueView shown={input} />
        </Section>
      )}
      {output !== undefined && (
        <Section title="Output">
          <ValueView shown={output} />
        </Section>
      )}
      {(detail.logs.length > 0 || detail.children > 0) && (
        <Section title="Log">
          <LogView store={store} onSelect={onSelect} action={detail.id} hasChildren={detail.children > 0} />
        </Section>
      )}
      <Section title="Definition">
        <dl class="pairs">
          <div>
            <dt>action</dt>
            <dd class="mono">{detail.definition}</dd>
          </div>
          {detail.module !== undefined && (
            <div>
              <dt>module</dt>
              <dd class="mono breaks">{detail.module}</dd>
            </div>
          )}
          <div>
            <dt>children</dt>
            <dd>
              {showCounted(detail.children, 'on record', 'on record')}, {showCount(detail.liveChildren)} live
            </dd>
          </div>
        </dl>
      </Section>
    </>
  )
}

/** How long it may still clean up, counting down. */
function Grace({ store, row }: { store: RunStore; row: number }): JSX.Element {
  const beat = useSignal(0)
  useEffect(() => {
    const timer = setInterval(() => {
      beat.value += 1
    }, 100)
    return () => clearInterval(timer)
  }, [])
  void beat.value
  const table = store.table.value
  const forceAt = table.forceAt[row]!
  const requestedAt = table.abortRequestedAt[row]!
  const now = store.clock.now()
  if (Number.isNaN(forceAt)) {
    return (
      <p class="panel-grace" role="timer">
        Aborting for {showElapsed(now - requestedAt)}. Its own grace begins when what is under it has ended.
      </p>
    )
  }
  const share = Math.max(0, Math.min(1, (forceAt - now) / Math.max(1, forceAt - requestedAt)))
  return (
    <div class="panel-grace" role="timer">
      <span>{forceAt > now ? `Force in ${showCountdown(forceAt - now)}` : 'Its grace is over: forcing'}</span>
      <progress value={share} max={1} aria-label="Grace that is left" />
    </div>
  )
}

function Ancestors({
  detail,
  store,
  onSelect,
}: {
  detail: ActionDetail | undefined
  store: RunStore
  onSelect: (id: string) => void
}): JSX.Element | null {
  if (detail === undefined || detail.ancestors.length === 0) return null
  const table = store.table.value
  return (
    <nav class="ancestors" aria-label="What it is under">
      {detail.ancestors.toReversed().map(({ id, name, phase }) => (
        <span key={id}>
          <button
            type="button"
            class="link"
            title={`${id}, ${PHASE_LABEL[phase]}`}
            onClick={() => onSelect(id)}
          >
            <PhaseGlyph phase={phase} />
            <bdi>{showName(table.names[table.rowOf(id)] ?? name)}</bdi>
          </button>
          <span class="muted" aria-hidden="true">
            ›
          </span>
        </span>
      ))}
    </nav>
  )
}

function Section({ title, children }: { title: string; children: ComponentChildren }): JSX.Element {
  return (
    <section class="panel-section">
      <h3>{title}</h3>
      {children}
    </section>
  )
}
