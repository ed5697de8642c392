// Long answers: written piece by piece, as fast as they are read, and made in slices that leave the app's loop to the app.

import type { ServerResponse } from 'node:http'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import type { AppContext, AppParts } from './routing.js'

/** Items that are made between two looks at the clock. */
const PIECE_CHARACTERS = 16 * 1024
const HEADERS = {
  'content-type': 'application/json',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
}

/** Pieces of an answer. */
export type Pieces = AsyncGenerator<string, void> | Generator<string, void>

/** Answers with JSON that is made piece by piece. What is wrong is refused as long as there is no first piece. */
export async function answerPieces(
  c: AppContext,
  { slices, limits }: Pick<AppParts, 'slices' | 'limits'>,
  pieces: Pieces,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const { outgoing } = c.env
  let first = true
  try {
    for (;;) {
      if (slices.isOver) await slices.next()
      const { done, value } = await pieces.next()
      if (outgoing.destroyed) break
      if (first) outgoing.writeHead(200, { ...HEADERS, ...headers })
      first = false
      if (c.req.method === 'HEAD' || done === true) {
        outgoing.end()
        break
      }
      if (!outgoing.write(value) && !(await drained(outgoing, limits.stallMs))) break
    }
  } catch (error) {
    if (first) throw error
    // It has begun: all that can be said is that it doesn't end.
    outgoing.destroy()
  } finally {
    await pieces.return()
  }
  return RESPONSE_ALREADY_SENT
}

/** Waits until what was written has been taken; `false`: the reader is gone, or has taken nothing for long. */
function drained(outgoing: ServerResponse, stallMs: number): Promise<boolean> {
  if (outgoing.destroyed) return Promise.resolve(false)
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      outgoing.destroy()
      end(false)
    }, stallMs).unref()
    const onDrain = (): void => end(true)
    const onClose = (): void => end(false)
    const end = (isDrained: boolean): void => {
      clearTimeout(timer)
      outgoing.off('drain', onDrain)
      outgoing.off('close', onClose)
      resolve(isDrained)
    }
    outgoing.once('drain', onDrain)
    outgoing.once('close', onClose)
  })
}

/** The items of a JSON array, in pieces. What an item is made of may have gone meanwhile: `undefined` leaves it out. */
export function* itemPieces<Item>(
  items: Iterable<Item>,
  show: (item: Item) => unknown,
): Generator<string, void> {
  let text = ''
  let isFirst = true
  for (const item of items) {
    const shown = show(item)
    if (shown === undefined) continue
    text += `${isFirst ? '' : ','}${JSON.stringify(shown)}`
    isFirst = false
    if (text.length < PIECE_CHARACTERS) continue
    yield text
    text = ''
  }
  if (text !== '') yield text
}

/** A page: its items, and what follows them. */
export function* pagePieces<Item>(
  items: Iterable<Item>,
  show: (item: Item) => unknown,
  rest: () => object,
): Generator<string, void> {
  yield '{"items":['
  yield* itemPieces(items, show)
  const text = JSON.stringify(rest())
  yield text === '{}' ? ']}' : `],${text.slice(1)}`
}
