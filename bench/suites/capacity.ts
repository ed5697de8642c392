// How long until there is a thread again, after a body that never yields has been killed? From the request until the next
// no-op has run, in each of the ways in which it comes about; beside Piscina, which kills by a signal, in the same run.

import { createRuntime } from 'heddle'
import { busyUntil, forever, meet, noOp } from '../actions.js'
import { measure, type Candidate, type Group } from '../measure.js'
import { startPiscina } from '../peers/piscina.js'
import type { Peer } from '../peers/peer.js'
import { startRaw } from '../peers/raw.js'
import { startTinypool } from '../peers/tinypool.js'
import { startWorkerpool } from '../peers/workerpool.js'
import { atMost, rowOf, type Goal } from '../suite.js'

type Words = Int32Array<SharedArrayBuffer>

const HEDDLE = 'heddle'
const GRACE_MS = 500

/** A body that never yields, and how it is killed. */
interface Victim {
  readonly kill: () => void
  /** Resolves when it has ended. */
  readonly gone: PromiseLike<unknown>
}

/** How a victim is killed: at once, since it has no grace; by force, though it had one; or when its grace is over. */
type Way = 'no grace' | 'force' | 'after a grace'

/** What the scenarios ask of a pool. */
interface Pool {
  hang(begun: Words, way: Way): Victim
  run(task: 'noOp' | 'busyUntil' | 'meet', words?: Words): PromiseLike<unknown>
  close(): PromiseLike<unknown>
}

type Open = (threads: number) => Pool

const openers: Readonly<Record<string, Open>> = {
  piscina: (threads) => ofPeer(startPiscina({ threads })),
  tinypool: (threads) => ofPeer(startTinypool({ threads })),
  workerpool: (threads) => ofPeer(startWorkerpool({ threads })),
  [HEDDLE]: ofHeddle,
}

function ofPeer(peer: Peer): Pool {
  return {
    hang(begun, way) {
      const controller = new AbortController()
      const { signal } = controller
      const gone = peer.run('forever', begun, { signal }).then(undefined, () => undefined)
      return {
        gone,
        kill() {
          // It has no grace: its user gives one.
          if (way === 'after a grace') setTimeout(() => controller.abort(), GRACE_MS)
          else controller.abort()
        },
      }
    },
    run: (task, words) => peer.run(task, words),
    close: () => peer.close(),
  }
}

function ofHeddle(threads: number): Pool {
  const runtime = createRuntime({ threads, retain: 0 })
  return {
    hang(begun, way) {
      const graceMs = { 'no grace': 0, force: 5000, 'after a grace': GRACE_MS }[way]
      const run = runtime.run(forever, begun, { graceMs })
      const gone = run.settled().then((outcome) => {
        // Its outcome comes with the exit of the thread: that it is dead is what `forced` says.
        if (outcome.status !== 'aborted' || outcome.how !== 'forced') throw new Error(`it ${outcome.status}`)
      })
      return { gone, kill: () => run.cancel('enough', { force: way === 'force' }) }
    },
    run(task, words = new Int32Array(new SharedArrayBuffer(8))) {
      if (task === 'noOp') return runtime.run(noOp)
      return runtime.run(task === 'meet' ? meet : busyUntil, words)
    },
    close: () => runtime.close(),
  }
}

/** Kills in a pool, and gives the milliseconds until it has capacity again. */
type Scenario = (open: () => Pool) => Promise<number>

/** The first kill of a new pool, with one thread. */
const first =
  (way: Way): Scenario =>
  (open) =>
    inNew(open, (pool) => killOne(pool, way))

/** In both threads of a new pool something hangs, and both are killed at once. */
const both =
  (back: (pool: Pool) => PromiseLike<unknown>): Scenario =>
  (open) =>
    inNew(open, async (pool) => {
      const victims = [await hang(pool, 'no grace'), await hang(pool, 'no grace')]
      const start = performance.now()
      for (const { kill } of victims) kill()
      await back(pool)
      const ms = performance.now() - start
      await Promise.all(victims.map(({ gone }) => gone))
      return ms
    })

const besideComputing: Scenario = (open) =>
  inNew(open, async (pool) => {
    const words = newWords()
    const computing = pool.run('busyUntil', words)
    while (Atomics.load(words, 0) === 0) await pause(1)
    const ms = await killOne(pool, 'no grace')
    Atomics.store(words, 1, 1)
    await computing
    return ms
  })

