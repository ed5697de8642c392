// Waiting inside a body: parked while it lasts, rejected by an abort, never continued once its body is dead.

import { ActionInputError, RunEndedError } from '../../src/protocol/errors.js'
import { LONGEST_TIMER_MS } from '../../src/options.js'
import type { AbortScope, PendingWait } from './abort-scope.js'
import type { Body } from './body.js'

/** A body and the scope (its own, or a shield's) under which something is done. */
export interface Owner {
  readonly body: Body
  readonly scope: AbortScope
}

/** Why nothing can be started or waited for any more: an abort, or the end; `'dead'` for code that must not go on. */
export function refusal({ body, scope }: Owner): unknown {
  if (body.state === 'dropped') return 'dead'
  if (body.state === 'ended' || scope.isClosed) {
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
export function rejectLater({ body, scope }: Owner, reason: unknown): Promise<never> {
  if (reason === 'dead') return new Promise(() => {})
  const { state } = body
  const refused = new Promise<never>((_, reject) => {
    setImmediate(() => {
      if (body.state === state) reject(reason)
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
  owner: Owner,
  begin: (resolve: (value: Value) => void, reject: (error: unknown) => void) => (() => void) | void,
): Promise<Value> {
  const refused = refusal(owner)
  if (refused !== undefined) return rejectLater(owner, refused)
  const { body, scope } = owner
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
      if (finish()) reject(error)
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

function ignore(): void {
  // It has been told elsewhere.
}

/** An abortable sleep, however long. */
export function sleep(owner: Owner, ms: number): Promise<void> {
  if (typeof ms !== 'number' || Number.isNaN(ms)) {
    const { info } = owner.body
    return rejectLater(
      owner,
      new ActionInputError(
        `ctx.sleep in action ${info.id} '${info.name}' was given ${String(ms)}, but needs milliseconds`,
        {
          run: info.run,
          action: info.id,
        },
      ),
    )
  }
  return waitFor<void>(owner, (resolve) => {
    let left = Math.max(0, ms)
    let timer: NodeJS.Timeout
    const next = (): void => {
      const part = Math.min(left, LONGEST_TIMER_MS)
      left -= part
      timer = setTimeout(left > 0 ? next : resolve, part)
    }
    next()
    return () => clearTimeout(timer)
  })
}

/** Awaits a promise of the app's, parked. */
export function idle<Value>(owner: Owner, promise: PromiseLike<Value> | Value): Promise<Value> {
  const given = Promise.resolve(promise)
  // Its rejection is taken over, also where the wait is refused: it isn't unhandled then.
  given.catch(() => {})
  return waitFor<Value>(owner, (resolve, reject) => {
    given.then(resolve, reject)
  })
}
