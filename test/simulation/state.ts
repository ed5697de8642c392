// Looks at what a runtime itself holds: counts, shares, claims, families. All must agree with the events, at every moment.

import type { RuntimeEvent } from '../../src/index.js'
import { ClaimState } from '../../src/protocol/claims.js'
import type { Known } from './known.js'
import type { Rules } from './rules.js'
import type { Simulator } from './simulator.js'

/** An action, as its runtime knows it. */
interface InnerAction {
  readonly id: string
  readonly phase: string
  readonly isSettled: boolean
  readonly run: { readonly name: string }
  readonly ticket: number | undefined
  readonly cpu: number
  readonly placement: string
}

interface InnerLane {
  readonly load: {
    readonly role: string
    readonly held: number
    readonly inFlight: number
    readonly parked: number
    readonly accepting: boolean
    readonly silent: boolean
  }
  readonly life: { readonly isGone: boolean; readonly state: string }
  readonly handles: number
  readonly thread: number | undefined
  readonly abandoned: number
  items(): Iterable<InnerAction>
  claim(action: InnerAction): number | undefined
}

/** What is looked at of a supervisor. */
export interface Inner {
  readonly events: { readonly seq: number; read(since: number): AsyncIterableIterator<RuntimeEvent> }
  readonly live: Readonly<Record<'queued' | 'running' | 'aborting', number>>
  readonly totals: Readonly<Record<'succeeded' | 'failed' | 'aborted' | 'timedOut', number>>
  readonly dispatch: {
    readonly queued: number
    readonly fleet: { lanesHere(): Iterable<InnerLane>; canOpen(role: 'cpu' | 'shared'): boolean }
  }
}

/** Who is told of what is broken. */
export type Breaks = (rule: string, what: string, about?: Known) => void

const EPSILON = 1e-6

/** What must hold between two steps. */
export function checkState(inner: Inner, rules: Rules, breaks: Breaks): void {
  const { live, totals } = inner
  for (const phase of ['queued', 'running', 'aborting'] as const)
    if (live[phase] < 0) breaks('S2', `${live[phase]} actions are ${phase}`)
  // Derived phases have no event of their own (S2): the sum agrees.
  const counted = rules.counts.queued + rules.counts.running + rules.counts.aborting
  const sum = live.queued + live.running + live.aborting
  if (sum !== counted) breaks('S23', `${sum} actions live, and by the events ${counted}`)
  for (const phase of ['succeeded', 'failed', 'aborted', 'timedOut'] as const)
    if (totals[phase] !== rules.counts[phase])
      breaks('S23', `${totals[phase]} are counted as ${phase}, and by the events ${rules.counts[phase]}`)
  for (const lane of inner.dispatch.fleet.lanesHere()) checkLane(lane, breaks)
}

function checkLane(lane: InnerLane, breaks: Breaks): void {
  const { load } = lane
  if (load.held < -EPSILON) breaks('I10', `a ${load.role} lane holds ${load.held} shares`)
  let inFlight = 0
  let parked = 0
  let held = 0
  const tickets = new Set<number>()
  for (const action of lane.items()) {
    inFlight += 1
    if (action.placement === 'parked') parked += 1
    else held += action.cpu
    if (action.isSettled) breaks('I9', `${action.run.name} ${action.id} has settled, and is on a lane`)
    if (action.ticket === undefined) breaks('S10', `${action.id} is on a lane without a ticket`)
    else {
      if (tickets.has(action.ticket)) breaks('S9', `ticket ${action.ticket} is held twice`)
      tickets.add(action.ticket)
    }
    const claim = lane.claim(action)
    if (claim === ClaimState.taken || claim === undefined || claim === ClaimState.free)
      breaks('S10', `${action.id} is on a lane, and its claim says ${claim}`)
  }
  if (inFlight !== load.inFlight)
    breaks('I10', `${inFlight} are on a ${load.role} lane, and ${load.inFlight} are counted`)
  if (parked !== load.parked)
    breaks('S1', `${parked} are parked on a ${load.role} lane, and ${load.parked} are counted`)
  if (Math.abs(held - load.held) > EPSILON)
    breaks('S1', `${held} shares are held on a ${load.role} lane, and ${load.held} are counted`)
}

/** A thread that has nothing else to do starts what it was sent (S1). */
export function checkIdleLane(
  lane: InnerLane,
  { threads, main, now }: Pick<Simulator, 'threads' | 'main' | 'now'>,
  { breaks, cover }: { readonly breaks: Breaks; readonly cover: (rule: string) => void },
): void {
  const thread = lane.thread === undefined ? undefined : threads[lane.thread]
  // Of one that has died, it is told with its exit.
  if (thread === undefined || thread.isDead) return
  if (!lane.load.accepting && !lane.life.isGone && main.isIdle(now) && !main.hasDueTimer(now)) {
    cover('S6 nothing new')
    for (const action of lane.items())
      if (lane.claim(action) === ClaimState.offered)
        breaks(
          'I10',
          `${action.run.name} ${action.id} stays on a ${lane.load.role} lane that takes nothing new`,
        )
  }
  if (!thread.isIdle(now) || thread.effectsLeft !== undefined) return
  if (lane.life.isGone || lane.abandoned > 0 || lane.load.role === 'local') return
  cover('S1 idle')
  let held = 0
  let offered: InnerAction | undefined
  for (const action of lane.items()) {
    const claim = lane.claim(action)
    if (claim === ClaimState.loading) return
    // Nothing is on its way between the two: that a wait is over has been told.
    if (claim === ClaimState.running && action.placement === 'parked' && main.isIdle(now))
      breaks('S1', `${action.run.name} ${action.id} has resumed, and counts as parked`)
    if (claim === ClaimState.running) held += action.cpu
    // They go in order: the first one of them.
    if (claim === ClaimState.offered) offered ??= action
  }
  // What the app's own thread has to say isn't on its way while that waits for a processor, or computes.
  if (offered === undefined || held + offered.cpu > 1 + EPSILON || !main.isIdle(now)) return
  breaks(
    'S1',
    `thread ${thread.id} is idle, holds ${held} shares, and doesn't start ${offered.run.name} ${offered.id} of ${offered.cpu}`,
  )
}

/** What must hold at the end. */
export function checkSettled(inner: Inner, rules: Rules, breaks: Breaks): void {
  checkState(inner, rules, breaks)
  const { live, dispatch } = inner
  for (const phase of ['queued', 'running', 'aborting'] as const)
    if (live[phase] !== 0) breaks('I9', `${live[phase]} actions are ${phase} after close()`)
  if (dispatch.queued !== 0) breaks('I9', `${dispatch.queued} actions are queued after close()`)
  for (const lane of dispatch.fleet.lanesHere()) {
    if (lane.load.role === 'local' || lane.load.role === 'all') continue
    breaks('I9', `a ${lane.load.role} lane is ${lane.life.state} after close()`)
  }
}
