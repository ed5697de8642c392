// The common part of all routes: what they are made of, what comes with a request, and how one is registered.

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Context } from 'hono'
import type { LoopWatch, RuntimeAccess, RuntimeMetrics } from '../../../runtime/runtime-access.js'
import type { ServeLimits } from '../../../serving.js'
import type { ProcessInfo } from '../../api.js'
import type { AbortOperations } from '../mirror/abort-operations.js'
import type { Catalog } from '../mirror/catalog.js'
import type { Offers } from '../mirror/offers.js'
import type { ProcessHistory } from '../mirror/process-history.js'
import type { RunStarts } from '../mirror/run-starts.js'
import type { PageFile } from '../console-files.js'
import type { EventStreams } from '../streams/event-streams.js'
import type { Caller, Security } from '../security.js'
import type { TimeSlices } from '../mirror/time-slices.js'

/** What the routes need. */
export interface AppParts {
  readonly access: RuntimeAccess
  readonly catalog: Catalog
  readonly aborts: AbortOperations
  readonly offers: Offers
  readonly starts: RunStarts
  readonly streams: EventStreams
  readonly slices: TimeSlices
  readonly metrics: RuntimeMetrics
  readonly security: Security
  readonly files: ReadonlyMap<string, PageFile>
  readonly limits: ServeLimits
  readonly loopDelay: Pick<LoopWatch, 'read'>
  readonly history: Pick<ProcessHistory, 'columns'>
  readonly about: Omit<ProcessInfo, 'seq' | 'scope' | 'hostname' | 'url' | 'definitions'>
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
