// Serves a runtime, and reads all of its events in a thread: what reading costs isn't the app's.

import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Runtime } from 'heddle'
import type { ReaderData } from './stream-reader.js'

const TOKEN = 'for-one-process-only-0123456789'

/** A served runtime of which one event stream is open. */
export interface OpenStream {
  readonly url: string
  readonly token: string
  /** Ends the stream; the runtime stays served. */
  readonly close: () => void
}

/** Serves, and resolves when the stream has begun. */
export async function openStream(runtime: Runtime): Promise<OpenStream> {
  const { url } = await runtime.serve({ token: TOKEN, discoverable: false })
  const reader = new Worker(new URL('stream-reader.js', import.meta.url), {
    workerData: { url, token: TOKEN } satisfies ReaderData,
  })
  await once(reader, 'message')
  return { url, token: TOKEN, close: () => void reader.terminate() }
}
