// The threads that the actions of a run have run on, by machine: numbers of threads say nothing beyond theirs.

import type { HostName } from '../../../protocol/host-name.js'
import type { ObservedAction } from '../../../runtime/runtime-access.js'
import type { RunDetail } from '../../api.js'

/** One machine's. */
interface Machine {
  readonly host: HostName | undefined
  /** Since when. */
  readonly threads: Map<number, number>
}

/** All that were used. */
export class ThreadsUsed {
  /** By instance; this one's first. */
  readonly #machines = new Map<string | undefined, Machine>([
    [undefined, { host: undefined, threads: new Map() }],
  ])

  add({ thread, startedAt, host }: Pick<ObservedAction, 'thread' | 'startedAt' | 'host'>): void {
    if (thread === undefined || startedAt === undefined) return
    let machine = this.#machines.get(host?.instance)
    if (machine === undefined) {
      machine = { host, threads: new Map() }
      this.#machines.set(host?.instance, machine)
    }
    const { threads } = machine
    threads.set(thread, Math.min(threads.get(thread) ?? Infinity, startedAt))
  }

  /** In the order of their first use. */
  info(): Pick<RunDetail, 'threads' | 'hosts'> {
    const [here, ...others] = [...this.#machines.values()].map(({ host, threads }) => ({
      host,
      threads: [...threads].toSorted(([, one], [, other]) => one - other).map(([thread]) => thread),
      since: Math.min(...threads.values()),
    }))
    const hosts = others
      .toSorted((one, other) => one.since - other.since)
      .flatMap(({ host, threads }) =>
        host === undefined ? [] : [{ host: host.name, hostInstance: host.instance, threads }],
      )
    return { threads: here?.threads ?? [], ...(hosts.length > 0 && { hosts }) }
  }
}
