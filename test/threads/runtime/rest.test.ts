import { createRuntime, type Run, type Runtime } from 'heddle'
import { answers, crashesLater, leavesToldLoop } from '#fixtures/leftover.js'
import { describe, expect, it } from 'vitest'
import { word } from '../../support/shared-words.js'

/** Longer than a lane is without work before it rests. */
const LONG_MS = 150

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

function threadOf(run: Run): number | undefined {
  return run.actions()[0]?.thread
}

async function firstThread(runtime: Runtime): Promise<number | undefined> {
  const run = runtime.run(answers)
  await run
  return threadOf(run)
}

describe('a lane without work', () => {
  it('rests: what comes after a while finds it open, on the same thread', async () => {
    await using runtime = createRuntime({ threads: 2 })
    const thread = await firstThread(runtime)
    for (let times = 0; times < 3; times += 1) {
      await pause(LONG_MS)
      expect(runtime.stats().lanes).toMatchObject([{ thread, state: 'open', inFlight: 0 }])
      const run = runtime.run(answers)
      await expect(run).resolves.toBe('answered')
      expect(threadOf(run)).toBe(thread)
    }
  })

  it('is closed with the runtime, also while it rests', async () => {
    const runtime = createRuntime({ threads: 1 })
    await firstThread(runtime)
    await pause(LONG_MS)
    await runtime.close()
    expect(runtime.stats()).toMatchObject({ threads: 0, lanes: [] })
  })

  it('is given up where its thread is blocked by what a body has left behind', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const begun = word()
    const run = runtime.run(leavesToldLoop, begun)
    await run
    while (Atomics.load(begun, 0) === 0) await pause(1)
    const next = runtime.run(answers)
    await expect(next).resolves.toBe('answered')
    expect(threadOf(next)).not.toBe(threadOf(run))
  })

  it('whose thread crashes while it rests is replaced, and a warning tells of it (I11)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const crash = word()
    const run = runtime.run(crashesLater, crash)
    await run
    await pause(LONG_MS)
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve))
    Atomics.store(crash, 0, 1)
    await expect(warned).resolves.toMatchObject({
      name: 'HeddleWarning',
      message: expect.stringContaining('left behind') as string,
    })
    const next = runtime.run(answers)
    await expect(next).resolves.toBe('answered')
    expect(threadOf(next)).not.toBe(threadOf(run))
    expect(runtime.stats().totals).toMatchObject({ succeeded: 2, failed: 0 })
  })
})
