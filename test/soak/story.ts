// Checks the event log of a runtime as it goes: each rule that can be seen in it is one method here. Of each run it keeps
// what has happened until the run is over and found right.

import type { AbortReason, ActionEvent, Outcome, PhaseEvent, Run, RuntimeEvent } from 'heddle'
import type { Report } from './bodies.js'
import { COMPUTING, DEADLY, DEAF } from './plan.js'

/** A rule was broken. */
export class Violation extends Error {
  /** The actions involved, and what is known of them. */
  readonly history: readonly string[]

  constructor(message: string, history: readonly string[]) {
    super(message)
    this.name = 'Violation'
    this.history = history
  }
}

/** What has been seen of an action. */
interface Seen {
  readonly id: string
  /** Its plan's kind. */
  readonly kind: string
  readonly parent: string | undefined
  /** Where its plan's entries are counted. */
  readonly slot: number | undefined
  phase: PhaseEvent['phase']
  attempt: number
  reason: AbortReason | undefined
  /** It may move back to `queued`. */
  retrying: boolean
  starts: number
  readonly threads: Set<number>
  /** An abort was accepted for it. */
  accepted: boolean
  end: PhaseEvent | undefined
  lastReport: { attempt: number; count: number } | undefined
}

/** One run, while it isn't found right. */
export interface RunStory {
  readonly name: string
  readonly calm: boolean
  /** Kind and slot of the root, as children carry them in their names. */
  readonly rootName: string
  readonly actions: Map<string, Seen>
  readonly events: ActionEvent[]
  /** Told when its root has ended. */
  onEnd: (() => void) | undefined
  /** Told of each event. */
  onEvent: ((event: ActionEvent) => void) | undefined
}

/** What all stories of a soak add up to. */
export interface Totals {
  events: number
  actions: number
  attempts: number
  gaps: number
  readonly outcomes: Record<string, number>
  readonly hows: Record<string, number>
  readonly sources: Record<string, number>
  readonly lost: Record<string, number>
  readonly others: Record<string, number>
  readonly threads: Set<number>
}

/** Totals at zero. */
export function createTotals(): Totals {
  return {
    events: 0,
    actions: 0,
    attempts: 0,
    gaps: 0,
    outcomes: {},
    hows: {},
    sources: {},
    lost: {},
    others: {},
    threads: new Set(),
  }
}

const ENDS: ReadonlySet<string> = new Set(['succeeded', 'failed', 'aborted', 'timedOut'])
const MOVES: Readonly<Record<string, ReadonlySet<string>>> = {
  queued: new Set(['running', 'aborting', 'failed', 'timedOut']),
  running: new Set(['aborting', 'succeeded', 'failed', 'queued']),
  aborting: new Set(['aborted', 'timedOut', 'queued']),
}

/** The story of one runtime. */
export class Story {
  readonly #totals: Totals
  readonly #onViolation: (violation: Violation) => void
  readonly #runs = new Map<string, RunStory>()
  /** What has ever lived on a thread that may end it, or have it killed. */
  readonly #suspects = new Map<number, Set<string>>()
  /** The last events of the whole runtime: what went on beside an action. */
  #recent: ActionEvent[] = []
  #seq: number | undefined

  constructor(totals: Totals, onViolation: (violation: Violation) => void) {
    this.#totals = totals
    this.#onViolation = onViolation
  }

