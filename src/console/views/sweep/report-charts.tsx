// The numbers among the reports of one action, each as a small curve with its last value.

import type { JSX } from 'preact'
import type { Series } from '../../../control/api.js'
import { showCount, showCounted, showValue } from '../../model/words/show-number.js'
import { axisIn, Chart } from '../chart.js'

const MOST_CHARTS = 8

/** The curves. A count of steps isn't one: it is what the others are drawn over. */
export function ReportCharts({ series }: { series: readonly Series[] }): JSX.Element {
  const curves = series.filter(({ field, value, step }) => {
    const isStep = value.length > 1 && value.every((each, index) => each === step[index])
    return !(isStep || (/^(step|epoch|iteration)$/.test(field) && series.length > 1))
  })
  return (
    <div class="report-charts">
      {curves.slice(0, MOST_CHARTS).map((curve) => (
        <Curve key={curve.field} series={curve} />
      ))}
      {curves.length > MOST_CHARTS && (
        <p class="muted">and {showCounted(curves.length - MOST_CHARTS, 'more number')}</p>
      )}
    </div>
  )
}

function Curve({ series }: { series: Series }): JSX.Element {
  const { field, step, value } = series
  const name = field === '' ? 'value' : field
  const last = value.at(-1) ?? Number.NaN
  const low = Math.min(...value)
  const high = Math.max(...value)
  return (
    <figure class="report-chart">
      <figcaption>
        <span class="mono">{name}</span>
        <strong>{showValue(last)}</strong>
        <span class="muted">
          {showValue(low)} … {showValue(high)} · {showCounted(value.length, 'point')}
        </span>
      </figcaption>
      {value.length > 1 && (
        <Chart
          height={96}
          shape={name}
          label={`${name}: ${showCount(value.length)} points from ${showValue(value[0]!)} to ${showValue(last)}, least ${showValue(low)}, most ${showValue(high)}`}
          data={[Float64Array.from(step), Float64Array.from(value)]}
          options={(colours) => ({
            legend: { show: false },
            cursor: { y: false, points: { size: 6 } },
            padding: [6, 16, 0, 0],
            scales: { x: { time: false } },
            axes: [
              axisIn(colours, { size: 22, grid: { show: false } }),
              axisIn(colours, { size: 48, space: 28, values: (_, splits) => splits.map(showValue) }),
            ],
            series: [
              {},
              {
                stroke: colours.accent,
                width: 1.5,
                points: { show: value.length < 40, size: 4, fill: colours.accent },
              },
            ],
          })}
        />
      )}
    </figure>
  )
}
