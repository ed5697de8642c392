// What actions say to each other, and to the app: messages, events, calls of objects. Apart from their life, which is the
// supervisor's: nothing here changes a phase. Only what is used costs something.

import type { EventObject } from '../protocol/event-object.js'
import type { ExchangeMessage } from '../protocol/messages.js'
import { debugEvent, emitEvent } from './action-events.js'
import type { ActionNode } from './action-node.js'
import { isDecided } from './attempt-end.js'
import { Channels } from './channels.js'
import { InsideInspector } from './inside-inspector.js'
import { Mailboxes } from './mailboxes.js'
import { tellEmit } from './spawner-line.js'
import type { Supervisor } from './supervisor.js'

/** Everything that is exchanged in one runtime. */
export class Exchange {
  readonly channels: Channels
  readonly #supervisor: Supervisor
  readonly #mailboxes: Mailboxes
  readonly #inspector = new InsideInspector()

  /** `services`: what the app lends to its actions. */
  constructor(supervisor: Supervisor, services: object) {
    this.#supervisor = supervisor
    this.channels = new Channels(services)
    this.#mailboxes = new Mailboxes((node, dropped, limit) => {
      const what =
        dropped === 'newest'
          ? 'messages to it are refused until some are read'
          : 'the oldest make room for new ones'
      supervisor.warn(
        node,
        `the mailbox of action ${node.id} '${node.name}' is full, with ${limit} unread messages: ${what} (mailbox.overflow, mailbox.limit)`,
      )
    })
  }

  /** Takes in a message from a body. */
  received(node: ActionNode, message: ExchangeMessage): void {
    switch (message.type) {
      case 'send': {
        const { run, id, message: sent, transfer } = message
        const target = this.#supervisor.nodeAt(run, id)
        if (target === undefined || !this.send(target, sent, (transfer ?? []) as readonly object[])) {
          this.#tellUndelivered(node, run, id, sent)
        }
        return
      }
      case 'read':
        this.#mailboxes.read(node, message.through)
        return
      case 'emit':
        this.#emit(node, message.event)
        return
      case 'services':
        this.channels.serve(node, message.port)
        return
      case 'expose':
        this.channels.expose(node, message.open)
        return
      case 'remote': {
        const target = node.run.nodes.get(message.id)
        if (target === undefined) message.port.close()
        else this.channels.connect(target, message.port)
        return
      }
      case 'inspection':
        this.#inspector.tell(node, message.event)
    }
  }

  /** Sends a message to an action; `false` if it has ended, or its mailbox refuses it. */
  send(node: ActionNode, message: EventObject, transfer: readonly object[]): boolean {
    if (node.isSettled || isDecided(node)) return false
    return this.#mailboxes.put(node, message, transfer) === 'accepted'
  }

  /** An attempt was sent to a thread. */
  attemptSent(node: ActionNode): void {
    if (!this.#mailboxes.isEmpty) this.#mailboxes.attach(node)
  }

  /** An attempt has left its thread. */
  attemptEnded(node: ActionNode): void {
    this.channels.attemptEnded(node)
  }

  /** An action has ended for good. */
  settled(node: ActionNode): void {
    if (!this.#mailboxes.isEmpty) this.#mailboxes.remove(node)
    this.channels.settled(node)
  }

  #emit(node: ActionNode, event: EventObject): void {
    if (node.isSettled) return
    this.#supervisor.events.publish(emitEvent, node, event)
    tellEmit(node, event)
    // Last: whoever listens may abort from within.
    if (node.run.root === node) node.run.handle?.receiveEmit(event)
    node.tellActorOfEmit(event)
  }

  /** Not a loss unnoticed; and no warning, since whoever sends to a peer may always come too late. */
  #tellUndelivered(node: ActionNode, run: string, id: string, { type }: EventObject): void {
    const target = this.#supervisor.nodeAt(run, id)
    const why =
      target === undefined
        ? `there is no action ${id} of run '${run}' (any more)`
        : target.isSettled || isDecided(target)
          ? `action ${id} '${target.name}' has ended`
          : `the mailbox of action ${id} '${target.name}' is full`
    this.#supervisor.events.publish(debugEvent, node, `a message '${type}' was not delivered: ${why}`)
  }
}
