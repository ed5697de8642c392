// The requests of a client: each within its time and its size, and what fails told as a `ControlError`.

import { ControlError, errorOf } from './control-error.js'

/** What every request can be given. */
export interface RequestOptions {
  readonly signal?: AbortSignal | undefined
}

/** How a process is reached. */
export interface ClientOptions {
  /** `http://127.0.0.1:4321`. In a page of the server's own, `location.origin`. */
  readonly url: string
  /** Left out in a page, where the cookie takes its place. */
  readonly token?: string | undefined
  /** Default: the platform's. The one for a Unix socket comes from `connect`. */
  readonly fetch?: typeof globalThis.fetch | undefined
  /** How messages name the process. Default: by its address. */
  readonly name?: string | undefined
  /** How long a whole answer may take, in milliseconds; a stream, until it begins. Default: as long as it takes. */
  readonly timeoutMs?: number | undefined
  /** How long an answer may be, in bytes; a stream may be endless. Default: as long as it is. */
  readonly mostBytes?: number | undefined
}

/** What a request carries. */
export interface RequestParts extends RequestOptions {
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

/** What an error may say of itself, in bytes. */
const ERROR_BYTES = 1024 * 1024

/** Asks one process. */
export class Requests {
  /** Without a slash at its end. */
  readonly base: string
  readonly #options: Omit<ClientOptions, 'url' | 'token'> & { readonly fetch: typeof globalThis.fetch }
  readonly #authorization: Readonly<Record<string, string>>

  constructor({ url, token, fetch = globalThis.fetch, ...options }: ClientOptions) {
    this.#options = { ...options, fetch }
    this.base = url.replace(/\/+$/, '')
    this.#authorization = token === undefined ? {} : { authorization: `Bearer ${token}` }
  }

  /** Asks, and reads the answer with `read`, within the time for both. What fails is told as a `ControlError`. */
  async send<Answer>(
    method: 'GET' | 'POST',
    path: string,
    { signal, headers, body }: RequestParts,
    read: (response: Response, what: string) => Promise<Answer>,
  ): Promise<Answer> {
    const { fetch, name, timeoutMs } = this.#options
    const what = name === undefined ? `${method} ${this.base}${path}` : `${method} ${path} of ${name}`
    const limit = timeoutMs === undefined ? undefined : new TimeLimit(timeoutMs, signal)
    const stop = limit?.signal ?? signal
    let response: Response | undefined
    let isStream = false
    try {
      response = await fetch(`${this.base}${path}`, {
        method,
        headers: {
          ...this.#authorization,
          ...headers,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        ...(stop && { signal: stop }),
      })
      if (!response.ok) throw errorOf(response.status, await textOf(response, what, ERROR_BYTES), what)
      const answer = await read(response, what)
      isStream = answer === response
      return answer
    } catch (error) {
      signal?.throwIfAborted()
      if (error instanceof ControlError) throw error
      throw limit?.isOver === true ? tooLate(what, timeoutMs, error) : noAnswer(what, response, error)
    } finally {
      limit?.end(isStream)
    }
  }

  /** The answer as JSON. */
  readonly readJson = async <Answer>(response: Response, what: string): Promise<Answer> => {
    const text = await this.readText(response, what)
    try {
      return JSON.parse(text) as Answer
    } catch (error) {
      const shown = text === '' ? 'nothing' : `'${text.slice(0, 200)}'`
      throw new ControlError(
        `${what} was answered with ${shown}, which isn't JSON: is this Heddle's server?`,
        {
          code: 'unreadable',
          status: response.status,
          cause: error,
        },
      )
    }
  }

  /** The answer as a text. */
  readonly readText = (response: Response, what: string): Promise<string> =>
    textOf(response, what, this.#options.mostBytes ?? Infinity)
}

function tooLate(what: string, timeoutMs: number | undefined, cause: unknown): ControlError {
  return new ControlError(
    `${what} had no whole answer within ${timeoutMs} ms: the process is stopped, or its event loop is blocked`,
    { code: 'silent', cause },
  )
}

function noAnswer(what: string, response: Response | undefined, cause: unknown): ControlError {
  return response === undefined
    ? new ControlError(`${what} had no answer (${reasonOf(cause)}): has the process ended?`, {
        code: 'unreachable',
        cause,
      })
    : new ControlError(`the answer to ${what} broke off (${reasonOf(cause)}): has the process ended?`, {
        code: 'unreadable',
        cause,
      })
}

/** Aborts a request that takes too long. */
class TimeLimit {
  readonly #controller = new AbortController()
  readonly #outer: AbortSignal | undefined
  readonly #onAbort = (): void => this.#controller.abort(this.#outer?.reason)
  #timer: ReturnType<typeof setTimeout>
  /** Whether it is that which has ended the request. */
  isOver = false

  constructor(ms: number, outer: AbortSignal | undefined) {
    this.#outer = outer
    if (outer?.aborted === true) this.#onAbort()
    else outer?.addEventListener('abort', this.#onAbort, { once: true })
    this.#timer = setTimeout(() => {
      // An answer may lie there unread, where it is this side that comes late: one more turn takes it.
      this.#timer = setTimeout(() => {
        this.isOver = true
        this.#controller.abort()
      })
    }, ms)
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Time plays no part any more. `goesOn`: what is still read, as a stream is, ends with the signal that was given. */
  end(goesOn: boolean): void {
    clearTimeout(this.#timer)
    if (!goesOn) this.#outer?.removeEventListener('abort', this.#onAbort)
  }
}

/** The text of an answer that isn't longer than it may be. */
async function textOf(response: Response, what: string, mostBytes: number): Promise<string> {
  if (response.body === null) return ''
  const reader = (response.body as ReadableStream<Uint8Array>).getReader()
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return text + decoder.decode()
    bytes += value.byteLength
    if (bytes > mostBytes) {
      void reader.cancel().catch(() => undefined)
      throw new ControlError(
        `the answer to ${what} is longer than ${mostBytes} bytes: is this Heddle's server?`,
        {
          code: 'unreadable',
          status: response.status,
        },
      )
    }
    text += decoder.decode(value, { stream: true })
  }
}

/** `fetch` says 'fetch failed' and has the reason in its cause. */
function reasonOf(error: unknown): string {
  const cause = (error as { cause?: unknown } | undefined)?.cause
  const told = cause instanceof Error ? cause : error
  if (!(told instanceof Error)) return String(told)
  return told.message === '' ? ((told as NodeJS.ErrnoException).code ?? told.name) : told.message
}
