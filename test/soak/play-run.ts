// One run of a soak: a random tree, sent letters if it reads, struck by aborts at some of its events, and looked at when
// it is over.

import { getEventListeners } from 'node:events'
import { isHeddleError, type AbortOptions, type Run, type Runtime } from 'heddle'
import { ControlError, type SimpleAbortRequest } from 'heddle/client'
import { definitions } from './bodies.js'
import { lettersFor, planTree, type Plan } from './plan.js'
import type { Types } from './said.js'
import type { Stage } from './stage.js'
import { within } from './within.js'
import { Violation, type RunStory } from './seen.js'

/** What comes at an event of a run. */
interface Strike {
  readonly atEvent: number
  readonly how: 'external' | 'cancel' | 'signal' | 'http'
  readonly which: number
  readonly graceMs: number | undefined
  readonly force: boolean
}

const STRIKES: NonNullable<Stage['strikes']> = { counts: [0, 0, 1, 1, 2, 5], events: [3, 30, 300] }

/** A run that is played. */
interface Play {
  readonly run: RunStory
  readonly handle: Run<unknown, Types>
  readonly controller: AbortController
  /** Aborts by HTTP whose answers haven't come. */
  readonly asked: Promise<void>[]
}

/** Plays one; resolves when it is over, and found right or not. */
export async function playRun(stage: Stage, name: string): Promise<void> {
  const { story, random, calm, counts } = stage
  const { isFar = false, strikes: struck = STRIKES } = stage
  const plan = planTree(random, calm, isFar)
  const isScope = random.chance(0.2)
  const strikes: Strike[] = Array.from({ length: random.pick(struck.counts) }, () => ({
    atEvent: random.below(random.pick(struck.events)),
    how: random.weighted({ external: 6, cancel: 2, signal: 1, http: stage.served === undefined ? 0 : 6 }),
    which: random.next(),
    graceMs: calm ? undefined : random.pick([undefined, 0, 10]),
    force: !calm && random.chance(0.1),
  }))
  const run = story.follow(name, calm, isScope ? 'scope' : `${plan.kind}#${plan.slot}`)
  const ended = new Promise<void>((resolve) => (run.onEnd = resolve))
  const controller = new AbortController()
  const asked: Promise<void>[] = []
  let seen = 0
  run.onEvent = () => {
    seen += 1
    for (const strike of strikes)
      if (strike.atEvent === seen) aim(stage, { run, handle, controller, asked }, strike)
  }
  counts.runs += 1
  const handle = start(stage.runtime, plan, name, isScope, controller.signal, stage)
  if (!isScope) {
    for (const letter of lettersFor(plan)) if (handle.send(letter)) counts.letters += 1
  }
  const outcome = await within(handle.settled(), `run ${name}`, stage, {
    // Who waits behind others doesn't hang as long as these begin. For who would wait for ever, nothing does at the soak's end.
    progress: () => run.events.length + (isFar && isQueued(run) ? stage.totals.attempts : 0),
    history: () => [
      JSON.stringify(stage.runtime.stats()),
      ...[...run.actions.values()]
        .filter(({ end }) => end === undefined)
        .flatMap(({ id }) => story.history(run, id)),
    ],
  })
  if (outcome === undefined) return
  if (getEventListeners(controller.signal, 'abort').length > 0)
    stage.onViolation(
      new Violation(`run ${name} is over, and listens to the signal that it was given (S22, I9)`, []),
    )
  // Refused, because the runtime is being closed, or its queue is full: no event tells of it.
  if (outcome.status === 'failed' && REFUSALS.has(outcome.error.code) && run.actions.size === 0) return
  await within(ended, `the last event of run ${name}`, stage)
  await within(Promise.all(asked), `the answers to aborts of run ${name}`, stage)
  await stage.served?.mirror.compare(run, stage)
  story.finish(run, handle, outcome, isFar ? undefined : plan.marks)
}

function isQueued({ actions }: RunStory): boolean {
  return [...actions.values()].some(({ phase }) => phase === 'queued')
}

const REFUSALS: ReadonlySet<string> = new Set(['RuntimeClosedError', 'QueueFullError'])

function start(
  runtime: Runtime,
  plan: Plan,
  name: string,
  isScope: boolean,
  signal: AbortSignal,
  { random }: Stage,
): Run<unknown, Types> {
  const timeout = {
    ...(plan.timeoutMs !== undefined && { runMs: plan.timeoutMs }),
    ...(random.chance(0.1) && { deadlineMs: random.pick([random.below(500), 3_600_000]) }),
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
      for (const letter of lettersFor(plan)) child.send(letter)
      return (await child.settled()).status
    },
    { name, signal },
  )
}

function aim(stage: Stage, { run, handle, controller, asked }: Play, strike: Strike): void {
  const { runtime, story, counts } = stage
  const { how, which, graceMs, force } = strike
  counts.aborts += 1
  const urgency = { ...(graceMs !== undefined && { graceMs }), ...(force && { force }) }
  const ids = [...run.actions.keys()]
  const id = ids[Math.floor(which * ids.length)] as string
  const options = { reason: 'by the soak', by: 'soak', ...urgency }
  const accept = (accepted: boolean): void => {
    if (!accepted) return
    counts.accepted += 1
    story.accepted(run, id)
  }
  switch (how) {
    case 'cancel':
      handle.cancel('by the soak', urgency)
      return
    case 'signal':
      controller.abort(new Error('by the soak'))
      return
    case 'external':
      accept(tryToAbort(runtime, run.name, id, options))
      return
    case 'http':
      asked.push(askToAbort(stage, run.name, id, options).then(accept))
  }
}

/** Aborts by HTTP. A connection that was closed while it was idle is tried again: Node's client leaves that to its user. */
async function askToAbort(
  stage: Stage,
  run: string,
  id: string,
  options: SimpleAbortRequest,
): Promise<boolean> {
  const { client } = stage.served as NonNullable<Stage['served']>
  for (let tries = 1; ; tries += 1) {
    try {
      return (await client.abortAction(run, id, options)).accepted
    } catch (error) {
      // It may be over by now, and forgotten.
      if (error instanceof ControlError && error.status === 404) return false
      if (tries === 1 && error instanceof ControlError && error.code === 'unreachable') continue
      stage.onViolation(new Violation(`an abort by HTTP was answered with ${String(error)}`, []))
      return false
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
