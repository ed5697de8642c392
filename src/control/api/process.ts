// The API's words for the process that answers: what it is, how it stands, who may ask, and what is refused.

import type { TerminalPhase } from '../../protocol/outcome.js'
import type { InputIssue } from './starts.js'
import type { Count, Time } from './terms.js'

/** What answers. */
export interface ProcessInfo {
  /** New with each `serve()`: tells two processes of one pid, or one address, apart. */
  readonly instance: string
  readonly pid: Count
  readonly title: string
  /** The module that was started, where there is one. */
  readonly main?: string
  readonly cwd: string
  readonly hostname: string
  readonly node: string
  readonly heddle: string
  readonly startedAt: Time
  readonly servedAt: Time
  readonly url: string
  /** Number of the runtime's last event. */
  readonly seq: Count
  /** What the request's token allows. */
  readonly scope: Scope
  /** How many definitions may be started from outside (`GET /definitions`). */
  readonly definitions: Count
}

/** What a token allows: everything, or only looking. */
export type Scope = 'full' | 'read'

/** What `GET /session` answers. */
export interface SessionInfo {
  readonly scope: Scope
  readonly by: 'token' | 'cookie'
  readonly instance: string
}

/** The runtime's counts. */
export interface StatsInfo {
  readonly at: Time
  readonly threads: Count
  readonly lanes: readonly {
    readonly thread?: Count
    readonly role: string
    /** `wanted`: asked for on other machines, and served by none yet. */
    readonly state: string
    readonly inFlight: Count
    readonly held: number
    /** How long the thread hasn't answered, in milliseconds; 0 while it does. */
    readonly silentMs: number
    /** How long ago it was killed without having exited, in milliseconds. */
    readonly exitPendingMs: number
    /** The machine of its thread, where that isn't the runtime's: its name, and what tells it from others of that name. */
    readonly host?: string
    readonly hostInstance?: string
    /** How long a word to that machine and its answer take, in milliseconds. */
    readonly rttMs?: number
  }[]
  readonly queued: Count
  readonly running: Count
  readonly aborting: Count
  readonly abandoned: Count
  /** Calls that were refused: no action came of them. */
  readonly refused: Count
  readonly totals: Readonly<Record<TerminalPhase, Count>>
  /** Left out where the runtime has no cluster. */
  readonly cluster?: ClusterInfo
  /** Of the app's event loop, in milliseconds: since the last look through this server, or, within a second of that, what it showed. */
  readonly eventLoopDelay: { readonly meanMs: number; readonly p99Ms: number; readonly maxMs: number }
  readonly memory: { readonly rssBytes: Count; readonly heapUsedBytes: Count }
  /** Event streams that are open. */
  readonly streams: Count
}

/** How the process has stood in the last minutes while it was served: columns of the same length, oldest first. */
export interface StatsHistory {
  readonly at: readonly Time[]
  readonly queued: readonly Count[]
  /** Of the app's event loop: how late it was between two looks, in milliseconds. */
  readonly loopP99Ms: readonly number[]
  readonly rssBytes: readonly Count[]
}

/** Counts of a cluster, of all runtimes that have the same. */
export interface ClusterInfo {
  /** Those that it is linked to. */
  readonly hosts: Count
  /** Threads of other machines; `wanted`: asked for, and served by nobody yet. */
  readonly lanes: { readonly wanted: Count; readonly starting: Count; readonly open: Count }
  /** Frames that weren't believed or understood. */
  readonly refused: Count
  /** Frames that were sent again. */
  readonly resent: Count
  /** What other machines haven't acknowledged yet. */
  readonly bufferedBytes: Count
}

/** A worker process that lends threads, as it has last said of itself. */
export interface HostInfo {
  /** What tells it from others of its name. */
  readonly instance: string
  readonly name: string
  /** What it serves: `name@version` of each package, or the text that it was given. */
  readonly builds: readonly string[]
  /** Whether actions of this runtime can run there. */
  readonly compatible: boolean
  /** Why they can't. */
  readonly why?: string
  readonly threads: Count
  /** How many of its threads are lent. */
  readonly busy: Count
  /** To how many apps. */
  readonly owners: Count
  readonly labels: readonly string[]
  /** How many it has of each named resource. */
  readonly resources: Readonly<Record<string, number>>
  /** It takes nothing new, and will leave. */
  readonly draining: boolean
  /** When it was heard last. */
  readonly heardAt: Time
  /** For how long that holds, in milliseconds: one that hasn't been heard anew by then is lost. */
  readonly lastsMs: number
  /**
   * How long a word to it and its answer take, in milliseconds: from here, or, while it serves no lane of this process, from those that
   * it serves, the longest. Left out while it serves nobody.
   */
  readonly rttMs?: number
  /** How many lanes of this runtime it serves, and how many actions have been sent there and haven't ended. */
  readonly lanes: Count
  readonly inFlight: Count
}

/** What `GET /hosts` answers: none where the runtime has no cluster. */
export interface HostList {
  readonly at: Time
  readonly items: readonly HostInfo[]
}

/** What went wrong with a request. */
export type ErrorCode =
  /** 400: the request isn't well formed; `field` says where. */
  | 'invalid'
  /** 401: no token, or a wrong one. */
  | 'unauthorized'
  /** 403: a token that only reads, or a host or origin that isn't the server's. */
  | 'forbidden'
  /** 404: no such run, action, abort, definition or route. */
  | 'notFound'
  /** 405 */
  | 'methodNotAllowed'
  /** 409: a run of that name is live, or isn't one that can be asked to end by itself. */
  | 'conflict'
  /** 422: the `Idempotency-Key` came with another request before. */
  | 'keyReused'
  /** 413 */
  | 'tooLarge'
  /** 415: a body that isn't JSON. */
  | 'notJson'
  /** 503: too many streams, a full queue, a Redis that doesn't say who is there, or the server is closing. */
  | 'unavailable'
  /** 500 */
  | 'internal'

/** The body of every answer that isn't 2xx. */
export interface ErrorAnswer {
  readonly error: {
    readonly code: ErrorCode
    /** What failed, the value, and the way out. */
    readonly message: string
    /** For `invalid`: the part of the query or the body that is wrong. */
    readonly field?: string
    /** For `notFound`: the names that come closest, the closest first. */
    readonly nearest?: readonly string[]
    /** For `invalid`: what the schema of an input says is wrong. */
    readonly issues?: readonly InputIssue[]
  }
}
