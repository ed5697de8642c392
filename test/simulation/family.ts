// Looks at the live trees of a runtime, action by action: each abort has come to all that it is meant for, no grace ends early
// or late, no deadline is put off, and the counts of phases are those of the actions.

import { ClaimState } from '../../src/protocol/claims.js'
import type { InnerRun, LiveAction, Waiting } from './live.js'
import { Queue, type Missing } from './room.js'
import type { Breaks, Inner } from './state.js'

/** How late force may come: clocks are looked at more than once, and Node's timers count whole milliseconds. */
const LATE_MS = 5
const EARLY_MS = 1.5

/** How long an action may wait for nothing, as the app's thread has nothing left to do: what lets it in comes in a turn of that. */
const FORGOTTEN_MS = 50
/** The same for a resource: whoever held it may have to be killed first. */
const STUCK_MS = 3000
/** How long a claim word may say what the runtime hasn't noted: it looks every few milliseconds. */
const UNNOTED_MS = 60

type Since = WeakMap<LiveAction, { readonly attempt: number; readonly at: number }>

/** The trees of one runtime. */
export class Families {
  readonly #breaks: Breaks
  readonly #cover: (rule: string) => void
  /** Those that live. */
  readonly runs = new Set<InnerRun>()
  /** The deadline that an attempt's abort had when it was last looked at. */
  readonly #deadlines = new WeakMap<LiveAction, { readonly attempt: number; readonly deadline: number }>()

  /** Since when nobody has had an action that is to be queued, though nothing else is. */
  readonly #forgottenSince: Since = new WeakMap()
  /** Since when it should have been forced. */
  readonly #lateSince: Since = new WeakMap()
  /** Since when a bound of its time has passed. */
  readonly #overdueSince: Since = new WeakMap()
  /** Since when claim words say that bodies have started which the runtime takes for queued. */
  readonly #unnotedSince: Since = new WeakMap()

  /** The first that waits for a resource, while nobody holds any. */
  #stuck: { readonly action: LiveAction; readonly since: number } | undefined

  readonly #missing: Missing = {}
  /** What was spawned in a shield whose signal has fired. */
  readonly #unprotected = new Set<string>()
  /** Since when it has lived on. */
  readonly #sparedSince: Since = new WeakMap()
  /** How many actions the machine of a body may have invoked at a time. */
  readonly #mostInvoked: (run: string, id: string) => number

  constructor(
    breaks: Breaks,
    cover: (rule: string) => void,
    mostInvoked: (run: string, id: string) => number,
  ) {
    this.#breaks = breaks
    this.#cover = cover
    this.#mostInvoked = mostInvoked
  }

  /** How many runs live. */
  get live(): number {
    let count = 0
    for (const { root } of this.runs) if (!root.isSettled) count += 1
    return count
  }

  /** A run has begun. */
  add(run: InnerRun): void {
    this.runs.add(run)
  }

  /** The signal of a shield has fired, in its thread: what was spawned in its block is aborted. */
  shieldEnded(run: string, ids: readonly string[]): void {
    for (const id of ids) this.#unprotected.add(`${run} ${id}`)
  }

