// The bodies of a simulated app: one interpreter of plans. Each looks, as it goes, whether what it is promised holds.

import { extname } from 'node:path'
import { action, actionRef, type ActionContext, type ActionPlace, type EventObject } from '../../src/index.js'
import { inNobodysContext } from '../../src/protocol/async-context.js'
import { join, LISTENING } from './joins.js'
import type { Call, End, On, Plan, Step } from './plan.js'
import { logicBody, PlannedError } from './logics.js'
import { exitThread } from './threads.js'
import {
  checkSignal,
  letterFrom,
  noteEntry,
  plainWait,
  readLetter,
  refusedAfterAbort,
  witness,
  type Context,
  type Definition,
  type Spawned,
} from './witness.js'

/** More than is kept of anything once its action has ended (S29). */
const LARGE = 'much '.repeat(4000)

/** For so long a body computes between two words: longer than what it says is kept back (S11). */
const TALK_MS = 12

/** How late the end of a shield may be seen, in a thread that isn't held up. */
const SHIELD_LATE_MS = 20

/** The modules that the bodies are said to lie in: files of a package, so that other machines know them by names. */
const MODULE = import.meta.url
const OTHER_MODULE = new URL(`joins${extname(MODULE)}`, MODULE).href

async function body(plan: Plan, ctx: Context): Promise<unknown> {
  const { run, id, attempt } = ctx.info
  try {
    const output = await interpret(plan, ctx)
    witness.ended(run, id, { attempt, returned: true, threwOwn: false })
    return output
  } catch (error) {
    witness.ended(run, id, { attempt, returned: false, threwOwn: error instanceof PlannedError })
    throw error
  }
}

const definitions = {
  whole: action(MODULE, 'whole', body),
  half: action(MODULE, 'half', { cpu: 0.5 }, body),
  shared: action(MODULE, 'shared', { cpu: 0 }, body),
  retried: action(MODULE, 'retried', { retries: { limit: 2, backoffMs: 20 } }, body),
  brief: action(MODULE, 'brief', { cpu: 0.5 }, body),
  briefWhole: action(MODULE, 'briefWhole', body),
  logic: action(MODULE, 'logic', logicBody(definitionOf)),
  held: action(MODULE, 'held', { cpu: 0.5, resources: { gpu: 1 } }, (plan: Plan, ctx: Context) => {
    const { id, resources } = ctx.info
    if (resources['gpu']?.length !== 1) witness.broken('I10', `${id} is entered without what it needs`)
    const result = body(plan, ctx)
    witness.holds(ctx.info.run, id, resources['gpu']?.[0] ?? -1)
    return result
  }),
}

const named = actionRef<Definition>(OTHER_MODULE, 'named')
action(OTHER_MODULE, 'named', { cpu: 0.25, retries: { limit: 1, backoffMs: 20 } }, body)

/** What other apps send to the same machines: those who check don't hear of it. Gives the number of its attempt. */
export const errand = action(
  MODULE,
  'errand',
  { on: 'cluster', retries: { limit: 3, backoffMs: 20 } },
  async (ms: number, { info }: ActionContext): Promise<number> => {
    await plainWait(ms)
    return info.attempt
  },
)

/** All that other machines serve. */
export const served: readonly { readonly url: string; readonly name: string }[] = [
  ...Object.keys(definitions).map((name) => ({ url: MODULE, name })),
  { url: MODULE, name: 'errand' },
  { url: OTHER_MODULE, name: 'named' },
]

/** The definition that follows a plan. */
export function definitionOf(on: On): Definition {
  return on === 'named' ? named : definitions[on]
}

