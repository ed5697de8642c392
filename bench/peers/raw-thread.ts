// The floor's thread: answers each message with what the task gives, and does nothing else.

import { parentPort, workerData } from 'node:worker_threads'
import { tasks, type TaskName } from '../tasks.js'

const task = tasks[workerData as TaskName] as (input: unknown) => unknown

parentPort?.on('message', (input: unknown) => parentPort?.postMessage(task(input)))
