// Scenes of a soak whose end is known: nothing else goes on, so how each action ends, and when, can be told beforehand.
// Bounds from below are exact; those from above are generous, since the machine may have other things to do.

import {
  action,
  createRuntime,
  type ActionContext,
  type ActionHandle,
  type Outcome,
  type Runtime,
} from 'heddle'
import { isThreadAlive } from './leaks.js'
import { within, type Soak } from './within.js'
import { Violation } from './seen.js'

/** How much later than its time a force may come, in milliseconds. */
const LATE_MS = 4000
/** Timers of Node's come up to a millisecond early. */
const EARLY_MS = 2

/** Words that a scene and its bodies share. */
type Words = Int32Array<SharedArrayBuffer>

const deaf = action(import.meta, 'deaf', { graceMs: 500 }, (begun: Words): void => {
  Atomics.add(begun, 0, 1)
  for (;;);
})

/** Waits for a deaf child, and for its own clean-up after that. */
const parentOfDeaf = action(
  import.meta,
  'parentOfDeaf',
  { cpu: 0, graceMs: 250 },
  async (begun: Words, ctx: ActionContext): Promise<void> => {
    const child = ctx.spawn(deaf, begun)
    try {
      await child
    } finally {
      await child.settled()
      await ctx.shield(100, (shielded) => shielded.sleep(5))
    }
  },
)

const sleeper = action(import.meta, 'sleeper', { graceMs: 100 }, async (begun: Words, ctx): Promise<void> => {
  Atomics.add(begun, 0, 1)
  await ctx.sleep(1e9)
})

/** Its clean-up takes longer than its own grace. */
const slowCleaner = action(
  import.meta,
  'slowCleaner',
  { graceMs: 50 },
  async (begun: Words, ctx): Promise<void> => {
    Atomics.add(begun, 0, 1)
    try {
      await ctx.sleep(1e9)
    } finally {
      await new Promise((resolve) => setTimeout(resolve, 300))
    }
  },
)

const spawner = action(import.meta, 'spawner', { cpu: 0 }, async (begun: Words, ctx): Promise<void> => {
  ctx.spawn(sleeper, begun, { detached: true })
  await ctx.sleep(1e9)
})

const rootOfSpawner = action(
  import.meta,
  'rootOfSpawner',
  { cpu: 0 },
  async (begun: Words, ctx): Promise<void> => {
    await ctx.spawn(spawner, begun).settled()
    // Reached when the spawner has been stopped from outside.
    Atomics.add(begun, 1, 1)
    await ctx.sleep(1e9)
  },
)

const whichThread = action(import.meta, 'whichThread', (_: void, ctx): number => ctx.info.thread)

/** What is told of a scene. */
class Scene implements AsyncDisposable {
  readonly runtime: Runtime
  readonly begun: Words = new Int32Array(new SharedArrayBuffer(8))
  readonly #name: string
  readonly #soak: Soak

  constructor(name: string, threads: number, soak: Soak) {
    this.#name = name
    this.#soak = soak
    this.runtime = createRuntime({ threads })
  }

