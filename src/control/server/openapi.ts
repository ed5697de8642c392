// The API as an OpenAPI 3.1 document, for tools and for other languages.

import { API_PREFIX, routes } from '../api.js'
import { parametersOf, routeQueries } from './routes/route-queries.js'
import type { Schema } from './schema.js'
import { schemas, type SchemaName } from './schemas.generated.js'

interface Operation {
  readonly method: 'get' | 'post' | 'delete'
  readonly route: keyof typeof routes
  readonly summary: string
  /** Of the answer; `undefined`: there is nothing in it. */
  readonly answer?: SchemaName
  readonly status?: string
  /** Another one that answers with the same. */
  readonly also?: string
  readonly type?: string
  readonly body?: SchemaName
  /** One that may come with it. */
  readonly header?: { readonly name: string; readonly description: string }
}

const operations: readonly Operation[] = [
  { method: 'get', route: 'process', summary: 'What answers', answer: 'ProcessInfo' },
  { method: 'get', route: 'stats', summary: "The runtime's counts", answer: 'StatsInfo' },
  {
    method: 'get',
    route: 'statsHistory',
    summary: 'How the process has stood in the last minutes',
    answer: 'StatsHistory',
  },
  { method: 'get', route: 'hosts', summary: 'Other machines that lend threads', answer: 'HostList' },
  { method: 'get', route: 'runs', summary: 'Runs, newest first', answer: 'RunPage' },
  { method: 'get', route: 'run', summary: 'One run', answer: 'RunDetail' },
  { method: 'get', route: 'actions', summary: 'Its actions', answer: 'ActionPage' },
  { method: 'get', route: 'action', summary: 'One action', answer: 'ActionDetail' },
  {
    method: 'get',
    route: 'logs',
    summary: 'Log entries, oldest first; the newest ones unless there is a cursor (the seq of an entry)',
    answer: 'LogPage',
  },
  {
    method: 'get',
    route: 'series',
    summary: 'Numbers that actions have reported, as curves',
    answer: 'SeriesAnswer',
  },
  { method: 'get', route: 'aborts', summary: 'Aborts asked for here', answer: 'AbortList' },
  { method: 'get', route: 'abort', summary: 'How far an abort has come', answer: 'AbortProgress' },
  { method: 'get', route: 'trace', summary: "Chrome's Trace Event Format", answer: 'TraceFile' },
  { method: 'get', route: 'export', summary: 'All that is kept of a run', answer: 'RunExport' },
  {
    method: 'get',
    route: 'events',
    summary: 'Events of all runs',
    answer: 'StreamEvent',
    type: 'text/event-stream',
  },
  {
    method: 'get',
    route: 'runEvents',
    summary: 'Events of one run',
    answer: 'StreamEvent',
    type: 'text/event-stream',
  },
  {
    method: 'post',
    route: 'abortRun',
    summary: 'Aborts a run, or a selection of its actions; a dry run answers with 200',
    answer: 'AbortAnswer',
    status: '202',
    also: '200',
    body: 'AbortRequest',
  },
  {
    method: 'post',
    route: 'abortAction',
    summary: 'Aborts an action with what is under it; a dry run answers with 200',
    answer: 'AbortAnswer',
    status: '202',
    also: '200',
    body: 'SimpleAbortRequest',
  },
  {
    method: 'get',
    route: 'definitions',
    summary: 'Definitions that may be started from outside',
    answer: 'DefinitionList',
  },
  {
    method: 'post',
    route: 'runs',
    summary: 'Starts a run of an offered definition; a repeated request answers with 200',
    answer: 'RunStartAnswer',
    status: '201',
    also: '200',
    body: 'RunStartRequest',
    header: {
      name: 'Idempotency-Key',
      description:
        'A text of at most 255 characters: the same request with the same key makes no second run.',
    },
  },
  {
    method: 'post',
    route: 'stopRun',
    summary: 'Asks a sweep to end by itself; where that changes nothing, it answers with 200',
    answer: 'RunStopAnswer',
    status: '202',
    also: '200',
    body: 'RunStopRequest',
  },
  { method: 'post', route: 'session', summary: 'Exchanges a token for a cookie', status: '204' },
  { method: 'get', route: 'session', summary: 'Who asks', answer: 'SessionInfo' },
  { method: 'delete', route: 'session', summary: 'Ends the session of the cookie', status: '204' },
]

/** The document. */
export function openApiDocument(version: string): Schema {
  const paths: Record<string, Record<string, Schema>> = {}
  for (const operation of operations) {
    const path = `${API_PREFIX}${routes[operation.route].replaceAll(/:(\w+)/g, '{$1}')}`
    paths[path] = { ...paths[path], [operation.method]: describe(operation) }
  }
  paths['/metrics'] = {
    get: {
      summary: 'Prometheus text',
      responses: {
        '200': { description: 'OK', content: { 'text/plain': { schema: { type: 'string' } } } },
        default: refused,
      },
    },
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Heddle',
      version,
      description: 'Runs of a process, seen and stopped from outside.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    security: [{ token: [] }, { session: [] }],
    paths,
    components: {
      schemas,
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer' },
        session: { type: 'apiKey', in: 'cookie', name: 'heddle-{instance}' },
      },
    },
  }
}

const refused: Schema = {
  description: 'It was refused, or failed.',
  content: { 'application/json': { schema: { $ref: '#/components/schemas/ErrorAnswer' } } },
}

function describe(operation: Operation): Schema {
  const { method, route, summary, answer, status = '200', also, type, body, header } = operation
  const inPath = [...routes[route].matchAll(/:(\w+)/g)].map(([, parameter]) => ({
    name: parameter,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))
  const query = method === 'get' ? routeQueries[route] : undefined
  const inQuery = Object.entries(query === undefined ? {} : parametersOf(query)).map(
    ([parameter, { description, ...schema }]) => ({ name: parameter, in: 'query', description, schema }),
  )
  const success: Schema = {
    description: 'OK',
    ...(answer !== undefined && {
      content: { [type ?? 'application/json']: { schema: { $ref: `#/components/schemas/${answer}` } } },
    }),
  }
  return {
    summary,
    parameters: [
      ...inPath,
      ...inQuery,
      ...(header === undefined
        ? []
        : [{ ...header, in: 'header', schema: { type: 'string', maxLength: 255 } }]),
    ],
    ...(body !== undefined && {
      requestBody: {
        content: { 'application/json': { schema: { $ref: `#/components/schemas/${body}` } } },
      },
    }),
    responses: {
      [status]: success,
      ...(also !== undefined && { [also]: success }),
      default: refused,
    },
  }
}
