// The floor: a thread that answers each message, with nothing around it.
import { parentPort } from 'node:worker_threads'

parentPort?.on('message', (message: unknown) => parentPort?.postMessage(message))
