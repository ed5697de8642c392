// The dialog that starts a run: which of the definitions that the process offers, its input as a form made from its schema or as
// JSON, and its name. What the process says is wrong with the input stands at its field.

import { useSignal, type Signal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import type { DefinitionInfo, InputIssue, Json, RunStartRequest } from '../../../control/api.js'
import type { ControlClient } from '../../../control/client/control-client.js'
import { ControlError } from '../../../control/client/control-error.js'
import {
  draftOf,
  fieldsOf,
  inputOf,
  keyOf,
  parseJson,
  placeIssues,
  type Draft,
  type InputField,
} from '../../model/runs/input-form.js'
import { runRoute } from '../../model/route.js'
import { go } from '../../router.js'
import { TextField } from '../aborts/abort-form.js'
import { Icon } from '../glyphs.js'

/** What the dialog begins with. */
export interface StartProps {
  readonly client: ControlClient
  readonly definitions: readonly DefinitionInfo[]
  /** Of the run that is run again; `missing`: its input isn't known whole. */
  readonly again?: {
    readonly definition: string
    readonly input: Json | undefined
    readonly missing: boolean
  }
  readonly onClose: () => void
}

/** The dialog. */
export function StartDialog({ client, definitions, again, onClose }: StartProps): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null)
  const chosen = useSignal(again?.definition ?? definitions[0]?.definition ?? '')
  const info = definitions.find(({ definition }) => definition === chosen.value)
  const given = again?.definition === chosen.value ? again : undefined
  const name = useSignal('')
  const { send, isSending, failure, issues } = useStart(client, () => dialog.current?.close())
  const fields = fieldsOf(info?.input)
  const begun = fields && draftOf(fields, given?.input)
  const draft = useSignal<Draft>(begun ?? {})
  const json = useSignal(given?.input === undefined ? '' : JSON.stringify(given.input, undefined, 2))
  const isForm = useSignal(begun !== undefined)
  useLayoutEffect(() => {
    dialog.current?.showModal()
    dialog.current?.querySelector<HTMLElement>('select, textarea, .dialog-body input')?.focus()
  }, [])

  useEffect(() => {
    dialog.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus()
  }, [issues.value])

  const choose = (definition: string): void => {
    chosen.value = definition
    const next = fieldsOf(definitions.find((one) => one.definition === definition)?.input)
    draft.value = {}
    json.value = ''
    isForm.value = next !== undefined
    issues.value = []
    failure.value = undefined
  }

  const submit = (): void => {
    const read = isForm.peek() && fields ? inputOf(fields, draft.peek()) : inputOfText(json.peek())
    if ('issues' in read) {
      failure.value = undefined
      issues.value = read.issues
      return
    }
    const runName = name.peek().trim()
    void send({
      definition: chosen.peek(),
      ...('input' in read && { input: read.input }),
      ...(runName !== '' && { name: runName }),
    })
  }
  const placed = placeIssues(isForm.value ? (fields ?? []) : [], issues.value)
  return (
    <dialog
      ref={dialog}
      class="start-dialog"
      aria-labelledby="start-title"
      onClose={onClose}
      onCancel={(event) => {
        if (isSending.peek()) event.preventDefault()
      }}
    >
      <header class="dialog-head">
        <h2 id="start-title">{again === undefined ? 'New run' : `Run ${again.definition} again`}</h2>
        <button
          type="button"
          class="plain icon-only"
          aria-label="Close"
          disabled={isSending.value}
          onClick={() => dialog.current?.close()}
        >
          <Icon name="close" />
        </button>
      </header>
      <form
        class="dialog-body"
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          if (!isSending.peek()) submit()
        }}
      >
        {again === undefined && (
          <label class="field">
            <span>What</span>
            <select value={chosen.value} onChange={(event) => choose(event.currentTarget.value)}>
              {definitions.map(({ definition }) => (
                <option key={definition} value={definition}>
                  {definition}
                </option>
              ))}
            </select>
          </label>
        )}
        {given?.missing === true && (
          <p class="muted" role="note">
            The input of that run isn’t kept whole: write it anew.
          </p>
        )}
        {isForm.value && fields !== undefined ? (
          <InputFields fields={fields} draft={draft} wrong={placed.at} />
        ) : (
          <JsonField json={json} wrong={placed.others} isChecked={info?.isChecked === true} />
        )}
        {fields !== undefined && (
          <FormChoice fields={fields} isForm={isForm} draft={draft} json={json} issues={issues} />
        )}
        <TextField
          label="Name of the run"
          name="run-name"
          most={200}
          placeholder="made from its action’s"
          value={name}
        />
        {isForm.value &&
          placed.others.map((words) => (
            <p key={words} class="bad" role="alert">
              {words}
            </p>
          ))}
        {failure.value !== undefined && (
          <p class="bad" role="alert">
            {failure.value}
          </p>
        )}
        <footer class="dialog-foot">
          <button type="button" disabled={isSending.value} onClick={() => dialog.current?.close()}>
            Cancel
          </button>
          <button type="submit" class="primary" disabled={isSending.value}>
            {isSending.value ? 'Starting …' : 'Start'}
          </button>
        </footer>
      </form>
    </dialog>
  )
}

