// How a trial stands, in the words and colours of the report of a sweep, with the shape of its action's phase.

import type { JSX } from 'preact'
import type { Trial } from '../model/sweep-model.js'
import { PhaseGlyph } from './glyphs.js'

/** The state, with its shape. */
export function TrialBadge({ trial: { phase, state } }: { trial: Trial }): JSX.Element {
  return (
    <span class={`phase trial-${state}`}>
      <PhaseGlyph phase={phase} />
      {state}
    </span>
  )
}
