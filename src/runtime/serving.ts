// The runtime's side of the control server: what the server may see of it, and when the server is loaded, started and
// ended. The import is a dynamic one, against the direction of all others, so that without `serve` none of it is loaded.

import type { EventLog } from '../events.js'
import type { Clock } from '../protocol/clock.js'
import { ActionInputError } from '../protocol/errors.js'
import type { ControlServer, ServeOptions } from '../serving.js'
import type { Lanes } from './lanes.js'
import type { Records } from './records.js'
import type { Supervisor } from './supervisor.js'

/** What the control server sees of a runtime, and acts upon. */
export interface RuntimeAccess {
  readonly now: Clock
  readonly events: EventLog
  readonly records: Records
  readonly supervisor: Supervisor
  readonly lanes: Lanes
}

/** Whether a runtime is served, and where. */
export class Serving {
  readonly #access: RuntimeAccess
  #starting: Promise<ControlServer> | undefined
  #server: ControlServer | undefined

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

  /** Ends the server, also one that is just starting. */
  async close(): Promise<void> {
    const server = await this.#starting?.catch(() => undefined)
    await server?.close()
  }

  async #start(options: ServeOptions): Promise<ControlServer> {
    // oxlint-disable-next-line no-restricted-imports -- the one import against the direction: loaded only when asked for
    const { startServer } = await import('../control/server/start-server.js')
    return startServer(this.#access, options, () => {
      this.#server = undefined
      this.#starting = undefined
    })
  }
}
