// The page: which of its parts is shown, once it is known who looks.

import type { JSX } from 'preact'
import { useSignal } from '@preact/signals'
import { useEffect, useMemo, useRef } from 'preact/hooks'
import type { ControlClient } from '../control/client/control-client.js'
import { NO_FILTER } from './model/runs/filter.js'
import { ProcessStore } from './model/process/process-store.js'
import { linkTo, route } from './router.js'
import { ask, session, unlock } from './session.js'
import { RunPage } from './views/run-page.js'
import { RunsPage } from './views/runs/runs-page.js'
import { TopBar } from './views/top-bar.js'

/** The whole page. */
export function App({ client }: { client: ControlClient }): JSX.Element {
  const now = session.value
  switch (now.kind) {
    case 'asking':
      return (
        <main class="blank" aria-busy="true">
          <p role="status">Connecting …</p>
        </main>
      )
    case 'locked':
      return <Locked client={client} wasWrong={now.wasWrong} />
    case 'unreachable':
      return (
        <>
          <TopBar link={undefined} />
          <main class="blank">
            <h1>The program doesn’t answer</h1>
            <p>{now.why}</p>
            <p>
              <button type="button" onClick={() => void ask(client, false)}>
                Try again
              </button>
            </p>
          </main>
        </>
      )
    case 'open':
      return <Page client={client} />
  }
}

function Page({ client }: { client: ControlClient }): JSX.Element {
  const now = route.value
  // As long as the page is open: what the process has been like is known when somebody comes back to the list.
  const process = useMemo(() => new ProcessStore(client), [client])
  useEffect(() => {
    process.start()
    return () => process.stop()
  }, [process])
  switch (now.page) {
    case 'runs':
      return <RunsPage client={client} process={process} route={now} />
    case 'run':
      return <RunPage key={now.run} client={client} route={now} />
    case 'unknown':
      return (
        <>
          <TopBar link={undefined} />
          <main class="blank">
            <h1>There is nothing at this address</h1>
            <p class="mono">{now.path}</p>
            <p>
              <a {...linkTo({ page: 'runs', filter: NO_FILTER })}>All runs</a>
            </p>
          </main>
        </>
      )
  }
}

/** What opens this very page, by a terminal of whoever runs the program. */
function openCommand(): string {
  const now = route.value
  const run = now.page === 'run' ? now.run : ''
  const word = /^[\w@%+=:,./-]*$/.test(run) ? run : `'${run.replaceAll("'", `'\\''`)}'`
  return `npx heddle open ${word}`.trimEnd()
}

/** Asks for the token, where the address had none. */
function Locked({ client, wasWrong }: { client: ControlClient; wasWrong: boolean }): JSX.Element {
  const token = useSignal('')
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => field.current?.focus(), [])
  return (
    <>
      <TopBar link={undefined} />
      <main class="blank">
        <h1>{wasWrong ? 'That token isn’t right' : 'This page needs a token'}</h1>
        <p>
          {wasWrong
            ? 'Each start of a program has a token of its own, unless it was given one.'
            : 'Who may stop runs has its token: the link that this command opens holds it. Or put it in here.'}
        </p>
        <p>
          <code class="command">{openCommand()}</code>
        </p>
        <form
          class="unlock"
          onSubmit={(event) => {
            event.preventDefault()
            if (token.value.trim() !== '') void unlock(client, token.value.trim())
          }}
        >
          <input
            type="text"
            aria-label="Token"
            autocomplete="off"
            spellcheck={false}
            ref={field}
            value={token.value}
            onInput={(event) => (token.value = event.currentTarget.value)}
          />
          <button type="submit" class="primary">
            Open
          </button>
        </form>
      </main>
    </>
  )
}
