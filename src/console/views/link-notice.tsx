// The notice of the connection to the server: a small sign in the corner while all is well, and a line across the page that
// says since when it is not, so that nobody takes an old state for a new one.

import type { JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import { useSignal } from '@preact/signals'
import type { LinkState } from '../model/runs/run-store.js'
import { lock, session } from '../session.js'
import { showClock } from '../model/words/show-duration.js'

/** After so long without anything that answers, the process is said to have ended. */
const GONE_AFTER_SECONDS = 10

/** What the connection is called. */
export const LINK_LABEL: Readonly<Record<LinkState['kind'], string>> = {
  loading: 'Connecting …',
  live: 'Live',
  stalled: 'No answer',
  lost: 'Connection lost',
  ended: 'Server closed',
  missing: 'Not found',
  refused: 'Refused',
}

/** The sign in the corner. */
export function LinkSign({ link }: { link: LinkState }): JSX.Element {
  return (
    <span
      class="link-state"
      data-state={link.kind === 'live' ? 'live' : link.kind === 'loading' ? 'connecting' : 'lost'}
    >
      <span class="dot" aria-hidden="true" />
      <span role="status">{LINK_LABEL[link.kind]}</span>
    </span>
  )
}

/** The line across the page, where the state isn't live. */
export function LinkNotice({
  link,
  what,
  onRetry,
}: {
  link: LinkState
  what: string
  onRetry: () => void
}): JSX.Element | null {
  switch (link.kind) {
    case 'live':
    case 'loading':
      return null
    case 'lost':
      return <Lost since={link.since} what={what} onRetry={onRetry} />
    case 'stalled':
      return (
        <div class="notice" role="alert">
          <strong>The program doesn’t answer.</strong>
          <span>
            Its event loop may be blocked. What you see may be old since {showClock(link.since, false)}{' '}
            <Ago since={link.since} />.
          </span>
        </div>
      )
    case 'ended':
      return (
        <div class="notice" role="alert">
          <strong>The program has closed its server.</strong>
          <span>
            {what} as it was at {showClock(link.since, false)}. If the program comes back at this address, so
            does the page.
          </span>
          <button type="button" onClick={onRetry}>
            Try now
          </button>
        </div>
      )
    case 'missing':
      return (
        <div class="notice" role="alert">
          <strong>This run isn’t there any more.</strong>
          <span>
            The program was started again, or has forgotten it. What you see is what was last known.
          </span>
        </div>
      )
    case 'refused':
      return (
        <div class="notice" role="alert">
          <strong>The server doesn’t know this page any more.</strong>
          <span>
            The program was started again, or the session is too old. What you see is what was last known.
          </span>
          <button type="button" onClick={lock}>
            Enter a token
          </button>
        </div>
      )
  }
}

/** Nothing answers: at first that may be the network; after a while, the process is gone. */
function Lost({ since, what, onRetry }: { since: number; what: string; onRetry: () => void }): JSX.Element {
  const isGone = useSecondsSince(since) >= GONE_AFTER_SECONDS
  const now = session.value
  const pid = now.kind === 'open' ? ` (pid ${now.process.pid})` : ''
  return (
    <div class="notice" role="alert">
      <strong>{isGone ? `The process${pid} has ended, or can’t be reached.` : 'Connection lost.'}</strong>
      <span>
        {what} as of {showClock(since, false)} <Ago since={since} />.{' '}
        {isGone ? 'What was running then is grey.' : 'Trying again by itself.'}
      </span>
      <button type="button" onClick={onRetry}>
        Try now
      </button>
    </div>
  )
}

/** How long ago, by the page's own clock, each second. */
function Ago({ since }: { since: number }): JSX.Element {
  return <span>({useSecondsSince(since)} s ago)</span>
}

function useSecondsSince(since: number): number {
  const seconds = useSignal(0)
  useEffect(() => {
    const begun = Date.now()
    const timer = setInterval(() => {
      seconds.value = Math.round((Date.now() - begun) / 1000)
    }, 1000)
    return () => clearInterval(timer)
  }, [since])
  return seconds.value
}
