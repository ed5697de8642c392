// What runs on hosts, and beside that in threads here, as actions. Hosts import this module.

import { writeFileSync } from 'node:fs'
import { action, type ActionContext } from 'heddle'
import * as tasks from '../tasks.js'

export const noOp = action(import.meta, 'noOp', tasks.noOp)

/** Says that it is ready, awaits, and writes down when it sees the abort. */
export const noticesByEvent = action(import.meta, 'noticesByEvent', async (file: string, ctx) => {
  ctx.signal.addEventListener('abort', () => writeDown(file))
  ctx.report('ready')
  await ctx.sleep(3_600_000)
})

/** The same, but computes, and polls its signal. */
export const noticesByPoll = action(
  import.meta,
  'noticesByPoll',
  async (file: string, ctx: ActionContext) => {
    const { signal } = ctx
    ctx.report('ready')
    // The report leaves with this turn.
    await new Promise((resolve) => setImmediate(resolve))
    while (!signal.aborted);
    writeDown(file)
  },
)

/** Tells where it runs, for as long as that lasts; it may run twice. */
export const lingering = action(
  import.meta,
  'lingering',
  { retries: 1 },
  async (_: void, ctx: ActionContext<{ reports: number }>) => {
    ctx.report(process.pid)
    await ctx.sleep(3_600_000)
  },
)

/** A clock that all processes of this machine share, in milliseconds. */
export function machineClock(): number {
  return Number(process.hrtime.bigint()) / 1e6
}

function writeDown(file: string): void {
  writeFileSync(file, String(machineClock()))
}
