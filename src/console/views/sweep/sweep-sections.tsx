// The drawings that the static report of a sweep has, by the same code: here of a sweep that goes on. A click on a mark opens
// its trial.

import type { JSX } from 'preact'
import { useSignal, type Signal } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import { distributionOf, historyOf } from '../../../sweep/page/course-sections.js'
import { importanceSection, pairsOf, slicesOf } from '../../../sweep/page/parameter-sections.js'
import { paretoOf } from '../../../sweep/page/several-metrics.js'
import { paced } from '../../model/frames.js'
import { importanceIn } from '../../model/sweep/sweep-importance.js'
import type { SweepRows } from '../../model/sweep/sweep-rows.js'

/** They are drawn anew at most so often: each is as much work as many frames. */
const DRAW_EVERY_MS = 2000

interface SectionProps {
  readonly rows: SweepRows
  readonly onSelect: (trial: number) => void
}

/** Each trial's value and the best so far; of several metrics, the Pareto front. `times`: when each ended, in seconds. */
export function HistorySection(
  props: SectionProps & { readonly times: ReadonlyMap<number, number>; readonly byTime: boolean },
): JSX.Element {
  const { rows, times, byTime, onSelect } = props
  const drawn = useSlowly(rows).value
  const html = useMemo(
    () =>
      drawn.description.metrics === undefined
        ? historyOf(drawn, byTime ? times : undefined)
        : paretoOf(drawn),
    [drawn, byTime],
  )
  return <Drawings html={html} onSelect={onSelect} />
}

/** What the parameters do: importance, distribution of values, slices, contour and ranks. */
export function ParameterSections({ rows, onSelect }: SectionProps): JSX.Element {
  const drawn = useSlowly(rows)
  const html = useMemo(() => {
    const shares = importanceIn(drawn.value)
    const important = shares.map(([name]) => name)
    return [
      importanceSection(drawn.value, shares),
      distributionOf(drawn.value),
      slicesOf(drawn.value, important),
      pairsOf(drawn.value, important),
    ].join('')
  }, [drawn.value])
  return <Drawings html={html} onSelect={onSelect} />
}

/** What is given, at most so often. */
function useSlowly(rows: SweepRows): Signal<SweepRows> {
  const drawn = useSignal(rows)
  const latest = useSignal(rows)
  latest.value = rows
  useEffect(
    () =>
      paced(() => {
        drawn.value = latest.peek()
      }, DRAW_EVERY_MS),
    [],
  )
  // Another metric is another picture.
  if (drawn.peek().description.metric !== rows.description.metric) drawn.value = rows
  if (drawn.peek().description.direction !== rows.description.direction) drawn.value = rows
  return drawn
}

function Drawings({ html, onSelect }: { html: string; onSelect: (trial: number) => void }): JSX.Element {
  return (
    <div
      class="report"
      onClick={(event) => {
        const mark = event.target instanceof Element ? event.target.closest('[data-trial]') : null
        if (mark !== null) onSelect(Number(mark.getAttribute('data-trial')))
      }}
      // All texts in it are escaped, by the code that has made it for the static report.
      dangerouslySetInnerHTML={{ __html: html }}
    />
  )
}
