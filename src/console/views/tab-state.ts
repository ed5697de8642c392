// How a run stands, in the browser's tab: in its title, and by a dot on its icon.

import { useEffect } from 'preact/hooks'
import { PHASE_LABEL, type ShownPhase } from '../model/phases.js'
import { isolated } from '../model/show-name.js'

const ICONS: Readonly<Record<'none' | 'live' | 'good' | 'bad', string>> = {
  none: new URL('../icon.svg', import.meta.url).href,
  live: new URL('../icon-live.svg', import.meta.url).href,
  good: new URL('../icon-good.svg', import.meta.url).href,
  bad: new URL('../icon-bad.svg', import.meta.url).href,
}

/** Shows what the page is about in its tab; without a phase, it is of no run, or of one that isn't known yet. */
export function useTabState(what: string, phase: ShownPhase | undefined): void {
  useEffect(() => {
    const name = isolated(what)
    document.title = phase === undefined ? `${name} · Heddle` : `${name}: ${PHASE_LABEL[phase]} · Heddle`
    const icon = document.querySelector<HTMLLinkElement>('link[rel=icon]')
    if (icon !== null) icon.href = ICONS[iconOf(phase)]
  }, [what, phase])
}

function iconOf(phase: ShownPhase | undefined): keyof typeof ICONS {
  switch (phase) {
    case undefined:
      return 'none'
    case 'queued':
    case 'running':
    case 'aborting':
      return 'live'
    case 'succeeded':
      return 'good'
    default:
      return 'bad'
  }
}
