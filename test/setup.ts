// Fails a test file that leaves something behind: a worker thread, a message port, a timer, a socket or a child process
// that is still alive after its last test (I9); and one that runs under another Node than was meant. Vitest runs this file
// in the process of each test file, before it.
import { channel } from 'node:diagnostics_channel'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import type { Worker } from 'node:worker_threads'
import { afterAll } from 'vitest'

// Who tests several Nodes says by this which one it means: a test runner that took another one would prove nothing.
const testedNode = process.env['HEDDLE_TESTED_NODE']
if (testedNode !== undefined && process.versions.node.split('.')[0] !== testedNode) {
  throw new Error(
    `HEDDLE_TESTED_NODE is ${testedNode}, and the tests run under ${process.version}, ${process.execPath}. ` +
      'Put the folder of that Node first in PATH',
  )
}

/** How long what was just closed may take to be gone. A clean file waits for 100 ms at most. */
const settleMs = 3_000

/** Threads that live: one set in a process, which several test files may share. */
const liveThreads = ((globalThis as { heddleTestThreads?: Set<number> }).heddleTestThreads ??= watchThreads())

/** Node tells of each thread it starts. An `unref`ed thread is in none of Node's lists of active resources. */
function watchThreads(): Set<number> {
  const live = new Set<number>()
  channel('worker_threads').subscribe((message) => {
    const { worker } = message as { worker: Worker }
    const { threadId } = worker
    live.add(threadId)
    worker.once('exit', () => live.delete(threadId))
  })
  return live
}

/** Counts what keeps this process alive, by kind, with the threads that don't. */
function countResources(): Map<string, number> {
  const counts = new Map<string, number>()
  for (const kind of process.getActiveResourcesInfo()) {
    // Requests in flight, this turn's immediates and the process's own pipes come and go with Vitest itself.
    if (/Req|Immediate|PipeWrap|TTYWrap/.test(kind)) continue
    counts.set(kind, (counts.get(kind) ?? 0) + 1)
  }
  if (liveThreads.size > 0) counts.set('Worker', liveThreads.size)
  return counts
}

/** What there is more of now than in the baseline, as `3 × MessagePort`. */
function listLeft(baseline: Map<string, number>): string[] {
  return [...countResources()]
    .map(([kind, count]) => [kind, count - (baseline.get(kind) ?? 0)] as const)
    .filter(([, surplus]) => surplus > 0)
    .map(([kind, surplus]) => `${surplus} × ${kind}`)
}

// What Vitest itself holds, before the test file is even imported. Its timers don't count: it has only short ones (one
// of 100 ms reports results), which the wait below outlives, and a test's timer must not hide behind one of them.
const baseline = countResources()
baseline.delete('Timeout')

// Registered before any hook of the test file, so it runs after all of them.
afterAll(async () => {
  const giveUpAt = performance.now() + settleMs
  await nextTurn()
  let left = listLeft(baseline)
  while (left.length > 0 && performance.now() < giveUpAt) {
    await sleep(20)
    left = listLeft(baseline)
  }
  if (left.length > 0) {
    throw new Error(
      `Left behind by the tests of this file: ${left.join(', ')}. ` +
        'Close each runtime, worker, port and timer in the test that made it (`await using`).',
    )
  }
})
