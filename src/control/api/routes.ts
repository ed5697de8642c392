// The routes of the API.

/** The prefix of every route but `/metrics` and the console's pages. */
export const API_PREFIX = '/api/v1'

/**
 * The routes, below `API_PREFIX`. `:run` and `:action` are percent-encoded.
 *
 * | method and route | query or body | answer |
 * |---|---|---|
 * | `GET /process` | | `ProcessInfo` |
 * | `GET /stats` | | `StatsInfo` |
 * | `GET /stats/history` | | `StatsHistory`: of the last minutes |
 * | `GET /hosts` | | `HostList`: other machines that lend threads |
 * | `GET /runs` | `RunsQuery` | `Page<RunSummary>`, newest first |
 * | `GET /runs/:run` | | `RunDetail` |
 * | `GET /runs/:run/actions` | `ActionsQuery` | `Page<ActionItem>` |
 * | `GET /runs/:run/actions/:action` | | `ActionDetail` |
 * | `GET /runs/:run/logs` | `LogsQuery` | `LogPage`, oldest first |
 * | `GET /runs/:run/series` | `SeriesQuery` | `SeriesAnswer` |
 * | `GET /runs/:run/aborts` | | `{ items: AbortProgress[] }`, newest first |
 * | `GET /runs/:run/trace` | | Chrome's Trace Event Format, as a file |
 * | `GET /runs/:run/export` | | `RunExport`, as a file |
 * | `GET /runs/:run/events` | `EventsQuery` | server-sent events of one run |
 * | `GET /events` | `EventsQuery` | server-sent events of all runs |
 * | `GET /definitions` | | `DefinitionList`: what may be started from outside |
 * | `POST /runs` | `RunStartRequest`; header `Idempotency-Key` | `201 RunStartAnswer`; repeated `200` |
 * | `POST /runs/:run/stop` | `RunStopRequest` | `202 RunStopAnswer`; where nothing has changed `200` |
 * | `POST /runs/:run/abort` | `AbortRequest` | `202 AbortAnswer`; a dry run `200` |
 * | `POST /runs/:run/actions/:action/abort` | `AbortRequest` without a selection | `202 AbortAnswer` |
 * | `GET /aborts/:abort` | | `AbortProgress` |
 * | `POST /session` | the token, as a bearer | `204`, and the cookie that takes its place in a browser |
 * | `GET /session` | | `SessionInfo` |
 * | `DELETE /session` | | `204`, and the cookie is gone |
 * | `GET /openapi.json` | | OpenAPI 3.1 |
 * | `GET /metrics` (no prefix) | | Prometheus text |
 *
 * Every request but `POST /session` and those for the console's own files needs `Authorization: Bearer <token>` or the
 * cookie. Whatever isn't 2xx has an `ErrorAnswer` as its body.
 */
export const routes = {
  process: '/process',
  stats: '/stats',
  statsHistory: '/stats/history',
  hosts: '/hosts',
  definitions: '/definitions',
  runs: '/runs',
  run: '/runs/:run',
  actions: '/runs/:run/actions',
  action: '/runs/:run/actions/:action',
  logs: '/runs/:run/logs',
  series: '/runs/:run/series',
  aborts: '/runs/:run/aborts',
  trace: '/runs/:run/trace',
  export: '/runs/:run/export',
  runEvents: '/runs/:run/events',
  events: '/events',
  stopRun: '/runs/:run/stop',
  abortRun: '/runs/:run/abort',
  abortAction: '/runs/:run/actions/:action/abort',
  abort: '/aborts/:abort',
  session: '/session',
  openapi: '/openapi.json',
} as const
