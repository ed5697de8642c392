// Looks where bodies run: no attempt begins while the body of the last one may go on (S8, D12), none goes on at a host that its
// owner doesn't reach (D26), none is where its call doesn't want it (§2.1), and none that hasn't begun is kept by one that leaves (D29).

import { ClaimState } from '../../src/protocol/claims.js'
import { Lane } from '../../src/threads/lane.js'
import type { Machines } from './machines.js'
import type { ActionPlace } from '../../src/index.js'
import type { Lent, Plan, Story } from './plan.js'
import type { Simulator } from './simulator.js'
import type { Breaks } from './state.js'
import type { SimulatedThread } from './thread.js'

/** How many a host has that doesn't say. */
const MOST_GPUS = 2

/** How late threads may be dead: their kill takes a moment, and the loop that sees to it may have been held up. */
const LATE_MS = 600
/** How late a body may be told of its abort, while nothing holds up its thread or its machine. */
const TOLD_MS = 150

interface Running {
  readonly attempt: number
  readonly thread: SimulatedThread
  /** Whether it was told of its abort; `undefined` where that isn't seen. */
  isTold: boolean | undefined
  /** Which one of a resource it holds there. */
  held?: number
}

/** A lane at a host. */
interface FarLane {
  readonly life: { readonly isGone: boolean }
  items(): Iterable<object>
  claim(item: object): number | undefined
}

/** The bodies of one runtime, on whatever machine. */
export class Whereabouts {
  readonly #sim: Simulator
  readonly #hasThreads: boolean
  /** Where what has a cpu share runs if nobody says. */
  readonly #on: ActionPlace
  readonly #machines: () => Machines | undefined
  readonly #breaks: Breaks
  readonly #cover: (rule: string) => void
  /** Of each action, the body that was entered and hasn't ended. */
  readonly #running = new Map<string, Running>()
  /** Those at hosts that were sent something, with the main threads of these. */
  readonly #lanes = new Map<FarLane, SimulatedThread>()

  constructor(
    sim: Simulator,
    { threads, network }: Pick<Story, 'threads' | 'network'>,
    machines: () => Machines | undefined,
    breaks: Breaks,
    cover: (rule: string) => void,
  ) {
    this.#sim = sim
    this.#hasThreads = threads > 0
    this.#on = network?.on ?? 'here'
    this.#machines = machines
    this.#breaks = breaks
    this.#cover = cover
  }

