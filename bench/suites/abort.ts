// How long does an abort take? From the request until the body sees it, where it awaits and where it computes; until the
// action has settled; and, of a body that doesn't stop, until its thread is dead, and until its capacity is back. The floor is
// a message to a bare thread, there and back, and for the last a bare thread that is terminated and replaced.

import { createRuntime, type ActionDefinition, type Runtime } from 'heddle'
import { Worker } from 'node:worker_threads'
import { forever, seesByEvent, seesByPoll, sharedClock, type Stopwatch } from '../actions.js'
import { measure } from '../measure.js'
import { threadFile, THREADS } from '../peers/peer.js'
import { atLeastTimes, atMost, rowOf, type Goal, type Suite } from '../suite.js'
import { measureCapacity } from './capacity.js'

const AWAITING = 'heddle: awaiting body'
const LOOP = 'heddle: computing body'
const FORCED = 'heddle: forced'

export const abort: Suite = {
  name: 'abort',
  question: 'How long does an abort take?',
  async run() {
    const cooperative = await measureCooperative()
    const forced = await measureForced()
    return {
      groups: [...cooperative.groups, ...forced.groups],
      goals: [...cooperative.goals, ...forced.goals],
    }
  },
}

async function measureCooperative() {
  const runtime = createRuntime({ threads: THREADS, retain: 0 })
  const stamping = new Worker(threadFile('stamping'))
  const watch: Stopwatch = {
    state: new Int32Array(new SharedArrayBuffer(4)),
    seenAt: new Float64Array(new SharedArrayBuffer(8)),
  }
  const message = async (): Promise<{ seenMs: number; settledMs: number }> => {
    // As long between two as with the others: a thread that has just been used is woken sooner.
    await pause()
    const start = sharedClock()
    await new Promise((resolve) => {
      stamping.once('message', resolve)
      stamping.postMessage(watch.seenAt)
    })
    return { seenMs: (watch.seenAt[0] as number) - start, settledMs: sharedClock() - start }
  }
  const cancelled = async (
    definition: ActionDefinition<Stopwatch, void>,
  ): Promise<{ seenMs: number; settledMs: number }> => {
    watch.state[0] = 0
    const run = runtime.run(definition, watch)
    while (Atomics.load(watch.state, 0) === 0) await pause()
    await pause()
    const start = sharedClock()
    run.cancel('enough')
    const { status } = await run.settled()
    if (status !== 'aborted') throw new Error(`it ${status}`)
    return { seenMs: (watch.seenAt[0] as number) - start, settledMs: sharedClock() - start }
  }
  // In turn: an abort is rare, and so is the message that it is compared with.
  const micro = { unit: 'µs', rounds: 6, iterations: 100, scale: 1000, alternate: true }
  try {
    const seen = await measure({ ...micro, title: 'request → the body sees it' }, [
      { name: 'raw message, one way', kind: 'floor', run: async () => (await message()).seenMs },
      { name: AWAITING, kind: 'heddle', run: async () => (await cancelled(seesByEvent)).seenMs },
      { name: LOOP, kind: 'heddle', run: async () => (await cancelled(seesByPoll)).seenMs },
    ])
    const hot = await measure({ ...micro, title: 'the same message, again and again', alternate: false }, [
      { name: 'raw message, one way', kind: 'beside', run: async () => (await message()).seenMs },
    ])
    const settled = await measure({ ...micro, title: 'request → settled' }, [
      { name: 'raw message, there and back', kind: 'floor', run: async () => (await message()).settledMs },
      { name: AWAITING, kind: 'heddle', run: async () => (await cancelled(seesByEvent)).settledMs },
      { name: LOOP, kind: 'heddle', run: async () => (await cancelled(seesByPoll)).settledMs },
    ])
    const goals = [AWAITING, LOOP].flatMap((name): Goal[] => [
      atLeastTimes(seen, name, 'raw message, one way', 0.5),
      atMost(`${seen.title}, ${name}, p99`, rowOf(seen, name).p99, 1000, 'µs'),
    ])
    return { groups: [seen, hot, settled], goals }
  } finally {
    await stamping.terminate()
    await runtime.close()
  }
}

async function measureForced() {
  const capacity = await measureCapacity()
  const runtime = createRuntime({ threads: 1, retain: 0 })
  try {
    const dead = await measure(
      { title: 'request → its thread is dead', unit: 'ms', rounds: 4, iterations: 20, warmUps: 1 },
      [{ name: FORCED, kind: 'heddle', run: () => killed(runtime) }],
    )
    return {
      groups: [...capacity.groups, dead],
      goals: [atMost(`${dead.title}, p99`, rowOf(dead, FORCED).p99, 10, 'ms'), ...capacity.goals],
    }
  } finally {
    await runtime.close()
  }
}

async function killed(runtime: Runtime): Promise<number> {
  // Nobody kills threads without a break.
  await new Promise((resolve) => setTimeout(resolve, 150))
  const begun = new Int32Array(new SharedArrayBuffer(4))
  const run = runtime.run(forever, begun)
  while (Atomics.load(begun, 0) === 0) await pause()
  await pause()
  const start = performance.now()
  run.cancel('enough', { force: true })
  const outcome = await run.settled()
  // Its outcome comes with the exit of the thread: that it is dead is what `forced` says.
  if (outcome.status !== 'aborted' || outcome.how !== 'forced') throw new Error(`it ${outcome.status}`)
  return performance.now() - start
}

/** Lets a turn of the loop pass in which nothing happens. */
function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1))
}
