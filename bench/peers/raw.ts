// The floor: bare worker threads. One `postMessage` each way per task and a promise per task, dealt out to the threads in
// turn; answers come in order, so the promises stand in a row. No queue, no errors, no abort, no replacement of a thread.

import { Worker } from 'node:worker_threads'
import type { TaskName } from '../tasks.js'
import { threadFile, THREADS, type Peer } from './peer.js'

/** Bare threads for one task. */
export interface Raw extends Peer {
  /** Without a promise per task: only counts the answers. */
  bulk(count: number): Promise<void>
}

interface Thread {
  readonly worker: Worker
  waiting: ((output: unknown) => void)[]
  answered: number
}

/** Starts bare threads. */
export async function startRaw(task: TaskName, threads: number = THREADS): Promise<Raw> {
  const started = Array.from({ length: threads }, (): Thread => {
    const worker = new Worker(threadFile('raw'), { workerData: task })
    return { worker, waiting: [], answered: 0 }
  })
  await Promise.all(started.map(({ worker }) => new Promise((resolve) => worker.once('online', resolve))))
  let next = 0
  let left = 0
  let counted: (() => void) | undefined
  for (const thread of started) {
    thread.worker.on('message', (output: unknown) => {
      if (counted !== undefined) {
        left -= 1
        if (left > 0) return
        const done = counted
        counted = undefined
        done()
        return
      }
      const resolve = thread.waiting[thread.answered] as (output: unknown) => void
      thread.answered += 1
      if (thread.answered === thread.waiting.length) {
        thread.waiting = []
        thread.answered = 0
      }
      resolve(output)
    })
  }
  return {
    name: 'raw postMessage',
    kind: 'bare',
    transfers: true,
    kills: false,
    run(_task, input, options) {
      const { worker, waiting } = started[next] as Thread
      next = (next + 1) % threads
      return new Promise((resolve) => {
        waiting.push(resolve)
        worker.postMessage(input, options?.transfer)
      })
    },
    bulk: (count) =>
      new Promise((resolve) => {
        left = count
        counted = resolve
        for (let sent = 0; sent < count; sent += 1) started[sent % threads]?.worker.postMessage(undefined)
      }),
    close: () => Promise.all(started.map(({ worker }) => worker.terminate())),
  }
}
