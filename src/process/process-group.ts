// Process groups, by the number of their leader: how they are signalled, and whether something of them is left. A number
// isn't given to a new process while a group bears it; so once a leader has been waited for, a process of that number says
// that its group is gone, and is nobody that may be signalled.

import { readdirSync, readFileSync } from 'node:fs'

/** What became of a signal, or of a look. */
export type GroupState = 'alive' | 'gone' | 'beyond-reach'

/** Sends a signal to a group. `reaped`: its leader has exited, and been waited for. */
export function signalGroup(leader: number, signal: NodeJS.Signals | 0, reaped: boolean): GroupState {
  // There are no groups: the leader alone.
  const target = process.platform === 'win32' ? leader : -leader
  if (reaped && (process.platform === 'win32' || isProcess(leader))) return 'gone'
  try {
    process.kill(target, signal)
    return 'alive'
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? 'beyond-reach' : 'gone'
  }
}

/**
 * What is left of groups. `reaped`: their leaders have exited, and been waited for. What has exited and isn't waited for by its parent counts as gone: in a
 * container whose first process waits for nobody, it stays for ever.
 */
export function lookAtGroups(leaders: readonly number[], reaped: boolean): Map<number, GroupState> {
  const states = new Map(leaders.map((leader) => [leader, signalGroup(leader, 0, reaped)] as const))
  const alive = leaders.filter((leader) => states.get(leader) !== 'gone')
  if (alive.length === 0 || process.platform !== 'linux') return states
  const living = livingGroups()
  if (living !== undefined) for (const leader of alive) if (!living.has(leader)) states.set(leader, 'gone')
  return states
}

/** Whether there is a process of that number, whoever's. */
function isProcess(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** The groups of all processes that haven't exited; `undefined` where the system doesn't say. */
function livingGroups(): Set<number> | undefined {
  const groups = new Set<number>()
  try {
    for (const name of readdirSync('/proc')) {
      if (!/^\d+$/.test(name)) continue
      const group = groupOf(name)
      if (group !== undefined) groups.add(group)
    }
  } catch {
    // No /proc, or not for us: what signals say has to do.
    return undefined
  }
  return groups
}

/** The group of a process; `undefined` if it has exited. */
function groupOf(pid: string): number | undefined {
  let stat: string
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  } catch {
    // Gone since it was listed.
    return undefined
  }
  // Behind the name, which may hold anything: state, parent, group.
  const [state = '', , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return state === 'Z' || state === 'X' ? undefined : Number(group)
}