/** What is given with a call. */
export function optionsOf(call: Call): Record<string, unknown> {
  const { plan, graceMs, timeoutMs, queuedMs, deadlineMs, priority, signalMs } = call
  const timeout = { runMs: timeoutMs, queuedMs, deadlineMs }
  return {
    // By its name, those who check know its own grace.
    name: `${plan.on} ${plan.end} ${graceMs ?? 'default'}`,
    ...(graceMs !== undefined && { graceMs }),
    ...((timeoutMs ?? queuedMs ?? deadlineMs) !== undefined && { timeout }),
    ...(priority !== undefined && { priority }),
    ...placeOf(plan),
    ...(signalMs !== undefined && { signal: signalAfter(signalMs) }),
  }
}

function placeOf({ place }: Plan): { readonly on?: ActionPlace } {
  return place === undefined ? {} : { on: place }
}

function signalAfter(ms: number): AbortSignal {
  const controller = new AbortController()
  if (ms === 0) controller.abort('by its signal')
  else void plainWait(ms).then(() => controller.abort('by its signal'))
  return controller.signal
}

async function interpret(plan: Plan, ctx: Context): Promise<unknown> {
  const { info, signal } = ctx
  witness.entered(info.run, info.id, info.attempt, plan)
  noteEntry(info.run, info.id, info.attempt)
  if (info.attempt <= plan.failures && (plan.on === 'retried' || plan.on === 'named'))
    throw new PlannedError(`attempt ${info.attempt}`)
  let fired = 0
  signal.addEventListener('abort', () => {
    fired += 1
    if (fired > 1) witness.broken('S17', `${info.id}: the abort event came ${fired} times`)
    checkSignal(ctx)
    witness.told(info.run, info.id)
  })
  const children: Spawned[] = []
  try {
    for (const step of plan.steps) {
      checkSignal(ctx)
      try {
        await perform(step, ctx, children)
      } catch (error) {
        if (!signal.aborted || plan.onAbort === 'end') throw error
        checkSignal(ctx)
        if (plan.onAbort === 'return') return 'stopped'
        if (plan.onAbort === 'throw') throw new PlannedError('while it stopped')
        // A look at the loop, so that it doesn't run for ever.
        await plainWait(1)
      }
    }
    return await finish(plan, ctx)
  } finally {
    if (plan.cleanUpMs > 0) await plainWait(plan.cleanUpMs)
  }
}

async function compute(ctx: Context, ms: number, isNative: boolean, polls: boolean): Promise<void> {
  const { sim } = witness
  const part = polls ? Math.max(0.2, ms / 8) : ms
  for (let left = ms; left > 0; left -= part) {
    await sim.compute(Math.min(part, left), isNative)
    const { run, id, attempt, thread } = ctx.info
    if (polls && !ctx.signal.aborted && thread !== 0 && witness.isAborting(run, id, attempt))
      witness.broken('I5', `${id} polls, and doesn't see that it is aborting`)
    if (polls && ctx.signal.aborted) {
      witness.cover('I5')
      checkSignal(ctx)
      ctx.signal.throwIfAborted()
    }
  }
}

