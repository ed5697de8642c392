// The phases of a run's actions, as one bar of parts and in numbers.

import type { JSX } from 'preact'
import { PHASE_LABEL, SHOWN_PHASES, type ShownPhase } from '../model/words/phases.js'
import { showCount } from '../model/words/show-number.js'

/** Counts by the number of the phase. */
export function CountBar({ counts, total }: { counts: readonly number[]; total: number }): JSX.Element {
  const words = partsOf(counts)
    .map(({ phase, count }) => `${showCount(count)} ${PHASE_LABEL[phase]}`)
    .join(', ')
  return (
    <div class="count-bar" title={words}>
      <PhaseBar counts={counts} total={total} />
      <span class="count-total">
        {showCount(total)}
        <span class="noun"> {total === 1 ? 'action' : 'actions'}</span>
      </span>
      <span class="visually-hidden">{words}</span>
    </div>
  )
}

/** The bar alone: what it shows is told elsewhere. */
export function PhaseBar({ counts, total }: { counts: readonly number[]; total: number }): JSX.Element {
  return (
    <svg class="count-parts" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
      {layOut(partsOf(counts), total).map(({ phase, x, width }) => (
        <rect key={phase} class={`fill-${phase}`} x={x} y="0" width={width} height="6" />
      ))}
    </svg>
  )
}

function partsOf(counts: readonly number[]): { phase: ShownPhase; count: number }[] {
  return SHOWN_PHASES.map((phase, code) => ({ phase, count: counts[code] ?? 0 })).filter(
    ({ count }) => count > 0,
  )
}

/** Each part's share of the width, and at least enough to be seen. */
function layOut<Part extends { readonly count: number }>(
  parts: readonly Part[],
  total: number,
): (Part & { x: number; width: number })[] {
  const least = 1.5
  const spare = 100 - least * parts.length
  let x = 0
  return parts.map((part) => {
    const width = least + (spare * part.count) / Math.max(1, total)
    const placed = { ...part, x, width: Math.max(0, width - 0.4) }
    x += width
    return placed
  })
}
