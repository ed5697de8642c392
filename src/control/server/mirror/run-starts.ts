// Runs that are started through the server. A request that comes again with the same key is answered as the first one was, so that
// a button that is pressed twice, or an answer that got lost, makes no second run.

import { createHash } from 'node:crypto'
import { isHeddleError } from '../../../protocol/errors/is-heddle-error.js'
import type { RuntimeAccess } from '../../../runtime/runtime-access.js'
import type { RunStartRequest } from '../../api.js'
import { ApiError } from '../api-error.js'
import { issuesWith, type Offers } from './offers.js'

/** How many keys are remembered. */
const KEPT_KEYS = 1000

/** A run that was started. */
export interface StartedRun {
  readonly run: string
  /** By an earlier request. */
  readonly repeated: boolean
}

interface Remembered {
  readonly request: string
  readonly run: Promise<string>
}

/** What is started through one server. */
export class RunStarts {
  readonly #access: Pick<RuntimeAccess, 'start' | 'runs'>
  readonly #offers: Offers
  readonly #byKey = new Map<string, Remembered>()

  constructor(access: Pick<RuntimeAccess, 'start' | 'runs'>, offers: Offers) {
    this.#access = access
    this.#offers = offers
  }

  /** Starts a run, or says which one the same request has started. Rejects with an `ApiError`. */
  async start(request: RunStartRequest, key: string | undefined): Promise<StartedRun> {
    if (key === undefined) return { run: await this.#start(request), repeated: false }
    const said = createHash('sha256').update(JSON.stringify(request)).digest('base64')
    const before = this.#byKey.get(key)
    if (before !== undefined) {
      if (before.request === said) return { run: await before.run, repeated: true }
      throw new ApiError(
        'keyReused',
        'the Idempotency-Key came with another request before: each request needs a key of its own',
      )
    }
    const run = this.#start(request)
    this.#byKey.set(key, { request: said, run })
    const [oldest] = this.#byKey.keys()
    if (this.#byKey.size > KEPT_KEYS && oldest !== undefined) this.#byKey.delete(oldest)
    try {
      return { run: await run, repeated: false }
    } catch (error) {
      // Nothing was started: what has been put right may come with the same key.
      this.#byKey.delete(key)
      throw error
    }
  }

  async #start({ definition: word, input, name }: RunStartRequest): Promise<string> {
    const offer = this.#offers.find(word)
    if (offer === undefined) throw this.#notOffered(word)
    const issues = await issuesWith(offer, input)
    if (issues.length > 0) {
      const first = issues[0]?.path.join('.') ?? ''
      throw new ApiError(
        'invalid',
        `the input of '${word}' isn't right${first === '' ? '' : ` at ${first}`}: ${issues[0]?.message}`,
        { field: 'input', issues },
      )
    }
    if (name !== undefined && this.#access.runs.run(name)?.root.isSettled === false) {
      throw new ApiError('conflict', `a run '${name}' is live already: give this one another name, or none`, {
        field: 'name',
      })
    }
    const run = this.#access.start(offer.definition, input, name)
    // Nobody in the app waits for it: its failure is told by events, and must not end the process (S19).
    const settled = run.settled()
    // A refused call has failed at once.
    if (run.phase !== 'failed') return run.run
    const outcome = await settled
    throw refusalOf(outcome.status === 'failed' ? outcome.error : undefined)
  }

  #notOffered(word: string): ApiError {
    const names = this.#offers.list().map(({ definition }) => definition)
    const offered =
      names.length === 0
        ? 'this process offers none: serve({ definitions: [main] }) does'
        : `there are ${names.map((one) => `'${one}'`).join(', ')}`
    return new ApiError('notFound', `no definition '${word}' may be started from outside; ${offered}`, {
      nearest: names.slice(0, 5),
    })
  }
}

function refusalOf(error: unknown): ApiError {
  const message = error instanceof Error ? error.message : String(error)
  if (isHeddleError(error, 'QueueFullError') || isHeddleError(error, 'RuntimeClosedError'))
    return new ApiError('unavailable', message)
  return new ApiError('invalid', message)
}
