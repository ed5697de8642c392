// The far end of a lane to another machine, as a wire that the test holds: what it has heard, and what it says.

import type { Wire, WireListener } from '../../src/cluster/lanes/wire.js'
import type { FromFarHost, ToFarHost } from '../../src/protocol/far-messages.js'

/** The far end of one lane, for `lineByWire`. */
export class FarEnd implements Wire<ToFarHost, FromFarHost> {
  readonly peer = { name: 'far', instance: 'f'.repeat(32) }
  readonly maxValueBytes: number = Infinity
  roundTripMs: number | undefined
  /** What has been said to it, by type. */
  readonly heard: string[] = []
  readonly #leavesWhenClosed: boolean
  #listener: WireListener<FromFarHost> | undefined

  /** `leavesWhenClosed`: it is gone as soon as its lane is closed, without being told to say so. */
  constructor(leavesWhenClosed = false) {
    this.#leavesWhenClosed = leavesWhenClosed
  }

  /** It says something, all in one turn. */
  come(...messages: readonly FromFarHost[]): void {
    for (const message of messages) this.#listener?.handle(message)
    this.#listener?.endTurn()
  }

  /** Nothing new is to be offered to it. */
  pause(): void {
    this.#listener?.pause(true)
  }

  /** Its machine isn't heard any more. */
  lose(): void {
    this.#listener?.lost('host-lost', 1000)
  }

  listen(listener: WireListener<FromFarHost>): void {
    this.#listener = listener
  }

  send({ type }: ToFarHost): void {
    this.heard.push(type)
    if (this.#leavesWhenClosed && type === 'close') setImmediate(() => this.come({ type: 'gone' }))
  }

  sendUrgent(message: ToFarHost): void {
    this.send(message)
  }

  readOn(): boolean {
    return true
  }

  drain(): void {}

  hold(): void {}

  close(): void {}
}
