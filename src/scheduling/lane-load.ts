// A lane as the scheduler sees it: what it holds, and whether more may come onto it.

import { Queue } from '../collections/queue.js'
import type { DurationEstimate } from './duration-estimate.js'
import { EPSILON, type Place } from './places.js'

/** How much work may wait on a lane ahead of need, in milliseconds of its thread. */
const PREFETCH_MS = 4
/** So many round trips' worth of work, if that is more (D20): the next one is there before the last one's end is known here. */
const PREFETCHED_TRIPS = 2
/** A single body may be sent ahead if one takes no longer than this: it hides the round trip, and can be stolen. */
const SINGLE_PREFETCH_MS = 20
/** However short the bodies are, no more than this many are sent ahead: each costs memory, and taking back costs time. */
const MAX_AHEAD = 512

/**
 * Which actions a lane takes: those with `cpu` above 0, those with `cpu: 0`, both (`threads: 0`), or only those that are
 * assigned to it (`scope` bodies).
 */
export type LaneRole = 'cpu' | 'shared' | 'all' | 'local'

/** Who wants to know when what is to be seen of a lane has changed. */
export interface LaneWatcher<T> {
  changed(lane: LaneLoad<T>): void
}

/** A lane as the scheduler sees it. */
export class LaneLoad<T> {
  readonly role: LaneRole
  /** Sum of the shares of what was offered or runs here and isn't parked. Over 1 after resumes, and with what is here ahead of need. */
  held: number = 0
  /** How many are offered, running or parked here. */
  inFlight = 0
  /** How many are parked here. */
  parked = 0
  /** Expected time of what is offered or runs here, as far as it is known. */
  backlogMs = 0
  /** How many are offered or run here whose length isn't known, or that may spawn or park. */
  unknown = 0
  /** It doesn't answer, so what needs no share goes elsewhere as long as that lasts (S6). */
  silent = false
  /** What was sent and may not have started, in order. Some of them may have started since. */
  readonly offered: Queue<T> = new Queue<T>()
  /** Where it is, once it is known to the scheduler, and as which of all that ever were. */
  place: Place | undefined
  number = 0
  /** Set where the lanes are too many to be looked through. */
  watcher: LaneWatcher<T> | undefined
  /** `false`: nothing new is placed here. Set by `accept`. */
  accepting: boolean = true
  /** How much work may wait here ahead of need, in milliseconds of its thread: more where the way is long. Set by `prefetch`. */
  prefetchMs: number = PREFETCH_MS

  constructor(role: LaneRole) {
    this.role = role
  }
}

/** What is to be seen of a lane has changed. */
export function changed<T>(lane: LaneLoad<T> | undefined): void {
  lane?.watcher?.changed(lane)
}

/** Says whether anything new is placed on a lane. */
export function accept<T>(lane: LaneLoad<T>, isAccepting: boolean): void {
  if (lane.accepting === isAccepting) return
  lane.accepting = isAccepting
  changed(lane)
}

/** Says how long a word to a lane and its answer take, in milliseconds: so much more may wait there ahead of need. */
export function prefetch<T>(lane: LaneLoad<T>, roundTripMs: number): void {
  const prefetchMs = Math.max(PREFETCH_MS, PREFETCHED_TRIPS * roundTripMs)
  if (lane.prefetchMs === prefetchMs) return
  lane.prefetchMs = prefetchMs
  changed(lane)
}

/** Sets the sum of the shares that a lane holds. */
export function hold<T>(lane: LaneLoad<T>, held: number): void {
  const { place } = lane
  if (place?.destination !== undefined) place.noteAhead(aheadOf(held) - aheadOf(lane.held))
  lane.held = held
}

function aheadOf(held: number): number {
  return Math.max(0, held - 1)
}

/** Whether what holds that share may start on a lane at once. */
export function hasRoomFor<T>(lane: LaneLoad<T>, cpu: number): boolean {
  return lane.held + cpu <= 1 + EPSILON
}

/** Whether it computes nothing, and would take something. */
export function isIdle<T>(lane: LaneLoad<T>): boolean {
  return lane.accepting && lane.held <= EPSILON
}

/** A place without parked bodies, whose resumes would have to share, is better; then one that holds less. */
export function isBetterPlace<T>(lane: LaneLoad<T>, than: LaneLoad<T>): boolean {
  if ((lane.parked === 0) !== (than.parked === 0)) return lane.parked === 0
  return lane.held < than.held
}

/** Whether an action may be sent to a lane whose shares are all held. */
export function mayWaitOn<T>(
  lane: LaneLoad<T>,
  { estimate }: { readonly estimate: DurationEstimate },
): boolean {
  if (lane.unknown > 0 || !estimate.isLeaf || lane.inFlight >= mostAhead(lane)) return false
  if (lane.backlogMs < lane.prefetchMs) return true
  return lane.inFlight - lane.parked === 1 && isShort(lane, estimate.meanMs ?? Infinity)
}

/** How many may be on a lane, those that wait there included. */
export function mostAhead<T>(lane: LaneLoad<T>): number {
  return lane.place?.takesOne === true ? 1 : MAX_AHEAD
}

/** Whether the one that runs on a lane hides no more than the round trip of the next. */
export function isShort<T>(lane: LaneLoad<T>, meanMs: number): boolean {
  return Math.max(lane.backlogMs, meanMs) <= SINGLE_PREFETCH_MS
}

/** How much longer than it may a lane's row is, in milliseconds: the less, the sooner comes what is sent there. */
export function overMs<T>(lane: LaneLoad<T>): number {
  return lane.backlogMs - lane.prefetchMs
}

/** How many others may take from what was sent to a lane: a lone one is about to start, one behind another may be stuck. */
export function stealable<T>(lane: LaneLoad<T>): number {
  return lane.inFlight > 1 && lane.held > EPSILON ? lane.offered.length : 0
}

/** Forgets those at the head of the queue that have started or ended. */
export function trimOffered<T extends { readonly lane: unknown; readonly placement: string }>(
  lane: LaneLoad<T>,
): void {
  for (let { first } = lane.offered; first !== undefined; first = lane.offered.first) {
    if (first.lane === lane && first.placement === 'offered') return
    lane.offered.shift()
  }
}

/** Whether what was sent to a lane, and may not have started, is of several runs. */
export function isOfSeveral<T extends { readonly group: unknown }>({ offered }: LaneLoad<T>): boolean {
  for (let at = 1; at < offered.length; at += 1)
    if (offered.at(at)?.group !== offered.first?.group) return true
  return false
}
