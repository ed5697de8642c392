// Checks the event log of a simulated runtime as it goes. Each rule that can be seen in it is looked at here, and how often its
// situation has come about is counted.

import type { AbortReason, ActionEvent, PhaseEvent, RuntimeEvent } from '../../src/index.js'
import { Attempts } from './attempts.js'
import { shields, waitsOn } from './bounds.js'
import type { Known, Told } from './known.js'
import { checkLoss } from './losses.js'
import type { Plan, Story } from './plan.js'

const ENDS: ReadonlySet<string> = new Set(['succeeded', 'failed', 'aborted', 'timedOut'])
const MOVES: Readonly<Record<string, ReadonlySet<string>>> = {
  // At once to its end: never sent, and aborted with its parent (S2). To the queue again: its thread died as it loaded the
  // module, which is an attempt (S10); without a retry, that is said below.
  queued: new Set(['running', 'aborting', 'failed', 'timedOut', 'aborted', 'queued']),
  running: new Set(['aborting', 'succeeded', 'failed', 'queued']),
  aborting: new Set(['aborted', 'timedOut', 'queued']),
}

const NONE: readonly Known[] = []

/** What has happened in one runtime. */
export class Rules {
  readonly runs = new Map<string, Map<string, Known>>()
  readonly counts = { queued: 0, running: 0, aborting: 0, succeeded: 0, failed: 0, aborted: 0, timedOut: 0 }
  /** Runs in which something was given another time than its own grace; and whether all were. */
  readonly hurried = new Set<string>()
  isHurried = false
  lastEventAt = 0
  actions = 0
  unheard = 0
  seq = 0
  /** A number made of all events: the same for the same history. */
  hash = 0x811c9dc5
  readonly attempts: Attempts
  readonly #told: Told
  /** Of actions that have none of their own. */
  readonly #graceMs: number
  readonly isCalm: boolean
  readonly #now: () => number
  readonly #isThreadGone: (thread: number | undefined) => boolean
  /** Whether somebody has killed a thread, which hasn't died of itself. */
  readonly wasKilled: (thread: number) => boolean
  readonly #earlyEntries = new Map<string, { attempt: number; plan: Plan | undefined }>()

  constructor(
    told: Told,
    { graceMs, isCalm }: Pick<Story, 'graceMs' | 'isCalm'>,
    now: () => number,
    isThreadGone: (thread: number | undefined) => boolean,
    wasKilled: (thread: number) => boolean,
  ) {
    this.wasKilled = wasKilled
    this.#isThreadGone = isThreadGone
    this.#told = told
    this.attempts = new Attempts(told, this)
    this.#graceMs = graceMs
    this.isCalm = isCalm
    this.#now = now
  }

  known(run: string, id: string): Known | undefined {
    return this.runs.get(run)?.get(id)
  }

  /**
   * A body was entered, in its thread: what the runtime hasn't heard of yet. `wasFrozen`: on a machine that goes on for a moment when it
   * wakes, and can't know what has been decided meanwhile (D26).
   */
  entered(
    run: string,
    id: string,
    attempt: number,
    plan: Plan | undefined,
    wasFrozen: boolean = false,
  ): void {
    const known = this.known(run, id)
    if (known === undefined) {
      this.#earlyEntries.set(`${run} ${id}`, { attempt, plan })
      return
    }
    // It has been given up there, and may have been tried again elsewhere (D12).
    if (wasFrozen && (known.end !== undefined || attempt < known.attempt)) return
    known.plan = plan
    known.entered += 1
    if (known.end !== undefined)
      this.#told.broken('I4', `${id} is entered after its end as ${known.end.phase}`, known)
    if (known.entered > 1 && attempt <= known.entered - 1)
      this.#told.broken('I4', `attempt ${attempt} of ${id} is entered again`, known)
  }

