// The access of those who send to an action's actor to the action (X2, X3, X4).

import { checkedMessage, type CheckedMessage } from '../../checks/checked-message.js'
import type { ActionCancelEvent } from '../../action-actor.js'
import { checkCancelOptions, type CancelOptions } from '../../options.js'
import type { ExternalAborts } from '../abort/external-abort.js'
import { reasonOf } from '../abort/reason-of.js'
import type { EventObject } from '../../protocol/event-object.js'
import { messageOf } from '../../protocol/values/describe-value.js'
import type { ActorAccess } from '../tree/action-actor.js'
import type { Action } from '../tree/action.js'

/** What actors need of the lives that they show. */
export interface ShownLives {
  readonly messaging: {
    send(action: Action, message: CheckedMessage['message'], transfer: readonly object[]): boolean
  }
  readonly aborts: Pick<ExternalAborts, 'abortAction'>
  /** A log entry of the runtime's own. */
  warn(action: Action, message: string): void
}

/** Hands on to actions what their actors are sent. */
export class ActorSenders implements ActorAccess<Action> {
  readonly #lives: ShownLives

  constructor(lives: ShownLives) {
    this.#lives = lives
  }

  receive(action: Action, given: EventObject): void {
    const where = { run: action.run.name, action: action.id }
    const { message, transfer } = checkedMessage(given, `action ${action.id} of run '${where.run}'`, where)
    this.#lives.messaging.send(action, message, transfer)
  }

  cancel(action: Action, { type, reason, ...options }: ActionCancelEvent): void {
    try {
      checkCancelOptions(options, `'${type}' to action ${action.id} of run '${action.run.name}'`)
    } catch (error) {
      // Thrown, it would end the machine that has sent this, or the actor itself.
      this.#lives.warn(action, `nothing was cancelled: ${messageOf(error)}`)
      return
    }
    this.#abort(action, reason, options)
  }

  stop(action: Action): boolean {
    return this.#abort(action, 'its actor was stopped', {})
  }

  refuse(action: Action, type: string): void {
    this.#lives.warn(
      action,
      `an event '${type}' that was sent to the actor of action ${action.id} changed nothing: only the runtime sends such events. Send 'heddle.cancel' to cancel it, and messages under other names`,
    )
  }

  #abort(action: Action, why: unknown, urgency: CancelOptions): boolean {
    return this.#lives.aborts.abortAction(action, reasonOf('cancel', why, 'cancelled'), urgency)
  }
}