  /**
   * Looks at all that lives. `now`: in epoch milliseconds. `areTimersDone`: the main thread has fired all that was due;
   * `isAtRest`: nor is anything on its way to it. Gives how many it has met.
   */
  look(
    now: number,
    areTimersDone: boolean,
    isAtRest: boolean,
    { live, dispatch }: Pick<Inner, 'live' | 'dispatch'>,
  ): number {
    const isQueueEmpty = dispatch.queued === 0
    const held = new Set<string>()
    const queue = new Queue()
    /** How many live that were spawned at the other end of a lane. */
    const handles = new Map<object, number>()
    let waiting: LiveAction | undefined
    const counts: Record<string, number> = { queued: 0, running: 0, aborting: 0 }
    let met = 0
    for (const run of this.runs) {
      if (run.root.isSettled) {
        this.runs.delete(run)
        continue
      }
      const actions = [run.root]
      for (let at = 0; at < actions.length; at += 1) {
        const action = actions[at] as LiveAction
        met += 1
        counts[action.phase] = (counts[action.phase] ?? 0) + 1
        this.#lookAt(action, now, areTimersDone)
        if (action.isShielded) this.#lookWhetherSpared(action, now, isAtRest)
        this.#lookWhetherForgotten(action, now, isQueueEmpty && isAtRest)
        this.#lookWhetherNoted(action, now, isAtRest)
        if (action.where.here !== undefined || (action as Waiting).cpu === 0) queue.note(action as Waiting)
        const from = action.spawnedBy?.line
        if (from !== undefined) handles.set(from, (handles.get(from) ?? 0) + 1)
        if (action.needs !== undefined) {
          this.#lookAtGranted(action, held)
          // What a lane elsewhere holds for it, it waits for there.
          const isLent = action.where.elsewhere?.takesOne === true
          const isQueued = action.placement === 'queued' && action.phase === 'queued'
          if (isQueued && action.granted === undefined && !isLent) waiting ??= action
        }
        for (const child of action.children) actions.push(child)
      }
    }
    if (isAtRest) queue.look(dispatch, now, this.#missing, { breaks: this.#breaks, cover: this.#cover })
    let isHeld = held.size > 0 || !areTimersDone
    for (const lane of dispatch.fleet.lanesHere()) {
      if (lane.abandoned > 0) isHeld = true
      const spawned = handles.get(lane) ?? 0
      if (lane.handles !== spawned)
        this.#breaks(
          'S15',
          `${spawned} live that were spawned on a ${lane.load.role} lane, and ${lane.handles} are counted`,
        )
    }
    this.#lookWhetherStuck(isHeld ? undefined : waiting, now)
    for (const phase of ['queued', 'running', 'aborting'] as const)
      if (counts[phase] !== live[phase])
        this.#breaks('S2', `${counts[phase]} actions are ${phase}, and ${live[phase]} are counted as that`)
    return met
  }

  /** The runtime is closed, and has drained: every run that lives is being aborted, or its body has ended (S22). */
  lookWhetherClosed(): void {
    for (const { name, root } of this.runs)
      if (!root.isSettled && root.phase !== 'aborting' && !root.isDecided && !root.hasEnded)
        this.#breaks('S22', `${name} is ${root.phase} after the close and its drain`)
  }

