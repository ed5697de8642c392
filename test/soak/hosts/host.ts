// A process that is a host of a soak. Its options come as JSON; it says what it holds in memory when it is asked, and ends with
// its parent.

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { startWorker, type WorkerOptions } from 'heddle/cluster'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

const options = JSON.parse(process.argv[2] ?? '{}') as WorkerOptions
const host = await startWorker(options)
process.on('disconnect', () => process.exit(0))
process.on('message', () => {
  collect()
  const { heapUsed, rss } = process.memoryUsage()
  process.send?.({ heapUsed, rss, lanes: host.lanes() })
})
process.send?.('ready')