  /** Begins to follow a run. Call it ahead of the run's start. */
  follow(name: string, calm: boolean, rootName: string): RunStory {
    const story: RunStory = {
      name,
      calm,
      rootName,
      actions: new Map(),
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
      case 'retry': {
        const seen = this.#known(run, event.id)
        if (seen !== undefined) seen.retrying = true
        count(this.#totals.others, 'retries')
        break
      }
      case 'abort':
      case 'abortSeen':
      case 'emit':
      case 'log':
      case 'unheard':
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
  finish(run: RunStory, handle: Run, outcome: Outcome<unknown>, marks: Int32Array): void {
    for (const seen of run.actions.values()) {
      if (seen.end === undefined) this.#violated(`${seen.id} has not ended with its run (I1)`, run, seen.id)
      if (seen.accepted && seen.end?.phase !== 'aborted' && seen.end?.phase !== 'timedOut')
        this.#violated(`the abort of ${seen.id} was accepted, and it has ${seen.end?.phase}`, run, seen.id)
    }
    this.#entries(run, marks)
    const root = run.actions.get('a0')
    if (root?.end?.phase !== outcome.status)
      this.#violated(`the handle says ${outcome.status}, the event ${root?.end?.phase} (I3)`, run, 'a0')
    const { dropped } = handle
    const kept = handle.actions().length
    const gone = dropped.succeeded + dropped.failed + dropped.aborted + dropped.timedOut
    if (kept + gone !== run.actions.size) {
      this.#violated(
        `${run.actions.size} actions were seen, but ${kept} are kept and ${gone} dropped (S24)`,
        run,
        'a0',
      )
    }
    const times = [outcome.queuedAt, outcome.startedAt, outcome.settledAt].filter((at) => at !== undefined)
    if (times.some((at, index) => index > 0 && at < (times[index - 1] as number)))
      this.#violated(`its times are not in order: ${times.join(', ')} (I8)`, run, 'a0')
    this.#runs.delete(run.name)
  }

  /** The shortest history of an action and those it has to do with: its parent, its children, who shared its thread. */
  history(run: RunStory, id: string): string[] {
    const seen = run.actions.get(id)
    const isInvolved = (other: string): boolean =>
      other === id || other === seen?.parent || run.actions.get(other)?.parent === id
    const from = run.events.find((event) => event.id === id)?.seq ?? 0
    const beside = this.#recent.filter(
      (event) =>
        event.run !== run.name &&
        event.seq > from &&
        event.type === 'phase' &&
        event.thread !== undefined &&
        seen?.threads.has(event.thread),
    )
    return [...run.events.filter((event) => isInvolved(event.id)), ...beside]
      .toSorted((a, b) => a.seq - b.seq)
      .map(describe)
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
        end: undefined,
        lastReport: undefined,
      }
      run.actions.set(id, seen)
      this.#totals.actions += 1
      const parent = event.parent === undefined ? undefined : run.actions.get(event.parent)
      if (parent?.end !== undefined)
        this.#violated(`${id} was spawned after the end of ${parent.id} (I2)`, run, id)
      return
    }
    if (seen.end !== undefined)
      this.#violated(`${id} is ${phase} after its end as ${seen.phase} (I4)`, run, id)
    if (MOVES[seen.phase]?.has(phase) !== true)
      this.#violated(`${id} moves from ${seen.phase} to ${phase} (S4)`, run, id)
    if (phase === 'queued') {
      if (!seen.retrying) this.#violated(`${id} is queued again without a retry (S4)`, run, id)
      seen.reason = undefined
    }
    if (phase === 'running') {
      seen.starts += 1
      this.#totals.attempts += 1
      if (event.attempt <= seen.attempt && !seen.retrying)
        this.#violated(`attempt ${event.attempt} of ${id} follows ${seen.attempt} (S9)`, run, id)
      seen.attempt = event.attempt
      seen.retrying = false
    }
    if (event.thread !== undefined) {
      seen.threads.add(event.thread)
      this.#totals.threads.add(event.thread)
      if (DEAF.has(seen.kind) || DEADLY.has(seen.kind) || COMPUTING.has(seen.kind)) {
        const suspects = this.#suspects.get(event.thread) ?? new Set()
        this.#suspects.set(event.thread, suspects.add(`${run.name} ${id} ${seen.kind}`))
      }
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
    if (reason.origin !== id && !id.startsWith(`${reason.origin}.`))
      this.#violated(`${id} was aborted with the origin ${reason.origin} (S16)`, run, id)
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
    const onSuspect = [...seen.threads].some((thread) => this.#suspects.has(thread))
    // Who is polite and has time ends by itself.
    if (run.calm && (how === 'forced' || how === 'abandoned'))
      this.#violated(`${id} (${seen.kind}) is ${how} in a calm run (I7)`, run, id)
    if (error?.code === 'ThreadLostError' && error.action === id) {
      const { loss } = error as unknown as { loss: string }
      count(this.#totals.lost, loss)
      if (!onSuspect && !DEADLY.has(seen.kind))
        this.#violated(
          `${id} (${seen.kind}) has lost its thread (${loss}) though nobody there was to blame (I7, I11)`,
          run,
          id,
        )
    }
    if (id === 'a0') run.onEnd?.()
  }

  #report(run: RunStory, id: string, report: Report): void {
    const seen = this.#known(run, id)
    if (seen === undefined) return
    if (report.id !== id) this.#violated(`a report of ${report.id} arrives as one of ${id}`, run, id)
    const last = seen.lastReport
    if (last !== undefined && last.attempt === report.attempt && last.count >= report.count)
      this.#violated(`report ${report.count} of ${id} follows ${last.count}`, run, id)
    seen.lastReport = report
    if (seen.end !== undefined) this.#violated(`${id} reports after its end (S23)`, run, id)
  }

  /** What never started never ran, and nothing ran more often than it was started. */
  #entries(run: RunStory, marks: Int32Array): void {
    const starts = new Map<number, Seen[]>()
    for (const seen of run.actions.values()) {
      if (seen.slot !== undefined) starts.set(seen.slot, [...(starts.get(seen.slot) ?? []), seen])
    }
    for (const [slot, all] of starts) {
      const entries = marks[slot] as number
      // One that is aborted in the very moment of its start is never seen as running, but its end says that it has begun.
      const started = all.reduce((sum, { starts, end }) => sum + Math.max(starts, end?.attempt ?? 0), 0)
      const neverStarted = all.every(({ end }) => end?.how === 'never-started')
      if (entries > (neverStarted ? 0 : started)) {
        const ids = all.map(({ id }) => id).join(', ')
        this.#violated(`${ids}: entered ${entries} times, started ${started} times (I4)`, run, all[0]?.id)
      }
    }
  }

  #known(run: RunStory, id: string): Seen | undefined {
    const seen = run.actions.get(id)
    if (seen === undefined) this.#violated(`something happens to ${id} before it is spawned`, run, id)
    return seen
  }

  #violated(message: string, run: RunStory | undefined, id?: string): void {
    const where = run === undefined ? '' : ` [run ${run.name}${run.calm ? ', calm' : ''}]`
    const history = run === undefined || id === undefined ? [] : this.history(run, id)
    this.#onViolation(new Violation(message + where, history))
  }
}

function count(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1
}

function describe(event: ActionEvent): string {
  const { seq, at, run, id, type, ...rest } = event
  const shown = JSON.stringify(rest, (_key, value: unknown) =>
    value instanceof Error ? `${value.name}: ${value.message}` : value,
  )
  return `${String(seq).padStart(8)} ${new Date(at).toISOString().slice(14)} ${`${run} ${id}`.padEnd(20)} ${type.padEnd(10)} ${shown}`
}
