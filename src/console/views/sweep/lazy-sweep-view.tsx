// The view of a search, whose code is loaded when it is first looked at.

import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import type { SweepProps, SweepView } from './sweep-view.js'

/** The view. */
export function LazySweepView(props: SweepProps): JSX.Element {
  const loaded = useSignal<{ readonly View: typeof SweepView } | undefined>(undefined)
  const failure = useSignal<string | undefined>(undefined)
  useEffect(() => {
    import('./sweep-view.js').then(
      ({ SweepView: View }) => (loaded.value = { View }),
      (error: unknown) => (failure.value = error instanceof Error ? error.message : String(error)),
    )
  }, [])
  if (loaded.value !== undefined) return <loaded.value.View {...props} />
  return (
    <div class="blank" aria-busy={failure.value === undefined}>
      <p role="status">{failure.value ?? 'Loading …'}</p>
    </div>
  )
}