  take(event: RuntimeEvent): void {
    const { broken } = this.#told
    if (event.type === 'gap') {
      broken('S23', `the reader has missed ${event.from} to ${event.to}`)
      return
    }
    if (event.type === 'snapshot') {
      this.seq = event.seq
      return
    }
    if (event.seq !== this.seq + 1) broken('S23', `event ${event.seq} follows ${this.seq}`)
    this.seq = event.seq
    this.lastEventAt = this.#now()
    this.#mix(event)
    const known = event.type === 'phase' ? this.#ofPhase(event) : this.known(event.run, event.id)
    if (known === undefined) {
      // Of one that was refused, that nobody has asked for (S27).
      if (event.type !== 'unheard' && event.type !== 'log')
        broken('S23', `${event.type} of ${event.id}, which is unknown`)
      if (event.type === 'unheard') this.unheard += 1
      return
    }
    if (event.type === 'exitLate') known.wasExitLate = true
    this.attempts.take(event, known)
    if (
      known.end !== undefined &&
      known.end !== event &&
      event.type !== 'unheard' &&
      !(event.type === 'log' && event.level === 'warn')
    )
      broken('S23', `${event.type} of ${known.id} after its end`, known)
    switch (event.type) {
      case 'abort':
        this.#told.cover(event.escalation ? 'I3' : 'I4')
        return
      case 'retry':
        this.#told.cover('S9')
        known.isRetrying = true
        known.retries += 1
        if (known.reason !== undefined && known.reason.source !== 'timeout')
          broken('S8', `${known.id} is tried again though it was aborted`, known)
        return
      case 'unheard':
        this.#told.cover('S19')
        this.unheard += 1
        if (known.isUnheard) broken('S19', `${known.id} is unheard twice`, known)
        known.isUnheard = true
        if (known.end?.phase !== 'failed' && known.end?.phase !== 'timedOut')
          broken('S19', `${known.id} is unheard, and is ${known.phase}`, known)
        return
      case 'report': {
        const { attempt } = (event.value ?? {}) as { attempt?: number }
        if (attempt !== undefined && attempt < known.attempt)
          broken('S9', `attempt ${attempt} of ${known.id} reports, and ${known.attempt} runs`, known)
        return
      }
      case 'unresponsive':
        this.#told.cover('S6 silent')
        return
      case 'exitLate':
        this.#told.cover('S6 late')
        return
      default:
    }
  }

