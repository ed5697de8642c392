// The line to the host in the app's own thread: no port, but calls, in turns of the loop and in order. Inputs and messages are
// copied as a port would copy them; outputs, reports and events of children are copies already, of which nobody else changes
// anything.

import { LocalLink } from '../../actors/inside/local-link.js'
import type { HostLink, LocalHost } from '../../actors/inside/host-link.js'
import { LONGEST_TIMER_MS } from '../options.js'
import type { AttemptTicket } from '../protocol/claims.js'
import { dropMessages } from '../protocol/dropped-message.js'
import type { ToHost, ToRuntime } from '../protocol/messages.js'
import type { Phase } from '../protocol/outcome.js'
import { copyPayload, type UnreadableMessage } from '../protocol/payloads.js'
import { hasStackRoom } from '../protocol/stack-room.js'
import { TurnQueue } from '../protocol/turn-queue.js'
import { HeldReports } from './held-reports.js'
import type { LaneIncoming, LaneOutgoing, LinedLane } from './lane-line.js'
import { world } from '../protocol/world.js'

/** How much the host may leave unhandled before reports to it are coalesced. */
const MOST_UNHANDLED = 4096

/** Both directions of one line. */
export class LocalLine implements LaneOutgoing, LaneIncoming {
  readonly #lane: LinedLane
  readonly #toRuntime: TurnQueue<ToRuntime>
  readonly #reports: HeldReports
  #link: LocalLink | undefined
  #messages: ToHost[] = []
  #isScheduled = false
  /** A port would hold the process. */
  #holding: NodeJS.Timeout | undefined

  constructor(lane: LinedLane) {
    this.#lane = lane
    this.#toRuntime = new TurnQueue({
      handle: (message) => lane.receive(message),
      endTurn: () => lane.receivedAll(undefined),
    })
    this.#reports = new HeldReports(
      () => (this.#link?.unhandled ?? 0) >= MOST_UNHANDLED,
      (message) => this.add(message),
    )
    this.hold(true)
  }

  /** Links the host that is at its other end. */
  readonly link = (host: LocalHost): HostLink => {
    this.#link = new LocalLink(host, this.#toRuntime)
    return this.#link
  }

  add(message: ToHost): void {
    this.#messages.push(message)
    if (this.#isScheduled) return
    this.#isScheduled = true
    world.nextTick(() => {
      this.#isScheduled = false
      this.flush()
    })
  }

  /** Of a message whose payload couldn't be read before it came here. */
  addUnreadable(message: UnreadableMessage<ToHost>): void {
    this.flush()
    this.#link?.post(message)
  }

  get sent(): number | undefined {
    return this.#messages.length > 0 ? undefined : (this.#link?.posted ?? 0)
  }

  isHandled(sent: number): boolean {
    return this.#link === undefined || this.#link.handled >= sent
  }

  get posted(): number {
    return this.#toRuntime.added
  }

  isTaken(posted: number): boolean {
    return this.#toRuntime.handled >= posted
  }

  /** A handle in this thread asks for its phase: nearly always, nobody is told that a child runs. */
  addPhase(ticket: AttemptTicket, id: string, phase: Phase): void {
    if (phase === 'running' && this.#link?.isObserved(ticket, id) !== true) return
    this.add({ type: 'childPhase', ticket, id, phase })
  }

  addReport(ticket: AttemptTicket, id: string, value: unknown): void {
    this.#reports.add(ticket, id, value)
  }

  addEnd(message: ToHost & { readonly type: 'childSettled' }): void {
    this.#reports.sendLastOf(message.ticket, message.id)
    this.add(message)
  }

  addPriority(message: ToHost): void {
    this.#link?.postPriority(message)
  }

  readonly #flush = (): void => this.flush()

  flush(): void {
    if (this.#messages.length === 0) return
    const messages = this.#messages
    this.#messages = []
    for (let at = 0; at < messages.length; at += 1) {
      if (this.#post(messages[at] as ToHost)) continue
      this.#messages = messages.slice(at)
      // In a later turn, from less deep.
      world.setImmediate(() => this.flush())
      return
    }
  }

  /** Hands all on within this turn of the loop, which has come for something else. */
  takeTurn(until: number): void {
    if (this.#messages.length > 0) this.#link?.takeTurn(this.#flush, until)
  }

  drain(): void {
    this.#toRuntime.drain()
  }

  readOn(): boolean {
    return this.#toRuntime.readOn()
  }

  hold(holdsProcess: boolean): void {
    world.clearInterval(this.#holding)
    if (holdsProcess) this.#holding = world.setInterval(() => {}, LONGEST_TIMER_MS)
  }

  close(): void {
    this.hold(false)
    dropMessages(this.#messages)
    this.#messages = []
    this.#reports.close()
    dropMessages(this.#toRuntime.close())
    this.#link?.close()
  }

  /** `false` where the stack has no room for the copy just now. */
  #post(message: ToHost): boolean {
    const link = this.#link
    if (link === undefined) return true
    if (message.type !== 'start' && message.type !== 'mail') {
      link.post(message)
      return true
    }
    try {
      link.post(copyPayload(message))
    } catch (error) {
      if (!hasStackRoom()) return false
      const instead = this.#lane.insteadOf(message, error)
      // As what can't be read (S26): whoever waits for it is told.
      if (instead !== undefined)
        link.post({ type: 'unreadable', ticket: message.ticket, message, why: instead.why ?? '' })
    }
    return true
  }
}
