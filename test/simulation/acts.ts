// What the app of a history does to the actors of its runs, and what must come of that (X1–X5).

import type { Run, Runtime } from '../../src/index.js'
import type { Breaks } from './state.js'

/** What is tried of actors, by their rules. */
const ACTS: Readonly<Record<string, string>> = {
  cancel: 'X4',
  stop: 'X3',
  send: 'X2',
  forge: 'X2',
  look: 'X5',
  subscribe: 'X1',
}

/** Who is told. */
interface Told {
  readonly breaks: Breaks
  readonly cover: (rule: string) => void
}

/** Does something to the actor of a run. */
export function act(runtime: Runtime, run: Run, what: string, { breaks, cover }: Told): void {
  const { actor } = run
  if (actor === undefined) return
  const isLive = run.phase === 'queued' || run.phase === 'running'
  // What has ended, or is being aborted, is told nothing new.
  if (isLive) cover(ACTS[what] ?? what)
  const send = (event: object): void => (actor as unknown as { send(event: object): void }).send(event)
  switch (what) {
    case 'cancel':
      send({ type: 'heddle.cancel', reason: 'by its actor' })
      if (isLive && isUntouched(runtime, run))
        breaks('X4', `${run.run} is ${run.phase} after its actor was sent heddle.cancel`)
      return
    case 'stop': {
      ;(actor as unknown as { stop(): void }).stop()
      const { status } = actor.getSnapshot() as { status: string }
      if (isLive && status !== 'stopped')
        breaks('X3', `${run.run}: its actor is ${status} after it was stopped`)
      if (isLive && isUntouched(runtime, run))
        breaks('X3', `${run.run} is ${run.phase} after its actor was stopped`)
      return
    }
    case 'subscribe':
      // Within a subscriber, it acts at once (X1).
      actor.subscribe(() => {
        if (run.phase !== 'running') return
        run.cancel('by a subscriber')
        if (isUntouched(runtime, run))
          breaks('X1', `${run.run} is running after a subscriber has cancelled it`)
      })
      return
    case 'send':
      send({ type: 'letter', count: 0 })
      return
    case 'forge':
      send({ type: 'heddle.ended' })
      return
    default: {
      const { status } = actor.getSnapshot() as { status: string }
      if (isLive && status !== 'active') breaks('X5', `${run.run} is ${run.phase}, and its actor ${status}`)
    }
  }
}

/** Whether a run that has just been cancelled isn't, though its body hasn't ended: else only its children drain (S4). */
function isUntouched(runtime: Runtime, run: Run): boolean {
  const isLive = run.phase === 'queued' || run.phase === 'running'
  return isLive && runtime.abort(run.run).accepted
}
