// The machines that lend threads to the runtime: what they serve, how much of them is lent, how far away they are, and how those went
// that are gone.

import type { JSX } from 'preact'
import { useEffect, useMemo } from 'preact/hooks'
import type { StatsInfo } from '../../../control/api.js'
import type { ControlClient } from '../../../control/client/control-client.js'
import { HostsStore } from '../../model/process/hosts-store.js'
import type { HostState, SeenHost } from '../../model/process/seen-hosts.js'
import { showClock, showDuration } from '../../model/words/show-duration.js'
import { showName } from '../../model/words/show-name.js'
import { showCount, showCounted } from '../../model/words/show-number.js'

/** The machines; `stats`: what the runtime counts of its cluster. */
export function HostsTable({
  client,
  stats,
}: {
  readonly client: ControlClient
  readonly stats: NonNullable<StatsInfo['cluster']>
}): JSX.Element {
  const store = useMemo(() => new HostsStore(client), [client])
  useEffect(() => {
    store.start()
    return () => store.stop()
  }, [store])
  const { hosts, failure } = store.seen.value
  const { open, starting, wanted } = stats.lanes
  return (
    <section class="hosts" aria-label="Hosts">
      <h2>
        Hosts
        <span class="muted">
          {showCounted(open + starting, 'thread')} lent to this process
          {wanted > 0 && `, ${showCount(wanted)} more wanted`}
        </span>
      </h2>
      {failure !== undefined && (
        <p class="bad" role="alert">
          {failure}
        </p>
      )}
      {hosts.length === 0 ? (
        <p class="muted">No worker is there. Start one: heddle worker</p>
      ) : (
        <div class="runs-table-frame" tabIndex={0} role="region" aria-label="All hosts">
          <table class="runs-table">
            <thead>
              <tr>
                <th scope="col">Name</th>
                <th scope="col" class="optional">
                  Build
                </th>
                <th
                  scope="col"
                  class="number"
                  title="Lent, of all that it has; and how many of these to this process"
                >
                  Threads
                </th>
                <th scope="col" class="optional">
                  Labels
                </th>
                <th scope="col" class="number" title="How long a word to it and its answer take">
                  Round trip
                </th>
                <th scope="col">State</th>
              </tr>
            </thead>
            <tbody>
              {hosts.map((host) => (
                <HostRow key={host.instance} host={host} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  )
}

function HostRow({ host }: { readonly host: SeenHost }): JSX.Element {
  const { name, instance, builds, threads, busy, lanes, inFlight, labels, rttMs, state } = host
  const isGone = state === 'lost' || state === 'left'
  return (
    <tr data-state={state}>
      <th scope="row" title={instance}>
        <bdi>{showName(name)}</bdi> <span class="mono muted">{instance.slice(0, 8)}</span>
      </th>
      <td class="optional">
        <bdi>{builds.join(', ')}</bdi>
      </td>
      <td class="number">
        {isGone ? '–' : `${showCount(busy)} of ${showCount(threads)}`}
        {lanes > 0 && (
          <span class="host-ours muted">
            <span class="host-dot"> · </span>
            {showCounted(inFlight, 'action')} of ours
          </span>
        )}
      </td>
      <td class="optional">{labels.join(', ')}</td>
      <td class="number">{rttMs === undefined || isGone ? '–' : showDuration(rttMs)}</td>
      <td class={state === 'lost' || state === 'unusable' ? 'bad' : undefined}>{wordsFor(state, host)}</td>
    </tr>
  )
}

function wordsFor(state: HostState, { why, heardAt }: SeenHost): string {
  switch (state) {
    case 'unusable':
      return `can’t be used: ${why ?? ''}`
    case 'leaving':
      return 'leaving: takes nothing new, and lets what runs end'
    case 'left':
      return 'has left'
    case 'lost':
      return `lost: last heard at ${showClock(heardAt, false)}. What ran there was given up, and may be tried again elsewhere`
    default:
      return state
  }
}
