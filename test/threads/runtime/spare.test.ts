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

  it('is started for each thread that is about to be killed', async () => {
    const channel = new BroadcastChannel(ANNOUNCED)
    try {
      const threads = new Set<number>()
      let changed = (): void => {}
      channel.addEventListener('message', (event) => {
        threads.add((event as unknown as { data: number }).data)
        changed()
      })
      await using runtime = createRuntime({ threads: 2 })
      const begun = [word(), word()]
      const runs = begun.map((one) => runtime.run(stuck, one))
      while (begun.some((one) => Atomics.load(one, 0) === 0))
        await new Promise((resolve) => setImmediate(resolve))
      for (const run of runs) run.cancel('enough', { graceMs: 300 })
      for (const run of runs) expect(await run.settled()).toMatchObject({ status: 'aborted', how: 'forced' })
      // Both that were killed, and one for each.
      while (threads.size < 4) await new Promise<void>((resolve) => (changed = resolve))
    } finally {
      channel.close()
    }
  })

  it('starts in the step that kills a thread without warning', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const begun = word()
    const run = runtime.run(stuck, begun)
    while (Atomics.load(begun, 0) === 0) await new Promise((resolve) => setImmediate(resolve))
    run.cancel('enough', { force: true })
    expect(runtime.stats().threads).toBe(1)
    expect(await run.settled()).toMatchObject({ status: 'aborted', how: 'forced' })
  })
})
