// The session of the page: exchanges the token that came with the address for a cookie, and asks what it allows. The token
// is taken out of the address at once, so that it is neither in the history nor in what one sends to somebody.

import { signal, type ReadonlySignal } from '@preact/signals'
import type { ProcessInfo } from '../control/api.js'
import { API_PREFIX, routes } from '../control/api.js'
import type { ControlClient } from '../control/client/control-client.js'

/** What is known of the server, and of what one may do there. */
export type Session =
  | { readonly kind: 'asking' }
  | { readonly kind: 'open'; readonly process: ProcessInfo }
  /** It wants a token. `wasWrong`: the one that was given isn't right, or no longer. */
  | { readonly kind: 'locked'; readonly wasWrong: boolean }
  | { readonly kind: 'unreachable'; readonly why: string }

const current = signal<Session>({ kind: 'asking' })

/** The session of this page. */
export const session: ReadonlySignal<Session> = current

/** The token, for as long as this page isn't loaded anew: a server that was started again has forgotten its cookie. */
let known: string | undefined

const TOKEN_IN_HASH = /^#(?:.*&)?token=([^&]+)/

/** Opens the session, with the token of the address if there is one. */
export async function openSession(client: ControlClient): Promise<void> {
  const token = TOKEN_IN_HASH.exec(location.hash)?.[1]
  if (token !== undefined) {
    history.replaceState(null, '', location.pathname + location.search)
    await unlock(client, decodeURIComponent(token))
    return
  }
  await ask(client, false)
}

/** Gives the token; the server answers with a cookie that no script can read. */
export async function unlock(client: ControlClient, token: string): Promise<void> {
  current.value = { kind: 'asking' }
  try {
    const answer = await fetch(API_PREFIX + routes.session, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
    })
    if (answer.status === 401) {
      known = undefined
      current.value = { kind: 'locked', wasWrong: true }
    } else {
      known = token
      await ask(client, true)
    }
  } catch (error) {
    current.value = { kind: 'unreachable', why: messageOf(error) }
  }
}

/** The server doesn't know this page any more. Whether it does now, by the token that the page was opened with. */
export async function reopen(client: ControlClient): Promise<boolean> {
  if (known === undefined) return false
  const answer = await fetch(API_PREFIX + routes.session, {
    method: 'POST',
    headers: { authorization: `Bearer ${known}` },
  })
  if (!answer.ok) {
    known = undefined
    return false
  }
  const process = await client.process()
  current.value = { kind: 'open', process }
  return true
}

/** Lets the token be given anew. */
export function lock(): void {
  current.value = { kind: 'locked', wasWrong: false }
}

/** Asks who answers, and what one may do. */
export async function ask(client: ControlClient, gaveToken: boolean): Promise<void> {
  try {
    current.value = { kind: 'open', process: await client.process() }
  } catch (error) {
    const { status } = error as { status?: number }
    current.value =
      status === 401
        ? { kind: 'locked', wasWrong: gaveToken }
        : { kind: 'unreachable', why: messageOf(error) }
  }
}

/** Whether there is something that one may start. */
export function mayStart(): boolean {
  return mayAbort() && current.value.kind === 'open' && current.value.process.definitions > 0
}

/** Whether one may stop anything. */
export function mayAbort(): boolean {
  return current.value.kind === 'open' && current.value.process.scope === 'full'
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
