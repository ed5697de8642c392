// Checks the event log of a runtime as it goes: each rule that can be seen in it is one method here. Of each run it keeps
// what has happened until the run is over and found right.

import type {
  AbortReason,
  ActionEvent,
  LogEvent,
  Outcome,
  PhaseEvent,
  Run,
  RuntimeEvent,
  ThreadLostError,
  UnheardEvent,
} from 'heddle'
import { checkEnding } from './endings.js'
import { checkFinished } from './finished-run.js'
import { describe, historyOf } from './history.js'
import { COMPUTING, DEADLY, type Receipt } from './plan.js'
import { BURST_ENTRY, FAULT, type Report } from './said.js'
import { Violation, type RunStory, type Seen, type Totals } from './seen.js'
import { Suspects, threadKey } from './suspects.js'

const ENDS: ReadonlySet<string> = new Set(['succeeded', 'failed', 'aborted', 'timedOut'])
const MOVES: Readonly<Record<string, ReadonlySet<string>>> = {
  // At once to its end: never sent, and aborted with its parent (S2).
  queued: new Set(['running', 'aborting', 'failed', 'timedOut', 'aborted']),
  running: new Set(['aborting', 'succeeded', 'failed', 'queued']),
  aborting: new Set(['aborted', 'timedOut', 'queued']),
}

/** The story of one runtime. */
export class Story {
  readonly #totals: Totals
  readonly #onViolation: (violation: Violation) => void
  readonly #runs = new Map<string, RunStory>()
  readonly #suspects = new Suspects()
  /** The last events of the whole runtime: what went on beside an action. */
  #recent: ActionEvent[] = []
  #seq: number | undefined
  /** Its queue may refuse children. */
  readonly #isBounded: boolean
  /** Machines are lost on the way, each with all its threads. */
  readonly #mayLoseHosts: boolean

  constructor(
    totals: Totals,
    onViolation: (violation: Violation) => void,
    { isBounded = false, mayLoseHosts = false } = {},
  ) {
    this.#totals = totals
    this.#onViolation = onViolation
    this.#isBounded = isBounded
    this.#mayLoseHosts = mayLoseHosts
  }

  /** Begins to follow a run. Call it ahead of the run's start. */
  follow(name: string, calm: boolean, rootName: string): RunStory {
    const story: RunStory = {
      name,
      calm,
      rootName,
      actions: new Map(),
      refused: new Map(),
      events: [],
      onEnd: undefined,
      onEvent: undefined,
    }
    this.#runs.set(name, story)
    return story
  }

