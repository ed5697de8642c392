// The runtime's side of the control server: when the server and the counts are loaded, started and ended. These imports are
// dynamic ones, against the direction of all others, so that without `serve` or `metrics` none of that is loaded.

import { ActionInputError } from '../protocol/errors/errors.js'
import type { ControlServer, ServeOptions } from '../serving.js'
import type { RuntimeAccess, RuntimeMetrics } from './runtime-access.js'

/** Whether a runtime is served, and where. */
export class Serving {
  readonly #access: RuntimeAccess
  #starting: Promise<ControlServer> | undefined
  #server: ControlServer | undefined
  #metrics: Promise<RuntimeMetrics> | undefined
  #isClosed = false

  constructor(access: RuntimeAccess) {
    this.#access = access
  }

  /** Where a run is shown; `undefined` while nothing is served. */
  urlOf(run: string): string | undefined {
    return this.#server && `${this.#server.url}/runs/${encodeURIComponent(run)}`
  }

  /** Starts the server. */
  async serve(options: ServeOptions): Promise<ControlServer> {
    if (this.#starting !== undefined) {
      throw new ActionInputError(
        `the runtime is served already${this.#server === undefined ? '' : `, at ${this.#server.url}`}: close that server first`,
      )
    }
    this.#starting = this.#start(options)
    try {
      this.#server = await this.#starting
      return this.#server
    } catch (error) {
      this.#starting = undefined
      throw error
    }
  }

  /** The counts, as the server shows them; also without one. */
  async metricsText(): Promise<string> {
    return (await this.#loadMetrics()).text()
  }

  /** Ends the server, also one that is just starting. */
  async close(): Promise<void> {
    this.#isClosed = true
    const server = await this.#starting?.catch(() => undefined)
    await server?.close()
    const metrics = await this.#metrics?.catch(() => undefined)
    metrics?.close()
  }

  /** One for both, so that they say the same. What it is made with is loaded when somebody asks. */
  #loadMetrics(): Promise<RuntimeMetrics> {
    this.#metrics ??= import('../control/server/mirror/metrics.js').then(({ Metrics }) => {
      const metrics: RuntimeMetrics = new Metrics(this.#access)
      // What it listens to has come to its end: the counts are what they are.
      if (this.#isClosed) metrics.close()
      return metrics
    })
    return this.#metrics
  }

  async #start(options: ServeOptions): Promise<ControlServer> {
    const { startServer } = await import('../control/server/start-server.js')
    return startServer(this.#access, options, await this.#loadMetrics(), () => {
      this.#server = undefined
      this.#starting = undefined
    })
  }
}
