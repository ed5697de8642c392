// Waiting inside a body: parked while it lasts, rejected by an abort, never continued once its body is dead.

import { ActionInputError, RunEndedError } from '../../../src/protocol/errors/errors.js'
import { isThenable } from '../../../src/checks/is-thenable.js'
import { describeValue } from '../../../src/protocol/values/describe-value.js'
import { LONGEST_TIMER_MS } from '../../../src/options.js'
import type { ActionInfo } from '../../../src/context.js'
import type { AbortScope, PendingWait } from './abort-scope.js'
import { currentBody } from './current-body.js'
import { world } from '../../../src/protocol/world.js'

/** A body, as far as it waits. */
export interface WaitingBody {
  readonly info: ActionInfo
  readonly isLive: boolean
  readonly isDropped: boolean
  /** A wait begins. */
  park(): void
  /** It is over; `false` if the body must not be continued. */
  unpark(): boolean
  /** Runs what is its code. */
  run<Result>(call: () => Result): Result
  isOwnAbort(thrown: unknown): boolean
}

/** Where a wait is begun: a body, and the scope (its own, or a shield's) whose abort ends the wait. */
export interface WaitScope<Waiting extends WaitingBody = WaitingBody> {
  readonly body: Waiting
  readonly scope: AbortScope
}

/** Why nothing can be started or waited for any more: an abort, or the end; `'dead'` for code that must not go on. */
export function refusal({ body, scope }: WaitScope): unknown {
  if (body.isDropped) return 'dead'
  if (!body.isLive || scope.isClosed) {
    return new RunEndedError(
      `ctx of action ${body.info.id} '${body.info.name}' was used after its ${scope.isClosed ? 'shield' : 'body'} had ended: await what is started, before returning`,
      { run: body.info.run, action: body.info.id },
    )
  }
  return scope.poll()
}

/**
 * Rejects in a later turn of the loop: a body that swallows aborts in a loop must not block its thread (S12). If the
 * body ends before, it never settles (S15).
 */
export function rejectLater({ body, scope }: WaitScope, reason: unknown): Promise<never> {
  if (reason === 'dead') return new Promise(() => {})
  const { isLive } = body
  const refused = new Promise<never>((_, reject) => {
    world.setImmediate(() => {
      if (body.isLive === isLive) reject(reason)
    })
  })
  if (reason === scope.reason) refused.catch(ignore)
  return refused
}

/**
 * A wait of the body's. `begin` starts it and returns what stops it; it answers through the two callbacks, of which
 * only the first call counts.
 */
export function waitFor<Value>(
  within: WaitScope,
  begin: (resolve: (value: Value) => void, reject: (error: unknown) => void) => (() => void) | void,
): Promise<Value> {
  const refused = refusal(within)
  if (refused !== undefined) return rejectLater(within, refused)
  const { body, scope } = within
  const waiting = new Promise<Value>((resolve, reject) => {
    let over = false
    let stop: (() => void) | void = undefined
    const finish = (): boolean => {
      if (over) return false
      over = true
      scope.remove(wait)
      stop?.()
      return body.unpark()
    }
    const wait: PendingWait = {
      drop() {
        over = true
        stop?.()
      },
      reject(reason) {
        if (!finish()) return
        reject(reason)
        // Who has started a wait and let it go hears of the abort by the signal: no unhandled rejection in an app (I13).
        // In a thread, it is ignored where it arrives.
        if (body.info.thread === 0) waiting.catch(ignore)
      },
    }
    scope.add(wait)
    body.park()
    const fail = (error: unknown): void => {
      if (!finish()) return
      // Where it is rejected is, from Node 24 on, what it belongs to if nobody handles it: this may be the turn of another.
      if (currentBody.getStore() === body) reject(error)
      else body.run(() => reject(error))
    }
    try {
      stop = begin((value) => {
        if (finish()) resolve(value)
      }, fail)
    } catch (error) {
      fail(error)
    }
  })
  return waiting
}

