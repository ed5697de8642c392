// One epoch of a soak: a runtime of its own, some dozens of runs, aborts at random events, and an end that waits for
// all, or doesn't.

import { createRuntime, isHeddleError, type AbortOptions, type Run, type Runtime } from 'heddle'
import { definitions } from './bodies.js'
import { planTree, type Plan } from './plan.js'
import type { Random } from './random.js'
import { Story, Violation, type RunStory, type Totals } from './story.js'

/** What doesn't come with the events. */
export interface Counts {
  runs: number
  aborts: number
  accepted: number
  readonly warnings: string[]
}

/** A run that takes longer hangs. */
const HANG_MS = 120_000
const RUNS = 60
const MOST_LIVE = 6

/** Plays one epoch. */
export async function playEpoch(
  random: Random,
  totals: Totals,
  counts: Counts,
  onViolation: (violation: Violation) => void,
): Promise<void> {
  const calm = random.chance(0.35)
  const runtime = createRuntime({
    threads: random.pick([1, 1, 2, 3]),
    graceMs: calm ? 60_000 : random.pick([0, 5, 50]),
    retain: random.pick([{ runs: 100, actions: 10_000 }, { runs: 8, actions: 50 }, 0]),
    ...(random.chance(0.2) && { maxQueued: 20 }),
  })
  const story = new Story(totals, onViolation)
  const reading = read(runtime, story)
  const closesEarly = random.chance(0.3)
  const live = new Set<Promise<void>>()
  let closing: Promise<void> | undefined
  for (let count = 0; count < RUNS; count += 1) {
    const run = playRun(runtime, story, random, calm, count, counts, onViolation)
    live.add(run)
    void run.finally(() => live.delete(run))
    if (live.size >= MOST_LIVE) await Promise.race(live)
    if (closesEarly && count === RUNS - 10) {
      closing = runtime.close(calm ? {} : { graceMs: random.pick([0, 30]) })
      break
    }
  }
  await Promise.all(live)
  const { queued, running, aborting } = runtime.stats()
  if (queued + running + aborting > 0)
    onViolation(
      new Violation(`all runs are over, and ${queued} are queued, ${running} run, ${aborting} abort`, []),
    )
  await within(closing ?? runtime.close(), 'close() of a runtime without runs', onViolation)
  const { abandoned, threads } = runtime.stats()
  if (abandoned + threads > 0)
    onViolation(
      new Violation(`the runtime is closed, with ${threads} threads and ${abandoned} abandoned bodies`, []),
    )
  await reading
}

async function read(runtime: Runtime, story: Story): Promise<void> {
  for await (const event of runtime.events()) story.take(event)
}

/** What comes at an event of a run. */
interface Strike {
  readonly atEvent: number
  readonly how: 'external' | 'cancel' | 'signal'
  readonly which: number
  readonly graceMs: number | undefined
  readonly force: boolean
}

async function playRun(
  runtime: Runtime,
  story: Story,
  random: Random,
  calm: boolean,
  number: number,
  counts: Counts,
  onViolation: (violation: Violation) => void,
): Promise<void> {
  const plan = planTree(random, calm)
  const name = `run-${number}`
  const isScope = random.chance(0.2)
  const strikes: Strike[] = Array.from({ length: random.pick([0, 0, 1, 1, 2, 5]) }, () => ({
    atEvent: random.below(random.pick([3, 30, 300])),
    how: random.weighted({ external: 6, cancel: 2, signal: 1 }),
    which: random.next(),
    graceMs: calm ? undefined : random.pick([undefined, 0, 10]),
    force: !calm && random.chance(0.1),
  }))
  const run = story.follow(name, calm, isScope ? 'scope' : `${plan.kind}#${plan.slot}`)
  const ended = new Promise<void>((resolve) => (run.onEnd = resolve))
  const controller = new AbortController()
  let seen = 0
  run.onEvent = () => {
    seen += 1
    for (const strike of strikes)
      if (strike.atEvent === seen) aim(runtime, handle, run, story, strike, controller, counts)
  }
  counts.runs += 1
  const handle = start(runtime, plan, name, isScope, controller.signal, random)
  const outcome = await within(handle.settled(), `run ${name}`, onViolation, () => [
    JSON.stringify(runtime.stats()),
    ...[...run.actions.values()]
      .filter(({ end }) => end === undefined)
      .flatMap(({ id }) => story.history(run, id)),
  ])
  // Refused, because the runtime is being closed: no event tells of it.
  if (outcome?.status === 'failed' && outcome.error.code === 'RuntimeClosedError') return
  if (outcome === undefined) return
  await within(ended, `the last event of run ${name}`, onViolation)
  story.finish(run, handle, outcome, plan.marks)
}

function start(
  runtime: Runtime,
  plan: Plan,
  name: string,
  isScope: boolean,
  signal: AbortSignal,
  random: Random,
): Run {
  const timeout = {
    ...(plan.timeoutMs !== undefined && { runMs: plan.timeoutMs }),
    ...(random.chance(0.05) && { deadlineMs: random.below(500) }),
  }
  const graceMs = plan.graceMs
  const options = { name, signal, timeout, graceMs }
  if (!isScope) return runtime.run(definitions[plan.on], plan, options)
  return runtime.scope(
    async (ctx) => {
      const child = ctx.spawn(definitions[plan.on], plan, {
        name: `${plan.kind}#${plan.slot}`,
        timeout,
        graceMs,
      })
      return (await child.settled()).status
    },
    { name, signal },
  )
}

function aim(
  runtime: Runtime,
  handle: Run,
  run: RunStory,
  story: Story,
  { how, which, graceMs, force }: Strike,
  controller: AbortController,
  counts: Counts,
): void {
  counts.aborts += 1
  const urgency = { ...(graceMs !== undefined && { graceMs }), ...(force && { force }) }
  switch (how) {
    case 'cancel':
      handle.cancel('by the soak', urgency)
      return
    case 'signal':
      controller.abort(new Error('by the soak'))
      return
    case 'external': {
      const ids = [...run.actions.keys()]
      const id = ids[Math.floor(which * ids.length)] as string
      const accepted = tryToAbort(runtime, run.name, id, { reason: 'by the soak', by: 'soak', ...urgency })
      if (!accepted) return
      counts.accepted += 1
      story.accepted(run, id)
    }
  }
}

/** The events lag behind: the run may be over by now, and forgotten. */
function tryToAbort(runtime: Runtime, run: string, id: string, options: AbortOptions): boolean {
  try {
    return runtime.abort(run, id, options).accepted
  } catch (error) {
    if (isHeddleError(error, 'ActionNotFoundError') && runtime.get(run) === undefined) return false
    throw error
  }
}

/** Waits, but not for ever: what takes so long hangs. */
async function within<Value>(
  promise: Promise<Value>,
  what: string,
  onViolation: (violation: Violation) => void,
  history: () => string[] = () => [],
): Promise<Value | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => {
      onViolation(new Violation(`${what} hangs: nothing for ${HANG_MS / 1000} s (I4)`, history()))
      resolve(undefined)
    }, HANG_MS)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
