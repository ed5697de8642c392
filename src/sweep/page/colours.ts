// The colours of the static report and of the console, each for light and for dark. Those of outcomes keep apart for people who
// don't tell red from green (a blue, a blue-green, a vermilion, a purple and an ochre, of different lightness: a test measures
// how far apart).

import type { Phase } from '../../protocol/outcome.js'

/** The name of a colour: a custom property of both style sheets. */
export type ColourName =
  | 'text'
  | 'text-muted'
  | 'text-faint'
  | 'ground'
  | 'surface'
  | 'surface-raised'
  | 'surface-sunken'
  | 'line'
  | 'line-strong'
  | 'hover'
  | 'selected'
  | 'accent'
  | 'accent-ink'
  | 'danger'
  | 'danger-fill'
  | 'danger-ink'
  | 'warn-ground'
  | 'warn-text'
  | 'focus'
  | 'shade'
  | `phase-${Phase}`
  | 'best'
  | 'cut'

const COLOURS: Readonly<Record<ColourName, readonly [light: string, dark: string]>> = {
  text: ['#1b2029', '#e4e7ec'],
  'text-muted': ['#596273', '#9ca5b4'],
  'text-faint': ['#6b7484', '#8a93a3'],
  ground: ['#f6f7f9', '#0f1216'],
  surface: ['#ffffff', '#161a20'],
  'surface-raised': ['#ffffff', '#1c2128'],
  'surface-sunken': ['#f0f2f5', '#12161b'],
  line: ['#e1e5ea', '#272d36'],
  'line-strong': ['#c3cad4', '#3b434f'],
  hover: ['#f1f4f8', '#1d232b'],
  selected: ['#e6effd', '#1a2b47'],
  accent: ['#1d5fd1', '#6ea8ff'],
  'accent-ink': ['#ffffff', '#0b1320'],
  danger: ['#b3261e', '#ff8a7a'],
  'danger-fill': ['#b3261e', '#c2372c'],
  'danger-ink': ['#ffffff', '#ffffff'],
  'warn-ground': ['#fff4d6', '#372a0a'],
  'warn-text': ['#6b4a00', '#f6d27a'],
  focus: ['#1d5fd1', '#8cbaff'],
  shade: ['rgb(20 26 38 / 0.34)', 'rgb(0 0 0 / 0.6)'],

  'phase-queued': ['#7d8796', '#8d97a6'],
  'phase-running': ['#0061be', '#2f8df7'],
  'phase-aborting': ['#c77700', '#f5b13d'],
  'phase-succeeded': ['#08745d', '#2ec09d'],
  'phase-failed': ['#bd2e00', '#f0641c'],
  'phase-aborted': ['#52278a', '#a8549f'],
  'phase-timedOut': ['#b0850c', '#f1d56a'],

  // Of trials: the best one, and those that were stopped early.
  best: ['#b86200', '#f5b13d'],
  cut: ['#8d97a6', '#6d7787'],
}

/** The declarations of all of them, for either of both, or with `light-dark()` for both at once. */
export function declareColours(of: 'light' | 'dark' | 'both'): string {
  const valueOf = ([light, dark]: readonly [string, string]): string =>
    of === 'both' ? `light-dark(${light}, ${dark})` : of === 'light' ? light : dark
  return Object.entries(COLOURS)
    .map(([name, colour]) => `--${name}: ${valueOf(colour)};`)
    .join('\n  ')
}
