import { BroadcastChannel, MessageChannel, receiveMessageOnPort, type MessagePort } from 'node:worker_threads'
import { expect, it } from 'vitest'
import { createLaneCounters } from '../../../src/protocol/claims.js'
import { ArrivedPayloads } from '../../../src/protocol/payloads.js'
import { flattenToHost, readToRuntime, type Flat } from '../../../src/protocol/wire.js'
import type * as Pool from '../../../src/threads/pool.js'
import { ANNOUNCED } from '#fixtures/announced.js'
import { ImportSignals } from '../../support/import-signals.js'

// Built, because its threads are.
const url = new URL('../../../build/src/threads/pool.js', import.meta.url).href
const { ThreadPool } = (await import(url)) as typeof Pool
const module = new URL('../../../build/test/fixtures/announced.js', import.meta.url).href
/** Its import waits. */
const waits = new URL('../../../build/test/fixtures/import-waits.js', import.meta.url).href

/** Holds this thread, and with it all that arrives, for as long as a thread takes from its last line to its answer. */
function hold(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200)
}

it('says nothing of a spare thread that becomes ready while the pool is closed (I11)', async () => {
  const errors: string[] = []
  // A spare thread is made ready on the only thread that there may be, once its lane is closed.
  const pool = new ThreadPool({ maxThreads: 1, minThreads: 0, idleTimeoutMs: Infinity }, (error) =>
    errors.push(error.message),
  )
  const channel = new BroadcastChannel(ANNOUNCED)
  const { port1, port2 } = new MessageChannel()
  try {
    const lane = pool.run({ port: port2, counter: createLaneCounters(), epochOffset: 0 })
    await new Promise((resolve) => port1.once('message', resolve))
    pool.keepSpares(1, [module])
    port1.postMessage(flattenToHost([{ type: 'close' }]))
    await lane.ended
    // Still in the turn in which the end of the lane has come: Node delivers with it what comes until then, though the port
    // is closed in the meantime.
    // Node's own types don't know that it takes a channel, too.
    while (receiveMessageOnPort(channel as unknown as MessagePort) === undefined);
    hold()
    await pool.close()
  } finally {
    port1.close()
    channel.close()
  }
  expect(errors).toEqual([])
})

it('gives a lane to the spare thread that is starting, and starts no other one', async () => {
  const pool = new ThreadPool({ maxThreads: 4, minThreads: 0, idleTimeoutMs: Infinity }, (error) => {
    throw error
  })
  const { port1, port2 } = new MessageChannel()
  try {
    pool.keepSpares(1, [])
    const lane = pool.run({ port: port2, counter: createLaneCounters(), epochOffset: 0 })
    expect(pool.size).toBe(1)
    await new Promise((resolve) => port1.once('message', resolve))
    expect(pool.size).toBe(1)
    port1.postMessage(flattenToHost([{ type: 'close' }]))
    await lane.ended
  } finally {
    port1.close()
    await pool.close()
  }
})

it('gives one lane, and no other, to a spare thread that is being got ready', async () => {
  using signals = new ImportSignals('import-waits')
  const pool = new ThreadPool({ maxThreads: 4, minThreads: 0, idleTimeoutMs: Infinity }, (error) => {
    throw error
  })
  const lines = [new MessageChannel(), new MessageChannel()]
  try {
    pool.keepSpares(1, [waits])
    await signals.loading()
    const threads = lines.map(
      ({ port1 }) =>
        new Promise<number>((resolve) => port1.once('message', (batch: Flat) => resolve(threadIn(batch)))),
    )
    const lanes = lines.map(({ port2 }) =>
      pool.run({ port: port2, counter: createLaneCounters(), epochOffset: 0 }),
    )
    expect(pool.size).toBe(2)
    expect(new Set(await Promise.all(threads)).size).toBe(2)
    for (const { port1 } of lines) port1.postMessage(flattenToHost([{ type: 'close' }]))
    await Promise.all(lanes.map(({ ended }) => ended))
  } finally {
    signals.go()
    for (const { port1 } of lines) port1.close()
    await pool.close()
  }
})

/** Whose first word it is: the host's name of its thread. */
function threadIn(batch: Flat): number {
  const [hello] = readToRuntime(batch, new ArrivedPayloads())
  return hello?.type === 'hello' ? hello.thread : Number.NaN
}
