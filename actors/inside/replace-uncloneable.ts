// The replacement of a message that can't be cloned: a result becomes its action's failure, a spawn that of the child, and
// what is only told on the way becomes a warning.

import type { ActionInfo } from '../../src/context.js'
import { describeValue } from '../../src/protocol/values/describe-value.js'
import { encodeError } from '../../src/protocol/errors/encode-error.js'
import { NotCloneableError } from '../../src/protocol/errors/errors.js'
import type { ToRuntime } from '../../src/protocol/messages.js'
import type { Body } from './body/body.js'

/** Gives what to post instead, if anything. `body`: whose message it is; `returnedBy`: the same where it has ended. */
export function replaceUncloneable(
  message: ToRuntime,
  error: unknown,
  body: Body | undefined,
  returnedBy: ActionInfo | undefined,
  now: number,
): ToRuntime | undefined {
  const why = error instanceof Error ? error.message : describeValue(error)
  switch (message.type) {
    case 'ended': {
      if (!message.ok) throw error
      const { ok: _ok, output: _output, transfer: _transfer, ...common } = message
      const { run, id, name } = returnedBy ?? {}
      const notCloneable = new NotCloneableError(
        `what action ${id} '${name}' returned can't be sent to another thread (${why}): return plain data, or mark buffers with transfer()`,
        { cause: error, run, action: id },
      )
      return { ...common, ok: false, error: encodeError(notCloneable), began: true }
    }
    case 'spawn': {
      const handle = body?.children.get(message.id)
      handle?.receiveOutcome({
        status: 'failed',
        error: new NotCloneableError(
          `the input of action ${message.id} '${handle.name}' can't be sent to another thread (${why}): give plain data, or mark buffers with transfer()`,
          { cause: error, run: body?.info.run, action: message.id },
        ),
        queuedAt: now,
        settledAt: now,
      })
      return undefined
    }
    case 'log':
      return { ...message, fields: { fields: describeValue(message.fields) } }
    default:
      if (!('ticket' in message)) throw error
      return {
        type: 'log',
        ticket: message.ticket,
        level: 'warn',
        message: `a '${message.type}' was dropped, because it can't be sent to another thread (${why})`,
        at: now,
      }
  }
}
