// The metric of each trial over its steps. uPlot gives scales, axes and the cursor; the curves themselves, thousands of
// them with steps of their own, are drawn in one pass, and each ends with the sign of how its trial did.

import type { Signal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect, useMemo, useRef } from 'preact/hooks'
import type uPlot from 'uplot'
import { lowerBound } from '../../../collections/lower-bound.js'
import { showCounted, showValue } from '../../model/words/show-number.js'
import { curveScale, type Metric, type SweepModel, type Trial } from '../../model/sweep/sweep-model.js'
import { rungsOf, stepScale, type Rung } from '../../../sweep/page/course-sections.js'
import { label as tickLabel, ticks, type Scale } from '../../../sweep/page/scales.js'
import { axisIn, Chart, valueScaleIn } from '../chart.js'
import { trialColour, type ColourBy, type Palette } from '../palette.js'
import { useChartHeight, useSize } from '../use-size.js'

const NEAR_PIXELS = 30
/** By how much it is higher than other charts, at least: what stands around that of the history, beside it. */
const ROOM_BESIDE_HISTORY = 76

/** What is drawn, read at the moment of drawing. */
interface Scene {
  trials: readonly Trial[]
  hovered: string | undefined
  selected: string | undefined
  brushed: ReadonlySet<string> | undefined
  bestId: string | undefined
  colourBy: ColourBy
  rungs: readonly Rung[]
  /** Of the values. What lies beyond is drawn at its edge. */
  scale: Scale
}

/** The curves. */
export function LearningCurves(props: {
  readonly model: SweepModel
  readonly metric: Metric
  readonly hovered: Signal<string | undefined>
  readonly brushed: ReadonlySet<string> | undefined
  readonly selected: string | undefined
  readonly colourBy: ColourBy
  /** The values on a logarithmic scale, also where they don't span decades. */
  readonly isLog: boolean
  readonly onSelect: (id: string) => void
}): JSX.Element {
  const { model, metric, hovered, brushed, selected, colourBy, onSelect } = props
  const least = useChartHeight() + ROOM_BESIDE_HISTORY
  // As high as the history is, which has more words around it where there is less room.
  const [room, size] = useSize<HTMLDivElement>()
  const height = Math.max(least, size.value.height)
  const scale = useMemo(
    () => curveScale(model.trials, metric.direction, props.isLog),
    [model, metric.field, metric.direction, props.isLog],
  )
  const rungs = useMemo(
    () => rungsOf(model.trials.map(({ state, lastStep }) => ({ state, step: lastStep }))),
    [model],
  )
  const steps = useMemo(
    () =>
      stepScale(
        model.trials.flatMap(({ curve, lastStep }) => [curve.step[0] ?? lastStep, lastStep]),
        rungs,
      ),
    [model, rungs],
  )
  const scene = useRef<Scene>({
    trials: [],
    hovered: undefined,
    selected,
    brushed,
    bestId: undefined,
    colourBy,
    rungs,
    scale,
  })
  const plot = useRef<uPlot | undefined>(undefined)
  scene.current = {
    trials: model.trials,
    hovered: hovered.value,
    selected,
    brushed,
    bestId: model.best?.id,
    colourBy,
    rungs,
    scale,
  }
  useEffect(() => {
    plot.current?.redraw(false)
  }, [hovered.value, selected, brushed, colourBy, rungs])

  const data = useMemo(
    (): uPlot.AlignedData => [
      [steps.low, steps.high],
      [scale.low, scale.high],
    ],
    [steps, scale],
  )
  const isLog = scale.log === true
  const latestSteps = useRef(steps)
  latestSteps.current = steps
  const trial = model.trials.find(({ id }) => id === hovered.value)
  return (
    <div class="curves" onClick={() => hovered.peek() !== undefined && onSelect(hovered.peek()!)}>
      <div ref={room} class="curves-room" style={{ minHeight: `${least}px` }}>
        <div class="curves-place">
          <Chart
            height={height}
            shape={`curves ${metric.field} ${isLog} ${steps.log === true}`}
            label={`${metric.field} of ${showCounted(model.trials.length, 'trial')} over their steps; the table below has the numbers`}
            data={data}
            options={(colours) => {
              const values = valueScaleIn(colours, isLog, () => scene.current.scale)
              return {
                legend: { show: false },
                cursor: { x: false, y: false, points: { show: false }, drag: { x: true, y: false } },
                padding: [10, 14, 0, 0],
                scales: {
                  x: {
                    time: false,
                    // By itself, a logarithmic scale would end at powers of ten.
                    ...(steps.log === true && {
                      distr: 3,
                      range: (_: uPlot, low: number, high: number) => [low, high],
                    }),
                  },
                  y: values.scale,
                },
                axes: [stepAxis(colours, latestSteps), values.axis],
                series: [{}, { show: true, stroke: 'transparent', points: { show: false } }],
                hooks: {
                  init: [(made) => (plot.current = made)],
                  draw: [(made) => draw(made, scene.current, colours)],
                  setCursor: [
                    (made) => {
                      const found = nearest(made, scene.current)
                      if (found !== hovered.peek()) hovered.value = found
                    },
                  ],
                },
              }
            }}
          />
        </div>
      </div>
      <CurveNote trial={trial} rungs={rungs} stepName={model.stepName} />
    </div>
  )
}

