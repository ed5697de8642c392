// The button that opens the dialog by which a run is started; its code, and what the process offers, are loaded when it is pressed.

import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useRef } from 'preact/hooks'
import type { Json } from '../../../control/api.js'
import type { ControlClient } from '../../../control/client/control-client.js'
import type { StartDialog, StartProps } from './start-dialog.js'

/** A run that is to be run again. */
export interface EarlierRun {
  readonly definition: string
  /** Its input, if that is known whole. */
  readonly input: () => Promise<{ readonly input: Json | undefined; readonly missing: boolean }>
}

type Opened = Pick<StartProps, 'definitions' | 'again'> & { readonly Dialog: typeof StartDialog }

/** The button. `earlier`: runs that again. */
export function StartButton({
  client,
  earlier,
}: {
  client: ControlClient
  earlier?: EarlierRun
}): JSX.Element {
  const button = useRef<HTMLButtonElement>(null)
  const opened = useSignal<Opened | undefined>(undefined)
  const failure = useSignal<string | undefined>(undefined)
  const open = async (): Promise<void> => {
    failure.value = undefined
    try {
      const [{ StartDialog: Dialog }, definitions, again] = await Promise.all([
        import('./start-dialog.js'),
        client.definitions(),
        earlier?.input(),
      ])
      opened.value = {
        Dialog,
        definitions,
        ...(earlier !== undefined && again && { again: { definition: earlier.definition, ...again } }),
      }
    } catch (error) {
      failure.value = error instanceof Error ? error.message : String(error)
    }
  }
  return (
    <>
      <button ref={button} type="button" class="start-button" onClick={() => void open()}>
        {earlier === undefined ? 'New run …' : 'Run again …'}
      </button>
      {failure.value !== undefined && (
        <span class="bad" role="alert">
          {failure.value}
        </span>
      )}
      {opened.value !== undefined && (
        <opened.value.Dialog
          client={client}
          definitions={opened.value.definitions}
          {...(opened.value.again && { again: opened.value.again })}
          onClose={() => {
            opened.value = undefined
            button.current?.focus()
          }}
        />
      )}
    </>
  )
}
