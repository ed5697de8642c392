// `connectCluster`: what an app gives its runtimes, so that actions may run on other machines.

import type { Cluster, ClusterHost, ClusterStats } from '../cluster.js'
import { LANE_SOURCE, type LaneSource } from '../runtime/dispatch/lane-source.js'
import { resolveConnectOptions, type ConnectOptions } from './options.js'
import { Owner } from './owner/owner.js'

/**
 * Other machines, for `createRuntime({ cluster })`. Returns at once, and connects when the first action may go there; while no
 * thread of another machine is held, it doesn't keep the process alive.
 *
 * @throws `ActionInputError` for a wrong option.
 */
export function connectCluster(options: ConnectOptions): Cluster {
  return new ConnectedCluster(new Owner(resolveConnectOptions(options)))
}

class ConnectedCluster implements Cluster {
  readonly [LANE_SOURCE]: LaneSource
  readonly #owner: Owner

  constructor(owner: Owner) {
    this.#owner = owner
    this[LANE_SOURCE] = owner
  }

  hosts(): Promise<readonly ClusterHost[]> {
    return this.#owner.hosts()
  }

  stats(): ClusterStats {
    return this.#owner.stats()
  }

  close(): Promise<void> {
    return this.#owner.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
