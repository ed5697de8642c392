// The handling of a message whose payload couldn't be read in this thread (S26): the one it was for is told, and nobody
// waits for it.

import type { ActionInfo } from '../../src/context.js'
import { encodeError } from '../../src/protocol/errors/encode-error.js'
import { NotCloneableError } from '../../src/protocol/errors/errors.js'
import type { StartMessage, ToHost } from '../../src/protocol/messages.js'
import type { UnreadableMessage } from '../../src/protocol/payloads.js'
import type { Body } from './body/body.js'

/** What a host is sent: of a message whose payload couldn't be read, the rest. */
export type FromRuntime = ToHost | UnreadableMessage<ToHost>

/** A start that waits. `unreadable`: why its input couldn't be read. */
export type WaitingStart = StartMessage & { readonly unreadable?: string }

const WAY_OUT = 'it may be nested too deeply, or hold a view of a buffer that was moved away: give plain data'

/** The error of an action whose input couldn't be read. */
export function inputUnreadable({ run, id, name }: ActionInfo, why: string): NotCloneableError {
  return new NotCloneableError(
    `the input of action ${id} '${name}' can't be read in its thread (${why}): ${WAY_OUT}`,
    { run, action: id },
  )
}

/** `handle`: takes in what is left of it. `body`: whose it is, if that has started. */
export function takeUnreadable(
  { message, why }: UnreadableMessage<ToHost>,
  body: Body | undefined,
  handle: (message: ToHost) => void,
): void {
  switch (message.type) {
    case 'start':
      handle({ ...message, unreadable: why } as WaitingStart)
      return
    case 'mail':
      // Its number is taken, so that those after it are known by theirs.
      handle({ ...message, messages: [undefined], why })
      return
    case 'childSettled': {
      const { outcome, id } = message
      const { queuedAt, startedAt, settledAt } = outcome
      const error = new NotCloneableError(
        `what action ${id} returned can't be read in the thread of its parent (${why}): ${WAY_OUT}`,
        { run: body?.info.run, action: id },
      )
      handle({
        ...message,
        outcome: {
          status: 'failed',
          error: encodeError(error),
          queuedAt,
          ...(startedAt !== undefined && { startedAt }),
          settledAt,
        },
      })
      return
    }
    case 'childReport':
      warn(body, `a report of action ${message.id} was dropped`, why)
      return
    case 'childEmit':
      warn(body, `an event of action ${message.id} was dropped`, why)
      return
    default:
  }
}

function warn(body: Body | undefined, what: string, why: string): void {
  body?.output.log('warn', `${what}, since it can't be read in this thread (${why}): ${WAY_OUT}`, {
    code: 'NotCloneableError',
  })
}
