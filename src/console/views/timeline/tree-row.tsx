// One row of the table: where an action stands in the tree, what it is called, what it last said or why it ended. Its
// bar is drawn by the table; what the bar shows is here in words, for those who don't see it.

import type { JSX } from 'preact'
import type { AbortTarget } from '../../model/aborts/abort-target.js'
import { NONE, type ActionTable } from '../../model/runs/action-table.js'
import { briefError } from '../../model/words/brief-error.js'
import { briefReport } from '../../model/words/brief-report.js'
import { PHASE_LABEL, phaseOf } from '../../model/words/phases.js'
import { showCountdown, showDuration, showElapsed } from '../../model/words/show-duration.js'
import { isolated, showName } from '../../model/words/show-name.js'
import { Icon, PhaseGlyph } from '../glyphs.js'

/** What a row shows and does. */
export interface TreeRowProps {
  readonly elementId: string
  readonly table: ActionTable
  readonly row: number
  readonly index: number
  readonly now: number
  readonly isCollapsed: boolean
  readonly isMarked: boolean
  readonly isSelected: boolean
  readonly isCurrent: boolean
  readonly onSelect: (id: string) => void
  readonly onToggle: (isCollapsed: boolean) => void
  readonly onMark: (isMarked: boolean, extendsRange: boolean) => void
  readonly onAbort: ((target: AbortTarget) => void) | undefined
}

/** So many levels are indented in full, and so many more a little; then only a number tells the depth. */
const FULL_LEVELS = 4
const SLIGHT_LEVELS = 12

/** A row. */
export function TreeRow(props: TreeRowProps): JSX.Element {
  const { table, row, isCollapsed, isMarked, onToggle, onAbort } = props
  const id = table.ids[row]!
  const name = table.names[row]!
  const phase = phaseOf(table.phase[row]!)
  const depth = table.depth[row]!
  const hasChildren = table.firstChild[row] !== NONE
  const hasEnded = table.hasEnded(row)
  const isAborting = phase === 'aborting'
  const verb = isAborting ? 'Force now:' : 'Abort'
  return (
    <div
      id={props.elementId}
      role="row"
      class={`row-line row${props.isSelected ? ' selected' : ''}${props.isCurrent ? ' current' : ''}${isMarked ? ' marked' : ''}`}
      aria-rowindex={props.index + 2}
      aria-level={depth + 1}
      aria-selected={isMarked}
      {...(hasChildren && { 'aria-expanded': !isCollapsed })}
      onClick={() => props.onSelect(id)}
    >
      <div
        role="gridcell"
        class="cell-tree"
        style={{
          '--full': Math.min(depth, FULL_LEVELS),
          '--slight': Math.max(0, Math.min(depth - FULL_LEVELS, SLIGHT_LEVELS)),
        }}
      >
        {(!hasEnded || isMarked) && (
          <input
            type="checkbox"
            class="row-mark"
            tabIndex={-1}
            checked={isMarked}
            aria-label={`Mark ${name} ${id}`}
            onClick={(event) => {
              event.stopPropagation()
              props.onMark(event.currentTarget.checked, event.shiftKey)
            }}
          />
        )}
        {hasChildren ? (
          <button
            type="button"
            class={`caret${isCollapsed ? ' collapsed' : ''}`}
            tabIndex={-1}
            aria-label={isCollapsed ? 'Show what is under it' : 'Hide what is under it'}
            onClick={(event) => {
              event.stopPropagation()
              onToggle(!isCollapsed)
            }}
          >
            <Icon name="caret" />
          </button>
        ) : (
          <span class="caret" />
        )}
        <PhaseGlyph phase={phase} label={PHASE_LABEL[phase]} />
        {depth > FULL_LEVELS && (
          <span class="row-depth" title={`Level ${depth + 1}`} aria-hidden="true">
            {depth + 1}
          </span>
        )}
        <bdi class="row-name">{showName(name)}</bdi>
        <span class="row-id mono">{id}</span>
        <Remark table={table} row={row} />
        {!hasEnded && onAbort !== undefined && (
          <button
            type="button"
            class="row-abort danger"
            tabIndex={-1}
            title={`${verb} ${isolated(name)} (${id})${hasChildren ? ' and what is under it' : ''}`}
            aria-label={`${verb} ${name} ${id}`}
            onClick={(event) => {
              event.stopPropagation()
              onAbort({ kind: 'action', id, name, isForce: isAborting })
            }}
          >
            <Icon name={isAborting ? 'force' : 'stop'} />
          </button>
        )}
      </div>
      <div role="gridcell" class="cell-time">
        <span class="visually-hidden">{inWords(table, row, props.now)}</span>
      </div>
    </div>
  )
}

/** What it last said, or why it ended. */
function Remark({ table, row }: { table: ActionTable; row: number }): JSX.Element | null {
  const details = table.details.get(row)
  const attempt = table.attempt[row]!
  if (details === undefined) return attempt > 1 ? <span class="row-remark">attempt {attempt}</span> : null
  const { error, reason, lastReport, how } = details
  const tries = attempt > 1 ? `attempt ${attempt} · ` : ''
  const phase = phaseOf(table.phase[row]!)
  if (phase === 'failed' && error !== undefined) {
    return (
      <span class="row-remark bad" title={error.message}>
        {tries}
        <bdi>{briefError(error)}</bdi>
      </span>
    )
  }
  if (reason !== undefined) {
    const forced = how === 'forced' || how === 'abandoned' ? `${how} · ` : ''
    return (
      <span
        class="row-remark"
        title={`${isolated(reason.message)}${reason.by === undefined ? '' : ` (by ${isolated(reason.by)})`}`}
      >
        {tries}
        {forced}
        <bdi>{reason.message}</bdi>
        {reason.by !== undefined && (
          <>
            {' · by '}
            <bdi>{reason.by}</bdi>
          </>
        )}
      </span>
    )
  }
  if (lastReport !== undefined) {
    return (
      <span class="row-remark mono">
        {tries}
        <bdi>{briefReport(lastReport.value)}</bdi>
      </span>
    )
  }
  return tries === '' ? null : <span class="row-remark">{tries.slice(0, -3)}</span>
}

function inWords(table: ActionTable, row: number, now: number): string {
  const phase = PHASE_LABEL[phaseOf(table.phase[row]!)]
  const startedAt = table.startedAt[row]!
  const settledAt = table.settledAt[row]!
  const dueAt = table.dueAt(row)
  if (!table.hasEnded(row) && phase === PHASE_LABEL.queued && dueAt > now)
    return `attempt ${table.details.get(row)?.earlier?.at(-1)?.attempt} failed, again in ${showCountdown(dueAt - now)}`
  if (Number.isNaN(startedAt)) {
    const until = Number.isNaN(settledAt) ? now : settledAt
    return `${phase}, ${Number.isNaN(settledAt) ? 'waits for' : 'waited for'} ${showDuration(until - table.queuedAt[row]!)}`
  }
  const requestedAt = table.abortRequestedAt[row]!
  const forceAt = table.forceAt[row]!
  if (phase === PHASE_LABEL.aborting) {
    const grace = Number.isNaN(forceAt) ? '' : `, force in ${showElapsed(forceAt - now)}`
    return `${phase} for ${showElapsed(now - requestedAt)}${grace}`
  }
  return Number.isNaN(settledAt)
    ? `${phase} for ${showElapsed(now - startedAt)}`
    : `${phase} after ${showDuration(settledAt - startedAt)}`
}
