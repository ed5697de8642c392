// Looks at each action that is sent to a thread: none that waits belongs ahead of it (S14, S25).

import { Lane } from '../../src/threads/lane.js'
import { isAhead, type InnerRun, type Waiting } from './live.js'
import { Shares } from './shares.js'
import type { Breaks } from './state.js'

/** Of so many that are sent, one is looked at: each look goes through all that waits. */
const ONE_OF = 4

/** The runtime, and who is told. */
export interface Watched {
  readonly runs: Iterable<InnerRun>
  readonly threads: number
  readonly queued: () => number
  /** Whether it is the turn of an app that nobody looks into. */
  readonly isOthers: () => boolean
  readonly breaks: Breaks
  readonly cover: (rule: string) => void
}

/** Looks at what lanes are sent; gives what ends that. */
export function watchOrder(watched: Watched): () => void {
  const prototype = Lane.prototype as unknown as {
    start: (this: InnerLane, item: Waiting, ...rest: unknown[]) => void
  }
  const { start } = prototype
  const shares = new Shares(watched.breaks, watched.cover)
  const leaveShares = shares.watch(watched.isOthers)
  let sent = 0
  /** The attempts that have been sent: what is taken from one lane for another had its turn when it was sent first. */
  const attempts = new WeakMap<Waiting, number>()
  prototype.start = function send(item, ...rest) {
    if (watched.isOthers()) {
      start.call(this, item, ...rest)
      return
    }
    sent += 1
    const isMoved = attempts.get(item) === item.attempt
    attempts.set(item, item.attempt)
    const { role } = this.load
    shares.sent(item)
    if (!this.load.accepting)
      watched.breaks('S6', `${item.run.name} ${item.id} is sent to a ${role} lane that takes nothing new`)
    if (item.cpu === 0 && role === 'shared' && this.load.silent)
      watched.breaks('S6', `${item.run.name} ${item.id} is sent to a shared thread that doesn't answer`)
    if (item.cpu > 0 && role !== 'local' && !isMoved && sent % ONE_OF === 0) look(item, watched, shares)
    start.call(this, item, ...rest)
  }
  return () => {
    Object.assign(prototype, { start })
    leaveShares()
  }
}

interface InnerLane {
  readonly load: { readonly role: string; readonly accepting: boolean; readonly silent: boolean }
}

function look(sent: Waiting, { runs, threads, queued, breaks, cover }: Watched, shares: Shares): void {
  // What needs no share waits elsewhere; and if nothing else is in the queue, what has been taken from a lane goes to another.
  let inQueue = queued()
  let ahead: Waiting | undefined
  for (const run of runs) {
    const actions = [run.root as Waiting]
    for (let at = 0; at < actions.length; at += 1) {
      const action = actions[at] as Waiting
      for (const child of action.children) actions.push(child as Waiting)
      if (action === sent || action.placement !== 'queued') continue
      if (action.cpu === 0) inQueue -= 1
      if (action.phase !== 'queued' || action.cpu === 0) continue
      if (!action.isCleanUp && action.run !== sent.run) continue
      // What waits for a resource isn't in this queue, or goes ahead with it.
      if (action.needs !== undefined || sent.needs !== undefined) continue
      // What may go to another machine waits in another queue than what may not.
      if (action.where !== sent.where) continue
      cover(action.isCleanUp ? 'S14 ahead' : 'S25 order')
      if (isAhead(action, sent)) ahead = action
    }
    if (run !== sent.run) shares.look(run, actions, sent, Math.max(1, threads))
  }
  if (ahead === undefined || inQueue <= 0) return
  const which = `${sent.run.name} ${sent.id} is sent, and ${ahead.run.name} ${ahead.id} waits`
  breaks(ahead.isCleanUp ? 'S14' : 'S25', `${which}, which belongs ahead of it`)
}
