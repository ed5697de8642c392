// What is done about a body whose time is up, on a thread that can be killed (S6): the claim words of its lane are looked at, and
// where others live there, its thread is asked. Whoever owns the lane does it.

import { ClaimState } from '../protocol/claims.js'
import type { ForceDecision } from '../protocol/far-messages.js'
import type { Lane } from './lane.js'
import type { LaneLife } from './lane-life.js'
import type { LaneItem } from './lane-owner.js'

/** How many pings in a row, of 250 ms each, go unanswered before innocents are killed with the guilty. */
const PINGS_BEFORE_KILL = 4

/** What is looked at of a lane. */
export interface ForcedLane<T extends LaneItem> extends Pick<
  Lane<T>,
  'items' | 'claim' | 'ping' | 'dropParked'
> {
  readonly life: Pick<LaneLife, 'state' | 'isDying'>
}

/** A body that is to be stopped by force, as whoever owns its lane sees it. */
export interface ForcedBody<T> {
  /** Whether it is still on the lane, in the same attempt: while its thread is asked, it may end (S9). */
  isThere(): boolean
  /** Whether another one there is to be stopped by force itself. */
  isDue(other: T): boolean
  /** Takes back what hasn't begun there. */
  takeBackUnstarted(): void
  /**
   * Called once, within the call where no thread has to be asked; never if the body ends meanwhile, or its thread dies by itself. What
   * is `dropped` is so already.
   */
  decided(decision: ForceDecision): void
}

/** Finds out what is to be done about a body whose time is up. */
export function decideForce<T extends LaneItem>(lane: ForcedLane<T>, item: T, body: ForcedBody<T>): void {
  // It ends with its thread, which nobody is to be blamed for who is only parked there (S28).
  if (lane.life.isDying) return
  // A great many may be due at a time: once the first of them has the thread killed, nobody looks at its neighbours.
  if (lane.life.state === 'terminating' || isolate(lane, item, body)) body.decided('kill')
  else void askAndDecide(lane, item, body)
}

/**
 * Where no other body lives there, takes back what hasn't begun; whether there is none then. Its thread goes on meanwhile: what it has
 * been sent might begin between a look and the kill.
 */
function isolate<T extends LaneItem>(lane: ForcedLane<T>, item: T, body: ForcedBody<T>): boolean {
  if (neighbours(lane, item, body).length > 0) return false
  body.takeBackUnstarted()
  return neighbours(lane, item, body).length === 0
}

/**
 * The cases of S6 where others live on the thread. Before innocents are killed, it must have been silent for several pings: on a
 * machine with more to do than it can, a thread that yields may answer late.
 */
async function askAndDecide<T extends LaneItem>(
  lane: ForcedLane<T>,
  item: T,
  body: ForcedBody<T>,
): Promise<void> {
  for (let silent = 1; ; silent += 1) {
    const responsive = await lane.ping()
    if (!body.isThere() || lane.life.isDying) return
    const decision = decide(lane, item, body, responsive, silent)
    if (decision === undefined) continue
    body.decided(decision)
    return
  }
}

/** `undefined`: it isn't certain enough that the thread is blocked. */
function decide<T extends LaneItem>(
  lane: ForcedLane<T>,
  item: T,
  body: ForcedBody<T>,
  responsive: boolean,
  silent: number,
): ForceDecision | undefined {
  if (isolate(lane, item, body)) return 'kill'
  if (responsive) return 'abandon'
  const others = neighbours(lane, item, body)
  // A parked body blocks nothing: another one does. Unless none other runs; then it computes while it is parked.
  const isBlockedByOther = others.some((other) => lane.claim(other) !== ClaimState.parked)
  if (lane.claim(item) === ClaimState.parked && isBlockedByOther && lane.dropParked(item)) return 'dropped'
  return silent < PINGS_BEFORE_KILL ? undefined : 'kill'
}

/** Live bodies on its thread that aren't to be stopped by force themselves, and those whose module is being loaded. */
function neighbours<T extends LaneItem>(lane: ForcedLane<T>, item: T, body: ForcedBody<T>): T[] {
  return [...lane.items()].filter((other) => {
    if (other === item || body.isDue(other)) return false
    const claim = lane.claim(other)
    return claim === ClaimState.running || claim === ClaimState.parked || claim === ClaimState.loading
  })
}
