// Reads all events of a served runtime in a thread of its own, and does nothing with them. It says when it has begun.

import { parentPort, workerData } from 'node:worker_threads'
import { createClient } from 'heddle/client'

/** Where it reads. */
export interface ReaderData {
  readonly url: string
  readonly token: string
}

const { url, token } = workerData as ReaderData
const events = createClient({ url, token }).events()
await events.next()
parentPort?.postMessage('reads')
for await (const _ of events);