  /** With an empty queue there is room: whoever waits for that is let in (S20). */
  #lookWhetherForgotten(action: LiveAction, now: number, hasRoom: boolean): void {
    const isNowhere =
      action.placement === 'none' && action.phase === 'queued' && action.life.stage === 'waiting'
    if (!isNowhere || !hasRoom) {
      this.#forgottenSince.delete(action)
      return
    }
    if (lasts(this.#forgottenSince, action, now, FORGOTTEN_MS))
      this.#breaks('S20', `${action.run.name} ${action.id} waits, and is in no queue`)
  }

  /** A body that has started is seen to have (S11). */
  #lookWhetherNoted(action: LiveAction, now: number, isAtRest: boolean): void {
    if (action.placement !== 'offered' || action.phase !== 'queued') return
    // Of an attempt that has been sent again since, the time counts anew.
    const claim = action.line?.claim(action)
    const hasStarted = claim === ClaimState.running || claim === ClaimState.parked
    if (!hasStarted) this.#unnotedSince.delete(action)
    else if (lasts(this.#unnotedSince, action, now, UNNOTED_MS) && isAtRest)
      this.#breaks('S11', `${action.run.name} ${action.id} has started, and isn't seen to run`)
  }

  /** A shield whose time has passed protects nobody (S14). */
  #lookWhetherSpared(action: LiveAction, now: number, isAtRest: boolean): void {
    // From another machine, that has to come.
    const isOnItsWay = action.parent?.line?.isFar === true
    const isOver = action.phase === 'aborting' || action.isDecided || action.hasEnded || isOnItsWay
    if (isOver || !this.#unprotected.has(`${action.run.name} ${action.id}`)) return
    if (lasts(this.#sparedSince, action, now, UNNOTED_MS) && isAtRest)
      this.#breaks('S14', `${action.run.name} ${action.id} lives on, and the shield around it has ended`)
  }

  /** Each of a resource is held by one. */
  #lookAtGranted({ run, id, granted }: LiveAction, held: Set<string>): void {
    for (const [name, indices] of Object.entries(granted ?? {}))
      for (const index of indices) {
        this.#cover('resource held')
        const which = `${name} ${index}`
        if (held.has(which)) this.#breaks('I10', `${run.name} ${id} holds ${which}, which another one holds`)
        held.add(which)
      }
  }

  /** What nobody holds, whoever is first gets. */
  #lookWhetherStuck(waiting: LiveAction | undefined, now: number): void {
    if (waiting === undefined || this.#stuck?.action !== waiting) {
      this.#stuck = waiting && { action: waiting, since: now }
      return
    }
    if (now - this.#stuck.since > STUCK_MS)
      this.#breaks('I10', `${waiting.run.name} ${waiting.id} waits for a resource that nobody holds`)
  }

  #lookAt(action: LiveAction, now: number, areTimersDone: boolean): void {
    const { parent } = action
    const called = `${action.run.name} ${action.id}`
    if (action.isSettled) this.#breaks('I9', `${called} has settled, and is among its parent's live children`)
    if (parent !== undefined) this.#lookAtChild(action, parent, called)
    if (action.definition.name === 'logic') this.#lookAtInvoked(action, called)
    if (areTimersDone && !action.isDecided) this.#lookAtBounds(action, now, called)
    if (action.phase !== 'aborting' || action.hasEnded) return
    const { deadline, graceEndsAt, requestedAt } = action.abort
    const before = this.#deadlines.get(action)
    if (before?.attempt === action.attempt && (deadline === undefined || deadline > before.deadline))
      this.#breaks('S5', `the deadline of ${called} is put off from ${before.deadline} to ${deadline}`)
    if (deadline !== undefined) {
      this.#cover('S5 deadline')
      this.#deadlines.set(action, { attempt: action.attempt, deadline })
    }
    if (requestedAt !== undefined && graceEndsAt < requestedAt + action.graceMs - EARLY_MS)
      this.#breaks('S5', `the grace of ${called} ends ${graceEndsAt - requestedAt} ms after the request`)
    const { stage } = action.life
    const isLate = (stage === 'told' || stage === 'grace') && action.forceAt < now - LATE_MS
    if (isLate && areTimersDone && lasts(this.#lateSince, action, now, UNNOTED_MS))
      this.#breaks('S5', `${called} isn't forced ${(now - action.forceAt).toFixed(1)} ms after its time`)
  }

  /** What a state of a machine has invoked, it aborts as it is left. */
  #lookAtInvoked(action: LiveAction, called: string): void {
    let invoked = 0
    for (const child of action.children)
      if (child.spawner === action && child.phase !== 'aborting' && !child.isDecided && !child.hasEnded)
        invoked += 1
    const most = this.#mostInvoked(action.run.name, action.id)
    if (invoked > most) this.#breaks('X3', `the machine of ${called} has invoked ${invoked}, of ${most}`)
  }

  /** What bounds its time ends it, or its attempt (S8). */
  #lookAtBounds(action: LiveAction, now: number, called: string): void {
    const { phase, queuedAt, startedAt, hasEnded } = action
    if (phase === 'aborting' || hasEnded) return
    const deadline = action.bound('deadlineMs')
    const runMs = phase === 'running' && startedAt !== undefined ? action.bound('runMs') : undefined
    const isPast = deadline !== undefined && now > queuedAt + deadline
    const isTooLong = runMs !== undefined && startedAt !== undefined && now > startedAt + runMs
    if (!isPast && !isTooLong) return
    // Alarms share a timer, which is set anew when it fires.
    if (lasts(this.#overdueSince, action, now, UNNOTED_MS))
      this.#breaks('S8', `${called} is ${phase}, and a bound of its time has passed`)
  }

  #lookAtChild(action: LiveAction, parent: LiveAction, called: string): void {
    const isOver = parent.phase === 'aborting' || parent.hasEnded
    if (!isOver) return
    if (!action.isShielded) {
      if (action.phase !== 'aborting' && !action.isDecided)
        this.#breaks(
          parent.hasEnded ? 'I2' : 'S2',
          `${called} is ${action.phase}, and its parent ${parent.id} is ${parent.hasEnded ? 'ended' : 'aborting'}`,
        )
      return
    }
    this.#cover('S14 protected')
    const { reason } = action
    const isParents =
      reason !== undefined && reason.origin === parent.reason?.origin && reason.at === parent.reason.at
    if (action.phase === 'aborting' && isParents)
      this.#breaks('S14', `${called} is hit by the abort of ${parent.id}, from which a shield protects it`)
  }
}

/** Whether something has been so for that long in this attempt, as far as it was looked at. */
function lasts(since: Since, action: LiveAction, now: number, ms: number): boolean {
  const { attempt } = action
  const known = since.get(action)
  if (known?.attempt !== attempt) {
    since.set(action, { attempt, at: now })
    return false
  }
  return now - known.at > ms
}
