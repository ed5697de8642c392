// What a million actions hold of the heap while they wait in the queue, in a process of its own. Prints kilobytes each.

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createRuntime, type ActionHandle } from 'heddle'
import { computing } from '../actions.js'
import { isQuick } from '../quick.js'

const COUNT = isQuick ? 10_000 : 1_000_000

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

const runtime = createRuntime({ threads: 2, retain: 0 })
collect()
const before = process.memoryUsage().heapUsed
const held: ActionHandle<void>[] = []
void runtime
  .scope(async (ctx) => {
    // In pieces, as what comes in from outside does.
    for (let spawned = 0; spawned < COUNT; spawned += 1) {
      held.push(ctx.spawn(computing))
      if (spawned % 10_000 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    await ctx.sleep(3_600_000)
  })
  .settled()
while (runtime.stats().queued < COUNT - 2) await new Promise((resolve) => setTimeout(resolve, 50))
const each = (): number => {
  collect()
  return (process.memoryUsage().heapUsed - before) / 1024 / COUNT
}
const withHandles = each()
held.length = 0
process.stdout.write(JSON.stringify({ withHandles, without: each() }))
// A million aborts aren't the question.
process.exit()
