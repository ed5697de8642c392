// The wheel over a stretch of time: with ctrl it zooms around the pointer; sideways, it pans, where that is wanted.

import { useEffect } from 'preact/hooks'
import type { RunView } from '../../model/runs/run-view.js'
import { momentAt } from '../../model/timeline/time-window.js'

/** What is listened to, and where time is drawn. */
export interface WheelZoomOptions {
  readonly view: RunView
  readonly area: { readonly current: HTMLElement | null }
  readonly track: { readonly current: HTMLElement | null }
  /** Whether the wheel pans, too. */
  readonly pans: boolean
}

/** Has the wheel zoom. Not by a passive listener, which couldn't keep the page from doing so itself. */
export function useWheelZoom({ view, area, track, pans }: WheelZoomOptions): void {
  useEffect(() => {
    const listener = area.current
    const drawn = track.current
    if (listener === null || drawn === null) return
    const onWheel = (event: WheelEvent): void => {
      const zooms = event.ctrlKey || event.metaKey
      const sideways = event.shiftKey ? event.deltaY : event.deltaX
      const isSideways = Math.abs(sideways) > (event.shiftKey ? 0 : Math.abs(event.deltaY))
      if (!zooms && !(pans && isSideways)) return
      event.preventDefault()
      const window = view.window(view.whole())
      const { left, width } = drawn.getBoundingClientRect()
      if (zooms) {
        const factor = Math.exp(Math.max(-80, Math.min(80, event.deltaY)) * 0.006)
        view.zoomBy(factor, momentAt(window, width, event.clientX - left))
      } else view.panBy(window, (sideways / width) * (window.to - window.from))
    }
    listener.addEventListener('wheel', onWheel, { passive: false })
    return () => listener.removeEventListener('wheel', onWheel)
  }, [view])
}