const scenarios: readonly { readonly title: string; readonly threads: number; readonly run: Scenario }[] = [
  { title: 'the first kill', threads: 1, run: first('no grace') },
  { title: 'the first kill, by force without warning', threads: 1, run: first('force') },
  {
    title: `the first kill, after a grace of ${GRACE_MS} ms, from its end`,
    threads: 1,
    run: first('after a grace'),
  },
  { title: 'both of two threads at once', threads: 2, run: both((pool) => pool.run('noOp')) },
  {
    title: 'both of two threads at once, until both are there again',
    threads: 2,
    run: both((pool) => {
      const words = newWords()
      return Promise.all([pool.run('meet', words), pool.run('meet', words)])
    }),
  },
  { title: 'one of two threads, while the other computes', threads: 2, run: besideComputing },
]

const LATER = 'capacity back: later kills'

/** Each way to lose a thread, and the goals of it. */
export async function measureCapacity(): Promise<{ groups: Group[]; goals: Goal[] }> {
  const groups: Group[] = [await laterKills()]
  for (const { title, threads, run } of scenarios) {
    groups.push(
      await measure(
        { title: `capacity back: ${title}`, unit: 'ms', rounds: 5, iterations: 2, warmUps: 0 },
        ['piscina', HEDDLE].map((name) => ({
          name,
          kind: name === HEDDLE ? 'heddle' : 'peer',
          run: () => run(() => (openers[name] as Open)(threads)),
        })),
      ),
    )
  }
  const goals = groups.map((group) =>
    atMost(`${group.title}, p50, as Piscina`, rowOf(group, HEDDLE).p50, rowOf(group, 'piscina').p50, 'ms'),
  )
  const prepared = groups.filter(({ title }) => title === LATER || title.includes('grace of'))
  return {
    groups,
    goals: [
      ...goals,
      ...prepared.map((group) => atMost(`${group.title}, p50`, rowOf(group, HEDDLE).p50, 5, 'ms')),
    ],
  }
}

/** Of a pool that has lost its thread before, with a rest between; beside all that can kill, and a bare thread. */
async function laterKills(): Promise<Group> {
  const pools = Object.entries(openers).map(([name, open]) => ({ name, pool: open(1) }))
  try {
    return await measure({ title: LATER, unit: 'ms', rounds: 4, iterations: 5, warmUps: 1 }, [
      { name: 'raw: terminated and replaced', kind: 'floor', run: replaceRaw },
      ...pools.map(({ name, pool }): Candidate => {
        return {
          name,
          kind: name === HEDDLE ? 'heddle' : 'peer',
          async run() {
            await rest()
            return killOne(pool, 'no grace')
          },
        }
      }),
    ])
  } finally {
    for (const { pool } of pools) await pool.close()
  }
}

async function inNew(open: () => Pool, kill: (pool: Pool) => Promise<number>): Promise<number> {
  const pool = open()
  try {
    return await kill(pool)
  } finally {
    await pool.close()
  }
}

async function killOne(pool: Pool, way: Way): Promise<number> {
  const { kill, gone } = await hang(pool, way)
  const start = performance.now()
  kill()
  await pool.run('noOp')
  const ms = performance.now() - start
  await gone
  return way === 'after a grace' ? ms - GRACE_MS : ms
}

/** Waits until a body hangs, and for what the pool does to be ready. */
async function hang(pool: Pool, way: Way): Promise<Victim> {
  const begun = newWords()
  const victim = pool.hang(begun, way)
  while (Atomics.load(begun, 0) === 0) await pause(1)
  await pause(10)
  return victim
}

async function replaceRaw(): Promise<number> {
  await rest()
  const first = await startRaw('forever', 1)
  const begun = newWords()
  void first.run('forever', begun)
  while (Atomics.load(begun, 0) === 0) await pause(1)
  const start = performance.now()
  await first.close()
  const second = await startRaw('noOp', 1)
  await second.run('noOp')
  const ms = performance.now() - start
  await second.close()
  return ms
}

function newWords(): Words {
  return new Int32Array(new SharedArrayBuffer(8))
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** Nobody kills threads without a break: what a pool does to be ready for the next one may end first. */
function rest(): Promise<void> {
  return pause(150)
}
