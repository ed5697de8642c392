// Force, when the time of an aborted action is up (S6): its thread is killed, or left; its parked body is dropped; or it is given
// up. Which of these, src/threads/force.ts finds out.

import type { AbortReason } from '../../protocol/errors/abort-reason.js'
import type { Clock } from '../../protocol/clock.js'
import type { ForceDecision } from '../../protocol/far-messages.js'
import { decideForce } from '../../threads/force.js'
import type { Lane } from '../../threads/lane.js'
import type { Dispatch } from '../life/dispatch.js'
import type { Action } from '../tree/action.js'
import type { Urgency } from './abort.js'

/** How long before a kill its replacement is got ready, in milliseconds: a thread that loads its modules takes 100 on a busy machine. */
const WARM_UP_MS = 200

/** How long a body is left alone before its thread's replacement is got ready, in milliseconds: most end at once. */
const PATIENCE_MS = 5

/** What force needs of the threads. */
export interface Killing {
  /** Kills the thread of a lane, for the sake of the guilty. */
  kill(lane: Lane<Action>, guilty: Action): void
  /** The thread of a lane may be killed at that time: its replacement can be got ready. */
  expectKill(lane: Lane<Action>, at: number, now: number): void
  /** Takes nothing new onto a lane with an abandoned body, and replaces its thread when the others have ended. */
  retire(lane: Lane<Action>): void
}

/** What force needs of the lives that it ends. */
export interface ForcedLife {
  readonly now: Clock
  readonly dispatch: Pick<Dispatch, 'ended' | 'abandoned' | 'requeueUnstarted'>
  readonly cancellation: {
    abort(target: Action, reason: AbortReason, urgency: Urgency): boolean
    hasten(targets: Iterable<Action>, deadline: number | undefined): void
  }
  /** A body that was given up: dropped by its host, or left behind. */
  givenUp(action: Action, how: 'dropped' | 'abandoned'): void
  /** A log entry of the runtime's own. */
  warn(action: Action, message: string): void
}

const GRACE_OVER = { type: 'graceOver' } as const
const KILLED = { type: 'killed' } as const

/** Stops by force what doesn't end. */
export class Force {
  readonly #life: ForcedLife
  readonly #killing: Killing

  constructor(life: ForcedLife, killing: Killing) {
    this.#life = life
    this.#killing = killing
  }

  /** Ends the grace of an action at a time, in epoch milliseconds; instead of an earlier one. */
  endGraceAt(action: Action, at: number): void {
    const left = at - this.#life.now()
    if (left <= 0) action.send(GRACE_OVER)
    else if (left <= PATIENCE_MS) this.#forceIn(action, left)
    else {
      action.setTimer('force', Math.max(left - WARM_UP_MS, PATIENCE_MS), () => {
        const { line } = action
        if (line === undefined) return
        const now = this.#life.now()
        if (action.forceAt <= now) action.send(GRACE_OVER)
        else {
          if (line.canBeKilled) this.#killing.expectKill(line, action.forceAt, now)
          this.#forceIn(action, action.forceAt - now)
        }
      })
    }
  }

  #forceIn(action: Action, ms: number): void {
    action.setTimer('force', ms, () => action.send(GRACE_OVER))
  }

  /** What its shields have protected until now is hit by its abort; its other children are being aborted already (S14). */
  endShields(action: Action): void {
    action.line?.endGrace(action)
    const { reason } = action
    const { deadline } = action.abort
    if (reason === undefined) return
    const { cancellation } = this.#life
    for (const child of [...action.children.shielded]) {
      // A timeout of its attempt would let it be tried again (S8).
      if (child.phase === 'aborting' && !child.abort.isAttemptTimeout) cancellation.hasten([child], deadline)
      else cancellation.abort(child, reason, { deadline })
    }
  }

  /** Its time is up. */
  force(action: Action): void {
    const { line } = action
    if (line === undefined) return
    // The end of its grace has reached its body, which kills it.
    if (action.isCommand) action.send(KILLED)
    else if (!line.hasOwnThread) {
      this.#life.cancellation.hasten(action.children.abortedIndividually(), this.#life.now())
      this.#abandon(action, line)
    } else {
      const { ticket } = action
      const isDue = (other: Action): boolean => other.graceOver || other.forceAt <= this.#life.now()
      if (line.isFar) line.force(action, isDue)
      else {
        decideForce(line, action, {
          // Another attempt may be on the same lane by then.
          isThere: () => action.line === line && action.ticket === ticket && !action.hasEnded,
          isDue,
          takeBackUnstarted: () => this.#life.dispatch.requeueUnstarted(line),
          decided: (decision) => this.decided(decision, action, line),
        })
      }
    }
  }

  /** It is known what force means for it. */
  decided(decision: ForceDecision, action: Action, line: Lane<Action>): void {
    if (decision === 'kill') this.#kill(action, line)
    else if (decision === 'abandon') this.#abandon(action, line)
    else {
      if (line.isFar) line.giveUp(action)
      this.#life.dispatch.ended(action, undefined, true)
      this.#life.givenUp(action, 'dropped')
    }
  }

  #kill(action: Action, line: Lane<Action>): void {
    action.send(KILLED)
    this.#killing.kill(line, action)
  }

  #abandon(action: Action, line: Lane<Action>): void {
    line.giveUp(action)
    line.abandoned += 1
    if (line.hasOwnThread) this.#life.dispatch.abandoned(action)
    else this.#life.dispatch.ended(action, undefined, true)
    const where = line.hasOwnThread
      ? `thread ${String(action.thread)}, which takes nothing new`
      : "the app's own thread"
    this.#life.warn(
      action,
      `action ${action.id} '${action.name}' did not end within its grace and was abandoned: its code may still run in ${where}`,
    )
    this.#life.givenUp(action, 'abandoned')
    if (line.hasOwnThread) this.#killing.retire(line)
  }
}
