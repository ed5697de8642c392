// The types of `runtime.serve`. They lie with the surface, apart from the server itself, which is loaded only when it is
// asked for: the library without it stays small.

import type { AnyDefinition } from './definition.js'

/** What `runtime.serve` takes. */
export interface ServeOptions {
  /**
   * The address to listen on. Default `'127.0.0.1'`. Anything beyond loopback must come with a `token` of your own: the
   * connection isn't encrypted, so put a proxy with TLS before it, and give tokens of at least 16 characters.
   */
  readonly host?: string | undefined
  /** Default 0: any free one. */
  readonly port?: number | undefined
  /** What a request must bring along to see and abort. Default: 256 random bits, new with each call. */
  readonly token?: string | undefined
  /** The same, for requests that may only look. Default: 256 random bits. */
  readonly readToken?: string | undefined
  /**
   * Names by which the server is reached, besides its address and `localhost`: of a proxy before it, say. Requests for
   * any other `Host` are refused. Without a port, any port will do.
   */
  readonly allowedHosts?: readonly string[] | undefined
  /**
   * What may be run from outside: by `POST /runs`, and from the console. An input is checked by the definition's schema, where it
   * has one. Only the holder of `token` can start anything. Default: nothing.
   */
  readonly definitions?: readonly AnyDefinition[] | undefined
  /**
   * Whether the command line may find this process: by a socket and a file in a folder of this user's. Default `true`.
   */
  readonly discoverable?: boolean | undefined
  /** Where that folder is. Default: `HEDDLE_RUN_DIR`, or one in the user's runtime or temporary folder. One that is shared is refused. */
  readonly folder?: string | undefined
  /** Whether the server keeps the process alive while nothing runs. Default `false`. */
  readonly keepAlive?: boolean | undefined
  /** How much it takes at most. */
  readonly limits?: { readonly [Limit in keyof ServeLimits]?: ServeLimits[Limit] | undefined } | undefined
}

/** How much a control server takes at most; what is over that is refused. */
export interface ServeLimits {
  /** Of a request's body. Default 1 MiB. */
  readonly bodyBytes: number
  /** Of a request's headers. Default 16 KiB. */
  readonly headerBytes: number
  /** Open at a time. Default 2048. */
  readonly connections: number
  /** Event streams open at a time. Default 1024. */
  readonly streams: number
  /** How long a stream's reader may take nothing before it is disconnected, in milliseconds. Default 30 000. */
  readonly stallMs: number
}

/** A runtime's control server. */
export interface ControlServer {
  /** `http://127.0.0.1:43210`, without a token. */
  readonly url: string
  readonly host: string
  readonly port: number
  /** A secret: whoever has it can abort. */
  readonly token: string
  /** A secret, too: whoever has it can see inputs, reports and errors. */
  readonly readToken: string
  /** The Unix socket, or the named pipe on Windows; `undefined` if it isn't discoverable, or the path is too long. */
  readonly socket: string | undefined
  /** Tells this server from an earlier one at the same address. */
  readonly instance: string
  /**
   * A link that opens the console without further ado: it has the token in its fragment, which a browser keeps to
   * itself. A secret.
   *
   * @param run - The run to show. Default: the list of all.
   */
  link(run?: string): string
  /** Ends the streams and stops listening; `runtime.close()` does it, too. Every call returns the same promise. */
  close(): Promise<void>
  /** `close()`. */
  [Symbol.asyncDispose](): Promise<void>
}
