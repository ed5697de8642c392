// A process that is a worker of BullMQ, as its users write one: a processor in this process, or, where it is given as the third
// argument, a file of one in a worker thread. It ends with its parent.

import { Worker } from 'bullmq'
import { fileURLToPath } from 'node:url'
import { noOp } from '../tasks.js'

const [, , url = '', queue = '', sandboxed] = process.argv
const connection = { url, maxRetriesPerRequest: null }
const worker =
  sandboxed === undefined
    ? new Worker(queue, async () => noOp(), { connection, concurrency: 100 })
    : new Worker(queue, fileURLToPath(new URL('./job-processor.js', import.meta.url)), {
        connection,
        concurrency: 1,
        useWorkerThreads: true,
      })
await worker.waitUntilReady()
process.on('disconnect', () => process.exit(0))
process.send?.('ready')
