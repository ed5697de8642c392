// The contract between a served process and whoever looks at it from outside: the JSON of the HTTP API, its routes and
// its errors, by subject. Server, client, command line and console share it; it imports types only, so that a page can.
// The JSON Schemas of the server are made from these types, with their comments as descriptions and their tags as limits.

export { API_PREFIX, routes } from './api/routes.js'
export type * from './api/values.js'
export type * from './api/process.js'
export type * from './api/runs.js'
export type * from './api/actions.js'
export type * from './api/histories.js'
export type * from './api/aborts.js'
export type * from './api/starts.js'
export type * from './api/stops.js'
export type * from './api/events.js'
export type * from './api/files.js'
export type { Json, Shown } from '../protocol/values/shown-value.js'
