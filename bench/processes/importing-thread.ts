// A thread that imports what it is told, if anything, and says so.

import { parentPort, workerData } from 'node:worker_threads'

const name = workerData as string
if (name !== '') await import(name)
parentPort?.postMessage(performance.now())