async function perform(step: Step, ctx: Context, children: Spawned[]): Promise<unknown> {
  const { aborted } = ctx.signal
  switch (step.do) {
    case 'sleep':
      return refusedAfterAbort(ctx, aborted, ctx.sleep(step.ms))
    case 'await':
      return plainWait(step.ms)
    case 'idle':
      return refusedAfterAbort(ctx, aborted, ctx.idle(plainWait(step.ms)))
    case 'compute':
      return compute(ctx, step.ms, step.isNative, step.polls)
    case 'spawn': {
      const spawned = step.calls.map((call) => spawn(ctx, call))
      children.push(...spawned)
      const how = LISTENING[step.join]
      if (how !== undefined) for (const { id } of spawned) witness.listens(ctx.info.run, id, how)
      return join(ctx, step.join, spawned)
    }
    case 'map': {
      let taken = 0
      let isReturned = false
      const inputs = function* (): Generator<Plan> {
        try {
          for (; taken < step.count; taken += 1) yield step.call.plan
        } finally {
          isReturned = true
        }
      }
      const options = { ...optionsOf(step.call), concurrency: step.concurrency }
      const definition = definitionOf(step.call.plan.on)
      witness.cover('S20')
      const mapping: Promise<unknown[]> = step.outcomes
        ? ctx.map(definition, inputs(), { ...options, outcomes: true })
        : ctx.map(definition, inputs(), options)
      const results = await mapping.catch((error: unknown) => {
        witness.cover('S20 map stopped')
        if (taken > 0 && !isReturned)
          witness.broken('S20', `${ctx.info.id}: map has stopped after ${taken}, and keeps its inputs open`)
        throw error
      })
      if (results.length !== step.count)
        witness.broken('S20', `${ctx.info.id}: map of ${step.count} gave ${results.length}`)
      return results
    }
    case 'say':
      for (let count = 0; count < step.count; count += 1) {
        const value = step.isUncloneable ? () => {} : step.isLarge === true ? LARGE : count
        if (step.what === 'report') ctx.report({ attempt: ctx.info.attempt, value })
        else if (step.what === 'emit')
          ctx.emit({ type: 'emitted', attempt: ctx.info.attempt, value } as EventObject)
        else ctx.log.info('logged', { attempt: ctx.info.attempt, value })
      }
      if (step.isUncloneable) witness.cover('S26')
      else if (step.what !== 'report')
        witness.said(ctx.info.run, ctx.info.id, ctx.info.attempt, step.what, step.count, aborted)
      return undefined
    case 'receive':
      return readLetter(
        ctx,
        refusedAfterAbort(
          ctx,
          aborted,
          step.timeoutMs === undefined ? ctx.receive() : ctx.receive({ timeoutMs: step.timeoutMs }),
        ),
      )
    case 'send': {
      const target = children.at(-1)
      if (target === undefined) return undefined
      for (let count = 0; count < step.count; count += 1) target.send(letterFrom(ctx.info.id))
      return undefined
    }
    case 'call': {
      const { app } = ctx.services as unknown as { app: Record<string, (value: unknown) => Promise<unknown>> }
      const answer = (app[step.method] as (value: unknown) => Promise<unknown>)(7)
      if (step.method === 'fail')
        return answer.catch((error: unknown) => {
          if (ctx.signal.aborted) throw error
        })
      return refusedAfterAbort(ctx, aborted, answer)
    }
    case 'remote': {
      const target = children.at(-1)
      if (target === undefined) return undefined
      const answer = target
        .remote()
        .then((remote) => (remote as { echo(value: unknown): Promise<unknown> }).echo(1))
      return Promise.race([answer, plainWait(50)]).catch((error: unknown) => {
        if (ctx.signal.aborted) throw error
      })
    }
    case 'shield':
      witness.cover('S14')
      return ctx.shield(step.ms, async (shielded) => {
        let isOver = false
        const before = children.length
        watchShield(ctx, shielded, step.ms, { isOver: () => isOver, inside: () => children.slice(before) })
        try {
          for (const inner of step.steps) await perform(inner, shielded, children)
        } finally {
          isOver = true
        }
      })
    case 'talk':
      // Nobody else has a turn in its thread between two of these, and yet each is heard.
      for (let count = 0; count < step.count; count += 1) {
        await witness.sim.compute(TALK_MS)
        const { run, id, attempt } = ctx.info
        ctx.emit({ type: 'emitted', attempt, value: count } as EventObject)
        witness.said(run, id, attempt, 'emit', 1, aborted)
      }
      return undefined
    case 'cancel':
      if (step.force || step.graceMs !== undefined) witness.hurried(ctx.info.run)
      children.at(-1)?.cancel('its spawner wants that', {
        ...(step.graceMs !== undefined && { graceMs: step.graceMs }),
        force: step.force,
      })
      return undefined
  }
}

/** The block of a shield: whether it has ended, and what has been spawned in it. */
interface Block {
  readonly isOver: () => boolean
  readonly inside: () => readonly Spawned[]
}

