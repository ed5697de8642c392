// What is counted of the other machines that lend threads: lanes that are wanted there are what autoscaling goes by.

import { Gauge, type Metric } from 'prom-client'
import type { RuntimeAccess } from '../../../runtime/runtime-access.js'
import { counter, gauge } from './metric.js'

/** The metrics of a runtime's cluster. */
export function clusterMetrics(
  cluster: NonNullable<RuntimeAccess['cluster']>,
  lanes: Pick<RuntimeAccess['lanes'], 'states'>,
): readonly Metric[] {
  return [
    new Gauge({
      name: 'heddle_cluster_lanes',
      help: 'Threads of other machines, by state and label. Those that are wanted are missing: what autoscaling goes by.',
      labelNames: ['state', 'label'],
      registers: [],
      collect() {
        for (const { label, lanes: counts } of cluster.lanesByLabel())
          for (const [state, count] of Object.entries(counts)) this.set({ state, label }, count)
      },
    }),
    new Gauge({
      name: 'heddle_cluster_hosts',
      help: 'Machines that lend threads, by whether they can be used. Left out while Redis is away, and before it has been needed.',
      labelNames: ['compatible'],
      registers: [],
      async collect() {
        this.reset()
        const hosts = await cluster.hostsAtHand()
        if (hosts === undefined) return
        const compatible = hosts.filter((host) => host.compatible).length
        this.set({ compatible: 'true' }, compatible)
        this.set({ compatible: 'false' }, hosts.length - compatible)
      },
    }),
    new Gauge({
      name: 'heddle_cluster_rtt_seconds',
      help: 'How long a word to a machine that serves a lane and its answer take: the longest. Left out where there is none.',
      registers: [],
      collect() {
        this.remove()
        const trips = lanes.states().flatMap(({ rttMs }) => rttMs ?? [])
        if (trips.length > 0) this.set(Math.max(...trips) / 1000)
      },
    }),
    gauge(
      'heddle_cluster_buffered_bytes',
      "What other machines haven't acknowledged yet.",
      () => cluster.stats().bufferedBytes,
    ),
    counter(
      'heddle_cluster_frames_refused_total',
      "Frames that weren't believed or understood: another secret, another version.",
      () => cluster.stats().refused,
    ),
    counter(
      'heddle_cluster_frames_resent_total',
      'Frames that were sent again.',
      () => cluster.stats().resent,
    ),
  ]
}