  /** Waits until so many bodies have begun; or, with `slot`, come to another point. */
  async until(count: number, slot: 0 | 1 = 0): Promise<void> {
    const began = (async () => {
      while (Atomics.load(this.begun, slot) < count) await new Promise((resolve) => setTimeout(resolve, 1))
    })()
    await within(began, `${this.#name}: the begin of ${count} bodies`, this.#soak)
  }

  async end(handle: ActionHandle): Promise<Outcome<unknown> | undefined> {
    return within(handle.settled(), `${this.#name}: ${handle.name}`, this.#soak)
  }

  expect(isRight: boolean, message: string): void {
    if (!isRight) this.#soak.onViolation(new Violation(`${this.#name}: ${message}`, []))
  }

  /** Whether it ended that way; and, if it was forced, so long after its abort. */
  stopped(what: string, ended: Ending | undefined, how: string, afterMs?: number): void {
    this.expect(ended?.how === how, `${what} is ${ended?.how ?? 'not stopped'}, and must be ${how}`)
    if (afterMs === undefined || ended?.how !== how) return
    const tookMs = (ended.settledAt as number) - (ended.abortRequestedAt as number)
    this.expect(
      tookMs >= afterMs - EARLY_MS && tookMs <= afterMs + LATE_MS,
      `${what} was ${how} ${tookMs.toFixed(1)} ms after its abort, and had ${afterMs} ms`,
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await within(this.runtime.close({ graceMs: 0 }), `${this.#name}: close()`, this.#soak)
  }
}

/** What an outcome and a record both say of an end. */
interface Ending {
  readonly how?: string
  readonly abortRequestedAt?: number
  readonly settledAt?: number
}

function endingOf(outcome: Outcome<unknown> | undefined): Ending | undefined {
  return outcome?.status === 'aborted' || outcome?.status === 'timedOut' ? outcome : undefined
}

/** A parent's grace starts when its last child has settled, however long that takes (S5). */
async function childrenFirst(soak: Soak): Promise<void> {
  await using scene = new Scene("a parent's grace after its child's", 1, soak)
  const run = scene.runtime.run(parentOfDeaf, scene.begun)
  await scene.until(1)
  run.cancel('by the soak')
  const outcome = await scene.end(run)
  scene.stopped(
    'the child',
    run.actions().find(({ id }) => id === 'a0.1'),
    'forced',
    500,
  )
  scene.stopped('its parent', endingOf(outcome), 'cooperative')
}

/** A request's deadline is for the whole subtree (S5), and a force is at once; neither changes the reason (I3). */
async function escalated(soak: Soak): Promise<void> {
  await using scene = new Scene('an escalation', 1, soak)
  const run = scene.runtime.run(deaf, scene.begun)
  await scene.until(1)
  run.cancel('first', { graceMs: 60_000 })
  await new Promise((resolve) => setTimeout(resolve, 20))
  run.cancel('second', { graceMs: 100 })
  const outcome = await scene.end(run)
  scene.stopped('a deaf body', endingOf(outcome), 'forced', 100)
  if (outcome?.status !== 'aborted') return
  const { reason, escalations, error } = outcome
  scene.expect(
    reason.message === 'first' && error.reason.message === 'first',
    `the reason is '${reason.message}' (I3)`,
  )
  const said = escalations.map(({ message }) => message).join(', ')
  scene.expect(said === 'second', `the escalations are '${said}' (I3)`)
}

/** A request's longer grace counts (S5). */
async function longerGrace(soak: Soak): Promise<void> {
  await using scene = new Scene('a longer grace of a request', 1, soak)
  const run = scene.runtime.run(slowCleaner, scene.begun)
  await scene.until(1)
  run.cancel('by the soak', { graceMs: 20_000 })
  scene.stopped('a slow clean-up', endingOf(await scene.end(run)), 'cooperative')
}

/** A detached child doesn't end with its spawner (S18), but with the root. */
async function detached(soak: Soak): Promise<void> {
  await using scene = new Scene('a detached child', 1, soak)
  const { runtime, begun } = scene
  const run = runtime.run(rootOfSpawner, begun)
  await scene.until(1)
  runtime.abort(run.run, 'a0.1', { reason: 'by the soak' })
  await scene.until(1, 1)
  const phase = run.actions().find(({ id }) => id === 'a0.1.1')?.phase
  scene.expect(phase === 'running', `its spawner has ended, and it is ${phase} (S18)`)
  run.cancel('by the soak')
  await scene.end(run)
  scene.stopped(
    'the child',
    run.actions().find(({ id }) => id === 'a0.1.1'),
    'cooperative',
  )
}

/** While the app's loop stands still, graces pass; what has ended meanwhile isn't forced, and keeps its thread. */
async function stalled(soak: Soak): Promise<void> {
  await using scene = new Scene('a stall of the app', 1, soak)
  const { runtime } = scene
  const thread = await runtime.run(whichThread)
  const run = runtime.run(sleeper, scene.begun)
  await scene.until(1)
  run.cancel('by the soak')
  // The abort is posted at the end of the tick.
  await new Promise((resolve) => setImmediate(resolve))
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300)
  scene.stopped('what ended during the stall', endingOf(await scene.end(run)), 'cooperative')
  await runtime.run(whichThread)
  scene.expect(isThreadAlive(thread), 'its thread was killed')
}

/** Plays all scenes. */
export async function playScenes(soak: Soak): Promise<void> {
  await Promise.all([childrenFirst(soak), escalated(soak), longerGrace(soak), detached(soak)])
  await stalled(soak)
}
