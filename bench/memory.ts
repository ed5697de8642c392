// Does a settled action leave anything behind? A million actions in turn with `retain: 0`; the heap after each tenth.

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createRuntime } from 'heddle'
import { write } from './measure.js'
import { noOp } from './no-op.js'

/** Heap in MB after each tenth of `total` actions. */
export async function memory(total: number): Promise<number[]> {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const runtime = createRuntime({ threads: 2, retain: 0 })
  const heap: number[] = []
  try {
    for (let tenth = 0; tenth < 10; tenth += 1) {
      for (let batch = 0; batch < 10; batch += 1) {
        await Promise.all(Array.from({ length: total / 100 }, () => runtime.run(noOp)))
      }
      collect()
      heap.push(process.memoryUsage().heapUsed / 2 ** 20)
    }
  } finally {
    await runtime.close()
  }
  write(`\nmemory: heap after each tenth of ${total} actions, retain: 0`)
  write(`  ${heap.map((mb) => mb.toFixed(1)).join('  ')} MB`)
  return heap
}
