import { BroadcastChannel } from 'node:worker_threads'
import { createRuntime } from 'heddle'
import { describe, expect, it } from 'vitest'
import { word } from '../../support/shared-words.js'
import { ANNOUNCED, stuck } from '#fixtures/announced.js'

describe('a spare thread', () => {
  it('has loaded the modules that were in use before anything is sent to it', async () => {
    const channel = new BroadcastChannel(ANNOUNCED)
    try {
      const threads: number[] = []
      let changed = (): void => {}
      channel.addEventListener('message', (event) => {
        threads.push((event as unknown as { data: number }).data)
        changed()
      })
      await using runtime = createRuntime({ threads: 1 })
      const begun = word()
      const run = runtime.run(stuck, begun)
      while (Atomics.load(begun, 0) === 0) await new Promise((resolve) => setImmediate(resolve))
      run.cancel('enough', { force: true })
      expect(await run.settled()).toMatchObject({ status: 'aborted', how: 'forced' })
      while (threads.length < 2) await new Promise<void>((resolve) => (changed = resolve))
      expect(threads[1]).not.toBe(threads[0])
      expect(runtime.stats().running + runtime.stats().queued).toBe(0)
    } finally {
      channel.close()
    }
  })
})