  #ofPhase(event: PhaseEvent): Known | undefined {
    const { broken, cover } = this.#told
    const { run, id, phase } = event
    let actions = this.runs.get(run)
    if (actions === undefined) this.runs.set(run, (actions = new Map()))
    let known = actions.get(id)
    if (known === undefined || (id === 'a0' && known.end !== undefined && phase === 'queued')) {
      if (known !== undefined) actions.clear()
      known = this.#first(event, actions)
      return known
    }
    if (known.end !== undefined) broken('I4', `${id} is ${phase} after its end as ${known.phase}`, known)
    if (MOVES[known.phase]?.has(phase) !== true)
      broken('S4', `${id} moves from ${known.phase} to ${phase}`, known)
    this.counts[known.phase] -= 1
    this.counts[phase] += 1
    if (event.thread !== undefined) known.thread = event.thread
    if (known.phase === 'queued' && phase === 'aborted' && event.how !== 'never-started')
      broken('S7', `${id} is aborted out of the queue, ${event.how}`, known)
    if (phase === 'queued') {
      if (!known.isRetrying) broken('S4', `${id} is queued again without a retry`, known)
      for (const child of known.children ?? NONE)
        if (child.end === undefined) broken('S8', `${id} is tried again while ${child.id} lives`, known)
      known.reason = undefined
      known.abortingAt = undefined
      known.abortedFrom = undefined
    }
    if (phase === 'running') {
      known.starts += 1
      if (event.attempt <= known.attempt)
        broken('S9', `attempt ${event.attempt} of ${id} follows ${known.attempt}`, known)
      known.attempt = event.attempt
      known.isRetrying = false
      cover('S11')
    }
    if (phase === 'aborting') {
      known.abortingAt = event.at
      known.abortedFrom = known.phase
      cover('S2')
    }
    known.phase = phase
    if (event.reason !== undefined) this.#reason(known, event.reason, actions)
    if (ENDS.has(phase)) this.#end(known, event, actions)
    return known
  }

  #first(event: PhaseEvent, run: Map<string, Known>): Known {
    const { broken } = this.#told
    const { id, parent } = event
    if (event.phase !== 'queued') broken('S4', `${id} begins as ${event.phase}`)
    this.actions += 1
    this.counts.queued += 1
    const dot = id.lastIndexOf('.')
    const spawnerId = dot === -1 ? undefined : id.slice(0, dot)
    const known: Known = {
      run: event.run,
      id,
      name: event.name,
      parent,
      spawner: spawnerId,
      phase: 'queued',
      attempt: 0,
      entered: 0,
      starts: 0,
      reason: undefined,
      isRetrying: false,
      retries: 0,
      end: undefined,
      plan: undefined,
      lastChildAt: 0,
      abortingAt: undefined,
      abortedFrom: undefined,
      isUnheard: false,
      thread: undefined,
      highestChild: -1,
      wasExitLate: false,
      children: undefined,
    }
    run.set(id, known)
    const early = this.#earlyEntries.get(`${event.run} ${id}`)
    if (early !== undefined) {
      this.#earlyEntries.delete(`${event.run} ${id}`)
      known.plan = early.plan
      known.entered = 1
    }
    if (parent !== undefined) {
      const above = run.get(parent)
      if (above === undefined) broken('I2', `${id} is bound to ${parent}, which is unknown`, known)
      else {
        above.children ??= new Set()
        above.children.add(known)
        if (above.end !== undefined) broken('I2', `${id} is spawned after the end of ${parent}`, known)
      }
      if (parent !== spawnerId) this.#told.cover('S18 bound')
    }
    const spawner = spawnerId === undefined ? undefined : run.get(spawnerId)
    if (spawner !== undefined) {
      const index = Number(id.slice(dot + 1))
      if (index <= spawner.highestChild)
        broken('S9', `${id} is spawned behind index ${spawner.highestChild}`, known)
      spawner.highestChild = index
    }
    return known
  }

  #reason(known: Known, reason: AbortReason, run: Map<string, Known>): void {
    const { broken, cover } = this.#told
    const { id, reason: before } = known
    if (
      before !== undefined &&
      (before.source !== reason.source || before.origin !== reason.origin || before.at !== reason.at)
    ) {
      // An abort wins over the timeout of an attempt (S8).
      if (before.source !== 'timeout' || before.origin !== id)
        broken(
          'I3',
          `${id} changes its reason from ${JSON.stringify(before)} to ${JSON.stringify(reason)}`,
          known,
        )
      else cover('S8 abort wins')
    }
    known.reason = reason
    cover(`S16 ${reason.source}`)
    if (reason.source === 'parent' || reason.source === 'root') cover('I2')
    let up: Known | undefined = known
    while (up !== undefined && up.id !== reason.origin)
      up = up.parent === undefined ? undefined : run.get(up.parent)
    if (up === undefined)
      broken('S16', `${id}, bound to ${known.parent}, is aborted with the origin ${reason.origin}`, known)
    if (
      (reason.source === 'root') !==
      (reason.origin === 'a0' && (reason.source === 'root' || reason.source === 'parent'))
    )
      broken('S16', `source ${reason.source}, origin ${reason.origin}`, known)
    if ((reason.source === 'parent' || reason.source === 'root') && reason.origin === id)
      broken('S16', `${id} is aborted with source ${reason.source} by itself`, known)
  }

  #end(known: Known, event: PhaseEvent, run: Map<string, Known>): void {
    const { broken, cover } = this.#told
    const { id, phase, how, error, reason } = event
    known.end = event
    for (const child of known.children ?? NONE)
      if (child.end === undefined) broken('S3', `${id} ends before its child ${child.id}`, known)
    if (known.children !== undefined) cover('S3')
    if (known.parent !== undefined) {
      const parent = run.get(known.parent)
      // What a shield has protected isn't waited for, be it aborted before its parent: it ends with the grace (S14).
      const from = parent?.abortingAt ?? -Infinity
      const at = known.abortingAt ?? Infinity
      const isWith = at === from || (at < from && !shields(parent?.plan))
      if (parent !== undefined && isWith) parent.lastChildAt = event.at
    } else cover('I1')
    const isStopped = phase === 'aborted' || phase === 'timedOut'
    if (isStopped !== (how !== undefined) || isStopped !== (reason !== undefined))
      broken('S7', `${id} is ${phase}, with how ${how}`, known)
    if (how !== undefined) cover(`S7 ${how}`)
    if (how === 'abandoned' && event.thread === 0) cover('S15')
    if (phase === 'succeeded' && id.split('.').length > 3) cover('I10')
    if (phase === 'timedOut') {
      cover('S8')
      if (reason?.source !== 'timeout' || reason.origin !== id)
        broken('S8', `${id} has timed out for ${JSON.stringify(reason)}`, known)
    }
    if ((phase === 'succeeded') !== (error === undefined))
      broken('I12', `${id} is ${phase}, with the error ${String(error)}`, known)
    if (how === 'never-started' && (known.entered > 0 || known.starts > 0))
      broken('I4', `${id} is never-started, and was entered ${known.entered} times`, known)
    if (known.starts > 0 && known.entered === 0 && phase === 'succeeded')
      broken('I4', `${id} has succeeded without being entered`, known)
    this.#force(known, event)
    if (error?.code === 'ThreadLostError' && error.action === id) checkLoss(known, error, this, this.#told)
  }

  /** Who is stopped by force had its time (S5, S6, I7). */
  #force(known: Known, { at, how, reason }: PhaseEvent): void {
    const { broken, cover } = this.#told
    if (how !== 'forced' && how !== 'abandoned') return
    cover(`S6 ${how}`)
    if (reason === undefined || known.abortingAt === undefined) return
    const from = Math.max(known.abortingAt, known.lastChildAt)
    // Node's timers may come a millisecond early.
    const graceMs = Number(known.name.split(' ')[2] ?? 'default')
    const least = from + (Number.isNaN(graceMs) ? this.#graceMs : graceMs) - 1.5
    // A root bears the name of its run; and whose thread is gone has no time left (S21).
    if (known.id === 'a0' || (how === 'forced' && this.#isThreadGone(known.thread))) return
    if (this.isHurried || this.hurried.has(known.run) || known.wasExitLate) return
    cover('S5')
    // With a body of the app's own thread that is abandoned, its descendants are forced (S15).
    if (this.#isUnderAppsBody(known)) return
    if (this.isCalm && !waitsOn(known.plan))
      broken('I7', `${known.id} is ${how}, though it hears what it is told and had its time`, known)
    if (at < least)
      broken('S5', `${known.id} is ${how} ${(least - at).toFixed(1)} ms before the end of its grace`, known)
  }

  #isUnderAppsBody({ run, parent }: Known): boolean {
    for (let up = parent; up !== undefined;) {
      const above = this.known(run, up)
      if (above?.thread === 0 && above.abortingAt !== undefined) return true
      up = above?.parent
    }
    return false
  }

  #mix(event: ActionEvent): void {
    const { run, id, type, at } = event
    const text =
      event.type === 'phase'
        ? `${run} ${id} ${event.phase} ${event.how} ${event.thread}`
        : `${run} ${id} ${type}`
    // Times are looked at to the microsecond.
    let hash = Math.imul(this.hash ^ Math.trunc((at % 1e6) * 1000), 0x01000193)
    for (let place = 0; place < text.length; place += 1)
      hash = Math.imul(hash ^ text.charCodeAt(place), 0x01000193)
    this.hash = hash >>> 0
  }
}
