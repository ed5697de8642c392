// What all routes have in common: what they are made of, what comes with a request, and how one is registered.

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Context } from 'hono'
import type { RuntimeAccess } from '../../runtime/serving.js'
import type { ServeLimits } from '../../serving.js'
import type { ProcessInfo } from '../api.js'
import type { AbortDesk } from './abort-desk.js'
import type { Catalog } from './catalog.js'
import type { PageFile } from './console-files.js'
import type { EventStreams } from './event-streams.js'
import type { Metrics, readDelay } from './metrics.js'
import type { Caller, Security } from './security.js'

/** What the routes need. */
export interface AppParts {
  readonly access: RuntimeAccess
  readonly catalog: Catalog
  readonly desk: AbortDesk
  readonly streams: EventStreams
  readonly metrics: Metrics
  readonly security: Security
  readonly files: ReadonlyMap<string, PageFile>
  readonly limits: ServeLimits
  readonly loopDelay: Parameters<typeof readDelay>[0]
  readonly about: Omit<ProcessInfo, 'seq' | 'scope' | 'hostname' | 'url'>
  readonly url: () => string
  readonly isClosing: () => boolean
}

/** What comes with a request. */
export interface AppBindings {
  readonly incoming: IncomingMessage
  readonly outgoing: ServerResponse
  /** It came by the Unix socket, or the named pipe. */
  readonly isSocket: boolean
}

/** A request under way. */
export type AppContext = Context<{ Bindings: AppBindings; Variables: { caller: Caller } }>
/** Answers a request. */
export type Handler = (c: AppContext) => Response | Promise<Response>

/** Registers a route below the API's prefix. */
export type AddRoute = (method: 'GET' | 'POST' | 'DELETE', route: string, handler: Handler) => void

/** A text of a request's, for a message. */
export function shorten(text: string): string {
  return text.length <= 200 ? text : `${text.slice(0, 200)}…`
}
