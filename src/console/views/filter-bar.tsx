// The filter, as one sets it: a chip for each phase, with its count, and a field for words.

import type { JSX } from 'preact'
import { useRef } from 'preact/hooks'
import type { ActionFilter } from '../model/runs/filter.js'
import { PHASE_LABEL, SHOWN_PHASES } from '../model/words/phases.js'
import { showCount } from '../model/words/show-number.js'
import { PhaseGlyph } from './glyphs.js'
import { useRovingFocus } from './roving-focus.js'
import { useSlashKey } from './use-slash-key.js'

/** Chips and a search field. */
export function FilterBar(props: {
  readonly filter: ActionFilter
  readonly counts: ArrayLike<number>
  readonly what: string
  readonly placeholder: string
  readonly onChange: (filter: ActionFilter) => void
}): JSX.Element {
  const { filter, counts, onChange } = props
  const field = useRef<HTMLInputElement>(null)
  const focus = useRovingFocus()
  useSlashKey(field)
  const toggle = (code: number): void => {
    const phases = new Set(filter.phases)
    if (phases.has(code)) phases.delete(code)
    else phases.add(code)
    onChange({ ...filter, phases })
  }
  return (
    <div class="filter-bar">
      <div
        class="chips"
        role="group"
        aria-label={`Show only ${props.what} that are`}
        onKeyDown={focus.onKeyDown}
      >
        {SHOWN_PHASES.map((phase, code) =>
          phase === 'pruned' && (counts[code] ?? 0) === 0 && !filter.phases.has(code) ? null : (
            <button
              key={phase}
              type="button"
              class={`chip${counts[code] === 0 ? ' zero' : ''}`}
              title={PHASE_LABEL[phase]}
              aria-pressed={filter.phases.has(code)}
              onClick={() => toggle(code)}
              {...focus.button(code)}
            >
              <PhaseGlyph phase={phase} />
              <span class="chip-name">{PHASE_LABEL[phase]}</span>
              <span class="count">{showCount(counts[code] ?? 0)}</span>
            </button>
          ),
        )}
      </div>
      <input
        ref={field}
        type="search"
        class="filter-text"
        placeholder={`${props.placeholder}  ( / )`}
        aria-label={`Search ${props.what}`}
        spellcheck={false}
        autocomplete="off"
        value={filter.text}
        onInput={(event) => onChange({ ...filter, text: event.currentTarget.value })}
        onKeyDown={(event) => {
          if (event.key === 'Escape' && filter.text !== '') {
            event.preventDefault()
            onChange({ ...filter, text: '' })
          }
        }}
      />
    </div>
  )
}
