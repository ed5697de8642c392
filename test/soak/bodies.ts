// The bodies of a soak: each follows its plan, and says what it is told that can't be. Threads import this module.

import { pbkdf2Sync } from 'node:crypto'
import { action, type ActionDefinition, type ActionHandle } from 'heddle'
import { lettersFor, type On, type Plan } from './plan.js'
import { BURST_ENTRIES, BURST_ENTRY, fault, LAST_REPORT, type Context, type Types } from './said.js'
import { callBack, callServices, countUp, readLetters, useRemote } from './talk.js'

/** A child, and what was seen of it. */
interface Child {
  readonly plan: Plan
  readonly handle: ActionHandle<string, Types>
  receipts: number
}

async function follow(plan: Plan, ctx: Context): Promise<string> {
  Atomics.add(plan.marks, plan.slot, 1)
  const { id, attempt } = ctx.info
  ctx.report({ id, attempt, count: 1 })
  const children = plan.children.map((child) => spawn(ctx, child))
  const given = await spend(plan, ctx, children)
  ctx.report({ id, attempt, count: LAST_REPORT })
  return plan.kind === 'returnUncloneable' ? (given as string) : id
}

function spawn(ctx: Context, plan: Plan): Child {
  const handle = ctx.spawn(definitions[plan.on], plan, {
    name: `${plan.kind}#${plan.slot}`,
    detached: plan.detached,
    ...(plan.graceMs !== undefined && { graceMs: plan.graceMs }),
    ...(plan.timeoutMs !== undefined && { timeout: plan.timeoutMs }),
    ...(plan.priority !== undefined && { priority: plan.priority }),
  })
  const child: Child = { plan, handle, receipts: 0 }
  if (plan.letters > 0) handle.on('receipt', () => (child.receipts += 1))
  // By both ways, which have one order.
  for (const letter of lettersFor(plan)) {
    if (letter.count % 3 === 0) ctx.send(handle.ref, letter)
    else handle.send(letter)
  }
  return child
}

/** Waits for a child's end: what its spawner must have been told by then. */
async function check(ctx: Context, child: Child): Promise<void> {
  const { plan, handle } = child
  const { kind, letters, on } = plan
  const outcome = await handle.settled()
  const what = `${handle.id} (${kind})`
  if (handle.phase !== outcome.status)
    fault(ctx, `${what} has ${outcome.status}, its handle says ${handle.phase}`)
  if (outcome.status !== 'succeeded') return
  if (outcome.output !== handle.id) fault(ctx, `the output of ${what} is ${outcome.output} (S9)`)
  const count = handle.lastReport?.count
  if (count !== LAST_REPORT) fault(ctx, `${what} has succeeded, and its last report is ${count} (S23)`)
  // Of an attempt that was lost, receipts may be missing.
  if (on !== 'retried' && child.receipts !== letters)
    fault(ctx, `${what} has succeeded with ${child.receipts} receipts for ${letters} letters`)
}

// One case for each kind, each a few lines long.
async function spend(plan: Plan, ctx: Context, children: readonly Child[]): Promise<unknown> {
  const handles = children.map(({ handle }) => handle)
  const { id, attempt } = ctx.info
  switch (plan.kind) {
    case 'return':
      return undefined
    case 'throw':
      throw new RangeError(`thrown by ${id}`, { cause: { id } })
    case 'throwNull':
      throw null
    case 'throwUncloneable':
      throw Object.assign(new Error('with a function'), { run: () => 1 })
    case 'returnUncloneable':
      return () => 1
    case 'sleep':
      return ctx.sleep(1e9)
    case 'poll':
      for (;;) ctx.signal.throwIfAborted()
    case 'awaitAll':
      return ctx.all(handles)
    case 'settleAll':
      for (const child of children) await check(ctx, child)
      return undefined
    case 'first':
      return handles.length === 0 ? undefined : ctx.first(handles)
    case 'map':
      return ctx.map(
        leaf,
        Array.from({ length: 12 }, (_, index) => index),
        { concurrency: 3 },
      )
    case 'cancelSome': {
      await ctx.sleep(plan.ms)
      handles.forEach((handle, index) => {
        if (index % 2 === 0)
          handle.cancel(`not wanted by ${id}`, index % 4 === 0 && plan.isHasty ? { graceMs: plan.ms } : {})
      })
      for (const handle of handles) await handle.settled()
      return undefined
    }
    case 'shield':
      try {
        return await ctx.sleep(1000)
      } finally {
        await ctx.shield(50, async (shielded) => {
          await shielded.spawn(leaf, 1)
        })
      }
    case 'swallow':
      try {
        await ctx.sleep(1e9)
      } catch {
        // It goes on as if nothing had happened, and returns.
      }
      return undefined
    case 'burst':
      for (let count = 2; count < 50 * (BURST_ENTRIES + 1); count += 1) {
        ctx.report({ id, attempt, count })
        if (count % 50 === 0) ctx.log.info(BURST_ENTRY, { count })
        if (count % 100 === 0) await ctx.sleep(1)
      }
      return undefined
    case 'reject':
      void Promise.reject(new TypeError(`not handled in ${id}`))
      return ctx.sleep(1e9)
    case 'read':
      return readLetters(plan, ctx)
    case 'call':
      return callServices(ctx)
    case 'remote':
      return useRemote(ctx)
    case 'count':
      return countUp(ctx)
    case 'callBack':
      return callBack(plan, ctx)
    case 'spin':
      for (;;);
    case 'ignore':
      return new Promise(() => {})
    case 'busy': {
      const until = performance.now() + plan.ms * 4
      while (performance.now() < until);
      return undefined
    }
    case 'native':
      pbkdf2Sync('soak', 'salt', 60_000 + plan.ms * 2000, 64, 'sha512')
      return undefined
    case 'exit':
      await ctx.sleep(plan.ms)
      process.exit(7)
    case 'crash':
      setTimeout(() => {
        throw new Error(`outside of every body, by ${id}`)
      }, plan.ms)
      return ctx.sleep(1e9)
  }
}

const leaf = action(import.meta, 'leaf', { cpu: 0.25 }, async (index: number, ctx): Promise<number> => {
  if (index % 3 === 0) await ctx.sleep(1)
  return index
})

const whole = action(import.meta, 'whole', { cpu: 1 }, follow)
const half = action(import.meta, 'half', { cpu: 0.5 }, follow)
const shared = action(import.meta, 'shared', { cpu: 0 }, follow)
const retries = { limit: 2, backoffMs: 4 }
const retried = action(import.meta, 'retried', { cpu: 1, retries }, follow)

/** The definition by its name in a plan. */
export const definitions: Readonly<Record<On, ActionDefinition<Plan, string, Types>>> = {
  whole,
  half,
  shared,
  retried,
}
