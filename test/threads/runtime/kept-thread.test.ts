// What a runtime that goes on keeps of a thread that is gone: nothing.

import { channel } from 'node:diagnostics_channel'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Worker } from 'node:worker_threads'
import { createRuntime, type Runtime } from 'heddle'
import { parentOfExiting } from '#fixtures/faults.js'
import { expect, it } from 'vitest'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** The threads that are gone when these runs are over. */
async function threadsLostBy(runtime: Runtime, runs: number): Promise<WeakRef<Worker>[]> {
  const gone: WeakRef<Worker>[] = []
  const note = (message: unknown): void => {
    const { worker } = message as { worker: Worker }
    worker.once('exit', () => gone.push(new WeakRef(worker)))
  }
  channel('worker_threads').subscribe(note)
  for (let count = 0; count < runs; count += 1) await runtime.run(parentOfExiting).settled()
  channel('worker_threads').unsubscribe(note)
  return gone
}

it('keeps none whose loss has aborted, without any grace, what lived there, too (I9, S21)', async () => {
  await using runtime = createRuntime({ threads: 1 })
  const gone = await threadsLostBy(runtime, 3)
  expect(gone).toHaveLength(3)
  await expect
    .poll(async () => {
      collect()
      await new Promise((resolve) => setTimeout(resolve, 10))
      return gone.filter((worker) => worker.deref() !== undefined).length
    })
    .toBe(0)
})
