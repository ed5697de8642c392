// The machines that lend threads to the runtime, as its server says: asked for now and then while somebody looks.

import { signal, type ReadonlySignal } from '@preact/signals'
import type { ControlClient } from '../../../control/client/control-client.js'
import { askOften } from '../ask-often.js'
import { seenBy, type SeenHost } from './seen-hosts.js'

/** The machines that there are, and were. */
export interface SeenHosts {
  readonly hosts: readonly SeenHost[]
  /** Why it isn't known who is there. */
  readonly failure?: string
}

/** What is known of the machines. */
export class HostsStore {
  readonly #client: ControlClient
  readonly #seen = signal<SeenHosts>({ hosts: [] })
  readonly #stop = new AbortController()

  constructor(client: ControlClient) {
    this.#client = client
  }

  get seen(): ReadonlySignal<SeenHosts> {
    return this.#seen
  }

  /** Begins to ask. */
  start(): void {
    void askOften(this.#stop.signal, () => this.#ask())
  }

  /** Stops asking. */
  stop(): void {
    this.#stop.abort()
  }

  async #ask(): Promise<void> {
    const { signal: stopped } = this.#stop
    const { hosts } = this.#seen.peek()
    try {
      this.#seen.value = { hosts: seenBy(hosts, await this.#client.hosts({ signal: stopped })) }
    } catch (error) {
      if (!stopped.aborted) this.#seen.value = { hosts, failure: (error as Error).message }
    }
  }
}
