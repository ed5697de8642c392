// Ctrl-C and its like: the first asks the run to stop, the second forces, the third doesn't wait for anything.

import { EXIT_ABORTED, EXIT_HUNG_UP, EXIT_TERMINATED } from '../input/exit-codes.js'

/** A signal that asks a process to stop. */
export type StopSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP'

const CODES: Readonly<Record<StopSignal, number>> = {
  SIGINT: EXIT_ABORTED,
  SIGTERM: EXIT_TERMINATED,
  SIGHUP: EXIT_HUNG_UP,
}

/** What is done about them. */
export interface InterruptActions {
  onFirst(signal: StopSignal): void
  onSecond(): void
}

/** Listens until disposed of. */
export class Interrupts implements Disposable {
  #actions: InterruptActions | undefined
  #received: StopSignal[] = []
  readonly #listeners = new Map<StopSignal, () => void>()

  constructor() {
    for (const signal of Object.keys(CODES) as StopSignal[]) {
      const listener = (): void => this.#receive(signal)
      this.#listeners.set(signal, listener)
      process.on(signal, listener)
    }
  }

  /** Exit code of the first one that came. */
  get exitCode(): number | undefined {
    const [first] = this.#received
    return first && CODES[first]
  }

  /** What to do from now on. What has come before is acted upon at once. */
  handle(actions: InterruptActions): void {
    this.#actions = actions
    const [first, second] = this.#received
    if (first !== undefined) actions.onFirst(first)
    if (second !== undefined) actions.onSecond()
  }

  [Symbol.dispose](): void {
    for (const [signal, listener] of this.#listeners) process.off(signal, listener)
  }

  #receive(signal: StopSignal): void {
    this.#received.push(signal)
    const [first] = this.#received as [StopSignal]
    if (this.#received.length === 1) this.#actions?.onFirst(signal)
    else if (this.#received.length === 2) this.#actions?.onSecond()
    else process.exit(CODES[first])
  }
}
