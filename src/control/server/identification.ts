// Identification of callers: every request of the API says so by a token or a cookie. A wrong token that comes over the
// network is answered late.

import { API_PREFIX, routes } from '../api.js'
import { ApiError } from './api-error.js'
import { TokenThrottle } from './token-throttle.js'
import type { AppContext } from './routes/routing.js'
import { WrongTokenError, type RequestHeaders, type Security } from './security.js'

/** Finds out who asks. */
export class Identification {
  readonly #security: Security
  readonly #throttle = new TokenThrottle()

  constructor(security: Security) {
    this.#security = security
  }

  /** Lets a request pass that says who asks, and may do what it asks for. */
  async identify(c: AppContext, next: () => Promise<void>): Promise<void> {
    const changes = c.req.method !== 'GET' && c.req.method !== 'HEAD'
    const isSession = c.req.path === `${API_PREFIX}${routes.session}`
    // A session is opened with a token, by its own route.
    if (!(isSession && c.req.method === 'POST')) {
      const caller = await this.#slowed(c, () => this.#security.identify(headersOf(c), changes))
      if (changes && caller.scope === 'read' && !isSession) {
        throw new ApiError(
          'forbidden',
          'this token only reads: to abort, stop or start anything, the full one is needed',
        )
      }
      c.set('caller', caller)
    }
    await next()
  }

  /** Exchanges the token of a request for a cookie. */
  openSession(c: AppContext): Promise<string> {
    return this.#slowed(c, () => this.#security.openSession(c.req.header('authorization')))
  }

  async #slowed<Result>(c: AppContext, ask: () => Result): Promise<Result> {
    try {
      return ask()
    } catch (error) {
      if (error instanceof WrongTokenError && !c.env.isSocket) await this.#throttle.wait(c.env.outgoing)
      throw error
    }
  }
}

/** What a request says of itself, as far as it matters who asks, and from where. */
export function headersOf(c: AppContext): RequestHeaders {
  return {
    host: c.req.header('host'),
    origin: c.req.header('origin'),
    fetchSite: c.req.header('sec-fetch-site'),
    authorization: c.req.header('authorization'),
    cookie: c.req.header('cookie'),
  }
}
