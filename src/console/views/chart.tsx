// A chart by uPlot in the colours of the page: made anew when what it shows is of another kind or the theme changes, and
// only given new data otherwise.

import type { JSX } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { label as tickLabel, ticks, type Scale } from '../../sweep/page/scales.js'
import { palette, type Palette } from './palette.js'
import { useSize } from './use-size.js'

/** What a chart is made of. */
export interface ChartProps {
  readonly data: uPlot.AlignedData
  readonly height: number
  /** Its options for these colours; whatever depends on the data is read when it draws. */
  readonly options: (palette: Palette) => Omit<uPlot.Options, 'width' | 'height'>
  /** Another value makes the chart anew. */
  readonly shape: string
  /** What it shows, in words. */
  readonly label: string
}

/** A chart. */
export function Chart({ data, height, options, shape, label }: ChartProps): JSX.Element {
  const [ref, size] = useSize<HTMLDivElement>()
  const plot = useRef<uPlot | undefined>(undefined)
  const latest = useRef(data)
  latest.current = data
  const colours = palette.value
  const { width } = size.value
  const isReady = width > 0
  useLayoutEffect(() => {
    const target = ref.current
    if (target === null || !isReady) return
    plot.current = new uPlot(
      { ...options(colours), width: size.peek().width, height },
      latest.current,
      target,
    )
    return () => {
      plot.current?.destroy()
      plot.current = undefined
    }
  }, [shape, colours, isReady, height])
  useLayoutEffect(() => {
    if (isReady) plot.current?.setSize({ width, height })
  }, [width])
  useLayoutEffect(() => {
    plot.current?.setData(data)
  }, [data])
  return <div ref={ref} class="chart" role="img" aria-label={label} style={{ height: `${height}px` }} />
}

/** A scale of values, read at the moment of drawing, and its axis: with the ends and marks of the static report. */
export function valueScaleIn(
  colours: Palette,
  isLog: boolean,
  scale: () => Scale,
): { readonly scale: uPlot.Scale; readonly axis: uPlot.Axis } {
  return {
    scale: {
      distr: isLog ? 3 : 1,
      range: () => {
        const { low, high } = scale()
        return [low, high]
      },
    },
    axis: axisIn(colours, {
      size: 52,
      splits: () => ticks(scale(), 5),
      filter: (_, splits) => splits,
      values: (_, splits) => splits.map(tickLabel),
    }),
  }
}

/** An axis in the colours of the page. */
export function axisIn(colours: Palette, more: uPlot.Axis = {}): uPlot.Axis {
  return {
    stroke: colours.textMuted,
    font: colours.font,
    grid: { stroke: colours.line, width: 1 },
    ticks: { stroke: colours.line, width: 1, size: 4 },
    gap: 4,
    ...more,
  }
}
