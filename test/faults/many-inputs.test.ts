// `map` over far more inputs than may live at a time: what is held for them is bounded, but for the results.

import { createRuntime } from 'heddle'
import { countMe, mapMany } from '#fixtures/many-inputs.js'
import { describe, expect, it } from 'vitest'
import { word } from '../support/shared-words.js'

const COUNT = 20_000
const CONCURRENCY = 64

describe('map over many inputs', () => {
  it('takes an input only when there is room for it, in a thread', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const ended = word()
    const { most, results } = await runtime.run(mapMany, { count: COUNT, concurrency: CONCURRENCY, ended })
    expect(most).toBeGreaterThan(0)
    expect(most).toBeLessThan(CONCURRENCY)
    expect(results).toBe(COUNT)
    expect(Atomics.load(ended, 0)).toBe(COUNT)
  })

  it('holds no more than what lives and what records are kept, in the app (I9, S24)', async () => {
    const retain = { runs: 1, actions: 100 }
    await using runtime = createRuntime({ threads: 1, retain })
    const most = { taken: 0, live: 0, records: 0 }
    const ended = word()
    const run = runtime.scope((ctx) => {
      async function* inputs(): AsyncGenerator<Int32Array<SharedArrayBuffer>> {
        for (let taken = 0; taken < COUNT; taken += 1) {
          if (taken % 100 === 0) {
            const { totals, queued, running } = runtime.stats()
            most.taken = Math.max(most.taken, taken - totals.succeeded)
            most.live = Math.max(most.live, queued + running)
            most.records = Math.max(most.records, run.actions().length)
          }
          yield ended
        }
      }
      return ctx.map(countMe, inputs(), { concurrency: CONCURRENCY })
    })
    expect(await run).toHaveLength(COUNT)
    expect(most.taken).toBeGreaterThan(0)
    expect(most.taken).toBeLessThan(CONCURRENCY)
    // The scope itself is one of them.
    expect(most.live).toBeLessThanOrEqual(CONCURRENCY + 1)
    expect(most.records).toBeLessThanOrEqual(retain.actions + CONCURRENCY + 1)
  })

  it('asks for no further input once a child has failed, and tells the iterator (S20)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const ended = word()
    let returned = false
    const failure = runtime.scope((ctx) => {
      async function* inputs(): AsyncGenerator<Int32Array<SharedArrayBuffer>> {
        try {
          yield ended
          yield null as never
          // Not asked for: the one before has failed.
          await new Promise(() => {})
        } finally {
          returned = true
        }
      }
      return ctx.map(countMe, inputs(), { concurrency: 1 })
    })
    await expect(failure).rejects.toMatchObject({ code: 'TypeError' })
    expect(returned).toBe(true)
    expect(Atomics.load(ended, 0)).toBe(1)
  })
})
