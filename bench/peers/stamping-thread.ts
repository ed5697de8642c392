// The floor of an abort: a thread that writes down when a message has come, and answers it.

import { parentPort } from 'node:worker_threads'

parentPort?.on('message', (seenAt: Float64Array) => {
  const [seconds, nanoseconds] = process.hrtime()
  seenAt[0] = seconds * 1000 + nanoseconds / 1e6
  parentPort?.postMessage(1)
})
