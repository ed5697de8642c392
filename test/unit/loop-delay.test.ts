// How late the loop was, for several who look: none takes from another what it is to see.

import { describe, expect, it } from 'vitest'
import { LoopDelay, type DelayHistogram } from '../../src/runtime/observe/loop-delay.js'

/** A histogram that is told its figures, in milliseconds; it has none where nothing has come since it was emptied. */
class Told implements DelayHistogram {
  #delays: number[] = []
  isOn = false

  add(...delays: readonly number[]): void {
    this.#delays.push(...delays)
  }

  get mean(): number {
    return (1e6 * this.#delays.reduce((sum, delay) => sum + delay, 0)) / this.#delays.length
  }

  get max(): number {
    return 1e6 * Math.max(0, ...this.#delays)
  }

  percentile(percent: number): number {
    const sorted = this.#delays.toSorted((a, b) => a - b)
    return 1e6 * (sorted[Math.ceil((percent / 100) * sorted.length) - 1] ?? 0)
  }

  reset(): void {
    this.#delays = []
  }

  enable(): boolean {
    this.isOn = true
    return true
  }

  disable(): boolean {
    this.isOn = false
    return true
  }
}

function watch() {
  const histogram = new Told()
  let at = 0
  const delay = new LoopDelay(histogram, () => at)
  return {
    histogram,
    delay,
    readAt: (ms: number) => {
      at = ms
      return delay.read()
    },
  }
}

const NONE = { meanMs: 0, p50Ms: 0, p99Ms: 0, maxMs: 0 }

describe('the delay of the loop', () => {
  it('is what has come since the last look, without the interval of the histogram', () => {
    const { histogram, readAt } = watch()
    histogram.add(10, 20, 90)
    expect(readAt(1000)).toEqual({ meanMs: 30, p50Ms: 10, p99Ms: 80, maxMs: 80 })
    histogram.add(15)
    expect(readAt(2000)).toEqual({ meanMs: 5, p50Ms: 5, p99Ms: 5, maxMs: 5 })
    expect(readAt(3000)).toEqual(NONE)
  })

  it('is shown to the second one who looks, too', () => {
    const { histogram, readAt } = watch()
    histogram.add(90)
    expect(readAt(1000).maxMs).toBe(80)
    histogram.add(40)
    expect(readAt(1400).maxMs).toBe(80)
    expect(readAt(2000).maxMs).toBe(30)
    expect(readAt(2400).maxMs).toBe(30)
  })

  it('is what has come until now, in the first second', () => {
    const { histogram, readAt } = watch()
    expect(readAt(0)).toEqual(NONE)
    histogram.add(30)
    expect(readAt(500).maxMs).toBe(20)
    histogram.add(40)
    expect(readAt(1000).maxMs).toBe(30)
  })

  it('is watched until it is closed', () => {
    const { histogram, delay } = watch()
    expect(histogram.isOn).toBe(true)
    delay.close()
    expect(histogram.isOn).toBe(false)
  })
})
