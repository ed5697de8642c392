// What bodies say while their runtime doesn't take it in: reports are coalesced, what is logged in passing is left out (D24).

import { NO_TICKET, type AttemptTicket } from '../../protocol/claims.js'
import type { ToRuntime } from '../../protocol/messages.js'
import type { FromHost } from '../../threads/lane-line.js'

type Report = ToRuntime & { readonly type: 'report' }

/** What is said by the bodies of one lane. */
export class PausedOutput {
  readonly #send: (message: FromHost) => void
  #isPaused = false
  readonly #reports = new Map<AttemptTicket, Report>()
  /** How many entries of the log were left out, by body, and when the last one was written. */
  readonly #leftOut = new Map<AttemptTicket, { count: number; at: number }>()

  constructor(send: (message: FromHost) => void) {
    this.#send = send
  }

  /** Only what can't wait is sent; or all is again. */
  pause(isPaused: boolean): void {
    this.#isPaused = isPaused
    if (isPaused) return
    for (const ticket of [...this.#reports.keys(), ...this.#leftOut.keys()]) this.sendHeld(ticket)
  }

  /** Sends what a body says, or the last of what it says. `ticket`: its own. */
  add(message: FromHost, ticket: AttemptTicket = NO_TICKET): void {
    if (this.#isPaused && message.type === 'report') {
      this.#reports.set(ticket, message)
      return
    }
    if (this.#isPaused && message.type === 'log' && (message.level === 'debug' || message.level === 'info')) {
      const count = (this.#leftOut.get(ticket)?.count ?? 0) + 1
      this.#leftOut.set(ticket, { count, at: message.at })
      return
    }
    if (this.#reports.size > 0 || this.#leftOut.size > 0) this.sendHeld(ticket)
    this.#send(message)
  }

  /** Ahead of whatever else is said by that body, or of it: that it is over. */
  sendHeld(ticket: AttemptTicket): void {
    const report = this.#reports.get(ticket)
    this.#reports.delete(ticket)
    if (report !== undefined) this.#send(report)
    const leftOut = this.#leftOut.get(ticket)
    this.#leftOut.delete(ticket)
    if (leftOut === undefined) return
    const { count, at } = leftOut
    const message = `${count} log entries of level debug and info were left out: too much was on its way from its machine`
    this.#send({ type: 'log', ticket, level: 'warn', message, at })
  }
}
