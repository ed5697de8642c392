// A queue of what one part of a thread has for another, in order: handled in turns of the loop, for a few milliseconds at a
// time, so that the loop goes on in between, and nobody calls back into who is still at work.

import { Queue } from '../collections/queue.js'
import { captureContext, inNobodysContext, type AsyncContext } from './async-context.js'
import { world } from './world.js'

/** How long messages are handled before the loop gets its turn, in milliseconds. */
const TURN_MS = 4
/** How many are handled between two looks at the clock. */
const BETWEEN_LOOKS = 32

/** Who handles what is in a queue. */
export interface TurnHandler<Message> {
  beginTurn?(): void
  handle(message: Message): void
  /** All that came, or the time of this turn, is at its end. */
  endTurn?(): void
}

/** A queue with its handler. */
export class TurnQueue<Message> {
  readonly #handler: TurnHandler<Message>
  readonly #messages = new Queue<Message>()
  /** Nobody's: whoever adds something isn't whose context it is handled in. */
  readonly #context: AsyncContext = inNobodysContext(captureContext)
  #isHandling = false
  /** It has a turn of the loop already. */
  #isInTurn = false
  #nextTurn: NodeJS.Immediate | undefined
  #handled = 0

  constructor(handler: TurnHandler<Message>) {
    this.#handler = handler
  }

  /** How many wait. */
  get length(): number {
    return this.#messages.length
  }

  /** How many have been handled. */
  get handled(): number {
    return this.#handled
  }

  /** How many have been added. */
  get added(): number {
    return this.#handled + this.#messages.length
  }

  /** Adds one, for a turn of the loop. */
  add(message: Message): void {
    this.#messages.push(message)
    this.#schedule()
  }

  /** Handles one within this call, in the caller's context; `false` if that would be ahead of another one. */
  handleNow(message: Message): boolean {
    if (this.#isHandling || this.#messages.length > 0) return false
    this.#isHandling = true
    try {
      this.#handler.handle(message)
    } finally {
      this.#isHandling = false
    }
    return true
  }

  /** Handles all there is; nothing ahead of what is being handled. */
  drain(): void {
    this.#handleUntil(Infinity)
  }

  /** A turn of the loop that has come for something else: what `fill` adds, and what waits, is handled in it. */
  takeTurn(fill: () => void, until: number): void {
    if (this.#isHandling) return
    this.#isInTurn = true
    try {
      fill()
    } finally {
      this.#isInTurn = false
    }
    this.#handleUntil(until)
  }

  /** Handles what there is, as far as one turn of the loop goes; `false` if there is more. */
  readOn(): boolean {
    this.#handleUntil(world.now() + TURN_MS)
    return this.#messages.length === 0
  }

  /** Forgets what waits, and gives it back. */
  close(): readonly Message[] {
    const left: Message[] = []
    while (this.#messages.length > 0) left.push(this.#messages.shift() as Message)
    world.clearImmediate(this.#nextTurn)
    this.#nextTurn = undefined
    return left
  }

  #schedule(): void {
    if (!this.#isInTurn) this.#nextTurn ??= world.setImmediate(this.#takeTurn)
  }

  readonly #takeTurn = (): void => {
    this.#nextTurn = undefined
    this.#handleUntil(world.now() + TURN_MS)
  }

  #handleUntil(until: number): void {
    if (this.#isHandling || this.#messages.length === 0) return
    this.#isHandling = true
    try {
      this.#context.runInAsyncScope(() => this.#handleSome(until))
    } finally {
      this.#isHandling = false
      // Also where a handler has thrown: what it throws is the app's.
      if (this.#messages.length > 0) this.#schedule()
    }
  }

  #handleSome(until: number): void {
    this.#handler.beginTurn?.()
    do {
      for (let left = BETWEEN_LOOKS; left > 0 && this.#messages.length > 0; left -= 1) {
        this.#handled += 1
        this.#handler.handle(this.#messages.shift() as Message)
      }
    } while (this.#messages.length > 0 && world.now() < until)
    this.#handler.endTurn?.()
  }
}
