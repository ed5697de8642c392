// The way into the queue: whether there is room (`maxQueued`), who waits for it, and what is refused.

import {
  ActionInputError,
  QueueFullError,
  type HeddleError,
  type RuntimeClosedError,
} from '../../protocol/errors/errors.js'
import type { ActionPlace } from '../../protocol/resolved-options.js'
import { LOCAL_URL } from '../../local-bodies.js'
import type { Where } from '../../scheduling/places.js'
import type { ResourceCounts } from '../../protocol/resolved-options.js'
import type { Action } from '../tree/action.js'
import type { KnownDefinition } from '../tree/definition-table.js'
import type { Dispatch } from './dispatch.js'

interface RoomWaiter {
  resolve(): void
  reject(error: RuntimeClosedError): void
}

/** Lets actions into the queue. */
export class Admission {
  readonly #dispatch: Dispatch
  readonly #maxQueued: number
  readonly #resources: ResourceCounts
  /** Actions of `map` that wait for room in the queue. */
  readonly #waitingForRoom = new Set<Action>()
  #roomWaiters: RoomWaiter[] = []

  constructor(
    dispatch: Dispatch,
    { maxQueued, resources }: { readonly maxQueued: number; readonly resources: ResourceCounts },
  ) {
    this.#dispatch = dispatch
    this.#maxQueued = maxQueued
    this.#resources = resources
  }

  /** Resolves when the queue has room. */
  room(): Promise<void> {
    if (this.#hasRoom) return Promise.resolve()
    return new Promise((resolve, reject) => this.#roomWaiters.push({ resolve, reject }))
  }

  /** The runtime is closed: nobody waits for room any more. */
  close(error: RuntimeClosedError): void {
    const waiters = this.#roomWaiters
    this.#roomWaiters = []
    for (const waiter of waiters) waiter.reject(error)
  }

  /** Where an action goes; `on`: what its call says. */
  whereOf(definition: KnownDefinition, on: ActionPlace | undefined): Where {
    return this.#dispatch.destinations.whereOf(definition, on)
  }

  /** Why an action could never start, if so: it needs more than there is, or can't go where it is to. */
  impossible(
    definition: KnownDefinition,
    on: ActionPlace | undefined,
    id: string,
    run: string | undefined,
  ): HeddleError | undefined {
    return (
      this.#dispatch.destinations.refusal(definition, on, id, run) ?? this.#lacking(definition, on, id, run)
    )
  }

  #lacking(
    definition: KnownDefinition,
    on: ActionPlace | undefined,
    id: string,
    run: string | undefined,
  ): ActionInputError | undefined {
    const { name } = definition
    const { resources } = definition.options
    // What a lane elsewhere holds for it, this process need not have.
    if (resources === undefined || this.whereOf(definition, on).elsewhere?.takesOne === true) return undefined
    for (const [resource, count] of Object.entries(resources)) {
      const there = Object.hasOwn(this.#resources, resource) ? this.#resources[resource] : undefined
      if (there !== undefined && count <= there) continue
      const known = Object.entries(this.#resources).map(([one, of]) => `${one}: ${of}`)
      const what =
        there === undefined
          ? `the runtime has no resource '${resource}'`
          : `there ${there === 1 ? 'is' : 'are'} ${there}`
      return new ActionInputError(
        `action ${id} '${name}' needs resources.${resource} ${count}, but ${what}: createRuntime was given ${known.length === 0 ? 'no resources' : `resources { ${known.join(', ')} }`}`,
        { action: id, ...(run !== undefined && { run }) },
      )
    }
    return undefined
  }

  /**
   * Why an action that would come next is refused; `undefined` if there is room for it. Nobody knows of the action yet, so
   * a refusal leaves no event and no record (S27).
   */
  refusal(
    definition: KnownDefinition,
    on: ActionPlace | undefined,
    id: string,
    run: string | undefined,
  ): QueueFullError | undefined {
    const dispatch = this.#dispatch
    const { name, url, estimate } = definition
    const { cpu, resources: needs } = definition.options
    const neverWaits = url === LOCAL_URL || (cpu === 0 && needs === undefined)
    if (this.#maxQueued === Infinity || neverWaits) return undefined
    if (dispatch.queued < this.#maxQueued) return undefined
    // What a free thread takes at the end of this tick doesn't wait: only what is left then counts.
    dispatch.place()
    if (dispatch.queued < this.#maxQueued) return undefined
    const where = dispatch.destinations.whereOf(definition, on)
    if (dispatch.hasPlaceFor({ cpu, estimate, needs, where })) return undefined
    return new QueueFullError(
      `action ${id} '${name}' was refused: the queue holds ${dispatch.queued} actions, and maxQueued is ${this.#maxQueued}; await runtime.ready() first, or use ctx.map`,
      { action: id, ...(run !== undefined && { run }) },
    )
  }

  /** Puts an action into the queue; with `waitForRoom`, once there is room. */
  admit(action: Action, waitForRoom = false): void {
    // Whoever traces its spawn may have aborted it from within.
    if (action.isSettled) return
    action.watchBound('deadlineMs')
    if (action.definition.url === LOCAL_URL) {
      this.#dispatch.enqueue(action)
      return
    }
    // Clean-up goes ahead of all that waits, so that it neither waits for room nor is refused for lack of it (S14).
    const mayWait = action.cpu > 0 || action.needs !== undefined
    if (mayWait && waitForRoom && !action.isCleanUp && !this.#hasRoom) {
      this.#waitingForRoom.add(action)
      return
    }
    this.queue(action)
  }

  /** Puts an attempt into the queue, whether or not there is room. */
  queue(action: Action): void {
    // It was aborted while it waited, and settles a little later.
    if (action.phase !== 'queued') return
    action.watchBound('queuedMs')
    this.#dispatch.enqueue(action)
    this.#dispatch.schedule()
  }

  /** Takes an action out of the queue, or from among those that wait for room in it. */
  withdraw(action: Action): void {
    if (action.placement === 'queued') {
      this.#dispatch.dequeue(action)
      // What stood behind it may have a place.
      this.#dispatch.schedule()
    }
    if (this.#waitingForRoom.size > 0) this.#waitingForRoom.delete(action)
  }

  /** Room may have come to be: those who wait for it go on. */
  letIn(): void {
    for (const action of this.#waitingForRoom) {
      if (!this.#hasRoom) return
      this.#waitingForRoom.delete(action)
      this.queue(action)
    }
    if (this.#roomWaiters.length === 0 || !this.#hasRoom) return
    const waiters = this.#roomWaiters
    this.#roomWaiters = []
    for (const waiter of waiters) waiter.resolve()
  }

  /** Whether the queue has room; one that may hold nothing has when it is empty. */
  get #hasRoom(): boolean {
    return this.#dispatch.queued < Math.max(1, this.#maxQueued)
  }
}
