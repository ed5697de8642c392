// What bodies do with children that they have spawned: wait for them by each of the ways that there are, and look whether those
// keep their word (S20).

import { checkOutcome, witness, type Context, type Spawned } from './witness.js'

/** How long what a combinator doesn't need may go on, in threads that aren't held up; and what a look at the clock costs in such. */
const LEFT_MS = 600
const QUICK_MS = 0.05

/** How a body listens to children, where that is certain: those that are awaited in turn may not come to be. */
export const LISTENING: Readonly<Record<string, 'heard' | 'unheard'>> = {
  none: 'unheard',
  all: 'heard',
  first: 'heard',
  completed: 'heard',
}

/** Waits for children. */
export async function join(ctx: Context, how: string, handles: readonly Spawned[]): Promise<unknown> {
  switch (how) {
    case 'await':
      for (const handle of handles) await handle
      return undefined
    case 'settled':
      for (const handle of handles) checkOutcome(ctx, handle, await handle.settled())
      return undefined
    case 'all': {
      witness.cover('S20')
      const before = witness.sim.heldUpMs()
      return ctx.all(handles).catch((error: unknown) => {
        witness.cover('S20 all failed')
        checkStopped(ctx, handles)
        checkLeft(ctx, handles, 'failed', before)
        throw error
      })
    }
    case 'first': {
      witness.cover('S20')
      const before = witness.sim.heldUpMs()
      return ctx
        .first(handles)
        .then((output) => {
          checkLeft(ctx, handles, 'succeeded', before)
          return output
        })
        .finally(() => checkStopped(ctx, handles))
        .catch((error: unknown) => {
          if (!(error instanceof AggregateError)) throw error
          witness.cover('S20 none')
          if (!ctx.signal.aborted && error.errors.length !== handles.length)
            witness.broken('S20', `${ctx.info.id}: ${error.errors.length} have failed of ${handles.length}`)
        })
    }
    case 'completed': {
      witness.cover('S20')
      const ended = new Set<string>()
      for await (const { handle, outcome } of ctx.completed(handles)) {
        if (ended.has(handle.id)) witness.broken('S20', `${handle.id} is completed twice`)
        ended.add(handle.id)
        checkOutcome(ctx, handle, outcome)
      }
      if (ended.size !== handles.length)
        witness.broken('S20', `${ctx.info.id}: completed gave ${ended.size} of ${handles.length}`)
      return undefined
    }
    case 'cancelled':
      for (const handle of handles) handle.cancel('it has been joined')
      for (const handle of handles) checkOutcome(ctx, handle, await handle.settled())
      return undefined
    default:
      return undefined
  }
}

/** What a combinator doesn't need any more has ended before it answers (S12, S20). */
function checkStopped({ info }: Context, handles: readonly Spawned[]): void {
  for (const { id, phase } of handles)
    if (!ENDED.has(phase) && !witness.isDetached(info.run, id))
      witness.broken('S20', `${info.id}: a combinator has answered, and ${id} is ${phase}`)
}

/** It has stopped them as soon as it was decided, and not waited until they ended by themselves. */
function checkLeft(
  { info }: Context,
  handles: readonly Spawned[],
  decides: 'succeeded' | 'failed',
  heldUpBefore: number,
): void {
  const { sim } = witness
  // Where each look at the clock takes long, so does everything; and another machine is told later.
  if (sim.current.home !== sim.main || sim.pace.costMs * sim.current.slowness > QUICK_MS) return
  const ids = handles.map(({ id }) => id).filter((id) => !witness.isDetached(info.run, id))
  const left = witness.leftRunning(info.run, ids, decides, LEFT_MS + sim.heldUpMs() - heldUpBefore)
  for (const id of left)
    witness.broken(
      'S20',
      `${info.id}: a combinator was decided, and ${id} went on for more than ${LEFT_MS} ms`,
    )
}

const ENDED: ReadonlySet<string> = new Set(['succeeded', 'failed', 'aborted', 'timedOut'])
