// `heddle hosts`: who lends threads by a Redis, and whether this machine's apps could use them.

import { Command } from 'commander'
import type { ClusterHost } from '../../cluster.js'
import { formatDuration, formatRoundTrip } from '../display/duration.js'
import { printable } from '../display/printable.js'
import { reportOutput } from '../display/report-output.js'
import type { Style } from '../display/style.js'
import type { Column } from '../display/table.js'
import { addClusterOptions, clusterOptions, withUsage, type ClusterFlags } from '../input/cluster-options.js'
import { loadClusterFor } from '../loading/module-location.js'

interface HostsFlags extends ClusterFlags {
  readonly json?: boolean
}

const COLUMNS: readonly Column[] = [
  { title: 'NAME', shrinks: true },
  { title: 'INSTANCE', isExtra: true },
  { title: 'BUILD', shrinks: true },
  { title: 'THREADS', align: 'right' },
  { title: 'LABELS', shrinks: true, isExtra: true },
  { title: 'OWNERS', align: 'right' },
  { title: 'RTT', align: 'right' },
  { title: 'HEARD', align: 'right', isExtra: true },
  { title: 'STATE', shrinks: true },
]

/** Makes the command. */
export function hostsCommand(): Command {
  const command = new Command('hosts')
    .summary('list the machines that lend threads')
    .description(
      'Lists the workers that are there, with the builds that they serve, how many of their threads are lent, to how many apps, and how long a word to these and the answer take.',
    )
  return addClusterOptions(command)
    .option('--json', 'write NDJSON')
    .action(async (flags: HostsFlags) => {
      const output = reportOutput()
      const { connectCluster } = await loadClusterFor(undefined)
      const cluster = await withUsage(() => connectCluster(clusterOptions(flags)))
      try {
        const hosts = await cluster.hosts()
        if (flags.json === true) for (const host of hosts) output.json(host)
        else if (hosts.length === 0) output.note('no worker is there: start one by heddle worker')
        else
          output.table(
            COLUMNS,
            hosts.map((host) => rowOf(host, output.style)),
          )
      } finally {
        await cluster.close()
      }
    })
}

function rowOf(host: ClusterHost, style: Style): readonly string[] {
  return [
    printable(host.name),
    host.instance.slice(0, 8),
    printable(host.builds.join(', ')),
    `${host.busy}/${host.threads}`,
    printable([...host.labels, ...showResources(host.resources)].join(', ')),
    String(host.owners),
    host.rttMs === undefined ? '' : formatRoundTrip(host.rttMs),
    formatDuration(Math.max(0, Date.now() - host.heardAt)),
    stateOf(host, style),
  ]
}

function showResources(resources: ClusterHost['resources']): readonly string[] {
  return Object.entries(resources).map(([name, count]) => `${name}=${count}`)
}

function stateOf({ why, draining, busy, threads }: ClusterHost, style: Style): string {
  if (why !== undefined) return style('red', `can’t be used: ${printable(why)}`)
  if (draining) return style('yellow', 'leaving')
  return busy < threads ? 'ready' : 'busy'
}
