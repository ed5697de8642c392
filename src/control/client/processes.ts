// Finds the served processes of this user, and connects to them or to any other one. This is the part of the client that
// needs Node.

import { discoveryFolders, sweepEntries } from '../discovery.js'
import { createClient, type ControlClient } from './control-client.js'
import { createSocketFetch } from './socket-fetch.js'

/** A served process of this user. */
export interface FoundProcess {
  /** Tells it from an earlier one of the same pid. */
  readonly instance: string
  readonly pid: number
  readonly title: string
  /** The module that was started, where there is one. */
  readonly main: string | undefined
  readonly cwd: string
  /** Epoch milliseconds. */
  readonly startedAt: number
  readonly url: string
  /** A secret. */
  readonly token: string
  readonly socket: string | undefined
  /** `false`: it is there, but too busy to accept a connection just now. */
  readonly responsive: boolean
}

/** What `listProcesses` takes. */
export interface ListOptions {
  /** Where to look. Default: `HEDDLE_RUN_DIR`, or the user's runtime and temporary folders. */
  readonly folder?: string | undefined
}

/** A process that wasn't found in the folder: by its address. */
export interface RemoteProcess {
  readonly url: string
  readonly token: string
}

/** The served processes of this user, the oldest first. What crashed ones have left is removed. */
export async function listProcesses(options: ListOptions = {}): Promise<FoundProcess[]> {
  const folders = options.folder === undefined ? discoveryFolders() : [options.folder]
  const found = (await Promise.all(folders.map((folder) => sweepEntries(folder)))).flat()
  return found
    .map(({ entry, state }) => ({
      instance: entry.instance,
      pid: entry.pid,
      title: entry.title,
      main: entry.main,
      cwd: entry.cwd,
      startedAt: entry.startedAt,
      url: entry.url,
      token: entry.token,
      socket: entry.socket,
      responsive: state === 'listening',
    }))
    .toSorted((one, other) => one.startedAt - other.startedAt)
}

/** A client of a process: by its socket where it has one, otherwise by its address. Nothing is asked of it yet. */
export function connect(target: FoundProcess | RemoteProcess): ControlClient {
  const { url, token } = target
  const socket = 'socket' in target ? target.socket : undefined
  return createClient({ url, token, ...(socket !== undefined && { fetch: createSocketFetch(socket) }) })
}