/** Sends the request, and goes to the run; and what the process says is wrong with it. */
function useStart(
  client: ControlClient,
  onStarted: () => void,
): {
  readonly send: (request: RunStartRequest) => Promise<void>
  readonly isSending: Signal<boolean>
  readonly failure: Signal<string | undefined>
  readonly issues: Signal<readonly InputIssue[]>
} {
  const isSending = useSignal(false)
  const failure = useSignal<string | undefined>(undefined)
  const issues = useSignal<readonly InputIssue[]>([])
  const sent = useRef<{ readonly body: string; readonly key: string } | undefined>(undefined)
  const send = async (request: RunStartRequest): Promise<void> => {
    failure.value = undefined
    issues.value = []
    const body = JSON.stringify(request)
    // The same request sent again, after an answer that was lost say, starts nothing new.
    if (sent.current?.body !== body) sent.current = { body, key: randomKey() }
    isSending.value = true
    try {
      const { run } = await client.start(request, { idempotencyKey: sent.current.key })
      onStarted()
      go(runRoute(run))
    } catch (error) {
      isSending.value = false
      issues.value = error instanceof ControlError ? error.issues : []
      if (issues.value.length > 0) return
      const words = error instanceof Error ? error.message : String(error)
      const isAnswered = error instanceof ControlError && error.status !== undefined
      failure.value = isAnswered
        ? `Nothing was started: ${words}`
        : `It isn’t known whether it was started: ${words} Sent again as it is, it starts no second run.`
    }
  }
  return { send, isSending, failure, issues }
}

/** A field for each property. */
function InputFields(props: {
  readonly fields: readonly InputField[]
  readonly draft: Signal<Draft>
  readonly wrong: ReadonlyMap<string, string>
}): JSX.Element {
  const { fields, draft, wrong } = props
  return (
    <fieldset class="input-fields">
      <legend>Input</legend>
      {fields.map((field) => {
        const key = keyOf(field.path)
        const problem = wrong.get(key)
        const id = `input-${key}`
        const shared = {
          id,
          'aria-required': field.required,
          'aria-invalid': problem !== undefined,
          'aria-describedby': `${id}-about`,
        }
        const take = (value: string): void => void (draft.value = { ...draft.peek(), [key]: value })
        return (
          <div key={key} class="field">
            <label for={id}>
              {key}
              {field.required && <span class="muted"> (required)</span>}
            </label>
            {field.kind === 'choice' ? (
              <select
                {...shared}
                value={draft.value[key] ?? ''}
                onChange={(event) => take(event.currentTarget.value)}
              >
                <option value="">{field.otherwise === '' ? '–' : `– (${field.otherwise})`}</option>
                {field.choices.map((choice) => (
                  <option key={choice} value={choice}>
                    {choice.replaceAll(/^"|"$/g, '')}
                  </option>
                ))}
              </select>
            ) : (
              <input
                {...shared}
                type="text"
                autocomplete="off"
                spellcheck={false}
                inputMode={field.kind === 'number' ? 'decimal' : 'text'}
                placeholder={field.otherwise !== '' ? field.otherwise : field.kind === 'json' ? 'JSON' : ''}
                value={draft.value[key] ?? ''}
                onInput={(event) => take(event.currentTarget.value)}
              />
            )}
            <p id={`${id}-about`} class={problem === undefined ? 'muted' : 'bad'}>
              {problem ?? field.about}
            </p>
          </div>
        )
      })}
    </fieldset>
  )
}

function JsonField(props: {
  readonly json: Signal<string>
  readonly wrong: readonly string[]
  readonly isChecked: boolean
}): JSX.Element {
  const { json, wrong, isChecked } = props
  return (
    <div class="field">
      <label for="input-json">Input, as JSON</label>
      <textarea
        id="input-json"
        class="mono"
        rows={8}
        spellcheck={false}
        placeholder={isChecked ? '{ … }' : 'empty: no input'}
        aria-invalid={wrong.length > 0}
        aria-describedby="input-json-about"
        value={json.value}
        onInput={(event) => (json.value = event.currentTarget.value)}
      />
      <div id="input-json-about">
        {wrong.map((words) => (
          <p key={words} class="bad">
            {words}
          </p>
        ))}
      </div>
    </div>
  )
}

/** Goes from the fields to JSON and back, with what is written. */
function FormChoice(props: {
  readonly fields: readonly InputField[]
  readonly isForm: Signal<boolean>
  readonly draft: Signal<Draft>
  readonly json: Signal<string>
  readonly issues: Signal<readonly InputIssue[]>
}): JSX.Element {
  const { fields, isForm, draft, json, issues } = props
  const toggle = (): void => {
    if (isForm.peek()) {
      const read = inputOf(fields, draft.peek())
      if ('issues' in read) return void (issues.value = read.issues)
      json.value = JSON.stringify(read.input, undefined, 2)
      issues.value = []
      isForm.value = false
      return
    }
    const input = json.peek().trim() === '' ? undefined : parseJson(json.peek())
    const next = json.peek().trim() !== '' && input === undefined ? undefined : draftOf(fields, input)
    if (next === undefined) {
      issues.value = [{ path: [], message: 'is no JSON that the fields can hold' }]
      return
    }
    draft.value = next
    issues.value = []
    isForm.value = true
  }
  return (
    <button type="button" class="link form-choice" onClick={toggle}>
      {isForm.value ? 'Write it as JSON' : 'Fill in fields'}
    </button>
  )
}

/** Nothing is no input. */
function inputOfText(text: string): { readonly input?: Json } | { readonly issues: readonly InputIssue[] } {
  if (text.trim() === '') return {}
  try {
    return { input: JSON.parse(text) as Json }
  } catch (error) {
    return {
      issues: [
        { path: [], message: `isn’t JSON: ${error instanceof Error ? error.message : String(error)}` },
      ],
    }
  }
}

/** Not `randomUUID`, which a page has on secure addresses only. */
function randomKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('')
}
