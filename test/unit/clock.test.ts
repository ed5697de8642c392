import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { describe, expect, it, vi } from 'vitest'
import { createClock, measureEpochOffset } from '../../src/protocol/clock.js'
import { world } from '../../src/protocol/world.js'

describe('clock', () => {
  it('is epoch milliseconds, fractional, and never goes back', () => {
    const now = createClock(measureEpochOffset())
    const before = Date.now() - 1000
    let last = now()
    expect(last).toBeGreaterThan(before)
    expect(last).toBeLessThan(before + 60_000)
    for (let count = 0; count < 10_000; count += 1) {
      const next = now()
      expect(next).toBeGreaterThanOrEqual(last)
      last = next
    }
    expect(Number.isInteger(last) && Number.isInteger(now()) && Number.isInteger(now())).toBe(false)
  })

  it('is right though the process loses its turn while the clocks are compared', () => {
    const offset = measureEpochOffset()
    const late = world.sharedNow() + 5000
    const sharedNow = vi.spyOn(world, 'sharedNow').mockReturnValueOnce(late).mockReturnValueOnce(late)
    expect(measureEpochOffset()).toBeGreaterThan(offset - 1000)
    expect(sharedNow).toHaveBeenCalled()
    sharedNow.mockRestore()
  })

  it('orders what happens in two threads one after the other (I8)', async () => {
    const epochOffset = measureEpochOffset()
    const now = createClock(epochOffset)
    const clockUrl = new URL('../../build/src/protocol/clock.js', import.meta.url).href
    const worker = new Worker(
      `const { parentPort, workerData } = require('node:worker_threads')
       import(workerData.clockUrl).then(({ createClock }) => {
         const now = createClock(workerData.epochOffset)
         parentPort.on('message', () => parentPort.postMessage(now()))
         parentPort.postMessage('ready')
       })`,
      { eval: true, workerData: { clockUrl, epochOffset } },
    )
    await once(worker, 'message')
    for (let count = 0; count < 200; count += 1) {
      const sent = now()
      worker.postMessage(count)
      const [there] = (await once(worker, 'message')) as [number]
      expect(there).toBeGreaterThanOrEqual(sent)
      expect(now()).toBeGreaterThanOrEqual(there)
    }
    await worker.terminate()
  })
})
