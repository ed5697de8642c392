// The way into the queue: whether there is room (`maxQueued`), who waits for it, and what is refused.

import { QueueFullError } from '../protocol/errors.js'
import { LOCAL_URL } from '../local-bodies.js'
import type { ActionNode } from './action-node.js'
import type { Supervisor } from './supervisor.js'

/** Lets actions into the queue. */
export class Admission {
  readonly #supervisor: Supervisor
  readonly #maxQueued: number
  /** Actions of `map` that wait for room in the queue. */
  readonly #waitingForRoom = new Set<ActionNode>()
  #roomWaiters: (() => void)[] = []

  constructor(supervisor: Supervisor, maxQueued: number) {
    this.#supervisor = supervisor
    this.#maxQueued = maxQueued
  }

  /** Whether somebody may wait for room. */
  get isBounded(): boolean {
    return this.#maxQueued !== Infinity
  }

  /** Resolves when the queue has room. */
  room(): Promise<void> {
    if (this.#hasRoom) return Promise.resolve()
    return new Promise((resolve) => this.#roomWaiters.push(resolve))
  }

  /** Puts an action into the queue, if there is room; with `waitForRoom`, once there is. */
  admit(node: ActionNode, waitForRoom = false): void {
    const { cancellation, dispatch } = this.#supervisor
    // Whoever traces its spawn may have aborted it from within.
    if (node.isSettled) return
    const deadlineMs = node.bound('deadlineMs')
    if (deadlineMs !== undefined) {
      node.setTimer('deadlineMs', deadlineMs, () => cancellation.timeOut(node, 'deadlineMs', deadlineMs))
    }
    if (node.definition.url === LOCAL_URL) {
      dispatch.startLocally(node)
      return
    }
    if (node.cpu > 0 && waitForRoom && !this.#hasRoom) {
      this.#waitingForRoom.add(node)
      return
    }
    this.queue(node)
    if (node.cpu === 0 || dispatch.queued <= this.#maxQueued) return
    // What a free thread takes at the end of this tick doesn't wait: only what is left then counts.
    dispatch.place()
    if (node.placement !== 'queued' || dispatch.queued <= this.#maxQueued) return
    dispatch.dequeue(node)
    const { run, id, name } = node
    this.#supervisor.refused(
      node,
      new QueueFullError(
        `action ${id} '${name}' was refused: the queue holds ${dispatch.queued} actions, and maxQueued is ${this.#maxQueued}; await runtime.ready() first, or use ctx.map`,
        { run: run.name, action: id },
      ),
    )
  }

  /** Puts an attempt into the queue, whether or not there is room. */
  queue(node: ActionNode): void {
    // It was aborted while it waited, and settles a little later.
    if (node.phase !== 'queued') return
    const { cancellation, dispatch } = this.#supervisor
    const queuedMs = node.bound('queuedMs')
    if (queuedMs !== undefined) {
      node.setTimer('queuedMs', queuedMs, () => cancellation.timeOut(node, 'queuedMs', queuedMs))
    }
    dispatch.enqueue(node)
    dispatch.schedule()
  }

  /** Takes an action out of the queue, or from among those that wait for room in it. */
  withdraw(node: ActionNode): void {
    if (node.placement === 'queued') this.#supervisor.dispatch.dequeue(node)
    if (this.#waitingForRoom.size > 0) this.#waitingForRoom.delete(node)
  }

  /** Room may have come to be: those who wait for it go on. */
  letIn(): void {
    for (const node of this.#waitingForRoom) {
      if (!this.#hasRoom) return
      this.#waitingForRoom.delete(node)
      this.queue(node)
    }
    if (this.#roomWaiters.length === 0 || !this.#hasRoom) return
    const waiters = this.#roomWaiters
    this.#roomWaiters = []
    for (const resolve of waiters) resolve()
  }

  /** Whether the queue has room; one that may hold nothing has when it is empty. */
  get #hasRoom(): boolean {
    return this.#supervisor.dispatch.queued < Math.max(1, this.#maxQueued)
  }
}
