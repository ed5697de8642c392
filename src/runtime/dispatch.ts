// What the supervisor needs of the lanes: apart, so that neither has to know the other's inside.

import type { ActionNode } from './action-node.js'

/** Brings actions onto lanes, and keeps account of what runs there. */
export interface Dispatch {
  readonly queued: number
  enqueue(node: ActionNode): void
  dequeue(node: ActionNode): boolean
  /** Puts a body that lives in the app's own thread onto its lane. */
  startLocally(node: ActionNode): void
  ended(node: ActionNode, busyMs: number | undefined, branched: boolean): void
  started(node: ActionNode): void
  parked(node: ActionNode): void
  resumed(node: ActionNode): void
  corrected(node: ActionNode, cpu: number): void
  withdrawn(node: ActionNode): void
  abandonedOn(node: ActionNode): void
  /** Looks for threads that don't start what they were sent. */
  checkStalled(now: number): void
  /** Starts what can be started, at the end of this tick. */
  schedule(): void
  /** The same, at once. */
  place(): void
}
