// The client's end of an event stream: it reads server-sent events, and connects again where the connection breaks,
// after the last event it has seen. Nothing here needs Node.

import { createParser } from 'eventsource-parser'
import { listenToAbort } from '../../protocol/abort-listener.js'
import type { StreamEvent } from '../api.js'
import { ControlError } from './control-error.js'

/** What a reader needs. */
export interface EventReaderOptions {
  /** Opens the stream; rejects with a `ControlError` if it is refused. */
  readonly open: (lastEventId: string | undefined, signal: AbortSignal) => Promise<Response>
  readonly lastEventId: string | undefined
  readonly reconnect: boolean
  readonly onConnection: ((state: 'connected' | 'lost', error?: unknown) => void) | undefined
  readonly signal: AbortSignal | undefined
}

const FIRST_WAIT_MS = 250
const LONGEST_WAIT_MS = 5000

function nothing(): void {}

/** Reads a stream. Its `return()` ends a wait that is under way, too, and the connection with it. */
export function readEvents(options: EventReaderOptions): AsyncIterableIterator<StreamEvent> {
  const { signal } = options
  const stop = new AbortController()
  const onAbort = (): void => stop.abort(signal?.reason)
  let end = nothing
  if (signal?.aborted === true) onAbort()
  else if (signal !== undefined) end = listenToAbort(signal, onAbort)
  const events = read(options, stop.signal)
  return {
    next: async (): Promise<IteratorResult<StreamEvent, undefined>> => {
      try {
        const result = await events.next()
        if (result.done === true) end()
        return result.done === true ? { done: true, value: undefined } : result
      } catch (error) {
        end()
        // The one who has stopped it knows; who has given a signal is told.
        if (stop.signal.aborted && signal?.aborted !== true) return { done: true, value: undefined }
        throw error
      }
    },
    return: async (): Promise<IteratorResult<StreamEvent, undefined>> => {
      end()
      stop.abort()
      await events.return(undefined).catch(() => undefined)
      return { done: true, value: undefined }
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}

async function* read(
  { open, reconnect, onConnection, ...options }: EventReaderOptions,
  signal: AbortSignal,
): AsyncGenerator<StreamEvent, undefined> {
  let { lastEventId } = options
  let waitMs = FIRST_WAIT_MS
  for (;;) {
    signal.throwIfAborted()
    // Of this connection alone: what listens to it goes with it, however often there is another one.
    const connection = new AbortController()
    const onAbort = (): void => connection.abort(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      const response = await open(lastEventId, connection.signal)
      onConnection?.('connected')
      for await (const { id, event } of parse(response)) {
        waitMs = FIRST_WAIT_MS
        if (id !== undefined) lastEventId = id
        yield event
        if (event.type === 'end') return undefined
      }
      if (!reconnect) return undefined
      onConnection?.('lost')
    } catch (error) {
      signal.throwIfAborted()
      // An answer that says no won't change by asking again, but for a server that has no room just now.
      const isRefusal = error instanceof ControlError && error.status !== undefined && error.status !== 503
      if (isRefusal || !reconnect) throw error
      onConnection?.('lost', error)
    } finally {
      signal.removeEventListener('abort', onAbort)
    }
    await wait(waitMs, signal)
    waitMs = Math.min(LONGEST_WAIT_MS, waitMs * 2)
  }
}

async function* parse(response: Response): AsyncGenerator<{ id: string | undefined; event: StreamEvent }> {
  const ready: { id: string | undefined; event: StreamEvent }[] = []
  const parser = createParser({
    onEvent: ({ id, data }) => ready.push({ id, event: JSON.parse(data) as StreamEvent }),
  })
  const decoder = new TextDecoder()
  const reader = (response.body as ReadableStream<Uint8Array>).getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      parser.feed(decoder.decode(value, { stream: true }))
      yield* ready.splice(0)
    }
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}

function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      clearTimeout(timer)
      reject(signal.reason as Error)
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', onAbort)
      resolve()
    }, ms)
    signal.addEventListener('abort', onAbort, { once: true })
  })
}
