// Twelve thousand running and waiting actions, each aborted by its own call and awaited by `settled()`, in a process of its own:
// the first time is cold. Prints for each time the microseconds of the main thread, and of the clock, for each action.

import { createRuntime, type ActionHandle } from 'heddle'
import { computing, sleeper } from '../actions.js'
import { mainThreadMs } from '../main-thread.js'
import { unlessQuick } from '../quick.js'

const COUNT = 12_000
const TIMES = unlessQuick(6, 2)

const runtime = createRuntime({ threads: 2, retain: 0 })
const taken: { mainUs: number; clockUs: number }[] = []
for (let time = 0; time < TIMES; time += 1) {
  const spawned: ActionHandle<void>[] = []
  const run = runtime.scope(async (ctx) => {
    for (let index = 0; index < COUNT; index += 1)
      spawned.push(ctx.spawn(index % 2 === 0 ? sleeper : computing))
    await ctx.sleep(3_600_000)
  })
  // Half of them run; of the others two do, and the rest wait. The parent is one more.
  for (;;) {
    const { queued, running } = runtime.stats()
    if (queued + running > COUNT && running > COUNT / 2) break
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  await new Promise((resolve) => setTimeout(resolve, 200))
  const before = mainThreadMs()
  const start = performance.now()
  for (const handle of spawned) handle.cancel('enough')
  const outcomes = await Promise.all(spawned.map((handle) => handle.settled()))
  const ms = performance.now() - start
  const busy = mainThreadMs() - before
  if (outcomes.some(({ status }) => status !== 'aborted')) throw new Error('not all were aborted')
  taken.push({ mainUs: (busy / COUNT) * 1000, clockUs: (ms / COUNT) * 1000 })
  run.cancel('done')
  await run.settled()
}
process.stdout.write(JSON.stringify(taken))
await runtime.close()
