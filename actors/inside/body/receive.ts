// `ctx.receive`: takes the next message of a body, or waits for it.

import { checkOptions, LONGEST_TIMER_MS } from '../../../src/options.js'
import { checkMilliseconds } from '../../../src/checks/check-number.js'
import type { ReceiveOptions } from '../../../src/context.js'
import { listenToAbort } from '../../../src/protocol/abort-listener.js'
import { ActionInputError } from '../../../src/protocol/errors/errors.js'
import type { EventObject } from '../../../src/protocol/event-object.js'
import { describeValue } from '../../../src/protocol/values/describe-value.js'
import type { BodyScope } from './body.js'
import { refusal, rejectLater, waitFor } from './waits.js'
import { world } from '../../../src/protocol/world.js'

const RECEIVE_OPTIONS: ReadonlySet<string> = new Set<keyof ReceiveOptions>(['signal', 'timeoutMs'])

/** The next message of a body; waits for it if there is none. */
export function receive(within: BodyScope, options: ReceiveOptions = {}): Promise<EventObject | undefined> {
  const { body } = within
  const { id, name, run } = body.info
  const of = `ctx.receive in action ${id} '${name}'`
  const { signal, timeoutMs } = options ?? {}
  try {
    checkOptions(options, RECEIVE_OPTIONS, of)
    if (timeoutMs !== undefined) checkMilliseconds(timeoutMs, of, 'timeoutMs')
    if (signal !== undefined && typeof signal.addEventListener !== 'function') {
      throw new ActionInputError(
        `${of}: the option 'signal' is ${describeValue(signal)}, but must be an AbortSignal`,
        { run, action: id },
      )
    }
  } catch (error) {
    return rejectLater(within, error)
  }
  const refused = refusal(within)
  if (refused !== undefined) return rejectLater(within, refused)
  if (signal?.aborted === true) return rejectLater(within, signal.reason)
  const message = body.mailbox.take()
  if (message !== undefined) return Promise.resolve(message)
  return waitFor(within, (resolve, reject) => {
    const forget = body.mailbox.onNext(resolve)
    const timer =
      timeoutMs === undefined || timeoutMs > LONGEST_TIMER_MS
        ? undefined
        : world.setTimeout(() => resolve(undefined), timeoutMs)
    const stopListening = signal && listenToAbort(signal, () => reject(signal.reason))
    return () => {
      forget()
      world.clearTimeout(timer)
      stopListening?.()
    }
  })
}
