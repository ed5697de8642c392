// How a run stands, in the browser's tab: in its title, and by a dot on its icon.

import { useEffect } from 'preact/hooks'
import { FIRST_TERMINAL, PHASE_LABEL, phaseCode, type ShownPhase } from '../model/words/phases.js'
import type { LinkState } from '../model/runs/run-store.js'
import { isolated } from '../model/words/show-name.js'
import { LINK_LABEL } from './link-notice.js'

const ICONS: Readonly<Record<'none' | 'live' | 'good' | 'bad', string>> = {
  none: new URL('../icon.svg', import.meta.url).href,
  live: new URL('../icon-live.svg', import.meta.url).href,
  good: new URL('../icon-good.svg', import.meta.url).href,
  bad: new URL('../icon-bad.svg', import.meta.url).href,
}

/**
 * Shows what the page is about in its tab; without a phase, it is of no run, or of one that isn't known yet. Of what lives where
 * nothing answers, it isn't known any more how it stands.
 */
export function useTabState(what: string, phase: ShownPhase | undefined, link: LinkState): void {
  const isLost = link.kind === 'lost' || link.kind === 'ended' || link.kind === 'stalled'
  const isLive = phase === undefined || phaseCode(phase) < FIRST_TERMINAL
  const state = isLost && isLive ? LINK_LABEL[link.kind].toLowerCase() : phase && PHASE_LABEL[phase]
  const icon = ICONS[isLost && isLive ? 'none' : iconOf(phase)]
  useEffect(() => {
    const name = isolated(what)
    document.title = state === undefined ? `${name} · Heddle` : `${name}: ${state} · Heddle`
    const element = document.querySelector<HTMLLinkElement>('link[rel=icon]')
    if (element !== null) element.href = icon
  }, [what, state, icon])
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
