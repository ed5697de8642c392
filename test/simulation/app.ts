// The app of a simulated history: what it does, when, and what it has seen.

import { getEventListeners } from 'node:events'
import { createRuntime, isHeddleError, type Run, type Runtime, type RuntimeEvent } from '../../src/index.js'
import { act } from './acts.js'
import { definitionOf, optionsOf } from './bodies.js'
import { describeEvent, describeOp } from './describe.js'
import { Inspected } from './inspected.js'
import { LANE_SOURCE } from '../../src/runtime/dispatch/lane-source.js'
import { Machines } from './machines.js'
import type { Op, Story } from './plan.js'
import type { Known } from './known.js'
import type { Rules } from './rules.js'
import type { Simulator } from './simulator.js'
import { Vain } from './vain.js'
import { letterFrom, noteLetter, plainWait } from './witness.js'

/** After so long without anything, nothing may hold the process: a lane has rested by then, or is closed. */
const IDLE_MS = 2000

/** How long threads may take to be ready, where none fails to start and none is held up. */
const WARM_MS = 2500

/** How a process ends that is killed, and by when it has, in milliseconds. */
const KILLED = 137
const MIDST_MS = 3

/** Who is told. */
export interface AppWitness {
  readonly breaks: (rule: string, what: string, about?: Known) => void
  readonly cover: (rule: string) => void
  /** The same of what isn't the app's own, also after its death. */
  readonly broke: (rule: string, what: string) => void
  /** Where somebody traces. */
  readonly note: ((text: string) => void) | undefined
}

/** The app of a history: what it does, and what it has seen. */
export class App {
  isClosed = false
  closedAt = 0
  /** When all must have ended, as far as that follows from graces. */
  endsBy = 0
  /** When all that lives is aborted at the latest: by the close, once the shortest drain that was asked for is over (S22). */
  abortsBy = Infinity
  readonly #sim: Simulator
  readonly #story: Story
  readonly #rules: Rules
  readonly #breaks: (rule: string, what: string, about?: Known) => void
  readonly #cover: (rule: string) => void
  readonly #broke: (rule: string, what: string) => void
  readonly #note: ((text: string) => void) | undefined
  readonly #runs = new Map<number, Run>()
  readonly #settled = new Map<Run, string>()
  readonly #signals = new Map<number, AbortController>()
  readonly #inspected: Inspected
  readonly #vain: Vain
  #runtime: Runtime | undefined
  machines: Machines | undefined
  #closing: Promise<void> | undefined
  #ended: string | undefined
  #closes = 0
  /** How many calls of `warm` haven't been answered, and when the last one came. */
  #warming = 0
  #warmedAt = 0

  constructor(sim: Simulator, story: Story, rules: Rules, witness: AppWitness) {
    this.#sim = sim
    this.#story = story
    this.#rules = rules
    this.#breaks = witness.breaks
    this.#cover = witness.cover
    this.#broke = witness.broke
    this.#note = witness.note
    this.#inspected = new Inspected(witness)
    this.#vain = new Vain(witness)
  }

