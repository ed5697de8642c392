// Sends an abort to the server: for a run or one action by its route, for several by their ids, as many at a time as one
// request may hold.

import type { AbortAnswer, AbortRequest } from '../../../control/api.js'
import type { AbortTarget } from './abort-target.js'
import type { RunStore } from '../runs/run-store.js'

/** What the dialog was given. */
export interface AbortWish {
  readonly reason: string
  readonly by: string
  readonly graceMs: number | undefined
  readonly force: boolean
}

/** So many characters of ids go into one request, since the server takes a mebibyte: some 80 000 of usual ones. */
const CHARACTERS_PER_REQUEST = 900_000

/** Aborts. Gives the answers to all requests it took. */
export async function sendAbort(
  store: RunStore,
  target: AbortTarget,
  ids: readonly string[],
  { reason, by, graceMs, force }: AbortWish,
): Promise<AbortAnswer[]> {
  const request: AbortRequest = {
    by,
    ...(reason !== '' && { reason }),
    ...(graceMs !== undefined && { graceMs }),
    ...(force && { force }),
  }
  switch (target.kind) {
    case 'run':
      return [await store.client.abort(store.run, request)]
    case 'action':
      return [await store.client.abortAction(store.run, target.id, request)]
    case 'actions': {
      const answers: AbortAnswer[] = []
      for (const actions of portions(ids)) {
        answers.push(await store.client.abort(store.run, { ...request, actions }))
      }
      return answers
    }
  }
}

function* portions(ids: readonly string[]): Generator<string[]> {
  let portion: string[] = []
  let characters = 0
  for (const id of ids) {
    if (characters + id.length > CHARACTERS_PER_REQUEST) {
      yield portion
      portion = []
      characters = 0
    }
    portion.push(id)
    characters += id.length + 3
  }
  if (portion.length > 0) yield portion
}
