// A process that is a host with one thread. Its options come as JSON; it ends with its parent.

import { startWorker, type WorkerOptions } from 'heddle/cluster'

const options = JSON.parse(process.argv[2] ?? '{}') as Pick<WorkerOptions, 'redis' | 'leaseMs'>
await startWorker({ actions: [new URL('./actions.js', import.meta.url)], threads: 1, ...options })
process.on('disconnect', () => process.exit(0))
process.send?.('ready')