/** What a shield protects is hit by no abort but its own action's, and not ahead of its time, nor spared behind that (S14). */
function watchShield(outer: Context, { signal }: Context, ms: number, { isOver, inside }: Block): void {
  const { sim } = witness
  const { run, id, attempt, thread } = outer.info
  const enteredAt = sim.now
  // Its time may be over when it is entered, of a body that is past its grace.
  let hasFired = signal.aborted
  const lookLater = async (): Promise<void> => {
    await plainWait(ms + SHIELD_LATE_MS)
    // Its loop has had a turn for whatever was due.
    while (sim.current.hasDueTimer(sim.now)) await plainWait(1)
    if (!hasFired && !isOver() && witness.isAborting(run, id, attempt))
      witness.broken('S14', `${id}: a shield of ${ms} ms goes on ${SHIELD_LATE_MS} ms after its time`)
  }
  outer.signal.addEventListener('abort', () => void lookLater())
  signal.addEventListener('abort', () => {
    hasFired = true
    witness.cover('S14 ended')
    witness.shieldEnded(
      run,
      inside().map((child) => child.id),
    )
    if (!outer.signal.aborted) witness.broken('S14', `${id}: a shield ends, and nobody aborts its action`)
    // In the app's own thread it is told of both within one step.
    else if (thread !== 0 && sim.now - enteredAt > ms) witness.cover('S14 in time')
  })
}

function spawn(ctx: Context, call: Call): Spawned {
  const handle = ctx.spawn(definitionOf(call.plan.on), call.plan, {
    ...optionsOf(call),
    detached: call.isDetached,
  })
  if (call.isDetached) {
    witness.cover('S18')
    witness.detached(ctx.info.run, handle.id)
  }
  return handle
}

/** What would stop the app's own thread for ever isn't done there. */
const NOT_IN_MAIN: Readonly<Partial<Record<End, End>>> = {
  pollForever: 'sleepForever',
  spin: 'ignore',
  exit: 'throw',
  crash: 'return',
}

async function finish(plan: Plan, ctx: Context): Promise<unknown> {
  const { sim } = witness
  const end = ctx.info.thread === 0 ? (NOT_IN_MAIN[plan.end] ?? plan.end) : plan.end
  switch (end) {
    case 'returnTwice':
      // Code that goes on after the end: dead.
      void plainWait(1).then(() => {
        ctx.report('after its end')
        ctx.spawn(definitionOf(plan.on), plan, placeOf(plan)).then(undefined, () => {})
      })
      return 1
    case 'throw':
      throw new PlannedError('as planned')
    case 'throwFinal':
      throw Object.assign(new PlannedError('for good'), { retriable: false })
    case 'throwNull':
      throw null
    case 'throwLarge':
      throw new PlannedError(LARGE)
    case 'returnUncloneable':
      return { call: () => {} }
    case 'returnUnreadable': {
      const bytes = new Uint8Array(100)
      structuredClone(bytes.buffer, { transfer: [bytes.buffer] })
      return { bytes }
    }
    case 'reject':
      void plainWait(0).then(() => {
        throw new TypeError('nobody handles it')
      })
      await plainWait(30)
      return 'unreached'
    case 'expose':
      return ctx.expose({ echo: (value: unknown) => value })
    case 'sleepForever':
      return ctx.sleep(1e9)
    case 'pollForever':
      for (;;) await compute(ctx, 40, false, true)
    case 'ignore':
      for (;;) await plainWait(40)
    case 'spin':
      for (;;) await compute(ctx, 40, false, false)
    case 'exit':
      exitThread(sim, 3)
      return new Promise(() => {})
    case 'crash':
      // What nobody catches, in nobody's name.
      inNobodysContext(() =>
        sim.at(sim.current, sim.now, () => {
          throw new PlannedError('a thread is lost')
        }),
      )
      await plainWait(5)
      return 'unreached'
    default:
      return { done: ctx.info.id }
  }
}
