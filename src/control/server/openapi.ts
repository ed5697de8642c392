// The API as an OpenAPI 3.1 document, for tools and for other languages.

import { API_PREFIX, routes } from '../api.js'
import { schemas, type Schema } from './schemas.js'

interface Operation {
  readonly method: 'get' | 'post' | 'delete'
  readonly route: string
  readonly summary: string
  /** Of the answer; `undefined`: there is nothing in it. */
  readonly answer?: string
  readonly status?: string
  /** Another one that answers with the same. */
  readonly also?: string
  readonly type?: string
  readonly query?: Readonly<Record<string, string | Schema>>
  readonly body?: string
}

const limit = (most: number, otherwise: number): Schema => ({
  type: 'integer',
  minimum: 1,
  maximum: most,
  default: otherwise,
})
const cursor = "The 'next' of the page before."
const phase = 'Phases, separated by commas.'
const name = "Names, separated by commas; '*' stands for any text."
const parent = 'Only children of this action.'
const under = 'Only this action and what is under it.'
const stream = {
  view: { type: 'string', enum: ['actions', 'runs'], default: 'actions' },
  include: "What each action of the snapshot shows besides: 'input', 'output'.",
}

const operations: readonly Operation[] = [
  { method: 'get', route: routes.process, summary: 'What answers', answer: 'ProcessInfo' },
  { method: 'get', route: routes.stats, summary: "The runtime's counts", answer: 'StatsInfo' },
  {
    method: 'get',
    route: routes.runs,
    summary: 'Runs, newest first',
    answer: 'RunPage',
    query: { phase, search: 'Text that its name contains.', limit: limit(1000, 100), cursor },
  },
  { method: 'get', route: routes.run, summary: 'One run', answer: 'RunDetail' },
  {
    method: 'get',
    route: routes.actions,
    summary: 'Its actions',
    answer: 'ActionPage',
    query: {
      view: { type: 'string', enum: ['flat', 'tree'], default: 'flat' },
      phase,
      name,
      parent,
      under,
      search: 'Text that id, name, reason, error or a textual report contains.',
      include: "What else each shows: 'input', 'output'.",
      limit: limit(5000, 100),
      cursor,
    },
  },
  { method: 'get', route: routes.action, summary: 'One action', answer: 'ActionDetail' },
  {
    method: 'get',
    route: routes.logs,
    summary: 'Log entries, oldest first; the newest ones unless there is a cursor (the seq of an entry)',
    answer: 'LogPage',
    query: {
      action: 'Only of this action.',
      under: { type: 'boolean', default: false, description: 'And of what is under it.' },
      level: { type: 'string', enum: ['debug', 'info', 'warn', 'error'] },
      limit: limit(5000, 200),
      cursor,
    },
  },
  {
    method: 'get',
    route: routes.series,
    summary: 'Numbers that actions have reported, as curves',
    answer: 'SeriesAnswer',
    query: {
      name,
      phase,
      parent,
      under,
      search: 'As for actions.',
      field: 'The fields wanted, separated by commas.',
      points: limit(1000, 200),
      limit: limit(2000, 500),
      cursor,
    },
  },
  { method: 'get', route: routes.aborts, summary: 'Aborts asked for here', answer: 'AbortList' },
  { method: 'get', route: routes.abort, summary: 'How far an abort has come', answer: 'AbortProgress' },
  { method: 'get', route: routes.trace, summary: "Chrome's Trace Event Format", answer: 'TraceFile' },
  { method: 'get', route: routes.export, summary: 'All that is kept of a run', answer: 'RunExport' },
  {
    method: 'get',
    route: routes.events,
    summary: 'Events of all runs',
    answer: 'StreamEvent',
    type: 'text/event-stream',
    query: stream,
  },
  {
    method: 'get',
    route: routes.runEvents,
    summary: 'Events of one run',
    answer: 'StreamEvent',
    type: 'text/event-stream',
    query: stream,
  },
  {
    method: 'post',
    route: routes.abortRun,
    summary: 'Aborts a run, or a selection of its actions; a dry run answers with 200',
    answer: 'AbortAnswer',
    status: '202',
    also: '200',
    body: 'AbortRequest',
  },
  {
    method: 'post',
    route: routes.abortAction,
    summary: 'Aborts an action with what is under it; a dry run answers with 200',
    answer: 'AbortAnswer',
    status: '202',
    also: '200',
    body: 'SimpleAbortRequest',
  },
  { method: 'post', route: routes.session, summary: 'Exchanges a token for a cookie', status: '204' },
  { method: 'get', route: routes.session, summary: 'Who asks', answer: 'SessionInfo' },
  { method: 'delete', route: routes.session, summary: 'Ends the session of the cookie', status: '204' },
]

/** The document. */
export function openApiDocument(version: string): Schema {
  const paths: Record<string, Record<string, Schema>> = {}
  for (const operation of operations) {
    const path = `${API_PREFIX}${operation.route.replaceAll(/:(\w+)/g, '{$1}')}`
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

function describe({ route, summary, answer, status = '200', also, type, query, body }: Operation): Schema {
  const inPath = [...route.matchAll(/:(\w+)/g)].map(([, parameter]) => ({
    name: parameter,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))
  const inQuery = Object.entries(query ?? {}).map(([parameter, about]) => ({
    name: parameter,
    in: 'query',
    ...(typeof about === 'string' ? { description: about, schema: { type: 'string' } } : { schema: about }),
  }))
  const success: Schema = {
    description: 'OK',
    ...(answer !== undefined && {
      content: { [type ?? 'application/json']: { schema: { $ref: `#/components/schemas/${answer}` } } },
    }),
  }
  return {
    summary,
    parameters: [...inPath, ...inQuery],
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
