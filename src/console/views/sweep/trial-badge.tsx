// How a trial stands, in the words and colours of the report of a sweep, with the shape of its action's phase.

import type { JSX } from 'preact'
import type { Trial } from '../../model/sweep/sweep-model.js'
import { PHASE_LABEL } from '../../model/words/phases.js'
import { PhaseGlyph } from '../glyphs.js'

/** The state, with its shape. The sweep says how it stands only when it has ended: until then, it is being stopped. */
export function TrialBadge({ trial: { phase, state } }: { trial: Trial }): JSX.Element {
  return (
    <span class={`phase trial-${state}`}>
      <PhaseGlyph phase={phase} />
      {phase === 'aborting' ? PHASE_LABEL.aborting : state}
    </span>
  )
}