/**
 * What a body is given to wait for that isn't one wait. Who lets it go hears of the abort by the signal: in the app's own
 * thread, where no handler is ours (I13), its rejection must be handled then. In a thread, it is ignored where it arrives.
 */
export function quietly<Value>(body: WaitingBody, answer: Promise<Value>): Promise<Value> {
  if (body.info.thread !== 0) return answer
  const quiet = new Promise<Value>((resolve, reject) => {
    answer.then(resolve, (error: unknown) => {
      reject(error)
      if (body.isOwnAbort(error)) quiet.catch(ignore)
    })
  })
  return quiet
}

/**
 * The same for the `then` of what a body waits for in large numbers: without another promise for each. What the callbacks
 * throw, or reject with, is looked at where they do so.
 */
export function quietlyThen<Value, Fulfilled, Rejected>(
  body: WaitingBody,
  then: (
    onFulfilled: ((value: Value) => Fulfilled | PromiseLike<Fulfilled>) | null | undefined,
    onRejected: ((error: unknown) => Rejected | PromiseLike<Rejected>) | null | undefined,
  ) => Promise<Fulfilled | Rejected>,
  onFulfilled: ((value: Value) => Fulfilled | PromiseLike<Fulfilled>) | null | undefined,
  onRejected: ((error: unknown) => Rejected | PromiseLike<Rejected>) | null | undefined,
): Promise<Fulfilled | Rejected> {
  if (body.info.thread !== 0) return then(onFulfilled, onRejected)
  const note = (error: unknown): void => {
    // oxlint-disable-next-line promise/no-promise-in-callback -- it is marked, and nothing waits for it
    if (body.isOwnAbort(error)) answer.catch(ignore)
  }
  const answer: Promise<Fulfilled | Rejected> = then(
    typeof onFulfilled === 'function' ? (value) => noting(note, onFulfilled, value) : onFulfilled,
    (error) => {
      if (typeof onRejected === 'function') return noting(note, onRejected, error)
      note(error)
      throw error
    },
  )
  return answer
}

/** Calls a callback, and has what it throws or rejects with noted. */
function noting<Given, Result>(
  note: (error: unknown) => void,
  callback: (given: Given) => Result | PromiseLike<Result>,
  given: Given,
): Result | PromiseLike<Result> {
  let result: Result | PromiseLike<Result>
  try {
    result = callback(given)
  } catch (error) {
    note(error)
    throw error
  }
  if (!isThenable(result)) return result
  // Its `then` is called once, by this.
  const adopted = Promise.resolve(result)
  adopted.catch(note)
  return adopted
}

function ignore(): void {
  // It has been told elsewhere.
}

/** An abortable sleep, however long. */
export function sleep(within: WaitScope, ms: number): Promise<void> {
  if (typeof ms !== 'number' || !(ms >= 0)) {
    const { run, id, name } = within.body.info
    const message = `ctx.sleep in action ${id} '${name}' was given ${describeValue(ms)}, but needs milliseconds, 0 or more`
    return rejectLater(within, new ActionInputError(message, { run, action: id }))
  }
  return waitFor<void>(within, (resolve) => {
    let left = ms
    let timer: NodeJS.Timeout
    const next = (): void => {
      const part = Math.min(left, LONGEST_TIMER_MS)
      left -= part
      timer = world.setTimeout(left > 0 ? next : resolve, part)
    }
    next()
    return () => world.clearTimeout(timer)
  })
}

/** Awaits a promise of the app's, parked. */
export function idle<Value>(within: WaitScope, promise: PromiseLike<Value> | Value): Promise<Value> {
  const given = Promise.resolve(promise)
  // Its rejection is taken over, also where the wait is refused: it isn't unhandled then.
  given.catch(() => {})
  return waitFor<Value>(within, (resolve, reject) => {
    given.then(resolve, reject)
  })
}
