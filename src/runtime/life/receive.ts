// Takes in what bodies tell: each kind of message becomes one call. Any message of a body says that it has started.

import type { EndedEvent } from '../../../actors/life-state.js'
import type { AbortReason } from '../../protocol/errors/abort-reason.js'
import type { Clock } from '../../protocol/clock.js'
import { decodeError } from '../../protocol/errors/decode-error.js'
import { spawnerId } from '../../protocol/ids.js'
import { dropMessage } from '../../protocol/dropped-message.js'
import type { HostLoss } from '../../protocol/host-name.js'
import type { EndedMessage, ToRuntime } from '../../protocol/messages.js'
import type { ResolvedActionOptions } from '../../protocol/resolved-options.js'
import type { UnreadableMessage } from '../../protocol/payloads.js'
import type { CancelOptions } from '../../options.js'
import type { ForceDecision } from '../../protocol/far-messages.js'
import type { EventLog } from '../observe/event-log.js'
import type { FromHost } from '../../threads/lane-line.js'
import type { Lane } from '../../threads/lane.js'
import type { Messaging } from '../messaging/messaging.js'
import { markUnheard } from '../messaging/notify-spawner.js'
import { describeUnreadable, unreadableEnd } from '../messaging/unreadable.js'
import { logEvent } from '../observe/action-events.js'
import type { Action } from '../tree/action.js'
import type { Dispatch } from './dispatch.js'
import type { Spawning } from './spawning.js'
import type { StartTracker } from './start-tracker.js'

/** Whom the messages of bodies concern. */
export interface ReceivingLife {
  readonly now: Clock
  readonly events: EventLog
  readonly dispatch: Pick<Dispatch, 'parked' | 'resumed' | 'schedule'>
  readonly cancellation: { abort(target: Action, reason: AbortReason, urgency: CancelOptions): boolean }
  readonly messaging: Pick<Messaging, 'received'>
  readonly spawning: Pick<Spawning, 'defined' | 'spawn'>
  readonly starts: Pick<StartTracker, 'note' | 'described'>
  /** How many calls have been refused. */
  refused: number
  /** The action at an address, if it lives or its record is kept. */
  actionAt(run: string, id: string): Action | undefined
  /** Its module has been loaded, and it needs what it wasn't given. */
  returned(action: Action, options: ResolvedActionOptions): void
  /** The block of a shield is over. */
  shieldEnded(action: Action, shield: number, timedOut: boolean): void
  /** A body isn't on its lane any more. `busyMs`: how long it was busy, if it had begun. */
  leaveLane(action: Action, busyMs: number | undefined, branched: boolean): void
  /** It hasn't begun on a lane to another machine, and never will there. */
  givenBack(action: Action): void
  /** It is known what force means for it, on a lane to another machine. */
  forced(action: Action, lane: Lane<Action>, decision: ForceDecision): void
  /** Its host has aborted it by itself, and it has ended by that. */
  stoppedByHost(action: Action, lane: Lane<Action>, how: HostLoss): void
  /** A log entry of the runtime's own. */
  warn(action: Action, message: string): void
}

/** Takes in the messages of one runtime's lanes. */
export class Receiver {
  readonly #life: ReceivingLife

  constructor(life: ReceivingLife) {
    this.#life = life
  }

  /** Takes in a message. `action`: whose body tells it; `undefined` where that has left its lane, or it is the host's own. */
  received(lane: Lane<Action>, message: FromHost, action: Action | undefined): void {
    if (message.type === 'define') this.#life.spawning.defined(lane, message)
    else if (message.type === 'cancel') this.#cancelled(message, action)
    else if (action !== undefined) this.#receivedFrom(lane, action, message)
  }

