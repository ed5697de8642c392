// A port that calls travel on, in the form that Comlink wants, with the lines of the functions that went over it: they are
// closed together, so that nothing is left when the one who made the calls has ended (I9). Comlink itself releases nothing
// for sure: its release waits for an answer that never comes.

import type { MessagePort } from 'node:worker_threads'
import { NotCloneableError } from '../protocol/errors/errors.js'
import { lossyPartOf } from '../protocol/values/lossy-objects.js'
import { isSurelyReadable } from '../protocol/values/readable.js'
import { callIdOf, callOf, refusalOf, rejection } from './wire-call.js'

/** What is called with each message. */
export type LineListener = (event: { readonly data: unknown; readonly origin: string }) => void

/** What was to be posted can't be: its cause says why. */
export class UnsendableError extends Error {
  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause })
  }
}

/** Runs what a message causes: in the context of the body that it belongs to. */
export type Around = (run: () => void) => void

/** As it is. */
const PLAINLY: Around = (run) => run()

/**
 * Goes ahead of a message that may turn out to be unreadable, and says whose it is: so the call that it belongs to fails, and
 * doesn't wait for ever (S26).
 */
interface Announcement {
  readonly type: 'heddle.follows'
  readonly id: string
  readonly isCall: boolean
}

function isAnnouncement(data: unknown): data is Announcement {
  return (data as { type?: unknown } | null)?.type === 'heddle.follows'
}

/** Lines that were made for functions in a message that is about to be posted: whoever posts it owns them. */
let fresh: Line[] = []
/** The line that a port has come over. */
const arrivedOver = new WeakMap<MessagePort, Line>()

/** One end of a line. */
export class Line {
  readonly #port: MessagePort
  readonly #listeners = new Set<LineListener>()
  readonly #children = new Set<Line>()
  /** What is called when it is closed. */
  readonly #onClose = new Set<() => void>()
  #around: Around
  /** What the next message is, if that was announced. */
  #announced: Announcement | undefined
  #started = false
  #closed = false

  constructor(port: MessagePort, around: Around = PLAINLY) {
    this.#port = port
    this.#around = around
    port.once('close', () => this.close())
  }

  /** The end that stays here of a line to a function that is being sent. */
  static kept(port: MessagePort): Line {
    const line = new Line(port)
    fresh.push(line)
    return line
  }

  /** The end that has arrived of a line to a function. */
  static received(port: MessagePort): Line {
    const over = arrivedOver.get(port)
    const line = new Line(port)
    if (over === undefined) return line
    arrivedOver.delete(port)
    over.#adopt(line)
    return line
  }

  get isClosed(): boolean {
    return this.#closed
  }

  /** Comlink's: the first listener opens the line. */
  addEventListener(_type: string, listener: LineListener): void {
    this.#listeners.add(listener)
    if (this.#started || this.#closed) return
    this.#started = true
    this.#port.addEventListener('message', this.#receive)
    this.#port.on('messageerror', this.#receiveUnreadable)
  }

  /** Comlink's. */
  removeEventListener(_type: string, listener: LineListener): void {
    this.#listeners.delete(listener)
  }

  /** Comlink's. */
  start(): void {
    // By the first listener.
  }

  postMessage(message: unknown, transfer: readonly unknown[] = []): void {
    const made = fresh
    fresh = []
    for (const line of made) this.#adopt(line)
    const id = callIdOf(message)
    if (id !== undefined && !isSurelyReadable(message)) {
      const lossy = lossyPartOf(message)
      if (lossy !== undefined) throw new UnsendableError(new TypeError(lossy))
      const announcement: Announcement = { type: 'heddle.follows', id, isCall: callOf(message) !== undefined }
      this.#port.postMessage(announcement)
    }
    try {
      this.#port.postMessage(message, transfer as never)
    } catch (error) {
      throw new UnsendableError(error)
    }
  }

  /** Makes a call, which rejects if the line is closed before it is answered. */
  whileOpen<Value>(call: () => Promise<Value>, closedError: () => Error): Promise<Value> {
    return new Promise<Value>((resolve, reject) => {
      const onClose = (): void => reject(closedError())
      if (this.#closed) {
        onClose()
        return
      }
      this.#onClose.add(onClose)
      call()
        .then(resolve, reject)
        .finally(() => this.#onClose.delete(onClose))
    })
  }

  /** Calls back when it is closed, at once if it is already. */
  onClose(callback: () => void): void {
    if (this.#closed) callback()
    else this.#onClose.add(callback)
  }

  /** Closes it at both ends, with all that went over it. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#port.removeEventListener('message', this.#receive)
    this.#port.off('messageerror', this.#receiveUnreadable)
    this.#port.close()
    for (const child of this.#children) child.close()
    this.#children.clear()
    this.#listeners.clear()
    // Comlink's registry holds the line while its proxy lives, and whoever it ran for may hold that.
    this.#around = PLAINLY
    const callbacks = [...this.#onClose]
    this.#onClose.clear()
    for (const callback of callbacks) callback()
  }

  #adopt(line: Line): void {
    if (this.#closed) {
      line.close()
      return
    }
    line.#around = this.#around
    this.#children.add(line)
    line.onClose(() => this.#children.delete(line))
  }

  #tell(data: unknown): void {
    this.#around(() => {
      for (const listener of this.#listeners) listener({ data, origin: '' })
    })
  }

  readonly #receiveUnreadable = (error: unknown): void => {
    const announced = this.#announced
    this.#announced = undefined
    if (announced === undefined) return
    const { id, isCall } = announced
    const why = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
    const unreadable = new NotCloneableError(
      `what a method ${isCall ? 'was given' : 'returned'} can't be read in the other thread (${why}): it may be nested too deeply, or hold a view of a buffer that was moved away; ${isCall ? 'give' : 'return'} plain data`,
    )
    const answer = rejection(id, unreadable)
    if (isCall) this.#port.postMessage(answer)
    else this.#tell(answer)
  }

  readonly #receive = (event: Event): void => {
    const { data, ports } = event as Event & {
      readonly data: unknown
      readonly ports: readonly MessagePort[]
    }
    this.#announced = isAnnouncement(data) ? data : undefined
    if (this.#announced !== undefined) return
    const refusal = refusalOf(data)
    if (refusal !== undefined) {
      const id = callIdOf(data)
      if (id !== undefined) this.#port.postMessage(rejection(id, refusal))
      for (const port of ports) port.close()
      return
    }
    for (const port of ports) arrivedOver.set(port, this)
    this.#tell(data)
    // The other side has let go of a function: Comlink closes ports that it knows as such, which this isn't.
    if ((data as { type?: unknown } | null)?.type === 'RELEASE') this.close()
  }
}
