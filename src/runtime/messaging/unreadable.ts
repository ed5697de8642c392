// The handling of a message from a body whose payload couldn't be read here (S26).

import { encodeError } from '../../protocol/errors/encode-error.js'
import { NotCloneableError } from '../../protocol/errors/errors.js'
import type { EndedMessage, ToRuntime } from '../../protocol/messages.js'
import type { Action } from '../tree/action.js'

const WAY_OUT = 'it may be nested too deeply, or hold a view of a buffer that was moved away'

/** The end of an attempt whose output couldn't be read: it has failed. */
export function unreadableEnd({ run, id, name }: Action, ended: EndedMessage, why: string): EndedMessage {
  const { ticket, startedAt, endedAt, parkedMs, spawned, unlistened } = ended
  const error = new NotCloneableError(
    `what action ${id} '${name}' returned can't be read in the app's thread (${why}): ${WAY_OUT}; return plain data`,
    { run: run.name, action: id },
  )
  return {
    type: 'ended',
    ticket,
    startedAt,
    endedAt,
    ...(parkedMs !== undefined && { parkedMs }),
    ...(spawned !== undefined && { spawned }),
    ...(unlistened !== undefined && { unlistened }),
    ok: false,
    error: encodeError(error),
    began: true,
  }
}

/** The error of a child whose input couldn't be read on its way. */
export function unreadableInput({ run, id, name }: Action, why: string): NotCloneableError {
  return new NotCloneableError(
    `the input of action ${id} '${name}' can't be read in the app's thread (${why}): ${WAY_OUT}; give plain data`,
    { run: run.name, action: id },
  )
}

/** How any other such message is described. `log`: the entry, without its fields. */
export function describeUnreadable(
  message: ToRuntime,
  why: string,
): { readonly log?: ToRuntime & { readonly type: 'log' }; readonly text: string } {
  const problem = `can't be read in the app's thread (NotCloneableError: ${why}): ${WAY_OUT}`
  switch (message.type) {
    case 'log': {
      const { fields: _, ...log } = message
      return {
        log,
        text: `the fields of the log entry '${message.message}' were dropped, since they ${problem}`,
      }
    }
    case 'send':
      return {
        text: `a message to action ${message.id} of run '${message.run}' was dropped, since it ${problem}`,
      }
    case 'report':
      return { text: `a report was dropped, since it ${problem}` }
    case 'emit':
      return { text: `an event was dropped, since it ${problem}` }
    default:
      return { text: `a '${message.type}' was dropped, since it ${problem}` }
  }
}
