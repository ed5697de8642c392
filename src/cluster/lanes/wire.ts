// What a lane needs of the way to another machine.

import type { HostLoss, HostName } from '../../protocol/host-name.js'

/** Who hears what comes by a wire. */
export interface WireListener<Message> {
  handle(message: Message): void
  /** All that came, or the time of a turn of the loop, is at its end. */
  endTurn(): void
  /**
   * Only what can't wait is to be sent: the other machine is silent, or has too much that it hasn't acknowledged (D24, D26); and,
   * later, all may be sent again.
   */
  pause(isPaused: boolean): void
  /** The other machine is lost, or has been given up: nothing comes any more. `silentMs`: how long it hadn't been heard. */
  lost(how: HostLoss, silentMs: number | undefined): void
}

/** One end of a lane's way to another machine: what is sent arrives once and in order, in turns of the loop, as a copy. */
export interface Wire<Sent, Received> {
  /** The machine at the other end; `undefined` before that is known. */
  readonly peer: HostName | undefined
  /** How long a word to it and its answer take, in milliseconds; `undefined` before that is known. */
  readonly roundTripMs: number | undefined
  /** How large one value may be, in bytes. */
  readonly maxValueBytes: number
  /** Called once, before anything is sent. */
  listen(listener: WireListener<Received>): void
  /** Sends a message. Throws where that can't be done: then nothing is sent. */
  send(message: Sent): void
  /** The same, at once, and ahead of what was sent and hasn't left yet; but not of what was sent of the same lane. */
  sendUrgent(message: Sent): void
  /** Handles what has arrived, delivered or not; nothing ahead of what is being handled. */
  drain(): void
  /** The same, as far as one turn of the loop goes; `false` if there is more. */
  readOn(): boolean
  /** Whether the process stays alive for what may come. */
  hold(holdsProcess: boolean): void
  /** Nothing more is sent, and what comes isn't handled. */
  close(): void
}
