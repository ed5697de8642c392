// Epochs of a soak in which random trees are played: some dozens of runs, in a runtime of their own, with an end that waits
// for all or doesn't; or in one that is served for as long as the soak takes.

import { createRuntime, type Runtime, type RuntimeOptions } from 'heddle'
import { createClient } from 'heddle/client'
import type { Told } from './leaks.js'
import { Mirror } from './mirror.js'
import { playRun } from './play-run.js'
import { playSweep } from './play-sweep.js'
import type { Random } from './random.js'
import type { Stage } from './stage.js'
import { within, type Soak } from './within.js'
import { Violation } from './seen.js'
import { Story } from './story.js'
import { services } from './talk.js'

const RUNS = 25
const MOST_LIVE = 6

/** Plays one in a runtime of its own. */
export async function playEpoch(random: Random, soak: Soak): Promise<void> {
  const calm = random.chance(0.35)
  const options: RuntimeOptions = {
    threads: random.pick([1, 1, 2, 3]),
    graceMs: calm ? 60_000 : random.pick([0, 5, 50]),
    retain: random.pick([{ runs: 100, actions: 10_000 }, { runs: 8, actions: 50 }, 0]),
    services,
    ...(random.chance(0.2) && { maxQueued: 20 }),
  }
  const runtime = createRuntime(options)
  const story = new Story(soak.totals, soak.onViolation, { isBounded: options.maxQueued !== undefined })
  const reading = read(runtime, story)
  const closesEarly = random.chance(0.3)
  let closing: Promise<void> | undefined
  await playRuns({ ...soak, runtime, story, random, calm }, 'run', (count) => {
    if (!closesEarly || count !== RUNS - 10) return false
    closing = runtime.close(calm ? {} : { graceMs: random.pick([0, 30]) })
    return true
  })
  await lookAt(runtime, soak)
  await within(closing ?? runtime.close(), 'close() of a runtime without runs', soak)
  const { abandoned, threads } = runtime.stats()
  if (abandoned + threads > 0)
    soak.onViolation(
      new Violation(`the runtime is closed, with ${threads} threads and ${abandoned} abandoned bodies`, []),
    )
  await within(reading, 'the end of events() of a closed runtime', soak)
}

/** A runtime that is served for as long as the soak takes, with a stream open. */
export interface ServedRuntime extends AsyncDisposable {
  readonly runtime: Runtime
  readonly told: Told
  /** Plays an epoch in it. */
  play(random: Random): Promise<void>
}

/** Serves one. */
export async function serveRuntime(soak: Soak): Promise<ServedRuntime> {
  const runtime = createRuntime({ threads: 2, graceMs: 50, retain: { runs: 20, actions: 500 }, services })
  const story = new Story(soak.totals, soak.onViolation)
  const reading = read(runtime, story)
  const { url, token } = await runtime.serve({ discoverable: false })
  const client = createClient({ url, token })
  const mirror = new Mirror()
  const streaming = mirror.read(client.events())
  let epochs = 0
  return {
    runtime,
    told: mirror,
    async play(random) {
      epochs += 1
      await playRuns(
        { ...soak, runtime, story, random, calm: false, served: { client, mirror } },
        `served-${epochs}`,
      )
      await lookAt(runtime, soak)
    },
    async [Symbol.asyncDispose]() {
      await within(runtime.close(), 'close() of a served runtime', soak)
      await within(Promise.all([reading, streaming]), 'the end of the events of a closed runtime', soak)
      if (mirror.events === 0) soak.onViolation(new Violation('the event stream has told nothing', []))
    },
  }
}

async function playRuns(
  stage: Stage,
  prefix: string,
  endsAt: (count: number) => boolean = () => false,
): Promise<void> {
  const live = new Set<Promise<void>>()
  for (let count = 0; count < RUNS; count += 1) {
    const play = stage.random.chance(0.05) ? playSweep : playRun
    const run = play(stage, `${prefix}-${count}`)
    live.add(run)
    void run.finally(() => live.delete(run))
    if (live.size >= MOST_LIVE) await Promise.race(live)
    if (endsAt(count)) break
  }
  await Promise.all(live)
}

async function read(runtime: Runtime, story: Story): Promise<void> {
  for await (const event of runtime.events()) story.take(event)
}

/** What must hold when all runs are over. */
async function lookAt(runtime: Runtime, soak: Soak): Promise<void> {
  // What a body says of its own end and what it holds may come in two arrays.
  await new Promise((resolve) => setTimeout(resolve, 20))
  const { queued, running, aborting, lanes, abandoned } = runtime.stats()
  if (queued + running + aborting > 0)
    soak.onViolation(
      new Violation(`all runs are over, and ${queued} are queued, ${running} run, ${aborting} abort`, []),
    )
  // An abandoned body keeps its share (S6 d).
  if (abandoned > 0) return
  for (const lane of lanes) {
    if (Math.abs(lane.held) > 1e-9 || lane.inFlight > 0)
      soak.onViolation(
        new Violation(`all runs are over, and a lane is not free: ${JSON.stringify(lane)} (I9)`, []),
      )
  }
}