  /** A body is entered, in the thread whose code is running. */
  entered(run: string, id: string, attempt: number, plan: Plan): void {
    const { current, now, main } = this.#sim
    const key = `${run} ${id}`
    const before = this.#running.get(key)
    if (current.home !== main) this.#cover('far')
    // A machine that was frozen goes on for a moment when it wakes, and can't know (D26).
    if (
      before !== undefined &&
      !before.thread.isDead &&
      !(this.#machines()?.wasFrozen(before.thread) === true)
    )
      this.#breaks(
        'D12',
        `${key}: attempt ${attempt} begins on ${current.id} at ${now.toFixed(1)} ms, and ${before.attempt} runs on ${before.thread.id}`,
      )
    // A body that is failed from outside isn't known to have ended.
    if (plan.end === 'reject' || plan.end === 'crash') this.#running.delete(key)
    else this.#running.set(key, { attempt, thread: current, isTold: plan.on === 'logic' ? undefined : false })
    const isHere = current.home === main
    const lent = this.#machines()?.lentBy(current)
    const wrong = wrongPlace(plan, isHere, this.#hasThreads, lent, this.#on)
    if (wrong !== undefined) this.#breaks('on', `${key} is to run ${wrong}, and begins on ${current.id}`)
    if (plan.place !== undefined) this.#cover(`on ${wordOf(plan.place)}${isHere ? '' : ' far'}`)
  }

  /** It is told of its abort. */
  told(run: string, id: string): void {
    const running = this.#running.get(`${run} ${id}`)
    if (running !== undefined) running.isTold = true
  }

  /** It holds that one of a resource of its machine, which nobody else does there. */
  holds(run: string, id: string, index: number): void {
    const { current, main } = this.#sim
    const machines = this.#machines()
    const running = this.#running.get(`${run} ${id}`)
    if (current.home === main || running === undefined || machines === undefined) return
    this.#cover('I10 far')
    if (index >= (machines.lentBy(current)?.gpus ?? MOST_GPUS))
      this.#breaks('I10', `${run} ${id} holds gpu ${index}, which machine ${current.home.id} hasn't`)
    for (const [key, { thread, held }] of this.#running)
      if (held === index && thread.home === current.home && !thread.isDead && !machines.wasFrozen(current))
        this.#breaks('I10', `${run} ${id} holds gpu ${index} of machine ${current.home.id}, as ${key} does`)
    running.held = index
  }

  /** It has ended, or never goes on. */
  ended(run: string, id: string): void {
    const key = `${run} ${id}`
    const running = this.#running.get(key)
    if (running === undefined) return
    this.#running.delete(key)
    if (this.#sim.main.isDead && running.isTold === true) this.#cover('D27 ended')
  }

  /** Notes the lanes of hosts; gives what ends that. */
  watch(): () => void {
    const prototype = Lane.prototype as unknown as { start: (this: FarLane, ...given: unknown[]) => void }
    const { start } = prototype
    const note = (lane: FarLane): void => {
      const { current, main } = this.#sim
      if (current.home !== main) this.#lanes.set(lane, current.home)
    }
    prototype.start = function begin(...given) {
      note(this)
      start.apply(this, given)
    }
    return () => void Object.assign(prototype, { start })
  }

  /** A machine has just begun to leave. */
  leaves(main: SimulatedThread): void {
    for (const [lane, home] of this.#lanes) {
      if (lane.life.isGone || home.isDead) this.#lanes.delete(lane)
      else if (home === main)
        for (const item of lane.items())
          if (lane.claim(item) === ClaimState.offered)
            this.#breaks('D29', `machine ${home.id} leaves, and keeps what hasn't begun there`)
    }
  }

  /** Looks at those on other machines. */
  look(): void {
    const machines = this.#machines()
    if (machines === undefined) return
    const { now, main, heldUntil } = this.#sim
    for (const [key, { thread, isTold }] of this.#running) {
      if (thread.home === main) continue
      const { abortedAt, goneAt: over } = machines.endsOf(thread)
      if (thread.isDead) {
        this.#running.delete(key)
        if (now > over - machines.leaseMs / 4) this.#cover('D26 in time')
      } else if (isTold === false && now > Math.max(abortedAt, heldUntil) + TOLD_MS && isFree(thread, now)) {
        if (!machines.wasFrozen(thread))
          this.#breaks(
            'D26',
            `${key} runs on ${thread.id}, and isn't told that its owner isn't heard any more`,
          )
      } else if (
        now > Math.max(over, heldUntil) + LATE_MS &&
        thread.blocked?.isNative !== true &&
        // Whose native call has just returned is about to be dead.
        !thread.wasKilled &&
        !machines.wasFrozen(thread)
      )
        this.#breaks(
          'D26',
          `${key} runs on ${thread.id}, and its machine hasn't heard of its owner for ${(now - over + 0.75 * machines.leaseMs).toFixed(0)} ms`,
        )
    }
  }
}

/** Nothing that has come to a thread, or to the main thread of its process, waits there. */
function isFree(thread: SimulatedThread, now: number): boolean {
  return [thread, thread.home].every((one) => one.isIdle(now) && !one.hasDueTimer(now)) && !thread.wasKilled
}

/** Where one is to run, in words, if it isn't there. `lent`: what the machine lends that it is on. */
function wrongPlace(
  { on, place }: Plan,
  isHere: boolean,
  hasThreads: boolean,
  lent: Lent | undefined,
  defaultOn: ActionPlace,
): string | undefined {
  if (on === 'shared') return isHere && (place ?? 'here') === 'here' ? undefined : 'nowhere but here'
  const where = place ?? defaultOn
  // What the app has is never asked for elsewhere.
  if (where === 'here' || !hasThreads || (where === 'anywhere' && on === 'held'))
    return isHere ? undefined : 'here'
  if (where === 'anywhere') return undefined
  if (isHere) return 'elsewhere'
  return typeof where === 'string' || lent?.labels?.includes(where.label) === true
    ? undefined
    : `where there is ${where.label}`
}

function wordOf(place: ActionPlace): string {
  return typeof place === 'string' ? place : 'label'
}
