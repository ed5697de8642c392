// One row for very many actions alike: how many there are in each phase, how long they take, why some have failed. Their
// density over time is drawn by the table.

import type { JSX } from 'preact'
import type { AbortTarget } from '../../model/aborts/abort-target.js'
import type { GroupFacts } from '../../model/runs/group-facts.js'
import { PHASE_LABEL, SHOWN_PHASES } from '../../model/words/phases.js'
import { showDuration } from '../../model/words/show-duration.js'
import { showName } from '../../model/words/show-name.js'
import { showCount } from '../../model/words/show-number.js'
import { PhaseBar } from '../count-bar.js'
import { Icon } from '../glyphs.js'

/** A group's row. */
export function GroupRow(props: {
  readonly elementId: string
  readonly name: string
  readonly size: number
  readonly facts: GroupFacts
  /** Ids of those that live, when it is asked for. */
  readonly liveNow: () => readonly string[]
  readonly depth: number
  readonly index: number
  readonly isOpen: boolean
  readonly isCurrent: boolean
  readonly onToggle: () => void
  readonly onAbort: ((target: AbortTarget) => void) | undefined
}): JSX.Element {
  const { name, size, facts, depth, isOpen, onToggle, onAbort } = props
  const { counts, p50Ms, p95Ms, errors, live } = facts
  const words = SHOWN_PHASES.flatMap((phase, code) =>
    counts[code] === 0 ? [] : [`${showCount(counts[code]!)} ${PHASE_LABEL[phase]}`],
  ).join(', ')
  const [worst] = errors
  return (
    <div
      id={props.elementId}
      role="row"
      class={`row-line row group${props.isCurrent ? ' current' : ''}`}
      aria-rowindex={props.index + 2}
      aria-level={depth + 1}
      aria-expanded={isOpen}
      onClick={onToggle}
    >
      <div
        role="gridcell"
        class="cell-tree"
        style={{ '--full': Math.min(depth, 4), '--slight': Math.max(0, Math.min(depth - 4, 12)) }}
      >
        <span class={`caret${isOpen ? '' : ' collapsed'}`}>
          <Icon name="caret" />
        </span>
        <bdi class="row-name">{showName(name)}</bdi>
        <strong class="group-size">× {showCount(size)}</strong>
        <PhaseBar counts={counts} total={size} />
        <span
          class="row-remark"
          title={errors.map(({ message, count }) => `${count} × ${message}`).join('\n')}
        >
          {!Number.isNaN(p50Ms) && `p50 ${showDuration(p50Ms)} · p95 ${showDuration(p95Ms)} `}
          {worst !== undefined && (
            <span class="bad">
              {showCount(worst.count)} × <bdi>{worst.message}</bdi>
            </span>
          )}
        </span>
        {live.length > 0 && onAbort !== undefined && (
          <button
            type="button"
            class="row-abort danger"
            tabIndex={-1}
            title={`Abort all ${showCount(live.length)} that live`}
            aria-label={`Abort all ${name}`}
            onClick={(event) => {
              event.stopPropagation()
              onAbort({ kind: 'actions', ids: props.liveNow(), label: `all ${name}` })
            }}
          >
            <Icon name="stop" />
          </button>
        )}
      </div>
      <div role="gridcell" class="cell-time">
        <span class="visually-hidden">{words}</span>
      </div>
    </div>
  )
}
