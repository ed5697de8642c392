// Finds the served processes of this user, and connects to them or to any other one. This is the part of the client that
// needs Node.

import { discoveryFolders, sweepEntries } from '../discovery.js'
import { createClient, type ControlClient } from './control-client.js'
import type { ClientOptions } from './requests.js'
import { ControlError } from './control-error.js'
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
  /** `false`: it is there, but gave no answer in time: it is stopped, say, or its event loop is blocked. */
  readonly responsive: boolean
}

/** What `listProcesses` takes. */
export interface ListOptions {
  /** Where to look. Default: `HEDDLE_RUN_DIR`, or the user's runtime and temporary folders. */
  readonly folder?: string | undefined
  /** How long each process may take to answer, all at the same time, in milliseconds. Default: 1000. */
  readonly timeoutMs?: number | undefined
}

/** A process that wasn't found in the folder: by its address. */
export interface RemoteProcess {
  readonly url: string
  readonly token: string
}

const ANSWER_MS = 1000
/** What a process says of itself is short. */
const PROBE_BYTES = 64 * 1024

/**
 * The served processes of this user, the oldest first, and whether each answers; they are asked all at the same time.
 * What crashed ones have left is removed.
 */
export async function listProcesses(options: ListOptions = {}): Promise<FoundProcess[]> {
  const { timeoutMs = ANSWER_MS } = options
  const found = await findProcesses(options)
  return Promise.all(
    found.map(async (process) => ({
      ...process,
      responsive: process.responsive && (await isAnswering(process, timeoutMs)),
    })),
  )
}

/** Any whole answer will do, a refusal too. */
async function isAnswering(process: FoundProcess, timeoutMs: number): Promise<boolean> {
  try {
    await connect(process, { timeoutMs, mostBytes: PROBE_BYTES }).process()
    return true
  } catch (error) {
    return error instanceof ControlError && error.status !== undefined && error.code !== 'unreadable'
  }
}

/** The same, but `responsive` says only whether the system takes connections for them: who asks them anyhow will see. */
export async function findProcesses(options: ListOptions = {}): Promise<FoundProcess[]> {
  const { folder: given, timeoutMs = ANSWER_MS } = options
  const folders = given === undefined ? discoveryFolders() : [given]
  const found = (await Promise.all(folders.map((folder) => sweepEntries(folder, timeoutMs)))).flat()
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
export function connect(
  target: FoundProcess | RemoteProcess,
  limits: Pick<ClientOptions, 'name' | 'timeoutMs' | 'mostBytes'> = {},
): ControlClient {
  const { url, token } = target
  const socket = 'socket' in target ? target.socket : undefined
  return createClient({
    ...limits,
    url,
    token,
    ...(socket !== undefined && { fetch: createSocketFetch(socket) }),
  })
}
