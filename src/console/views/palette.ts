// The colours of the style sheet, for what is drawn on a canvas; read again when the theme changes.

import { SHOWN_PHASES } from '../model/words/phases.js'
import type { ColourName } from '../../sweep/page/colours.js'
import type { TrialState } from '../../sweep/results/progress.js'
import { phaseCode } from '../model/words/phases.js'
import { signal, type ReadonlySignal } from '@preact/signals'

/** What a canvas draws with. */
export interface Palette {
  /** By the number of the phase. */
  readonly phases: readonly string[]
  readonly text: string
  readonly textMuted: string
  readonly textFaint: string
  readonly line: string
  readonly lineStrong: string
  readonly surface: string
  readonly accent: string
  /** Of the best trial. */
  readonly best: string
  /** Of trials that were stopped early. */
  readonly cut: string
  /** Of trials by their rank, from the worst to the best. */
  readonly ranks: readonly string[]
  readonly font: string
}

/** Light, dark, or what the system says. */
export type Theme = 'auto' | 'light' | 'dark'

/** So many steps from the worst to the best. */
const RANKS = 20
const STORED_THEME = 'heddle.theme'
const FORCED = '(forced-colors: active)'
/** What takes the place of the page's own colours where the reader's system forces its own. */
const SYSTEM_COLOURS: Readonly<Partial<Record<ColourName, string>>> = {
  text: 'CanvasText',
  'text-muted': 'CanvasText',
  'text-faint': 'CanvasText',
  line: 'GrayText',
  'line-strong': 'CanvasText',
  surface: 'Canvas',
  accent: 'Highlight',
}
const currentTheme = signal<Theme>(readTheme())
const currentPalette = signal<Palette>(readPalette())

/** The theme that was chosen. */
export const theme: ReadonlySignal<Theme> = currentTheme

/** The colours as they are now. */
export const palette: ReadonlySignal<Palette> = currentPalette

/** Chooses a theme, here and for later visits. */
export function chooseTheme(next: Theme): void {
  currentTheme.value = next
  try {
    localStorage.setItem(STORED_THEME, next)
  } catch {
    // A browser that keeps nothing: the choice holds for this page.
  }
  applyTheme()
}

/** Follows the theme and the system's. */
export function startPalette(): void {
  applyTheme()
  for (const query of ['(prefers-color-scheme: dark)', FORCED]) {
    matchMedia(query).addEventListener('change', () => {
      currentPalette.value = readPalette()
    })
  }
}

function applyTheme(): void {
  const { dataset } = document.documentElement
  if (currentTheme.value === 'auto') delete dataset['theme']
  else dataset['theme'] = currentTheme.value
  currentPalette.value = readPalette()
}

function readTheme(): Theme {
  try {
    const stored = localStorage.getItem(STORED_THEME)
    return stored === 'light' || stored === 'dark' ? stored : 'auto'
  } catch {
    return 'auto'
  }
}

/** What the colour of a trial says. */
export type ColourBy = 'rank' | 'state'

/** What a trial is drawn in. */
export function trialColour(
  { ranks, best, cut, phases }: Palette,
  { state, rank }: { readonly state: TrialState; readonly rank: number },
  by: ColourBy,
  isBest: boolean,
): string {
  if (by === 'rank') return ranks[Math.round(rank * RANKS)]!
  if (isBest) return best
  switch (state) {
    case 'completed':
      return phases[phaseCode('succeeded')]!
    case 'running':
      return phases[phaseCode('running')]!
    case 'failed':
      return phases[phaseCode('failed')]!
    default:
      return cut
  }
}

/** A custom property with `light-dark()` is resolved only as the colour of an element. */
function readPalette(): Palette {
  const probe = document.createElement('span')
  document.documentElement.append(probe)
  const style = getComputedStyle(probe)
  const isForced = matchMedia(FORCED).matches
  // Else the system's colour for text would take the place of each.
  probe.style.setProperty('forced-color-adjust', 'none')
  const colour = (name: ColourName): string => {
    probe.style.color = (isForced ? SYSTEM_COLOURS[name] : undefined) ?? `var(--${name})`
    return style.color
  }
  const result: Palette = {
    phases: SHOWN_PHASES.map((phase) => colour(phase === 'pruned' ? 'cut' : `phase-${phase}`)),
    text: colour('text'),
    textMuted: colour('text-muted'),
    textFaint: colour('text-faint'),
    line: colour('line'),
    lineStrong: colour('line-strong'),
    surface: colour('surface'),
    accent: colour('accent'),
    best: colour('best'),
    cut: colour('cut'),
    ranks: Array.from({ length: RANKS + 1 }, (_, at) => {
      probe.style.color = `color-mix(in oklab, var(--best) ${(at / RANKS) ** 2 * 100}%, var(--cut))`
      return style.color
    }),
    font: `${style.getPropertyValue('--type-tiny')} ${style.getPropertyValue('--font')}`,
  }
  probe.remove()
  return result
}
