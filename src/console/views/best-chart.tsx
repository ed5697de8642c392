// The chart of the best value of all trials over time.

import type { JSX } from 'preact'
import { useMemo, useRef } from 'preact/hooks'
import { showValue } from '../model/show-number.js'
import { bestOverTime, valueScale, type Metric, type SweepModel } from '../model/sweep-model.js'
import { tickLabel } from '../model/time-window.js'
import { axisIn, Chart, valueScaleIn } from './chart.js'
import uPlot from 'uplot'

/** How far apart marks may be, so that each can be told in whole units. */
const ROUND_SECONDS: number[] = [
  0.001, 0.01, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21_600, 86_400,
]

/** The staircase of the best so far; each step down or up is a better trial. */
export function BestChart({
  model,
  metric,
  origin,
}: {
  model: SweepModel
  metric: Metric
  origin: number
}): JSX.Element {
  const data = useMemo((): uPlot.AlignedData => {
    const { at, value } = bestOverTime(model.trials, metric)
    const lastAt = Math.max(...model.trials.map(({ curve }) => curve.at.at(-1) ?? 0))
    const x = [...at, lastAt].map((moment) => (moment - origin) / 1000)
    return [Float64Array.from(x), Float64Array.from([...value, value.at(-1) ?? Number.NaN])]
  }, [model, metric.field, metric.direction])
  const scale = useMemo(
    () => valueScale(model.trials, metric.direction),
    [model, metric.field, metric.direction],
  )
  const latest = useRef(scale)
  latest.current = scale
  const isLog = scale.log === true
  const first = data[1]?.[0]
  return (
    <Chart
      height={240}
      shape={`best ${metric.field} ${metric.direction} ${isLog}`}
      label={`Best ${metric.field} so far: from ${first == null ? 'nothing' : showValue(first)} to ${model.best === undefined ? 'nothing' : showValue(model.best.best)}`}
      data={data}
      options={(colours) => {
        const values = valueScaleIn(colours, isLog, () => latest.current)
        return {
          legend: { show: false },
          cursor: { y: false },
          padding: [10, 12, 0, 0],
          scales: { x: { time: false }, y: values.scale },
          axes: [
            axisIn(colours, {
              size: 28,
              grid: { show: false },
              incrs: ROUND_SECONDS,
              values: (_, splits) =>
                splits.map((seconds) =>
                  tickLabel(seconds * 1000, ((splits[1] ?? 1) - (splits[0] ?? 0)) * 1000),
                ),
            }),
            values.axis,
          ],
          series: [
            {},
            {
              stroke: colours.best,
              width: 2,
              paths: uPlot.paths.stepped!({ align: 1 }),
              points: { show: true, size: 4, fill: colours.best },
            },
          ],
        }
      }}
    />
  )
}
