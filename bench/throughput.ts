// What does a supervised, cancellable action cost, when there are many of them? No-op actions in bulk on two threads,
// beside the same as tasks of thread pools and as bare messages.

import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { createRuntime } from 'heddle'
import { Piscina } from 'piscina'
import { FixedThreadPool } from 'poolifier'
import { measure, print, type Measured } from './measure.js'
import { noOp, parent } from './no-op.js'

const THREADS = 2

/** Bulk no-ops: `count` of them at once, `rounds` times. */
export async function throughput(count: number, rounds: number): Promise<Measured[]> {
  const runtime = createRuntime({ threads: THREADS, retain: 0 })
  // Atomics as the default has it: fastest for short tasks.
  const piscina = new Piscina({ filename: file('piscina-task'), minThreads: THREADS, maxThreads: THREADS })
  const poolifier = new FixedThreadPool<void, number>(THREADS, file('poolifier-task'))
  const raw = await startRaw()
  const all = (start: () => PromiseLike<unknown>): Promise<unknown> =>
    Promise.all(Array.from({ length: count }, () => start()))
  try {
    const measured = await measure(
      [
        { name: 'raw postMessage', run: () => raw.bulk(count) },
        { name: 'piscina', run: () => all(() => piscina.run(undefined)) },
        { name: 'poolifier', run: () => all(() => poolifier.execute()) },
        { name: 'heddle: runs', run: () => all(() => runtime.run(noOp)) },
        {
          name: 'heddle: children of a scope',
          run: async () => {
            await runtime.scope((ctx) => ctx.all(Array.from({ length: count }, () => ctx.spawn(noOp))))
          },
        },
        {
          name: 'heddle: children of a thread',
          run: async () => {
            await runtime.run(parent, count)
          },
        },
      ],
      rounds,
    )
    print(`throughput: ${count} no-ops at once, ${THREADS} threads`, measured, count, 'piscina')
    return measured
  } finally {
    await raw.close()
    await poolifier.destroy()
    await piscina.destroy()
    await runtime.close()
  }
}

function file(name: string): string {
  return fileURLToPath(new URL(`./peers/${name}.js`, import.meta.url))
}

/** Threads that answer each message with one, dealt out in turn. */
async function startRaw(): Promise<{ bulk(count: number): Promise<void>; close(): Promise<unknown> }> {
  const workers = Array.from({ length: THREADS }, () => new Worker(file('raw-task')))
  await Promise.all(workers.map((worker) => new Promise((resolve) => worker.once('online', resolve))))
  let left = 0
  let done: (() => void) | undefined
  for (const worker of workers) {
    worker.on('message', () => {
      left -= 1
      if (left === 0) done?.()
    })
  }
  return {
    bulk: (count) =>
      new Promise((resolve) => {
        left = count
        done = resolve
        for (let sent = 0; sent < count; sent += 1) workers[sent % THREADS]?.postMessage(sent)
      }),
    close: () => Promise.all(workers.map((worker) => worker.terminate())),
  }
}
