// Ports of calls (`services`, `expose`, `remote`) whose ends are on two machines (D9): what is posted on one end travels on the lane,
// and is posted on the other. Functions in it bring ports along. Whatever closes one end closes the other.

import type { MessagePort } from 'node:worker_threads'
import { callIdOf, callOf, rejection } from '../../channels/wire-call.js'
import { NotCloneableError } from '../../protocol/errors/errors.js'
import type { ChannelMessage } from '../../protocol/far-messages.js'
import { messageOf } from '../../protocol/values/describe-value.js'
import { world } from '../../protocol/world.js'
import { decodeValue, encodeValue } from '../link/value-codec.js'

/** Whose call an unreadable message belongs to. */
interface Concerned {
  readonly id: string
  readonly isCall: boolean
}

/** One end of a channel. */
interface End {
  readonly port: MessagePort
  /** What was announced here last, and there. */
  announcedHere: Concerned | undefined
  announcedThere: Concerned | undefined
}

/** What a tunnel is made of. */
export interface TunnelOptions {
  /** Which of the two: each numbers the channels that begin at it. */
  readonly side: 'owner' | 'host'
  /** How large what is posted may be, in bytes. */
  readonly maxBytes: number
  readonly send: (message: ChannelMessage) => void
}

/** All ports of one lane. */
export class PortTunnel {
  readonly #options: TunnelOptions
  readonly #ends = new Map<number, End>()
  #next: number
  #isClosed = false

  constructor(options: TunnelOptions) {
    this.#options = options
    this.#next = options.side === 'owner' ? 1 : 2
  }

  /** How many channels are open. */
  get size(): number {
    return this.#ends.size
  }

  /** Takes a port over, and gives the number of its channel. */
  take(port: MessagePort): number {
    const channel = this.#next
    this.#next += 2
    this.#hold(channel, port)
    return channel
  }

  /** The end here of a channel that begins at the other side. */
  open(channel: number): MessagePort {
    const { port1, port2 } = world.createChannel()
    if (this.#isClosed) port1.close()
    else this.#hold(channel, port1)
    return port2
  }

  /** Something was posted at the other end. Where the one here is closed, the ports in it are, too, as those of a lost message. */
  posted(channel: number, block: Uint8Array): void {
    const end = this.#ends.get(channel)
    const arrived: MessagePort[] = []
    let value: unknown
    try {
      value = decodeValue(block, this.#valueOptions, (number) => {
        const port = this.open(number)
        arrived.push(port)
        return port
      })
    } catch (error) {
      for (const port of arrived) port.close()
      if (end?.announcedThere !== undefined) this.#refuse(channel, end, end.announcedThere, 'there', error)
      return
    }
    if (end === undefined) {
      for (const port of arrived) port.close()
      return
    }
    end.announcedThere = announcementIn(value)
    end.port.postMessage(value, arrived)
  }

  /** The other end is closed. */
  hungUp(channel: number): void {
    const end = this.#ends.get(channel)
    this.#ends.delete(channel)
    end?.port.close()
  }

  /** Closes all ends here: the lane is gone. */
  close(): void {
    this.#isClosed = true
    for (const channel of [...this.#ends.keys()]) this.hungUp(channel)
  }

  get #valueOptions(): { readonly name: string; readonly maxBytes: number } {
    return { name: 'message of a call', maxBytes: this.#options.maxBytes }
  }

  #hold(channel: number, port: MessagePort): void {
    const end: End = { port, announcedHere: undefined, announcedThere: undefined }
    this.#ends.set(channel, end)
    port.once('close', () => {
      if (this.#ends.delete(channel)) this.#options.send({ type: 'hungUp', channel })
    })
    port.on('messageerror', (error) => {
      const concerned = end.announcedHere
      if (concerned !== undefined) this.#refuse(channel, end, concerned, 'here', error)
    })
    port.on('message', (value: unknown) => this.#carry(channel, end, value))
  }

  #carry(channel: number, end: End, value: unknown): void {
    end.announcedHere = announcementIn(value)
    const taken: number[] = []
    try {
      const block = encodeValue(value, this.#valueOptions, (port) => {
        const number = this.take(port)
        taken.push(number)
        return number
      })
      this.#options.send({ type: 'posted', channel, block })
    } catch (error) {
      for (const number of taken) this.hungUp(number)
      const id = callIdOf(value)
      if (id !== undefined)
        this.#refuse(channel, end, { id, isCall: callOf(value) !== undefined }, 'here', error)
    }
  }

  /** Its caller is told: the call fails, and nobody waits for it. `posted`: where it was. */
  #refuse(
    channel: number,
    end: End,
    { id, isCall }: Concerned,
    posted: 'here' | 'there',
    error: unknown,
  ): void {
    const why =
      error instanceof NotCloneableError
        ? error
        : new NotCloneableError(`the message of a call can't be read on its way: ${messageOf(error)}`)
    const answer = rejection(id, why)
    // A call is refused where it was made, an answer where it is awaited.
    if ((posted === 'here') === isCall) end.port.postMessage(answer)
    else this.#options.send({ type: 'posted', channel, block: encodeValue(answer, this.#valueOptions) })
  }
}

/** What goes ahead of a message that may turn out to be unreadable, as `Line` posts it. */
function announcementIn(value: unknown): Concerned | undefined {
  const { type, id, isCall } = (typeof value === 'object' && value !== null ? value : {}) as {
    readonly type?: unknown
    readonly id?: unknown
    readonly isCall?: unknown
  }
  return type === 'heddle.follows' && typeof id === 'string' ? { id, isCall: isCall === true } : undefined
}
