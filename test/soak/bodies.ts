// The bodies of a soak: each follows its plan. Threads import this module.

import { pbkdf2Sync } from 'node:crypto'
import { action, type ActionContext, type ActionDefinition, type ActionHandle } from 'heddle'
import type { On, Plan } from './plan.js'

/** What a body reports: whose it is and its number, so that a report of another one, or out of order, shows. */
export interface Report {
  readonly id: string
  readonly attempt: number
  readonly count: number
}

type Context = ActionContext<{ reports: Report }>
type Handles = ActionHandle<string>[]

async function follow(plan: Plan, ctx: Context): Promise<string> {
  Atomics.add(plan.marks, plan.slot, 1)
  const { id, attempt } = ctx.info
  ctx.report({ id, attempt, count: 1 })
  const handles = plan.children.map((child) => spawn(ctx, child))
  const given = await spend(plan, ctx, handles)
  ctx.report({ id, attempt, count: 1_000_000 })
  return plan.kind === 'returnUncloneable' ? (given as string) : id
}

function spawn(ctx: Context, child: Plan): ActionHandle<string> {
  return ctx.spawn(definitions[child.on], child, {
    name: `${child.kind}#${child.slot}`,
    detached: child.detached,
    ...(child.graceMs !== undefined && { graceMs: child.graceMs }),
    ...(child.timeoutMs !== undefined && { timeout: child.timeoutMs }),
    ...(child.priority !== undefined && { priority: child.priority }),
  })
}

// One case for each kind, each a few lines long.
async function spend(plan: Plan, ctx: Context, handles: Handles): Promise<unknown> {
  const { id, attempt } = ctx.info
  switch (plan.kind) {
    case 'return':
      return undefined
    case 'throw':
      throw new RangeError(`thrown by ${id}`, { cause: { id } })
    case 'throwNull':
      // oxlint-disable-next-line no-throw-literal, typescript/only-throw-error -- that is what is tried
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
      for (const handle of handles) await handle.settled()
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
      for (let count = 2; count < 300; count += 1) {
        ctx.report({ id, attempt, count })
        if (count % 50 === 0) ctx.log.info('bursting', { count })
        if (count % 100 === 0) await ctx.sleep(1)
      }
      return undefined
    case 'reject':
      void Promise.reject(new TypeError(`not handled in ${id}`))
      return ctx.sleep(1e9)
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
export const definitions: Readonly<Record<On, ActionDefinition<Plan, string, { reports: Report }>>> = {
  whole,
  half,
  shared,
  retried,
}
