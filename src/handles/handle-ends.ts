// The waits for the end of one action: they get its outcome, or its output.

import type { Outcome } from '../protocol/outcome.js'

/**
 * The waits for one end. Two promises, since each wait for an output would otherwise need a closure that takes it out of
 * the outcome.
 */
export class HandleEnds<Output> {
  #settled: Promise<Outcome<Output>> | undefined
  #resolveSettled: ((outcome: Outcome<Output>) => void) | undefined
  #output: Promise<Output> | undefined
  #resolveOutput: ((output: Output | PromiseLike<never>) => void) | undefined

  /** `outcome`: if it has ended already. */
  settled(outcome: Outcome<Output> | undefined): Promise<Outcome<Output>> {
    this.#settled ??=
      outcome === undefined
        ? new Promise((resolve) => (this.#resolveSettled = resolve))
        : Promise.resolve(outcome)
    return this.#settled
  }

  output(outcome: Outcome<Output> | undefined): Promise<Output> {
    this.#output ??=
      outcome === undefined ? new Promise((resolve) => (this.#resolveOutput = resolve)) : outputOf(outcome)
    return this.#output
  }

  answer(outcomeOf: () => Outcome<Output>): void {
    if (this.#resolveSettled !== undefined) this.#resolveSettled(outcomeOf())
    if (this.#resolveOutput !== undefined) {
      const ended = outcomeOf()
      this.#resolveOutput(ended.status === 'succeeded' ? ended.output : Promise.reject(ended.error))
    }
    this.#resolveSettled = undefined
    this.#resolveOutput = undefined
  }
}

async function outputOf<Output>(outcome: Outcome<Output>): Promise<Output> {
  if (outcome.status === 'succeeded') return outcome.output
  throw outcome.error
}
