// The first ten calls of a process, one by one, in microseconds: with `warm` after `runtime.warm()`.

import { createRuntime } from 'heddle'
import { noOp } from './cold-action.js'

const runtime = createRuntime({ threads: 2 })
if (process.argv[2] === 'warm') await runtime.warm([noOp])
const taken: number[] = []
for (let call = 0; call < 10; call += 1) {
  const start = performance.now()
  await runtime.run(noOp)
  taken.push((performance.now() - start) * 1000)
}
process.stdout.write(JSON.stringify(taken))
await runtime.close()