/** What is said under the curves: of the trial that is pointed at, or of the rungs. */
function CurveNote(props: {
  readonly trial: Trial | undefined
  readonly rungs: readonly Rung[]
  readonly stepName: string
}): JSX.Element {
  const { trial, rungs, stepName } = props
  if (trial === undefined)
    return (
      <p class="chart-note" aria-live="off">
        <span class="muted">
          {rungs.length === 0
            ? 'Point at a curve; drag to zoom, double-click to see all'
            : `Dashed: pruned, of those that came there. ${stepName} ${rungs
                .map(([step, pruned, reached]) => `${step}: ${pruned} of ${reached}`)
                .join(' · ')}`}
        </span>
      </p>
    )
  return (
    <p class="chart-note" aria-live="off">
      <strong>
        <bdi>{trial.name}</bdi>
      </strong>{' '}
      {showValue(trial.value)}, {trial.state} at {stepName} {showValue(trial.lastStep)}
      {trial.remark !== '' && (
        <span class="muted">
          {' · '}
          <bdi>{trial.remark}</bdi>
        </span>
      )}
    </p>
  )
}

/** The axis of steps, by whole ones or, where they span decades, by powers. */
function stepAxis(colours: Palette, latest: { readonly current: Scale }): uPlot.Axis {
  return axisIn(colours, {
    size: 28,
    grid: { show: false },
    ...(latest.current.log === true
      ? {
          splits: () => ticks(latest.current, 6),
          filter: (_: uPlot, splits: number[]) => splits,
          values: (_: uPlot, splits: number[]) => splits.map(tickLabel),
        }
      : { incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 1e4, 1e5, 1e6] }),
  })
}

