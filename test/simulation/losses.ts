// Checks who loses a thread, and what is said of it (I7, S21, S28).

import { ClaimState } from '../../src/protocol/claims.js'
import { LaneFleet } from '../../src/runtime/dispatch/lane-fleet.js'
import type { Known, Told } from './known.js'

/** What is known of others. */
export interface Others {
  known(run: string, id: string): Known | undefined
  /** Nothing befalls threads, machines, or what lies between. */
  readonly isCalm: boolean
  /** Whether somebody has killed a thread, which hasn't died of itself. */
  readonly wasKilled: (thread: number) => boolean
}

/** The threads that were killed for the sake of somebody. */
const killedFor = new Set<number>()

/** Nobody innocent loses its thread to a kill, but as the neighbour of one that blocks it. */
export function checkLoss(known: Known, error: unknown, others: Others, { broken, cover }: Told): void {
  const { loss, blame, culprit } = error as {
    loss: string
    blame: string
    culprit?: { run: string; action: string }
  }
  cover(`S21 ${loss}`)
  if (loss === 'host-lost' || loss === 'host-drained') {
    if (others.isCalm) broken('D26', `${known.id} has lost its host, and nothing has befallen that`, known)
    // What was sent there may have begun, or was loading its module (D13).
    return
  }
  // What hasn't started goes to another one (S10).
  if (loss !== 'failed-to-start' && (known.starts === 0 || known.isRetrying))
    broken('S10', `${known.id} is lost with thread ${known.thread}, and hadn't started`, known)
  cover('I11')
  cover(`S28 ${blame}`)
  if (loss === 'exited' && known.thread !== undefined && others.wasKilled(known.thread))
    broken('S28', `${known.id} has lost thread ${known.thread} to a kill, and isn't told of that`, known)
  if (loss !== 'killed-for-neighbour' || blame !== 'other') return
  if (culprit === undefined) {
    if (known.thread !== undefined && killedFor.has(known.thread))
      broken('S28', `${known.id} isn't told for whom thread ${known.thread} was killed`, known)
    return
  }
  const guilty = others.known(culprit.run, culprit.action)
  if (guilty === undefined) broken('S28', `the culprit ${culprit.action} is unknown`, known)
  // Another attempt of it may be queued by now.
  else if (guilty.reason === undefined && guilty.retries === 0)
    broken('I7', `${known.id} was killed for ${guilty.id}, which isn't being aborted`, known)
  cover('I7')
}

interface Living {
  readonly id: string
  readonly run: { readonly name: string }
  readonly graceOver: boolean
  readonly forceAt: number
}

interface Line {
  readonly thread: number | undefined
  readonly isFar: boolean
  readonly life: { readonly isGone: boolean }
  items(): Iterable<Living>
  claim(action: Living): number | undefined
}

/** So long after a kill, in milliseconds, it has been told that the thread doesn't exit. */
const EXIT_LATE_MS = 300

/** What is looked at besides. */
export interface KillWatch {
  readonly now: () => number
  readonly isBlocked: (thread: number | undefined) => boolean
  /** Whether it is the turn of an app that nobody looks into. */
  readonly isOthers: () => boolean
  /** How long the app's own thread has been held up, all in all, in milliseconds. */
  readonly heldUpMs: () => number
  /** Whether it was told of one that its thread doesn't exit. */
  readonly isToldLate: (run: string, id: string) => boolean
}

/**
 * Looks at each kill: one that is parked is no reason for it, while another one that may live runs there, and who is there is told
 * when the thread doesn't exit (S6). Gives what ends that.
 */
export function watchKills(
  { broken, cover }: Told,
  { now, isBlocked, isOthers, heldUpMs, isToldLate }: KillWatch,
): () => void {
  const prototype = LaneFleet.prototype as unknown as {
    kill: (this: unknown, line: Line, guilty: Living) => void
    gone: (this: unknown, line: Line, ...rest: unknown[]) => void
  }
  const { kill, gone } = prototype
  const killedAt = new WeakMap<Line, number>()
  killedFor.clear()
  prototype.kill = function look(line, guilty) {
    if (isOthers()) {
      kill.call(this, line, guilty)
      return
    }
    const isParked = !line.life.isGone && line.claim(guilty) === ClaimState.parked
    for (const other of isParked ? line.items() : []) {
      if (
        other === guilty ||
        other.graceOver ||
        other.forceAt <= now() ||
        line.claim(other) !== ClaimState.running
      )
        continue
      broken(
        'S6',
        `a thread is killed for ${guilty.run.name} ${guilty.id}, which is parked, and ${other.id} runs there`,
      )
    }
    if (!line.life.isGone && line.thread !== undefined) killedFor.add(line.thread)
    if (!line.life.isGone) cover(isBlocked(line.thread) ? 'S6 blocked' : 'S6 alone')
    if (!killedAt.has(line)) killedAt.set(line, now() - heldUpMs())
    kill.call(this, line, guilty)
  }
  prototype.gone = function look(line, ...rest) {
    if (isOthers()) {
      gone.call(this, line, ...rest)
      return
    }
    const pendingMs = now() - heldUpMs() - (killedAt.get(line) ?? Infinity)
    for (const { run, id } of line.isFar || pendingMs < EXIT_LATE_MS ? [] : line.items())
      if (!isToldLate(run.name, id))
        broken(
          'S6',
          `${run.name} ${id} isn't told that its thread hasn't exited ${Math.round(pendingMs)} ms after its kill`,
        )
    gone.call(this, line, ...rest)
  }
  return () => void Object.assign(prototype, { kill, gone })
}
