// The size of an element, as it changes, and a canvas that keeps to the pixels of the screen.

import { useSignal, type Signal } from '@preact/signals'
import { useLayoutEffect, useRef } from 'preact/hooks'

/** A size in CSS pixels. */
export interface Size {
  readonly width: number
  readonly height: number
}

/** A ref for an element, and its inner size. */
export function useSize<Target extends HTMLElement>(): [{ current: Target | null }, Signal<Size>] {
  const ref = useRef<Target | null>(null)
  const size = useSignal<Size>({ width: 0, height: 0 })
  useLayoutEffect(() => {
    const element = ref.current
    if (element === null) return
    const measure = (): void => {
      const { clientWidth: width, clientHeight: height } = element
      if (width !== size.peek().width || height !== size.peek().height) size.value = { width, height }
    }
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  return [ref, size]
}

/** Makes a canvas so large, at the resolution of the screen, and gives its pen, in CSS pixels. */
export function penOf(
  canvas: HTMLCanvasElement,
  width: number,
  height: number,
): CanvasRenderingContext2D | null {
  const ratio = devicePixelRatio
  const wide = Math.round(width * ratio)
  const high = Math.round(height * ratio)
  if (canvas.width !== wide || canvas.height !== high) {
    canvas.width = wide
    canvas.height = high
    canvas.style.width = `${width}px`
    canvas.style.height = `${height}px`
  }
  const pen = canvas.getContext('2d')
  pen?.setTransform(ratio, 0, 0, ratio, 0, 0)
  return pen
}

/** How high charts are: they grow with the window, within bounds. */
export function useChartHeight(): number {
  const height = useSignal(chartHeight())
  useLayoutEffect(() => {
    const measure = (): void => {
      height.value = chartHeight()
    }
    addEventListener('resize', measure)
    return () => removeEventListener('resize', measure)
  }, [])
  return height.value
}

function chartHeight(): number {
  return Math.round(Math.min(440, Math.max(240, innerWidth * 0.16)))
}
