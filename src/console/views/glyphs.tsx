// The shapes of the page: one for each phase, so that no colour stands alone, and the few icons of buttons.

import type { JSX } from 'preact'
import { PHASE_LABEL, type ShownPhase } from '../model/words/phases.js'

const PHASE_SHAPES: Readonly<Record<ShownPhase, JSX.Element>> = {
  queued: (
    <circle
      cx="7"
      cy="7"
      r="4.2"
      fill="none"
      stroke="currentColor"
      stroke-width="1.6"
      stroke-dasharray="2.2 2.2"
    />
  ),
  running: <path d="M4 2.6v8.8L11.4 7z" fill="currentColor" />,
  aborting: (
    <>
      <rect
        x="2.3"
        y="2.3"
        width="9.4"
        height="9.4"
        rx="1.5"
        fill="none"
        stroke="currentColor"
        stroke-width="1.5"
      />
      <path d="M3 8.2 8.2 3M4 11.2 11.2 4M8 11.2 11.2 8" stroke="currentColor" stroke-width="1.4" />
    </>
  ),
  succeeded: (
    <path
      d="m2.4 7.4 3 3.1 6.2-7"
      fill="none"
      stroke="currentColor"
      stroke-width="2.1"
      stroke-linecap="round"
      stroke-linejoin="round"
    />
  ),
  failed: <path d="m3 3 8 8m0-8-8 8" stroke="currentColor" stroke-width="2.2" stroke-linecap="round" />,
  aborted: <rect x="2.7" y="2.7" width="8.6" height="8.6" rx="1.6" fill="currentColor" />,
  pruned: (
    <rect x="3" y="3" width="8" height="8" rx="1.6" fill="none" stroke="currentColor" stroke-width="1.8" />
  ),
  timedOut: (
    <>
      <circle cx="7" cy="7" r="5" fill="none" stroke="currentColor" stroke-width="1.7" />
      <path
        d="M7 4v3.2l2.2 1.3"
        fill="none"
        stroke="currentColor"
        stroke-width="1.5"
        stroke-linecap="round"
      />
    </>
  ),
}

/** The shape of a phase. Decoration: what it means stands beside it, or is given as `label`. */
export function PhaseGlyph({ phase, label }: { phase: ShownPhase; label?: string }): JSX.Element {
  return (
    <svg
      class={`glyph tint-${phase}`}
      viewBox="0 0 14 14"
      {...(label === undefined ? { 'aria-hidden': 'true' } : { role: 'img', 'aria-label': label })}
    >
      {PHASE_SHAPES[phase]}
    </svg>
  )
}

/** A phase with its shape and its word. */
export function PhaseBadge({ phase }: { phase: ShownPhase }): JSX.Element {
  return (
    <span class="phase">
      <PhaseGlyph phase={phase} />
      {PHASE_LABEL[phase]}
    </span>
  )
}

const ICONS = {
  caret: (
    <path
      d="m4 5.2 3 3.4 3-3.4"
      fill="none"
      stroke="currentColor"
      stroke-width="1.6"
      stroke-linecap="round"
      stroke-linejoin="round"
    />
  ),
  close: (
    <path
      d="m3.2 3.2 7.6 7.6m0-7.6-7.6 7.6"
      stroke="currentColor"
      stroke-width="1.6"
      stroke-linecap="round"
    />
  ),
  stop: (
    <path
      d="M4.6 1.8h4.8l2.8 2.8v4.8l-2.8 2.8H4.6L1.8 9.4V4.6z"
      fill="none"
      stroke="currentColor"
      stroke-width="1.5"
      stroke-linejoin="round"
    />
  ),
  force: (
    <path
      d="M4.6 1.8h4.8l2.8 2.8v4.8l-2.8 2.8H4.6L1.8 9.4V4.6zM7.6 3.8 5.2 7.4h3.4l-2 3"
      fill="none"
      stroke="currentColor"
      stroke-width="1.3"
      stroke-linejoin="round"
    />
  ),
  follow: (
    <path
      d="M1.5 7h7M6 3.8 9.2 7 6 10.2M12.2 2v10"
      fill="none"
      stroke="currentColor"
      stroke-width="1.5"
      stroke-linecap="round"
      stroke-linejoin="round"
    />
  ),
  fit: (
    <path
      d="M1.8 2v10M12.2 2v10M3.8 7h6.4M5.6 5 3.6 7l2 2M8.4 5l2 2-2 2"
      fill="none"
      stroke="currentColor"
      stroke-width="1.4"
      stroke-linecap="round"
      stroke-linejoin="round"
    />
  ),
  closer: <path d="M7 2.5v9M2.5 7h9" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" />,
  further: <path d="M2.5 7h9" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" />,
  down: (
    <path
      d="M7 1.8v7M4 6l3 3 3-3M2 12.2h10"
      fill="none"
      stroke="currentColor"
      stroke-width="1.5"
      stroke-linecap="round"
      stroke-linejoin="round"
    />
  ),
  light: (
    <>
      <circle cx="7" cy="7" r="2.6" fill="none" stroke="currentColor" stroke-width="1.4" />
      <path
        d="M7 .8v1.7M7 11.5v1.7M.8 7h1.7M11.5 7h1.7M2.6 2.6l1.2 1.2M10.2 10.2l1.2 1.2M11.4 2.6l-1.2 1.2M3.8 10.2l-1.2 1.2"
        stroke="currentColor"
        stroke-width="1.3"
        stroke-linecap="round"
      />
    </>
  ),
  dark: (
    <path
      d="M11.8 8.6A5.2 5.2 0 0 1 5.4 2.2a5.2 5.2 0 1 0 6.4 6.4z"
      fill="none"
      stroke="currentColor"
      stroke-width="1.4"
      stroke-linejoin="round"
    />
  ),
  auto: (
    <>
      <circle cx="7" cy="7" r="5" fill="none" stroke="currentColor" stroke-width="1.4" />
      <path d="M7 2a5 5 0 0 1 0 10z" fill="currentColor" />
    </>
  ),
} as const

/** An icon of a button, which has a name of its own. */
export function Icon({ name }: { name: keyof typeof ICONS }): JSX.Element {
  return (
    <svg class="glyph" viewBox="0 0 14 14" aria-hidden="true">
      {ICONS[name]}
    </svg>
  )
}

/** The mark of the product. */
export function Brand(): JSX.Element {
  return (
    <svg width="20" height="20" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="7" fill="var(--accent)" />
      <g stroke="var(--accent-ink)" stroke-width="2.4" stroke-linecap="round" fill="none">
        <path d="M8 7v18M16 7v6.5m0 5V25M24 7v18M8 16h4.6m6.8 0H24" />
        <circle cx="16" cy="16" r="2.7" />
      </g>
    </svg>
  )
}
