// Bodies that live in the app's own thread only, as those of `scope`: found by a key and not by importing a module. What
// they return or throw stays here, so that it needn't be cloneable and is the very same thing for the app.

import type { ActionContext } from './context.js'
import { isThenable } from './checks/is-thenable.js'
import { captureContext, type AsyncContext } from './protocol/async-context.js'
import type { Outcome } from './protocol/outcome.js'
import { wrapThrown } from './protocol/errors/wrap-thrown.js'

/** The URL that stands for 'in this thread'. */
export const LOCAL_URL = 'heddle:local'

/** A body that closes over the app's objects. */
export type LocalBody = (ctx: ActionContext<never>) => unknown

interface Entry {
  readonly body: LocalBody
  /** That of the one who gave it: what it looks up there, a request's, is its own. */
  readonly context: AsyncContext
  returned?: unknown
  thrown?: { readonly value: unknown }
}

/** The local bodies of one runtime. */
export class LocalBodies {
  readonly #entries = new Map<number, Entry>()
  #count = 0

  /** Keeps a body; the key is the input of its action. */
  add(body: LocalBody): number {
    this.#count += 1
    this.#entries.set(this.#count, { body, context: captureContext() })
    return this.#count
  }

  /** Forgets a body that is never called. */
  remove(key: number): void {
    this.#entries.delete(key)
  }

  /** The async context in which a body was given. */
  contextOf(key: number): AsyncContext | undefined {
    return this.#entries.get(key)?.context
  }

  /** Calls a body. What it returns is kept, and not given back. One that returns at once has ended at once. */
  call(key: number, ctx: ActionContext<never>): PromiseLike<void> | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) throw new Error(`there is no local body ${key}`)
    const fail = (error: unknown): never => {
      entry.thrown = { value: error }
      throw error
    }
    let returned: unknown
    try {
      returned = entry.body(ctx)
    } catch (error) {
      return fail(error)
    }
    if (!isThenable(returned)) {
      entry.returned = returned
      return undefined
    }
    return returned.then((value) => {
      entry.returned = value
    }, fail)
  }

  /** Forgets a body, and puts what it returned or threw into its outcome. */
  complete(key: number, outcome: Outcome<unknown>, where: { run: string; action: string }): Outcome<unknown> {
    const entry = this.#entries.get(key)
    this.#entries.delete(key)
    if (outcome.status === 'succeeded') return { ...outcome, output: entry?.returned }
    if (outcome.status !== 'failed' || entry?.thrown === undefined) return outcome
    return { ...outcome, error: wrapThrown(entry.thrown.value, where) }
  }
}
