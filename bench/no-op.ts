// The work of the throughput suite: nothing. In a module of its own, since threads import it.

import { action } from 'heddle'

export const noOp = action(import.meta, 'noOp', () => 1)

export const parent = action(import.meta, 'parent', { cpu: 0 }, async (children: number, ctx) => {
  const handles = Array.from({ length: children }, () => ctx.spawn(noOp))
  await ctx.all(handles)
})

export const sleeper = action(import.meta, 'sleeper', { cpu: 0 }, (_: void, ctx) => ctx.sleep(3_600_000))

/** Computes until it is stopped: on two threads, all but two of these are queued. */
export const computing = action(import.meta, 'computing', (_: void, ctx): void => {
  for (;;) ctx.signal.throwIfAborted()
})

export const waiting = action(import.meta, 'waiting', (_: void, ctx) => ctx.sleep(3_600_000))