function draw(plot: uPlot, scene: Scene, colours: Palette): void {
  const { trials, hovered, selected, brushed, bestId, colourBy, rungs, scale } = scene
  const pen = plot.ctx
  const ratio = devicePixelRatio
  const { left, top, width, height } = plot.bbox
  pen.save()
  pen.beginPath()
  pen.rect(left, top, width, height)
  pen.clip()
  pen.lineJoin = 'round'
  pen.strokeStyle = colours.lineStrong
  pen.lineWidth = 1.5 * ratio
  pen.setLineDash([3 * ratio, 4 * ratio])
  for (const [step] of rungs) {
    const x = plot.valToPos(step, 'x', true)
    pen.beginPath()
    pen.moveTo(x, top)
    pen.lineTo(x, top + height)
    pen.stroke()
  }
  pen.setLineDash([])
  const isCrowded = trials.length > 150
  const isLifted = (trial: Trial): boolean =>
    trial.id === hovered || trial.id === selected || trial.id === bestId
  // The best last, so that they lie on top.
  for (const trial of trials.toSorted((a, b) => a.rank - b.rank)) if (!isLifted(trial)) stroke(trial)
  for (const trial of trials) if (isLifted(trial)) stroke(trial)
  pen.restore()

  function stroke(trial: Trial): void {
    const { curve, phase } = trial
    const count = curve.value.length
    if (count === 0) return
    const isFaint = brushed !== undefined && !brushed.has(trial.id)
    const isUp = isLifted(trial)
    const colour = trialColour(colours, trial, colourBy, trial.id === bestId)
    pen.strokeStyle = colour
    pen.fillStyle = colour
    pen.globalAlpha = isFaint
      ? 0.12
      : isUp
        ? 1
        : colourBy === 'rank'
          ? 0.25 + 0.65 * trial.rank
          : isCrowded
            ? 0.35
            : 0.6
    pen.lineWidth = (trial.id === hovered || trial.id === selected ? 2.6 : isUp ? 2.2 : 1.2) * ratio
    pen.beginPath()
    let x = 0
    let y = 0
    let isDrawing = false
    for (let index = 0; index < count; index += 1) {
      const value = curve.value[index]!
      if (!Number.isFinite(value)) continue
      x = plot.valToPos(curve.step[index]!, 'x', true)
      y = plot.valToPos(withinScale(value, scale), 'y', true)
      if (isDrawing) pen.lineTo(x, y)
      else pen.moveTo(x, y)
      isDrawing = true
    }
    pen.stroke()
    endSign(pen, phase, x, y, (isUp ? 4 : isCrowded ? 2 : 3) * ratio, ratio)
  }
}

/** How a trial ended: a square where it was stopped, a cross where it failed, a disc at its own end; nothing yet if it runs. */
function endSign(
  pen: CanvasRenderingContext2D,
  phase: Trial['phase'],
  x: number,
  y: number,
  size: number,
  ratio: number,
): void {
  switch (phase) {
    case 'aborted':
    case 'aborting':
      pen.fillRect(x - size, y - size, 2 * size, 2 * size)
      break
    case 'failed':
    case 'timedOut':
      pen.lineWidth = 1.8 * ratio
      pen.beginPath()
      pen.moveTo(x - size, y - size)
      pen.lineTo(x + size, y + size)
      pen.moveTo(x + size, y - size)
      pen.lineTo(x - size, y + size)
      pen.stroke()
      break
    case 'succeeded':
    case 'running':
      pen.beginPath()
      pen.arc(x, y, phase === 'running' ? size * 0.7 : size, 0, 2 * Math.PI)
      pen.fill()
      break
    case 'queued':
      break
  }
}

/** The trial whose curve has a point nearest to the cursor. */
function nearest(plot: uPlot, { trials, scale }: Scene): string | undefined {
  const { left, top } = plot.cursor
  if (left === undefined || top === undefined || left < 0) return undefined
  let found: string | undefined
  let least = NEAR_PIXELS ** 2
  const at = plot.posToVal(left, 'x')
  for (const { id, curve } of trials) {
    const index = nearestIndex(curve.step, at)
    for (let near = Math.max(0, index - 1); near <= Math.min(curve.step.length - 1, index + 1); near += 1) {
      const x = plot.valToPos(curve.step[near]!, 'x') - left
      const y = plot.valToPos(withinScale(curve.value[near]!, scale), 'y') - top
      const distance = x * x + y * y
      if (distance < least) {
        least = distance
        found = id
      }
    }
  }
  return found
}

function withinScale(value: number, { low, high }: Scale): number {
  return Math.min(high, Math.max(low, value))
}

function nearestIndex(steps: readonly number[], at: number): number {
  return lowerBound(steps.length - 1, (index) => steps[index]! < at)
}
