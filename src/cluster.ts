// Other machines, as an app sees them: types only. What makes it is in `src/cluster`.

/** A worker process, as it has last said of itself. */
export interface ClusterHost {
  /** 128 random bits, as hexadecimal digits: no two processes have the same. */
  readonly instance: string
  /** What it is called; several may be called alike. */
  readonly name: string
  /** What it serves: `name@version` of each package, or the text that it was given. */
  readonly builds: readonly string[]
  /** Whether this app's lanes can be served there. */
  readonly compatible: boolean
  /** Why they can't. */
  readonly why?: string
  readonly threads: number
  /** How many of its threads are lent. */
  readonly busy: number
  /** To how many apps. */
  readonly owners: number
  readonly labels: readonly string[]
  /** How many it has of each named resource. */
  readonly resources: Readonly<Record<string, number>>
  /** It takes nothing new, and will leave. */
  readonly draining: boolean
  /** When it was heard last, in epoch milliseconds by this machine's clock. */
  readonly heardAt: number
  /** For how long that holds, in milliseconds: one that hasn't been heard anew by then is lost. */
  readonly lastsMs: number
  /**
   * How long a word to it and its answer take, in milliseconds: from here, or, while it serves no lane of this app, from those that it
   * serves, the longest. Left out while it serves nobody.
   */
  readonly rttMs?: number
}

/** What `cluster.stats` gives. */
export interface ClusterStats {
  /** Those that this app is linked to. */
  readonly hosts: number
  /** `wanted`: asked for, and served by nobody yet. */
  readonly lanes: { readonly wanted: number; readonly starting: number; readonly open: number }
  /** Frames that weren't believed or understood. */
  readonly refused: number
  /** Frames that were sent again. */
  readonly resent: number
  /** What other machines haven't acknowledged yet. */
  readonly bufferedBytes: number
}

/** Other machines whose threads a runtime may use. */
export interface Cluster {
  /** The hosts that are there, compatible or not. Rejects where Redis can't be asked, and once it is closed. */
  hosts(): Promise<readonly ClusterHost[]>
  /** Counts, as of now. */
  stats(): ClusterStats
  /**
   * Closes all connections, for good. To be called once the runtimes are closed: what still runs elsewhere is lost (`ThreadLostError`,
   * `host-lost`), what waits to do so fails (`failed-to-start`), and what comes is refused; with `on: 'anywhere'`, it runs here.
   */
  close(): Promise<void>
  /** `close()`. */
  [Symbol.asyncDispose](): Promise<void>
}