  /** Takes in an event. */
  take(event: RuntimeEvent): void {
    this.#totals.events += 1
    if (event.type === 'gap') {
      this.#totals.gaps += 1
      this.#violated('the reader has fallen behind: the soak can no longer tell', undefined)
      return
    }
    if (event.type === 'snapshot') {
      this.#seq = event.seq
      return
    }
    if (this.#seq !== undefined && event.seq !== this.#seq + 1)
      this.#violated(`event ${event.seq} follows ${this.#seq} (S23)`, undefined)
    this.#seq = event.seq
    const run = this.#runs.get(event.run)
    if (run === undefined) {
      this.#violated(`event of a run that is over or unknown: ${describe(event)}`, undefined)
      return
    }
    run.events.push(event)
    this.#recent.push(event)
    if (this.#recent.length > 4000) this.#recent = this.#recent.slice(-2000)
    switch (event.type) {
      case 'phase':
        this.#phase(run, event)
        break
      case 'report':
        this.#report(run, event.id, event.value as Report)
        break
      case 'emit':
        this.#emit(run, event.id, event.event as unknown as Receipt)
        break
      case 'log':
        this.#log(run, event)
        break
      case 'abort': {
        const seen = this.#known(run, event.id)
        if (seen !== undefined) seen.aborts += 1
        count(this.#totals.others, 'abort')
        break
      }
      case 'retry': {
        const seen = this.#known(run, event.id)
        if (seen !== undefined) seen.retrying = true
        count(this.#totals.others, 'retries')
        break
      }
      case 'unheard':
        this.#unheard(run, event)
        break
      case 'abortSeen':
      case 'unresponsive':
      case 'exitLate':
        count(this.#totals.others, event.type)
        break
    }
    run.onEvent?.(event)
  }

  /** An abort was accepted for an action. */
  accepted(run: RunStory, id: string): void {
    const seen = run.actions.get(id)
    if (seen !== undefined) seen.accepted = true
  }

  /** A run is over: what can only be told now. Then it is forgotten. */
  finish(
    run: RunStory,
    handle: Run | undefined,
    outcome: Outcome<unknown>,
    marks: Int32Array | undefined,
  ): void {
    for (const { id, wrong } of checkFinished(run, handle, outcome, marks)) this.#violated(wrong, run, id)
    this.#runs.delete(run.name)
  }

  /** The shortest history of an action. */
  history(run: RunStory, id: string): string[] {
    return historyOf(run, id, this.#recent)
  }

  #phase(run: RunStory, event: PhaseEvent): void {
    const { id, phase } = event
    let seen = run.actions.get(id)
    if (seen === undefined) {
      if (phase !== 'queued') this.#violated(`${id} begins as ${phase}`, run, id)
      const [kind = '', slot] = (id === 'a0' ? run.rootName : event.name).split('#')
      seen = {
        id,
        kind,
        parent: event.parent,
        slot: slot === undefined ? undefined : Number(slot),
        phase,
        attempt: 0,
        reason: undefined,
        retrying: false,
        starts: 0,
        threads: new Set(),
        accepted: false,
        aborts: 0,
        end: undefined,
        lastReport: undefined,
        entries: 0,
        receipt: undefined,
        isUnheard: false,
      }
      if (run.refused.has(id)) this.#violated(`${id} was refused, and is spawned (S9, S27)`, run, id)
      run.actions.set(id, seen)
      this.#totals.actions += 1
      const parent = event.parent === undefined ? undefined : run.actions.get(event.parent)
      if (parent?.end !== undefined)
        this.#violated(`${id} was spawned after the end of ${parent.id} (I2)`, run, id)
      return
    }
    if (seen.end !== undefined)
      this.#violated(`${id} is ${phase} after its end as ${seen.phase} (I4)`, run, id)
    // What was sent and lost with its machine may have begun there.
    const isLostUnseen = this.#mayLoseHosts && phase === 'queued' && seen.phase === 'queued' && seen.retrying
    if (MOVES[seen.phase]?.has(phase) !== true && !isLostUnseen)
      this.#violated(`${id} moves from ${seen.phase} to ${phase} (S4)`, run, id)
    if (seen.phase === 'queued' && phase === 'aborted' && event.how !== 'never-started')
      this.#violated(`${id} is aborted out of the queue, ${event.how} (S2, S7)`, run, id)
    if (phase === 'queued') {
      if (!seen.retrying) this.#violated(`${id} is queued again without a retry (S4)`, run, id)
      seen.reason = undefined
    }
    if (phase === 'running') {
      seen.starts += 1
      this.#totals.attempts += 1
      if (event.attempt <= seen.attempt)
        this.#violated(`attempt ${event.attempt} of ${id} follows ${seen.attempt} (S9)`, run, id)
      seen.attempt = event.attempt
      seen.entries = 0
      seen.receipt = undefined
      seen.retrying = false
    }
    if (event.thread !== undefined) {
      const thread = threadKey(event.thread, event.hostInstance)
      seen.threads.add(thread)
      this.#totals.threads.add(thread)
      // One that is deaf, but yields, is left behind: for it no neighbour may lose the thread (S6 d).
      if (DEADLY.has(seen.kind) || COMPUTING.has(seen.kind)) this.#suspects.lives(`${run.name} ${id}`, thread)
    }
    seen.phase = phase
    if (event.reason !== undefined) this.#reason(run, seen, event.reason)
    if (ENDS.has(phase)) this.#end(run, seen, event)
  }

  #reason(run: RunStory, seen: Seen, reason: AbortReason): void {
    const { id } = seen
    const before = seen.reason
    if (before === undefined) {
      count(this.#totals.sources, reason.source)
    } else if (
      before.source !== reason.source ||
      before.origin !== reason.origin ||
      before.at !== reason.at
    ) {
      // An abort wins over the timeout of an attempt (S8); else the first one stays.
      if (before.source !== 'timeout' || before.origin !== id)
        this.#violated(
          `${id} changes its reason from ${JSON.stringify(before)} to ${JSON.stringify(reason)} (I3)`,
          run,
          id,
        )
    }
    seen.reason = reason
    if (!this.#isUnder(run, seen, reason.origin))
      this.#violated(
        `${id}, bound to ${seen.parent}, was aborted with the origin ${reason.origin} (S16, S18)`,
        run,
        id,
      )
    if (reason.source === 'root' && reason.origin !== 'a0')
      this.#violated(`source root, origin ${reason.origin} (S16)`, run, id)
    if (reason.source === 'parent' && reason.origin === 'a0')
      this.#violated(`source parent, origin a0 (S16)`, run, id)
  }

  #end(run: RunStory, seen: Seen, event: PhaseEvent): void {
    const { id, phase, how, error } = { how: undefined, error: undefined, ...event }
    seen.end = event
    count(this.#totals.outcomes, phase)
    if (how !== undefined) count(this.#totals.hows, how)
    for (const child of run.actions.values()) {
      if (child.parent === id && child.end === undefined)
        this.#violated(`${id} ends before its child ${child.id} (S3)`, run, id)
    }
    for (const wrong of checkEnding(seen, event, run))
      this.#violated(`${id} (${seen.kind}) ${wrong}`, run, id)
    if (error?.code === 'ThreadLostError' && error.action === id) {
      const { loss, thread, hostInstance, culprit } = error as unknown as ThreadLostError
      count(this.#totals.lost, loss)
      // One whose module was being loaded there hasn't begun, and so has told of no thread.
      if (thread !== undefined) seen.threads.add(threadKey(thread, hostInstance))
      // With its machine: whoever lives there has no part in that.
      const isWithHost = loss === 'host-lost' && this.#mayLoseHosts
      const mayBeNeighbours = this.#suspects.mayHaveEnded(seen.threads, lostAt(run, event))
      if (!isWithHost && !mayBeNeighbours && !DEADLY.has(seen.kind) && !this.#isYetToTell(culprit)) {
        this.#violated(
          `${id} (${seen.kind}) has lost its thread (${loss}) though nobody there was to blame (I7, I11)`,
          run,
          id,
          culprit,
        )
      }
    }
    // What was left behind may go on for ever.
    if (how !== 'abandoned') this.#suspects.ended(`${run.name} ${id}`, event.at)
    if (id === 'a0') run.onEnd?.()
  }

  /** Whether who is blamed for a thread's loss may be, and hasn't told on which thread it is: it was aborted before its start was known. */
  #isYetToTell(culprit: ThreadLostError['culprit']): boolean {
    const seen = culprit && this.#runs.get(culprit.run)?.actions.get(culprit.action)
    if (seen === undefined || seen.end !== undefined || seen.threads.size > 0) return false
    return DEADLY.has(seen.kind) || COMPUTING.has(seen.kind)
  }

  /** Whether an action is that one or below it: below what it is bound to, which isn't its spawner if it is detached. */
  #isUnder(run: RunStory, seen: Seen, origin: string): boolean {
    for (let up: Seen | undefined = seen; up !== undefined;) {
      if (up.id === origin) return true
      up = up.parent === undefined ? undefined : run.actions.get(up.parent)
    }
    return false
  }

  #report(run: RunStory, id: string, report: Report): void {
    const seen = this.#known(run, id)
    if (seen === undefined) return
    if (seen.end !== undefined) this.#violated(`${id} reports after its end (S23)`, run, id)
    if (seen.slot === undefined) return
    if (report.id !== id) this.#violated(`a report of ${report.id} arrives as one of ${id}`, run, id)
    // The start of one that is aborted in that moment isn't seen.
    if (report.attempt < seen.attempt)
      this.#violated(`attempt ${report.attempt} of ${id} reports, and ${seen.attempt} runs (S9)`, run, id)
    const last = seen.lastReport
    if (last !== undefined && last.attempt === report.attempt && last.count >= report.count)
      this.#violated(`report ${report.count} of ${id} follows ${last.count}`, run, id)
    seen.lastReport = report
  }

  #emit(run: RunStory, id: string, receipt: Receipt): void {
    count(this.#totals.others, 'emit')
    const seen = this.#known(run, id)
    if (seen === undefined) return
    if (seen.end !== undefined) this.#violated(`${id} emits after its end (S23)`, run, id)
    if (seen.kind !== 'read') return
    const last = seen.receipt
    if (last !== undefined && receipt.count !== last.count + 1)
      this.#violated(`receipt ${receipt.count} of ${id} follows ${last.count}`, run, id)
    seen.receipt = receipt
  }

  /**
   * A child has failed, and nobody had asked for it (S19). One that the queue had no room for never comes to be, but isn't
   * silent either: of it, this event and a log entry are all that is told (S27).
   */
  #unheard(run: RunStory, event: UnheardEvent): void {
    const { id, error } = event
    count(this.#totals.others, 'unheard')
    const seen = run.actions.get(id)
    if (seen === undefined && this.#isBounded && error.code === 'QueueFullError' && error.action === id) {
      if (run.refused.has(id)) this.#violated(`${id} is unheard twice (S19)`, run, id)
      const spawner = run.actions.get(id.slice(0, id.lastIndexOf('.')))
      if (spawner === undefined || spawner.end !== undefined)
        this.#violated(`${id} was refused, and its spawner doesn't live (S19, S27)`, run, id)
      run.refused.set(id, 0)
      return
    }
    const known = seen ?? this.#known(run, id)
    if (known === undefined) return
    if (known.isUnheard) this.#violated(`${id} is unheard twice (S19)`, run, id)
    known.isUnheard = true
    if (id === 'a0' || (known.end?.phase !== 'failed' && known.end?.phase !== 'timedOut'))
      this.#violated(`${id} is unheard, and has ${known.end?.phase ?? 'not ended'} (S19)`, run, id)
  }

  #log(run: RunStory, { id, level, message }: LogEvent): void {
    count(this.#totals.others, 'log')
    const told = run.refused.get(id)
    if (told !== undefined) {
      run.refused.set(id, told + 1)
      if (level !== 'warn' || told > 0) this.#violated(`${id} was refused, and logs (S19, S27)`, run, id)
      return
    }
    const seen = this.#known(run, id)
    if (seen === undefined) return
    if (message.startsWith(FAULT)) this.#violated(`${id} (${seen.kind}) tells of a ${message}`, run, id)
    if (message === BURST_ENTRY) seen.entries += 1
  }

  #known(run: RunStory, id: string): Seen | undefined {
    const seen = run.actions.get(id)
    if (seen === undefined) this.#violated(`something happens to ${id} before it is spawned`, run, id)
    return seen
  }

  #violated(
    message: string,
    run: RunStory | undefined,
    id?: string,
    culprit?: ThreadLostError['culprit'],
  ): void {
    const where = run === undefined ? '' : ` [run ${run.name}${run.calm ? ', calm' : ''}]`
    const history = run === undefined || id === undefined ? [] : this.history(run, id)
    const other = culprit && this.#runs.get(culprit.run)
    if (other !== undefined) history.push('  who is blamed:', ...this.history(other, culprit!.action))
    this.#onViolation(new Violation(message + where, history))
  }
}

/** When an action lost its thread: its end is told once its children have ended, and these were aborted at the loss (S21). */
function lostAt(run: RunStory, { id, at }: PhaseEvent): number {
  const aborts = [...run.actions.values()].filter(
    ({ parent, reason }) =>
      parent === id && reason?.origin === id && (reason.source === 'root' || reason.source === 'parent'),
  )
  return Math.min(at, ...aborts.map(({ reason }) => (reason as AbortReason).at))
}

function count(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1
}
