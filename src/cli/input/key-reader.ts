// Keys of a terminal, one by one, as they are pressed.

import { emitKeypressEvents, type Interface } from 'node:readline'
import type { ReadStream } from 'node:tty'
import type { Key } from './watch-keys.js'

/** How long what follows an Escape may take to make it an arrow, say, in milliseconds. */
const ESCAPE_MS = 50

interface NodeKey {
  readonly name?: string
  readonly sequence?: string
  readonly ctrl?: boolean
  readonly meta?: boolean
}

/** Has a terminal give its keys at once, and shows none of them, until disposed of. */
export function readKeys(stream: ReadStream, onKey: (key: Key) => void): Disposable {
  // It takes its wait from there, and needs nothing else of it.
  emitKeypressEvents(stream, { escapeCodeTimeout: ESCAPE_MS } as unknown as Interface)
  const onKeypress = (text: string | undefined, key: NodeKey): void => onKey(keyOf(text, key))
  stream.on('keypress', onKeypress)
  stream.setRawMode(true)
  stream.resume()
  return {
    [Symbol.dispose]() {
      stream.off('keypress', onKeypress)
      stream.setRawMode(false)
      stream.pause()
    },
  }
}

/** A key, by what Node says of it. */
export function keyOf(text: string | undefined, { name = '', ctrl, meta }: NodeKey): Key {
  if (ctrl === true) return { name: `ctrl-${name}`, text: '' }
  if (name === 'enter') return { name: 'return', text: '' }
  // oxlint-disable-next-line no-control-regex -- what is no character is no text
  const isText = text !== undefined && meta !== true && !/[\u0000-\u001f\u007f]/.test(text)
  // By what is on it, so that G isn't g.
  return isText ? { name: text, text } : { name, text: '' }
}
