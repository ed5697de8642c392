// The header of a run: how it stands, for how long, what it takes of the threads, and what its aborts have freed.

import type { ComponentChildren, JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { useSignal } from '@preact/signals'
import { readSweepReport } from '../../sweep/results/read-progress.js'
import type { Json } from '../../control/api.js'
import { plainJson } from '../../control/shown/plain-json.js'
import { ROOT_ID } from '../../protocol/ids.js'
import type { AbortTarget } from '../model/aborts/abort-target.js'
import type { ActionTable } from '../model/runs/action-table.js'
import { briefError } from '../model/words/brief-error.js'
import { FIRST_TERMINAL, phaseCode, phaseOf } from '../model/words/phases.js'
import { threadsOf, type RunStore } from '../model/runs/run-store.js'
import type { RunView } from '../model/runs/run-view.js'
import { showClock, showDuration, showElapsed } from '../model/words/show-duration.js'
import { showCount, showCounted } from '../model/words/show-number.js'
import { saveExport } from '../save-export.js'
import { Icon, PhaseBadge } from './glyphs.js'
import { StartButton } from './runs/start-button.js'

/** The header. */
export function RunHeader(props: {
  readonly store: RunStore
  readonly view: RunView
  readonly onAbort: ((target: AbortTarget) => void) | undefined
}): JSX.Element {
  const { store, onAbort } = props
  void store.revision.value
  const table = store.table.value
  const detail = store.detail.value
  const root = table.tops[0] ?? 0
  const code = table.phase[root] ?? 0
  const phase = phaseOf(code)
  const hasEnded = code >= FIRST_TERMINAL
  const settledAt = table.settledAt[root]!
  const startedAt = table.startedAt[root]!
  const begunAt = Number.isNaN(startedAt) ? table.queuedAt[root]! : startedAt
  const beat = useSignal(0)
  useEffect(() => {
    if (hasEnded) return
    const timer = setInterval(() => {
      beat.value += 1
    }, 500)
    return () => clearInterval(timer)
  }, [hasEnded])
  void beat.value
  const details = table.details.get(root)
  const elapsedMs = (hasEnded ? settledAt : store.clock.now()) - begunAt
  const known = table.length
  return (
    <section class="run-header" aria-label="The run">
      <div class="run-title">
        <h1 title={store.run}>
          <bdi>{store.run}</bdi>
        </h1>
        <PhaseBadge phase={phase} />
        {details?.reason !== undefined && (
          <span class="run-reason" title={details.reason.message}>
            <bdi>{details.reason.message}</bdi>
            <span class="muted">
              {' · by '}
              <bdi>{details.reason.by ?? details.reason.source}</bdi>
            </span>
          </span>
        )}
        {phase === 'failed' && details?.error !== undefined && (
          <span class="run-reason bad" title={details.error.message}>
            {briefError(details.error)}
          </span>
        )}
      </div>
      <div class="tiles">
        <Tile label="Elapsed" note={`since ${showClock(begunAt, false)}`}>
          {hasEnded ? showDuration(elapsedMs) : showElapsed(elapsedMs)}
        </Tile>
        <Tile
          label="Actions"
          note={
            detail !== undefined && detail.dropped > 0
              ? `${showCount(known)} of them on record`
              : detail !== undefined && detail.unheard > 0
                ? showCounted(detail.unheard, 'unheard failure')
                : 'all on record'
          }
        >
          {showCount(Math.max(detail?.total ?? 0, known))}
        </Tile>
        <ThreadTile store={store} hasEnded={hasEnded} />
        <FreedTile store={store} />
      </div>
      <div class="run-actions">
        <ExportMenu store={store} />
        {detail?.definition !== undefined && onAbort !== undefined && (
          <StartButton
            client={store.client}
            earlier={{ definition: detail.definition, input: () => inputOf(store) }}
          />
        )}
        {!hasEnded && onAbort !== undefined && (
          <button type="button" class="danger" onClick={() => onAbort({ kind: 'run' })}>
            <Icon name="stop" />
            <span>
              Abort<span class="word"> run …</span>
            </span>
          </button>
        )}
      </div>
    </section>
  )
}

function Tile({
  label,
  note,
  title,
  children,
}: {
  label: string
  note?: string
  title?: string
  children: ComponentChildren
}): JSX.Element {
  return (
    <div class="tile" {...(title !== undefined && { title })}>
      <span class="tile-label">{label}</span>
      <span class="tile-value">{children}</span>
      {note !== undefined && <span class="tile-note">{note}</span>}
    </div>
  )
}

/** Which threads do something for this run, out of those there are. */
function ThreadTile({ store, hasEnded }: { store: RunStore; hasEnded: boolean }): JSX.Element {
  const table = store.table.value
  const stats = store.stats.value
  const detail = store.detail.value
  if (hasEnded) {
    const used = detail && threadsOf(detail)
    return (
      <Tile label="Threads" note="were used">
        {used === undefined ? '–' : showCount(used)}
      </Tile>
    )
  }
  const busy = new Set<string>()
  let waiting = 0
  const running = phaseCode('running')
  const aborting = phaseCode('aborting')
  if (table.counts[running]! + table.counts[aborting]! > 0) {
    for (let row = 0; row < table.length; row += 1) {
      const code = table.phase[row]
      if (code !== running && code !== aborting) continue
      if (table.cpu[row] === 0) waiting += 1
      else if (table.thread[row]! >= 0) busy.add(`${table.host[row]} ${table.thread[row]}`)
    }
  }
  const lanes = stats?.lanes.filter(({ role, state }) => role === 'cpu' && state !== 'wanted').length ?? 0
  const abandoned = stats?.abandoned ?? 0
  const silent = stats?.lanes.filter(({ silentMs }) => silentMs > 0).length ?? 0
  const leaving = stats?.lanes.filter(({ exitPendingMs }) => exitPendingMs > 0).length ?? 0
  return (
    <Tile
      label="Threads busy"
      title="Threads that an action of this run holds a share of, of those that are open for work; and how many of its actions wait, and hold no share of any"
      note={
        leaving > 0
          ? `${showCounted(leaving, 'killed one')} not out yet`
          : silent > 0
            ? `${showCount(silent)} without an answer`
            : abandoned > 0
              ? showCounted(abandoned, 'abandoned body', 'abandoned bodies')
              : `${showCount(waiting)} open without a share`
      }
    >
      {busy.size}
      {lanes > 0 && <span class="tile-of"> of {Math.max(lanes, busy.size)}</span>}
    </Tile>
  )
}

/**
 * What the aborts have freed. Of a sweep, the steps that its trials didn't take; else thread time, which is an estimate, and
 * which there is none of where what was stopped held no thread.
 */
function FreedTile({ store }: { store: RunStore }): JSX.Element {
  const detail = store.detail.value
  if (detail === undefined) return <Tile label="Freed by aborts">–</Tile>
  const { counts, compute, stopped } = detail
  const aborted = counts.aborted + counts.timedOut
  const covered = aborted - compute.unknown
  const note =
    aborted === 0
      ? 'nothing was stopped'
      : `${showCount(aborted)} stopped, ${showCount(stopped['never-started'])} never started`
  const isUnknown = covered <= 0 || (compute.unknown > 0 && compute.freedMs === 0)
  const saved = stepsSaved(store.table.value)
  if (saved !== undefined && saved > 0) {
    return (
      <Tile
        label="Freed by aborts"
        title="Steps that the trials which were stopped would have taken, had they gone on as far as the longest"
        note={note}
      >
        {showCounted(saved, 'step')}
      </Tile>
    )
  }
  if (aborted > 0 && covered > 0 && compute.freedMs === 0 && !heldThreads(store.table.value)) {
    return (
      <Tile
        label="Freed by aborts"
        title="What was stopped has a cpu share of 0: it waits, and holds no thread that could be freed"
        note={note}
      >
        no threads held
      </Tile>
    )
  }
  return (
    <Tile
      label="Freed by aborts"
      title={
        'Thread time that the stopped actions would have taken on. An estimate: for each, the mean of those of the same action ' +
        `that succeeded, less what it had used. It covers ${showCount(covered)} of ${showCounted(aborted, 'stopped action')}.`
      }
      note={note}
    >
      {aborted === 0 ? '0 ms' : isUnknown ? 'can’t be said' : `≈ ${showDuration(compute.freedMs)}`}
    </Tile>
  )
}

/** What the root was started with. */
async function inputOf(store: RunStore): Promise<{ input: Json | undefined; missing: boolean }> {
  const { input } = await store.client.action(store.run, ROOT_ID)
  const given = input && plainJson(input)
  return {
    input: given,
    missing: given === undefined && (input !== undefined || store.detail.peek()?.command === undefined),
  }
}

/** Of a run that is a sweep, as it says itself. */
function stepsSaved(table: ActionTable): number | undefined {
  const [root] = table.tops
  const report = root === undefined ? undefined : table.details.get(root)?.lastReport
  return report === undefined ? undefined : readSweepReport(report.value)?.stepsSaved
}

/** Whether anything that was stopped had a share of a thread. */
function heldThreads(table: ActionTable): boolean {
  const [aborted, pruned, timedOut] = [phaseCode('aborted'), phaseCode('pruned'), phaseCode('timedOut')]
  for (let row = 0; row < table.length; row += 1) {
    const code = table.phase[row]
    if ((code === aborted || code === pruned || code === timedOut) && table.cpu[row]! > 0) return true
  }
  return false
}

/** What a run can be saved as. */
function ExportMenu({ store }: { store: RunStore }): JSX.Element {
  const menu = useRef<HTMLDetailsElement>(null)
  const failure = useSignal<string | undefined>(undefined)
  useEffect(() => {
    const onPress = (event: PointerEvent): void => {
      if (menu.current?.open === true && !menu.current.contains(event.target as Node))
        menu.current.open = false
    }
    addEventListener('pointerdown', onPress)
    return () => removeEventListener('pointerdown', onPress)
  }, [])
  const isCopied = useSignal(false)
  const command = store.detail.value?.command
  const copy = async (text: string): Promise<void> => {
    failure.value = undefined
    try {
      await navigator.clipboard.writeText(text)
      isCopied.value = true
    } catch {
      // Not at an address that the browser takes for secure, or not allowed: it can be taken by hand.
      failure.value = text
    }
  }
  const save = (form: 'json' | 'trace'): void => {
    if (menu.current !== null) menu.current.open = false
    failure.value = undefined
    saveExport(store, form).catch((error: unknown) => {
      failure.value = error instanceof Error ? error.message : String(error)
    })
  }
  return (
    <>
      <details
        ref={menu}
        class="menu"
        onKeyDown={(event) => {
          if (event.key === 'Escape' && menu.current?.open === true) {
            menu.current.open = false
            menu.current.querySelector('summary')?.focus()
          }
        }}
      >
        <summary class="button">
          <Icon name="down" />
          <span class="word">Export</span>
        </summary>
        <div class="menu-items">
          <button type="button" class="plain" onClick={() => save('json')}>
            JSON: all that is known
          </button>
          <button type="button" class="plain" onClick={() => save('trace')}>
            Chrome trace: for Perfetto
          </button>
          {command !== undefined && (
            <button type="button" class="plain" onClick={() => void copy(command)}>
              {isCopied.value ? 'Copied' : 'Copy as command: heddle run …'}
            </button>
          )}
        </div>
      </details>
      {failure.value !== undefined && (
        <span class="bad" role="alert">
          {failure.value}
        </span>
      )}
    </>
  )
}