  start(): void {
    const { threads, minThreads, idleTimeoutMs, graceMs, maxQueued, retain, isInspected, ops } = this.#story
    const { network } = this.#story
    this.machines = network && new Machines(this.#sim, network, this.#broke, this.#cover)
    this.#runtime = createRuntime({
      threads,
      minThreads: Math.min(minThreads, threads),
      idleTimeoutMs,
      graceMs,
      maxQueued,
      retain,
      resources: { gpu: 2 },
      ...(this.machines && { [LANE_SOURCE]: this.machines.source }),
      ...(isInspected && { inspect: (event) => this.#inspected.take(event) }),
      services: {
        app: {
          echo: (value: unknown) => value,
          fail: () => Promise.reject(new RangeError('as asked')),
          slow: (value: unknown) => plainWait(30).then(() => value),
        },
      },
    })
    void this.#read(this.#runtime.events())
    for (const op of ops) {
      this.#sim.at(this.#sim.main, op.at, () => {
        this.#note?.(`the app: ${describeOp(op)}`)
        this.#do(op)
      })
    }
  }

  /** What can only be told at the end. */
  finish(): void {
    if (this.#ended === undefined) this.#breaks('S22', 'the events have not ended with the runtime')
    if (this.#warming > 0) this.#breaks('S22', 'warm() is never answered')
    for (const [run, status] of this.#settled) {
      const end = this.#rules.known(run.run, 'a0')?.end
      if (
        end !== undefined &&
        status !== 'unheard' &&
        end.phase !== status &&
        this.#rules.runs.get(run.run) !== undefined
      )
        this.#breaks('I3', `the handle of ${run.run} says ${status}, its event ${end.phase}`)
    }
    for (const [number, run] of this.#runs)
      if (!this.#settled.has(run)) this.#breaks('I1', `run ${number} (${run.run}) has not settled`)
    for (const actions of this.#rules.runs.values())
      for (const known of actions.values())
        if (known.end === undefined) this.#breaks('I1', `${known.run} ${known.id} has not ended`, known)
    for (const actions of this.#rules.runs.values())
      this.#rules.attempts.finish(actions.values(), (run, id) => this.#rules.known(run, id))
    for (const run of this.#runs.values()) this.#checkRecords(run)
    this.#vain.finish(this.#rules)
    this.#inspected.finish()
  }

  /** What is kept of a run, and what is counted of what isn't (S24). */
  #checkRecords(run: Run): void {
    const seen = this.#rules.runs.get(run.run)?.size
    // Refused at the door: it has no record (S27).
    if (seen === undefined) {
      this.#cover('S27')
      return
    }
    // What the app holds keeps what it was told of last (S29).
    const root = this.#rules.known(run.run, 'a0')
    if (root !== undefined && run.lastReport !== this.#rules.attempts.lastReport(root))
      this.#breaks('S29', `the handle of ${run.run} doesn't have its last report`, root)
    const { dropped } = run
    const gone = dropped.succeeded + dropped.failed + dropped.aborted + dropped.timedOut
    const kept = run.actions().length
    if (kept + gone !== seen)
      this.#breaks('S24', `${run.run}: ${seen} actions were seen, ${kept} are kept and ${gone} counted`)
    const { retain } = this.#story
    // Without the root's, which goes with its run.
    if (retain !== undefined && kept - 1 > retain)
      this.#breaks('S24', `${run.run}: ${kept - 1} records are kept, of ${retain}`)
    if (gone > 0) this.#cover('S24')
  }

  /** What still lives, in words. */
  describeLive(): string {
    const live: string[] = []
    for (const actions of this.#rules.runs.values())
      for (const known of actions.values())
        if (known.end === undefined) live.push(`${known.run} ${known.id} is ${known.phase}`)
    return live.slice(0, 6).join(', ') || 'no action'
  }

  async #read(events: AsyncIterableIterator<RuntimeEvent>): Promise<void> {
    for await (const event of events) {
      if (this.#sim.main.isDead) return
      this.#note?.(`    event ${describeEvent(event)}`)
      this.#rules.take(event)
    }
    this.#ended = 'ended'
  }

  #do(op: Op): void {
    const runtime = this.#runtime as Runtime
    if (op.do === 'run') {
      this.#start(runtime, op)
      return
    }
    if (op.do === 'stall') {
      void this.#sim.compute(op.ms)
      return
    }
    if (op.do === 'die') {
      this.#die(op.effects)
      return
    }
    if (op.do === 'warm') {
      this.#warming += 1
      this.#warmedAt = this.#sim.now
      const isOver = (): void => void (this.#warming -= 1)
      runtime.warm([definitionOf('half'), definitionOf('named')]).then(() => {
        this.#cover('warm')
        isOver()
      }, isOver)
      return
    }
    if (op.do === 'close') {
      const { drainMs, graceMs } = op
      this.endsBy = Math.max(this.endsBy, this.#sim.now + (drainMs ?? 0))
      if (this.#sim.now + (drainMs ?? 0) < this.abortsBy && this.abortsBy < Infinity)
        this.#cover('S22 shorter drain')
      this.abortsBy = Math.min(this.abortsBy, this.#sim.now + (drainMs ?? 0))
      this.#cover('S22')
      if (graceMs !== undefined) this.#rules.isHurried = true
      this.#checkIdle()
      if (this.#warming > 0 && this.#story.isCalm && this.#sim.now - this.#warmedAt > WARM_MS)
        this.#breaks('S22', `warm() isn't answered after ${this.#sim.now - this.#warmedAt} ms`)
      const closed = runtime.close({ drainMs, graceMs })
      if (this.#closing === undefined) this.#closing = this.#closeAll(closed)
      return
    }
    if (!('run' in op)) {
      this.machines?.do(op)
      return
    }
    const run = this.#runs.get(op.run)
    if (run === undefined) return
    const urgency = {
      ...('graceMs' in op && op.graceMs !== undefined && { graceMs: op.graceMs }),
      ...('force' in op && op.force && { force: true }),
    }
    if (Object.keys(urgency).length > 0) this.#rules.hurried.add(run.run)
    switch (op.do) {
      case 'cancel': {
        const before = run.phase
        run.cancel('the app wants that', urgency)
        if ((before === 'running' || before === 'queued') && run.phase === before && before !== 'running')
          this.#breaks('S2', `${run.run} is ${run.phase} after it was cancelled`)
        return
      }
      case 'abort': {
        const known = [...(this.#rules.runs.get(run.run)?.values() ?? [])]
        const target = known[op.pick % Math.max(1, known.length)]
        if (op.pick % 10 === 0) this.#vain.abortUnknown(runtime, run)
        try {
          const answer = runtime.abort(run.run, target?.id, { by: 'the app', ...urgency })
          if (answer.accepted && answer.phase !== 'aborting' && target !== undefined) {
            // What never started settles at once.
            // One whose deadline has passed stays timed out; over a timeout of its attempt, the abort wins (S8).
            const isTimedOut = answer.phase === 'timedOut' && isPastDeadline(target.reason)
            if (answer.phase !== 'aborted' && !isTimedOut)
              this.#breaks('S4', `accepted, and ${target.id} is ${answer.phase}`, target)
          }
          if (target?.end !== undefined) this.#cover('I4 over')
          if (answer.accepted && target?.end !== undefined)
            this.#breaks('I4', `an abort was accepted after the end of ${target.id}`, target)
        } catch (error) {
          // Its record isn't kept.
          if (!isHeddleError(error) || (error as { code?: string }).code !== 'ActionNotFoundError')
            throw error
        }
        return
      }
      case 'signal':
        this.#signals.get(op.run)?.abort('by its signal')
        return
      case 'send':
        for (let count = 0; count < op.count; count += 1) {
          const letter = letterFrom('the app')
          run.send(letter as never)
          noteLetter(run.run, 'a0', letter)
        }
        return
      case 'remote':
        run
          .remote()
          .then((remote) => (remote as { echo(value: unknown): Promise<unknown> }).echo(1))
          .then(
            (value) => {
              if (value !== 1) this.#breaks('S26', `remote echoed ${String(value)}`)
            },
            () => {},
          )
        return
      case 'look':
        this.#look(run)
        return
      case 'actor':
        act(this.#runtime as Runtime, run, op.act, { breaks: this.#breaks, cover: this.#cover })
    }
  }

  /** Its process is killed, if there are other machines that have to bear it. */
  #die(effects: number | undefined): void {
    const sim = this.#sim
    const { main } = sim
    if (this.machines === undefined || this.isClosed) return
    const die = (): void => main.die(sim, KILLED)
    if (effects === undefined) {
      die()
      return
    }
    main.effectsLeft = effects
    sim.at(main, sim.now + MIDST_MS, die)
  }

  async #closeAll(runtimeClosed: Promise<void>): Promise<void> {
    await runtimeClosed
    await this.machines?.close()
    this.isClosed = true
    this.closedAt = this.#sim.now
  }

  #start(runtime: Runtime, op: Op & { do: 'run' }): void {
    const { call, isScope } = op
    const controller = new AbortController()
    this.#signals.set(op.run, controller)
    const options = { ...optionsOf(call), name: `run ${op.run}`, signal: controller.signal }
    const definition = definitionOf(call.plan.on)
    const isAborted = call.signalMs === 0
    if (isAborted) controller.abort('by its signal')
    const isTooLate = this.#closes > 0
    const run = (
      isScope
        ? runtime.scope(async (ctx) => {
            this.#rules.entered(ctx.info.run, ctx.info.id, ctx.info.attempt, undefined)
            const child = ctx.spawn(definition, call.plan, { ...optionsOf(call), signal: undefined })
            const { status } = await child.settled()
            return status
          }, options)
        : runtime.run(definition, call.plan, options)
    ) as Run
    this.#runs.set(op.run, run)
    if (isTooLate) this.#vain.late.push(run.run)
    else if (isAborted) this.#vain.never.push(run.run)
    if (op.run % 4 === 0 && !isTooLate) this.#vain.startTwin(runtime, run, call.plan)
    this.endsBy = Math.max(this.endsBy, this.#sim.now)
    const isHeard = op.run % 3 !== 0
    const settle = (status: string): void => {
      if (this.#settled.has(run)) this.#breaks('I4', `${run.run} settles twice`)
      this.#settled.set(run, status)
      if (getEventListeners(controller.signal, 'abort').length > 0)
        this.#breaks('S22', `${run.run} has settled, and its signal is listened to`)
      if (run.phase !== status)
        this.#breaks('S23', `${run.run} is ${run.phase} when its handle settles as ${status}`)
    }
    if (isHeard) void run.settled().then(({ status }) => settle(status))
    else run.on('*', () => {})
    // Of one that nobody listens to, the phase says how it ended.
    if (!isHeard) this.#settled.set(run, 'unheard')
  }

  /** What has nothing to do holds nothing open: the process could exit (I13). */
  #checkIdle(): void {
    const { counts, lastEventAt } = this.#rules
    const { main, now } = this.#sim
    const isIdle = counts.queued + counts.running + counts.aborting === 0
    if (!isIdle || this.#warming > 0 || this.#closes > 0 || now - lastEventAt < IDLE_MS) {
      this.#closes += 1
      return
    }
    this.#closes += 1
    this.#cover('I13')
    const held = [...main.holding(), ...((this.#story.isCalm && this.machines?.holding()) || [])]
    if (held.length > 0)
      this.#breaks(
        'I13',
        `idle for ${Math.round(now - lastEventAt)} ms, and the process is held by ${held.join(', ')}`,
      )
  }

  #look(run: Run): void {
    const actions = run.actions()
    const phases = new Map(actions.map(({ id, phase }) => [id, phase]))
    for (const { id, phase, parent } of actions) {
      this.#lookWhetherTold(run.run, id, phase)
      const above = parent === undefined ? undefined : phases.get(parent)
      if (above === undefined || phase === 'aborting') continue
      const isLive = phase === 'queued' || phase === 'running'
      if (
        isLive &&
        (above === 'succeeded' || above === 'failed' || above === 'aborted' || above === 'timedOut')
      )
        this.#breaks('I2', `${run.run} ${id} is ${phase}, and ${parent} is ${above}`)
    }
  }

  /** Records and events agree: an abort alone may be derived from that of a parent (S2, S23). */
  #lookWhetherTold(run: string, id: string, phase: string): void {
    const known = this.#rules.known(run, id)
    if (known === undefined) return
    this.#cover('S23 agree')
    const isDerived = phase === 'aborting' && known.phase === 'queued'
    // A body that has begun is seen by its claim word, as soon as somebody looks (S11).
    const isSeen = phase === 'running' && known.phase === 'queued'
    if (phase !== known.phase && !isDerived && !isSeen)
      this.#breaks('S23', `${run} ${id} is ${phase} on record, and ${known.phase} by the events`, known)
  }
}

/** Whether it is the deadline of the action that has passed, and not a bound of its attempt. */
function isPastDeadline(reason: Known['reason']): boolean {
  return reason?.source === 'timeout' && reason.message.startsWith('timeout.deadlineMs')
}