  #receivedFrom(lane: Lane<Action>, action: Action, message: FromHost): void {
    const life = this.#life
    switch (message.type) {
      case 'unreadable':
        this.#unreadable(lane, action, message)
        return
      case 'ended':
        this.#ended(action, message)
        return
      case 'spawn':
        if (this.#noteStart(action)) life.spawning.spawn(lane, action, message, undefined)
        return
      case 'parked':
        if (!this.#noteStart(action)) return
        life.dispatch.parked(action)
        life.dispatch.schedule()
        return
      case 'resumed':
        life.dispatch.resumed(action)
        return
      case 'report':
        if (this.#noteStart(action)) action.send({ type: 'report', value: message.value })
        return
      case 'log':
        if (this.#noteStart(action)) life.events.publish(logEvent, action, message)
        return
      case 'abortSeen':
        if (this.#noteStart(action)) action.send({ type: 'abortSeen', at: message.at })
        return
      case 'refused':
        life.refused += 1
        return
      case 'shieldEnded':
        life.shieldEnded(action, message.shield, message.timedOut)
        return
      case 'described':
        life.starts.described(action, message.options)
        return
      case 'returned':
        life.returned(action, message.options)
        return
      case 'started':
        this.#noteStart(action, message.at)
        return
      case 'givenBack':
        life.givenBack(action)
        return
      case 'forced':
        life.forced(action, lane, message.decision)
        return
      case 'stopped':
        life.stoppedByHost(action, lane, message.how)
        return
      case 'send':
      case 'read':
      case 'emit':
      case 'services':
      case 'expose':
      case 'remote':
      case 'inspection':
        if (this.#noteStart(action)) life.messaging.received(action, message)
        else dropMessage(message)
        return
      default:
    }
  }

  /** Any message of a body says that it has begun. `false`: who was shown that has ended it, and its words are dropped (S6). */
  #noteStart(action: Action, startedAt?: number): boolean {
    this.#life.starts.note(action, startedAt)
    return !action.hasEnded
  }

  /** A body cancels a child; or somebody does by a handle that a body has left (S12). */
  #cancelled(message: ToRuntime & { type: 'cancel' }, canceller: Action | undefined): void {
    const { id, run } = message
    const target =
      canceller === undefined ? this.#life.actionAt(run ?? '', id) : canceller.run.actions.get(id)
    if (target === undefined || target.isSettled) return
    const { source, message: text, cause } = message.reason
    const reason: AbortReason = {
      source,
      message: text ?? (source === 'signal' ? 'the signal was aborted' : 'cancelled'),
      ...(source === 'cancel' && { by: canceller?.id ?? spawnerId(id) ?? id }),
      origin: target.id,
      at: this.#life.now(),
      ...(cause && { cause: decodeError(cause.error) }),
    }
    this.#life.cancellation.abort(target, reason, message)
  }

  /** The payload of a message couldn't be read: its action fails, or is told, and nobody waits for it (S26). */
  #unreadable(lane: Lane<Action>, action: Action, { message, why }: UnreadableMessage<ToRuntime>): void {
    if (message.type === 'ended') {
      this.#ended(action, unreadableEnd(action, message, why))
      return
    }
    if (!this.#noteStart(action)) return
    if (message.type === 'spawn') {
      this.#life.spawning.spawn(lane, action, message, why)
      return
    }
    const { log, text } = describeUnreadable(message, why)
    if (log !== undefined) this.#life.events.publish(logEvent, action, log)
    this.#life.warn(action, text)
  }

  #ended(action: Action, message: EndedMessage): void {
    const began = message.ok || message.began
    if (began && !this.#noteStart(action, message.startedAt)) return
    if (message.spawned !== undefined) action.noteIndex(message.spawned)
    if (message.unlistened !== undefined) markUnheard(this.#life.events, action, message.unlistened)
    const branched = message.spawned !== undefined || message.parkedMs !== undefined
    const busyMs = message.endedAt - message.startedAt - (message.parkedMs ?? 0)
    this.#life.leaveLane(action, began ? busyMs : undefined, branched)
    action.send(endOf(message, began))
  }
}

/** What the life of an action is told of the end of its body. */
function endOf(message: EndedMessage, began: boolean): EndedEvent {
  const startedAt = began ? message.startedAt : undefined
  if (message.ok) {
    const { output, transfer } = message
    return { type: 'ended', ok: true, output, transfer, startedAt }
  }
  // Left out by a body that has thrown the abort that it was told of.
  const thrown = message.error === undefined ? undefined : { value: decodeError(message.error) }
  return { type: 'ended', ok: false, thrown, startedAt }
}
