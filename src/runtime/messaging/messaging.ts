// Messaging between actions, and with the app: messages, events, calls of objects. Apart from their life, which is the
// supervisor's: nothing here changes a phase. Only what is used costs something.

import type { EventObject } from '../../protocol/event-object.js'
import type { PeerMessage } from '../../protocol/messages.js'
import { CHECKPOINT, isCheckpoint } from '../../protocol/trial-parts.js'
import { debugEvent, emitEvent, reportEvent } from '../observe/action-events.js'
import type { Action } from '../tree/action.js'
import { Channels } from './channels.js'
import { InsideInspector } from '../observe/inside-inspector.js'
import { Mailboxes } from './mailboxes.js'
import { notifyEmit, notifyReport } from './notify-spawner.js'
import type { EventLog } from '../observe/event-log.js'

/** What messaging needs of the life of actions. */
export interface MessagingLife {
  readonly events: Pick<EventLog, 'publish'>
  /** The action at an address, if it lives or its record is kept. */
  actionAt(run: string, id: string): Action | undefined
  /** A log entry of the runtime's own. */
  warn(action: Action, message: string): void
}

/** Everything that is exchanged in one runtime. */
export class Messaging {
  readonly channels: Channels
  readonly #life: MessagingLife
  readonly #mailboxes: Mailboxes
  readonly #inspector = new InsideInspector()

  /** `services`: what the app lends to its actions. */
  constructor(life: MessagingLife, services: object) {
    this.#life = life
    this.channels = new Channels(services)
    this.#mailboxes = new Mailboxes((action, dropped, limit) => {
      const what =
        dropped === 'newest'
          ? 'messages to it are refused until some are read'
          : 'the oldest make room for new ones'
      life.warn(
        action,
        `the mailbox of action ${action.id} '${action.name}' is full, with ${limit} unread messages: ${what} (mailbox.overflow, mailbox.limit)`,
      )
    })
  }

  /** Takes in a message from a body. */
  received(action: Action, message: PeerMessage): void {
    switch (message.type) {
      case 'send': {
        const { run, id, message: sent, transfer } = message
        const target = this.#life.actionAt(run, id)
        if (target === undefined || !this.send(target, sent, (transfer ?? []) as readonly object[])) {
          this.#logUndelivered(action, run, id, sent)
        }
        return
      }
      case 'read':
        this.#mailboxes.read(action, message.through)
        return
      case 'emit':
        if (message.event.type === CHECKPOINT) this.#checkpointed(action, message.event)
        else action.send({ type: 'emit', event: message.event })
        return
      case 'services':
        this.channels.serve(action, message.port)
        return
      case 'expose':
        this.channels.expose(action, message.open)
        return
      case 'remote': {
        const target = action.run.actions.get(message.id)
        if (target === undefined) message.port.close()
        else this.channels.connect(target, message.port)
        return
      }
      case 'inspection':
        this.#inspector.show(action, message.event)
    }
  }

  /** Sends a message to an action; `false` if it has ended, or its mailbox refuses it. */
  send(action: Action, message: EventObject, transfer: readonly object[]): boolean {
    if (action.isDecided) return false
    return this.#mailboxes.put(action, message, transfer) === 'accepted'
  }

  /** An action has reported: everyone is told. */
  reported(action: Action, value: unknown): void {
    this.#life.events.publish(reportEvent, action, value)
    if (action.run.root === action) action.run.handle?.receiveReport(value)
    notifyReport(action, value)
    action.show({ type: 'heddle.report', value })
  }

  /** An attempt was sent to a thread. */
  attemptSent(action: Action): void {
    if (!this.#mailboxes.isEmpty) this.#mailboxes.attach(action)
  }

  /** An attempt has left its thread. */
  attemptEnded(action: Action): void {
    this.channels.attemptEnded(action)
    if (action.run.isWatched) this.#inspector.attemptEnded(action)
  }

  /** An action has ended for good. */
  settled(action: Action): void {
    if (!this.#mailboxes.isEmpty) this.#mailboxes.remove(action)
    this.channels.settled(action)
  }

  /** An action has emitted an event: everyone is told. */
  emitted(action: Action, event: EventObject): void {
    this.#life.events.publish(emitEvent, action, event)
    notifyEmit(action, event)
    // Last: whoever listens may abort from within.
    if (action.run.root === action) action.run.handle?.receiveEmit(event)
    action.show({ type: 'heddle.emit', event })
  }

  /** A trial has left a checkpoint: that is between it and its sweep. */
  #checkpointed(action: Action, event: EventObject): void {
    if (action.trial === undefined || !isCheckpoint(event)) return
    // Its next attempt goes on from there.
    action.trial = { ...action.trial, resumed: event.bytes, step: event.after }
    notifyEmit(action, event)
  }

  /** Not a loss unnoticed; and no warning, since whoever sends to a peer may always come too late. */
  #logUndelivered(action: Action, run: string, id: string, { type }: EventObject): void {
    const target = this.#life.actionAt(run, id)
    const why =
      target === undefined
        ? `there is no action ${id} of run '${run}' (any more)`
        : target.isDecided
          ? `action ${id} '${target.name}' has ended`
          : `the mailbox of action ${id} '${target.name}' is full`
    this.#life.events.publish(debugEvent, action, `a message '${type}' was not delivered: ${why}`)
  }
}
