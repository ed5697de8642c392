// Comlink's threads: the tasks' functions, exposed.

import { parentPort } from 'node:worker_threads'
import { expose } from 'comlink'
import { tasks } from '../tasks.js'
import { nodeEndpoint } from './node-endpoint.js'

if (parentPort !== null) expose(tasks, nodeEndpoint(parentPort))
