// The call of a body, and how that has ended.

import type { DefinitionParts } from '../../src/action.js'
import { isThenable } from '../../src/checks/is-thenable.js'
import type { ActionContext } from '../../src/context.js'
import type { AsyncContext } from '../../src/protocol/async-context.js'
import { encodeError } from '../../src/protocol/errors/encode-error.js'
import { wrapThrown } from '../../src/protocol/errors/wrap-thrown.js'
import type { EndedMessage } from '../../src/protocol/messages.js'
import { transfersOf } from '../../src/protocol/transfers.js'
import type { Body } from './body/body.js'
import { callValidated } from './body/call-validated.js'
import { createContext } from './body/context.js'

/** How a body has ended. */
export interface BodyEnd {
  readonly kind: 'returned' | 'threw' | 'neverEntered'
  /** What it returned or threw, or why it wasn't entered. */
  readonly value: unknown
}

/** Calls a body. `end` is called when it has ended, which may be within this call. `given`: where it was given with a context. */
export function runBody(
  body: Body,
  parts: DefinitionParts,
  input: unknown,
  given: AsyncContext | undefined,
  end: (end: BodyEnd) => void,
): void {
  const returned = (value: unknown): void => end({ kind: 'returned', value })
  const threw = (value: unknown): void => end({ kind: 'threw', value })
  const context = createContext(body)
  const call =
    parts.input === undefined && parts.output === undefined
      ? () => (parts.body as (input: unknown, ctx: ActionContext<never>) => unknown)(input, context)
      : () => callValidated(body, parts, input, context)
  let result: unknown
  try {
    result = body.run(call, given)
  } catch (error) {
    threw(error)
    return
  }
  try {
    if (isThenable(result)) {
      const thenable = result
      // The `then` of anything but a promise is its code, too.
      body.run(() => thenable.then(returned, threw))
      return
    }
  } catch (error) {
    // Its `then` threw, by being read or called.
    threw(error)
    return
  }
  returned(result)
}

/** What the runtime is told of an end. */
export function endedMessage(body: Body, { kind, value }: BodyEnd, endedAt: number): EndedMessage {
  const { ticket, startedAt, spawned, parkedMs, info } = body
  const ok = kind === 'returned'
  // Nearly all ends are as plain as this: one literal, and none of the spreads below.
  if (ok && spawned === 0 && parkedMs === 0 && isPlain(value))
    return { type: 'ended', ticket, startedAt, endedAt, ok, output: value }
  const unlistened = spawned > 0 ? body.children.unlistened() : undefined
  const common = {
    type: 'ended' as const,
    ticket,
    startedAt,
    endedAt,
    ...(parkedMs > 0 && { parkedMs }),
    ...(spawned > 0 && { spawned }),
    ...(unlistened !== undefined && { unlistened }),
  }
  if (ok) {
    const transfer = transfersOf(value)
    return {
      ...common,
      ok,
      ...(value !== undefined && { output: value }),
      ...(transfer.length > 0 && { transfer }),
    }
  }
  // The runtime has the reason of its abort.
  const isOwnReason = value !== undefined && value === body.scope.reason
  const where = { run: info.run, action: info.id }
  const error = isOwnReason ? undefined : encodeError(wrapThrown(value, where))
  return { ...common, ok, ...(error !== undefined && { error }), began: kind === 'threw' }
}

/** Whether a value can be cloned for sure. */
export function isPlain(value: unknown): boolean {
  const type = typeof value
  return type !== 'object' && type !== 'function' && type !== 'symbol'
}
