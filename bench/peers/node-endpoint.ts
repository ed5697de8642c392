// Comlink's adapter for Node's ports and workers, typed: its declarations don't say that its module *is* the function.

import type { MessagePort, Worker } from 'node:worker_threads'
import type { Endpoint } from 'comlink'
import adapter from 'comlink/dist/umd/node-adapter.js'

/** Makes a port or worker of Node's an endpoint of Comlink's. */
export const nodeEndpoint = adapter as unknown as (port: MessagePort | Worker) => Endpoint
